"""One request to many sessions: an outcome for each."""

from __future__ import annotations

import pytest
from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh
from tests.steering_http.played_runtime import PlayedRuntime


def test_each_session_has_its_own_outcome(server: RunningServer, operator: Operator) -> None:
    """Acceptance 191, 192."""
    one, other, over, nobody = fresh("one"), fresh("other/with slash"), fresh("over"), fresh("nobody")
    ids = [operator.begin(key) for key in (one, other)]
    operator.begin(over, "completed")
    runtime = PlayedRuntime(server, one, other)

    answer = server.post(
        "/api/v1/sessions/bulk", json={"action": "pause", "ids": [ids[0], other, over, nobody, other], "reason": "all"}
    )
    runtime.obey()

    outcomes = answer.json()["outcomes"]
    assert [(told["id"], told["ok"], told["status"], told["code"]) for told in outcomes] == [
        (ids[0], True, 202, ""),
        (other, True, 202, ""),
        (over, False, 409, "invalid_state"),
        (nobody, False, 404, "not_found"),
    ]
    assert outcomes[2]["allowed"] == ["archive", "export", "delete"]
    assert [told["command"] and told["command"]["reason"] for told in outcomes] == ["all", "all", None, None]
    assert [operator.status(key) for key in (one, other, over)] == ["paused", "paused", "completed"]


def test_many_are_archived_and_deleted_at_once(server: RunningServer, operator: Operator) -> None:
    keys = [fresh("bulk") for _ in range(20)]
    operator.tell(*({"session": key, "status": "completed"} for key in keys))

    archived = server.post("/api/v1/sessions/bulk", json={"action": "archive", "ids": keys}).json()["outcomes"]
    deleted = server.post("/api/v1/sessions/bulk", json={"action": "delete", "ids": keys}).json()["outcomes"]

    assert [told["command"]["status"] for told in archived] == ["applied"] * 20
    assert [(told["ok"], told["status"]) for told in deleted] == [(True, 204)] * 20
    assert server.get("/api/v1/sessions", id=[told["id"] for told in deleted])["total"] == 0


def test_one_that_may_not_be_deleted_stays_and_the_others_go(server: RunningServer, operator: Operator) -> None:
    ended, runs = fresh("ended"), fresh("runs")
    operator.begin(ended, status="completed")
    operator.begin(runs)

    told = server.post("/api/v1/sessions/bulk", json={"action": "delete", "ids": [runs, ended, fresh("never")]})

    assert [(one["status"], one["code"]) for one in told.json()["outcomes"]] == [
        (409, "invalid_state"),
        (204, ""),
        (404, "not_found"),
    ]
    assert operator.status(runs) == "running"
    assert server.request("GET", f"/api/v1/sessions/{ended}").status_code == 404


def test_a_cascade_goes_through_all_of_them(server: RunningServer, operator: Operator) -> None:
    caller, called = fresh("caller"), fresh("called")
    operator.begin(caller)
    operator.begin(called, parent=caller)
    runtime = PlayedRuntime(server, caller, called)

    server.post("/api/v1/sessions/bulk", json={"action": "cancel", "ids": [caller], "cascade": True})
    runtime.obey()

    assert operator.status(called) == "canceled"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "pause", "ids": []},
        {"action": "export", "ids": ["a"]},
        {"action": "pause", "ids": ["a"] * 501},
        {"action": "pause", "ids": [""]},
        {"action": "pause", "ids": "a"},
    ],
)
def test_a_bulk_request_that_makes_no_sense_is_refused(server: RunningServer, body: object) -> None:
    answer = server.post("/api/v1/sessions/bulk", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
