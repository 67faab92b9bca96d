"""How far a policy goes: notify, require approval, pause, cancel."""

from __future__ import annotations

import pytest
from tests.policies.policed import Policed
from tests.steering_http.operators import Json, fresh, until
from tests.steering_http.played_runtime import PlayedRuntime


def status_of(policed: Policed, key: str) -> str:
    return str(policed.session(key)["status"])


def obeyed(policed: Policed, runtime: PlayedRuntime, key: str, status: str) -> None:
    def is_there() -> bool:
        runtime.obey()
        return status_of(policed, key) == status

    until(is_there)


def test_pause_goes_through_the_same_requests_as_an_operators(policed: Policed) -> None:
    key = fresh("pause")
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "pause", name="budget")
    policed.run(key)
    runtime = PlayedRuntime(policed.server, key)

    policed.call_model(key, 0.6)
    obeyed(policed, runtime, key, "paused")

    command = policed.server.get(f"/api/v1/sessions/{key}/commands")["items"][0]
    assert (command["verb"], command["actor"]) == ("pause", "policy:budget")
    assert until(lambda: policed.signal(key, "cost_limit")["outcome"]) == "asked"


def test_the_highest_rung_wins_and_the_decision_is_kept(policed: Policed) -> None:
    """Acceptance 147."""
    key = fresh("cancel")
    policed.policy("step_limit", {"steps_exceeded": 1}, "notify")
    stop = policed.policy("cost_limit", {"cost_exceeded": 0.5}, "cancel")
    policed.run(key)
    runtime = PlayedRuntime(policed.server, key)

    policed.call_model(key, 0.6)
    obeyed(policed, runtime, key, "canceled")

    decision = policed.decisions(key)[0]
    assert (decision["winning_type"], decision["reason"]) == ("cancel", "higher_precedence")
    assert decision["final_decision"]["policy_id"] == stop["id"]
    assert decision["matched_policy_count"] == 2


def test_a_session_that_cannot_hear_is_told_of_and_not_lost(policed: Policed) -> None:
    key = fresh("deaf")
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "pause")
    policed.run(key)

    policed.call_model(key, 0.6)

    assert until(lambda: policed.signal(key, "cost_limit")["outcome"]).startswith("refused: no runtime listens")
    assert status_of(policed, key) == "running"


def asked_for_approval(policed: Policed, key: str) -> tuple[PlayedRuntime, Json]:
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "require_approval")
    policed.run(key)
    runtime = PlayedRuntime(policed.server, key)
    policed.call_model(key, 0.6)
    obeyed(policed, runtime, key, "paused")
    task_id = until(lambda: policed.signal(key, "cost_limit")["task_id"])
    return runtime, policed.server.get(f"/api/v1/tasks/{task_id}")


def answer(policed: Policed, task: Json, approved: bool) -> None:
    path = f"/api/v1/tasks/{task['id']}/complete"
    assert policed.server.post(path, json={"outcome": {"approved": approved}}).status_code == 200


def without_policies(policed: Policed, method: str) -> None:
    """Nothing is in force in the workspace any more."""
    sent = {"json": {"enabled": False}} if method == "PATCH" else {}
    for policy in policed.server.get("/api/v1/policies")["items"]:
        policed.server.request(method, f"/api/v1/policies/{policy['id']}", **sent).raise_for_status()


def test_an_approved_session_goes_on(policed: Policed) -> None:
    key = fresh("approved")
    runtime, task = asked_for_approval(policed, key)
    assert (task["kind"], task["status"]) == ("approval", "open")

    answer(policed, task, True)
    obeyed(policed, runtime, key, "running")

    assert until(lambda: policed.signal(key, "cost_limit")["outcome"].startswith("approved"))


def test_a_refused_session_is_canceled(policed: Policed) -> None:
    key = fresh("refused")
    runtime, task = asked_for_approval(policed, key)

    answer(policed, task, False)
    obeyed(policed, runtime, key, "canceled")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_approval_is_followed_when_no_policy_is_in_force_any_more(policed: Policed, method: str) -> None:
    key = fresh("left")
    runtime, task = asked_for_approval(policed, key)
    without_policies(policed, method)

    answer(policed, task, True)
    obeyed(policed, runtime, key, "running")

    assert until(lambda: policed.signal(key, "cost_limit")["outcome"].startswith("approved"))


def test_the_first_new_policy_forgets_no_answer(policed: Policed) -> None:
    """All others were deleted before somebody answered."""
    key = fresh("again")
    runtime, task = asked_for_approval(policed, key)
    without_policies(policed, "DELETE")

    answer(policed, task, True)
    policed.policy("step_limit", {"steps_exceeded": 1000})

    obeyed(policed, runtime, key, "running")


def test_a_question_that_is_withdrawn_no_longer_waits(policed: Policed) -> None:
    """The session stays paused for whoever withdrew it."""
    key = fresh("withdrawn")
    _, task = asked_for_approval(policed, key)

    policed.server.post(f"/api/v1/tasks/{task['id']}/cancel", json={"reason": "wrong"}).raise_for_status()

    assert until(lambda: policed.signal(key, "cost_limit")["outcome"].startswith("withdrawn"))
    assert status_of(policed, key) == "paused"
