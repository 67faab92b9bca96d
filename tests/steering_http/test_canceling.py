"""Cancel over HTTP: for good, with what it leaves alone and what it settles."""

from __future__ import annotations

from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh, until
from tests.steering_http.played_runtime import PlayedRuntime


def test_a_cancel_lasts_until_the_tool_calls_in_flight_have_ended(server: RunningServer, operator: Operator) -> None:
    """Acceptance 194, 212."""
    key = fresh("canceling")
    operator.begin(key)
    runtime = PlayedRuntime(server, key, tools_in_flight=1)

    command = operator.act(key, "cancel", reason="wrong customer")
    runtime.obey()
    with_a_tool = operator.session(key)
    runtime.hold(key, tools_in_flight=0)
    runtime.obey()

    told = operator.session(key)
    assert with_a_tool["status"] == "canceling"
    assert with_a_tool["allowed_actions"] == ["export"]
    assert (told["status"], told["end_reason"]) == ("canceled", "user_cancel")
    assert told["status_reason"] == "canceled by local: wrong customer"
    assert told["ended_at"] is not None
    assert operator.command(command["id"])["status"] == "applied"


def test_a_pause_that_is_on_its_way_ends_with_the_cancel(server: RunningServer, operator: Operator) -> None:
    key = fresh("pause-canceled")
    operator.begin(key)
    runtime = PlayedRuntime(server, key, tools_in_flight=1)
    pause = operator.act(key, "pause")

    operator.act(key, "cancel")
    runtime.hold(key, tools_in_flight=0)
    runtime.obey()

    assert operator.command(pause["id"])["detail"] == {"reason": "canceled by local"}
    assert operator.command(pause["id"])["status"] == "refused"
    assert operator.status(key) == "canceled"


def test_called_sessions_keep_running_and_are_named(server: RunningServer, operator: Operator) -> None:
    """Acceptance 213."""
    caller, called, over = fresh("caller"), fresh("called"), fresh("over")
    operator.begin(caller)
    operator.begin(called, parent=caller)
    operator.begin(over, "completed", parent=caller)
    PlayedRuntime(server, caller, called)

    command = operator.act(caller, "cancel")

    assert [(one["key"], one["status"]) for one in command["still_running"]] == [(called, "running")]
    assert operator.status(called) == "running"


def test_a_cascade_reaches_every_generation(server: RunningServer, operator: Operator) -> None:
    caller, called, called_by_it = fresh("caller"), fresh("called"), fresh("grandchild")
    operator.begin(caller)
    operator.begin(called, parent=caller)
    operator.begin(called_by_it, parent=called)
    runtime = PlayedRuntime(server, caller, called, called_by_it)

    command = operator.act(caller, "cancel", cascade=True)
    runtime.obey()

    assert command["still_running"] == []
    assert [operator.status(key) for key in (caller, called, called_by_it)] == ["canceled"] * 3
    assert caller in operator.session(called)["status_reason"]


def test_a_cascade_names_what_cannot_hear_it(server: RunningServer, operator: Operator) -> None:
    caller, deaf = fresh("caller"), fresh("deaf")
    operator.begin(caller)
    operator.begin(deaf, parent=caller)
    PlayedRuntime(server, caller)

    command = operator.act(caller, "cancel", cascade=True)

    assert [one["key"] for one in command["still_running"]] == [deaf]


def test_a_cancel_settles_open_tasks_as_canceled(server: RunningServer, operator: Operator) -> None:
    """Acceptance 200, 205."""
    key = fresh("asking")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    task = operator.open_task(session=key, kind="approval", tool_call_id="call-1")

    operator.act(key, "cancel")

    told = operator.task(task["id"])
    late = operator.complete(task["id"], {"approved": True})
    [heard] = runtime.poll(tasks=[task["id"]])["tasks"]
    assert (told["status"], told["outcome"]) == ("canceled", {"reason": "the session was canceled by local"})
    assert (late.status_code, late.json()["code"]) == (409, "task_closed")
    assert heard == told
    until(lambda: [event["status"] for event in operator.events(key, "task")] == ["canceled"])


def test_no_question_is_opened_in_a_session_that_is_being_canceled(server: RunningServer, operator: Operator) -> None:
    key = fresh("too-late")
    operator.begin(key)
    PlayedRuntime(server, key)
    operator.act(key, "cancel")

    answer = server.post("/api/v1/tasks", json={"title": "May I?", "session": key, "kind": "approval"})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_an_agent_that_completed_first_stays_completed(server: RunningServer, operator: Operator) -> None:
    key = fresh("raced")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)

    command = operator.act(key, "cancel")
    operator.tell({"session": key, "status": "completed"})
    del runtime.held[key]
    runtime.obey()

    assert operator.status(key) == "completed"
    settled = operator.command(command["id"], wait_s=5)
    assert settled["status"] == "refused"
    assert settled["detail"]["reason"].startswith("the session had ended first (completed)")


def test_what_completes_after_the_cancel_was_confirmed_stays_canceled(
    server: RunningServer, operator: Operator
) -> None:
    key = fresh("confirmed-first")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    operator.act(key, "cancel")
    runtime.obey()

    operator.tell({"session": key, "status": "completed"})

    assert operator.status(key) == "canceled"


def test_a_process_that_leaves_while_it_is_canceled_has_nothing_in_flight(
    server: RunningServer, operator: Operator
) -> None:
    key = fresh("left")
    operator.begin(key)
    runtime = PlayedRuntime(server, key, tools_in_flight=1)
    command = operator.act(key, "cancel")

    left = runtime.leave()

    assert left.status_code == 204
    assert operator.command(command["id"], wait_s=20)["status"] == "applied"
    until(lambda: operator.status(key) == "canceled")
