"""Pause and resume over HTTP, with a runtime that confirms in its own time."""

from __future__ import annotations

import threading
from datetime import datetime
from uuid import uuid4

import httpx
import pytest
from tests.live_reader import reading
from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh, path_of, until
from tests.steering_http.played_runtime import PlayedRuntime


def test_a_pause_lasts_until_the_tool_calls_in_flight_have_ended(server: RunningServer, operator: Operator) -> None:
    """Acceptance 32, 194, 208."""
    key = fresh("pausing")
    operator.begin(key)
    runtime = PlayedRuntime(server, key, tools_in_flight=2)

    command = operator.act(key, "pause", reason="prices are wrong")
    asked = operator.session(key)
    runtime.obey()
    with_tools = operator.status(key)
    runtime.hold(key, tools_in_flight=1)
    runtime.obey()
    with_one_tool = operator.session(key)
    runtime.hold(key, tools_in_flight=0)
    runtime.obey()

    assert (command["status"], command["changed"], asked["status"]) == ("requested", True, "pausing")
    assert asked["status_reason"].endswith("prices are wrong")
    assert with_tools == with_one_tool["status"] == "pausing"
    assert with_one_tool["tools_in_flight"] == 1
    assert operator.status(key) == "paused"
    settled = operator.command(command["id"])
    assert settled["status"] == "applied"
    assert settled["requested_at"] <= settled["delivered_at"] <= settled["settled_at"]


def test_a_paused_session_runs_on_when_it_is_resumed(server: RunningServer, operator: Operator) -> None:
    """Acceptance 209."""
    key = fresh("resumed")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    operator.act(key, "pause")
    runtime.obey()

    command = operator.act(key, "resume")
    taken = runtime.obey()

    assert [one["verb"] for one in taken] == ["resume"]
    assert operator.command(command["id"])["status"] == "applied"
    assert operator.session(key)["status_reason"] == "resumed by local"
    assert operator.status(key) == "running"


def test_a_resume_while_it_is_pausing_withdraws_the_pause(server: RunningServer, operator: Operator) -> None:
    key = fresh("withdrawn")
    operator.begin(key)
    runtime = PlayedRuntime(server, key, tools_in_flight=1)
    pause = operator.act(key, "pause")
    runtime.listen()

    operator.act(key, "resume")
    runtime.obey()
    runtime.hold(key, tools_in_flight=0)
    runtime.obey()

    assert operator.command(pause["id"])["status"] == "refused"
    assert operator.command(pause["id"])["detail"] == {"reason": "withdrawn by local"}
    assert operator.status(key) == "running"


def test_pause_and_resume_are_entries_of_the_timeline(server: RunningServer, operator: Operator) -> None:
    """Acceptance 207."""
    key = fresh("entries")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    for verb in ("pause", "resume"):
        operator.act(key, verb, reason="lunch", correlation_id="ticket-7")
        runtime.obey()

    def told() -> list[tuple[str, str]]:
        return [(event["name"], event["status"]) for event in operator.events(key, "control")]

    until(lambda: sorted(told()) == [("pause", "ok"), ("resume", "ok")])
    details = operator.events(key, "control")[0]["details"]
    assert (details["actor"], details["reason"], details["correlation_id"]) == ("local", "lunch", "ticket-7")


def test_asking_for_what_is_so_already_changes_nothing(server: RunningServer, operator: Operator) -> None:
    key = fresh("again")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)

    resumed = operator.act(key, "resume")
    first, second = operator.act(key, "pause"), operator.act(key, "pause")
    runtime.obey()

    assert [resumed["changed"], first["changed"], second["changed"]] == [False, True, False]
    assert second["status"] == "applied"
    assert second["detail"]["reason"] == "it is pausing already"
    assert [command["id"] for command in runtime.received] == [first["id"]]


def test_the_same_id_twice_is_the_same_request(server: RunningServer, operator: Operator) -> None:
    key, other = fresh("once"), fresh("once-other")
    for one in (key, other):
        operator.begin(one)
    runtime = PlayedRuntime(server, key, other)
    id = str(uuid4())

    first = operator.act(key, "pause", id=id)
    again = operator.act(key, "pause", id=id.upper())
    taken_for_another_verb = operator.ask(key, "resume", id=id)
    taken_for_another_session = operator.ask(other, "pause", id=id)

    assert first["id"] == again["id"] == id
    assert len(operator.commands(key)) == 1
    assert [one["id"] for one in runtime.listen()] == [id]
    for answer in (taken_for_another_verb, taken_for_another_session):
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


def test_two_operators_at_once_pause_once(server: RunningServer, operator: Operator) -> None:
    key = fresh("two-operators")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(operator.ask(key, "pause"))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runtime.obey()

    assert [answer.status_code for answer in answers] == [202, 202]
    assert sorted(answer.json()["command"]["changed"] for answer in answers) == [False, True]
    assert len(runtime.received) == 1
    assert operator.status(key) == "paused"


def test_a_command_is_sent_again_until_it_is_known(server: RunningServer, operator: Operator) -> None:
    key = fresh("lost-answer")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    command = operator.act(key, "pause")

    lost = runtime.poll()["commands"]
    taken = runtime.listen()
    afterwards = runtime.listen()

    assert [one["id"] for one in lost] == [one["id"] for one in taken] == [command["id"]]
    assert afterwards == []
    assert operator.command(command["id"])["status"] == "delivered"


def test_every_process_that_runs_it_must_confirm(server: RunningServer, operator: Operator) -> None:
    key = fresh("two-processes")
    operator.begin(key)
    one, other = PlayedRuntime(server, key), PlayedRuntime(server, key)
    operator.act(key, "pause")

    one.obey()
    after_one = operator.status(key)
    other.obey()

    assert (after_one, operator.status(key)) == ("pausing", "paused")


def test_a_process_that_comes_to_a_paused_session_is_told(server: RunningServer, operator: Operator) -> None:
    key = fresh("joined")
    operator.begin(key)
    first = PlayedRuntime(server, key)
    operator.act(key, "pause")
    first.obey()
    joining = PlayedRuntime(server)
    joining.hold(key)

    taken = joining.listen()
    while_it_runs = operator.status(key)
    joining.confirm()
    joining.poll()

    assert [one["verb"] for one in taken] == ["pause"]
    assert (while_it_runs, operator.status(key)) == ("pausing", "paused")


def test_a_waiting_poll_wakes_within_a_second(server: RunningServer, operator: Operator) -> None:
    key = fresh("woken")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    timer = threading.Timer(0.5, lambda: operator.act(key, "pause"))
    timer.start()

    taken = runtime.listen(wait_s=20)

    timer.join()
    told = operator.command(taken[0]["id"])
    took = datetime.fromisoformat(told["delivered_at"]) - datetime.fromisoformat(told["requested_at"])
    assert took.total_seconds() < 1


def test_the_live_stream_tells_of_every_change(server: RunningServer, operator: Operator) -> None:
    key = fresh("streamed")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)

    with reading(server.url, session=key) as live:
        operator.act(key, "pause")
        pausing = live.next("session.updated")
        runtime.obey()
        seen = [pausing.data["status"]]
        while seen[-1] != "paused":
            seen.append(live.next("session.updated").data["status"])

    assert set(seen) == {"pausing", "paused"}


def test_a_session_without_a_runtime_says_why_it_cannot_be_paused(operator: Operator) -> None:
    key = fresh("deaf")
    operator.begin(key)

    told, answer = operator.session(key), operator.ask(key, "pause")

    assert told["controllable"] is False
    assert told["controllable_reason"].startswith("no runtime listens for it")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_controllable")
    assert "pause" not in answer.json()["allowed"]
    assert told["refused_actions"]["pause"] == answer.json()["message"]


def test_a_runtime_that_cannot_pause_says_so(server: RunningServer, operator: Operator) -> None:
    key = fresh("only-cancel")
    operator.begin(key)
    PlayedRuntime(server, key, verbs=["cancel"])

    told, answer = operator.session(key), operator.ask(key, "pause")

    assert (told["verbs"], told["allowed_actions"]) == (["cancel"], ["cancel", "escalate", "export"])
    assert (answer.status_code, answer.json()["code"]) == (409, "not_controllable")
    assert answer.json()["message"] == "its runtime cannot pause"


def test_a_pending_session_is_canceled_before_a_runtime_registers(server: RunningServer, operator: Operator) -> None:
    """Acceptance 193."""
    key = fresh("pending")
    operator.begin(key, status="pending")

    pause, command = operator.ask(key, "pause"), operator.act(key, "cancel")
    runtime = PlayedRuntime(server)
    runtime.hold(key)
    taken = runtime.obey()

    assert (pause.status_code, pause.json()["allowed"]) == (409, ["cancel", "export"])
    assert [one["id"] for one in taken] == [command["id"]]
    assert operator.status(key) == "canceled"
    assert operator.command(command["id"])["status"] == "applied"


def test_the_commands_of_a_session_are_paged_the_latest_first(server: RunningServer, operator: Operator) -> None:
    key = fresh("paged")
    operator.begin(key)
    PlayedRuntime(server, key)
    made = [operator.act(key, verb)["id"] for verb in ("pause", "resume", "pause")]

    first = server.get(f"{path_of(key)}/commands", limit=2)
    second = server.get(f"{path_of(key)}/commands", limit=2, cursor=first["next_cursor"])

    assert [one["id"] for one in (*first["items"], *second["items"])] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "path",
    ["/api/v1/commands/no-such", "/api/v1/commands/00000000-0000-4000-8000-000000000000", "/api/v1/commands/%00"],
)
def test_an_unknown_command_is_not_found(server: RunningServer, path: str) -> None:
    answer = server.request("GET", path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
