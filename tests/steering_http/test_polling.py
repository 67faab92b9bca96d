"""The channel of runtimes: what a poll may hold, what it answers, and who is listed."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh, seconds_ago, until
from tests.steering_http.played_runtime import VERBS, PlayedRuntime

MAX_HELD = 10_000


def poll(server: RunningServer, body: Any = None, id: str = "", **request: Any) -> Any:
    sent = {"json": body, **request} if "content" not in request else request
    return server.post(f"/api/v1/runtimes/{id or uuid4()}/poll", **sent)


def held(key: str, **told: Any) -> dict[str, Any]:
    return {"session": key, "verbs": VERBS, "state": "running", "tools_in_flight": 0, "owns_memory": True, **told}


def test_a_runtime_is_listed_as_it_told_of_itself(server: RunningServer, operator: Operator) -> None:
    key = fresh("listed")
    operator.begin(key)
    runtime = PlayedRuntime(server, key, name=fresh("worker"))

    [told] = [one for one in server.get("/api/v1/runtimes")["items"] if one["id"] == runtime.id]
    again = server.get("/api/v1/runtimes", limit=1)["items"]

    assert told["name"].startswith("worker-")
    assert (told["host"], told["pid"], told["sdk"]) == ("box", 7, "played/1")
    assert (told["ended_at"], told["is_lost"]) == (None, False)
    assert [one["id"] for one in again] == [runtime.id]


def test_a_poll_is_a_heartbeat_and_registers_once(server: RunningServer) -> None:
    runtime = PlayedRuntime(server)

    seen = []
    for _ in range(2):
        runtime.poll()
        seen += [one for one in server.get("/api/v1/runtimes")["items"] if one["id"] == runtime.id]

    assert seen[0]["registered_at"] == seen[1]["registered_at"]
    assert datetime.fromisoformat(seen[0]["heard_at"]) < datetime.fromisoformat(seen[1]["heard_at"])


def test_a_runtime_that_ends_lets_go_of_its_sessions(server: RunningServer, operator: Operator) -> None:
    key = fresh("ended")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)

    first, again = runtime.leave(), runtime.leave()

    told = operator.session(key)
    [listed] = [one for one in server.get("/api/v1/runtimes")["items"] if one["id"] == runtime.id]
    assert (first.status_code, again.status_code) == (204, 204)
    assert listed["ended_at"] is not None
    assert (told["reach"], told["controllable"]) == ("detached", False)
    assert told["controllable_reason"] == "no process runs it now; a command holds when one comes to it"


def test_a_session_that_is_absent_from_a_poll_is_let_go(server: RunningServer, operator: Operator) -> None:
    kept, dropped = fresh("kept"), fresh("dropped")
    for key in (kept, dropped):
        operator.begin(key)
    runtime = PlayedRuntime(server, kept, dropped)

    runtime.let_go(dropped)

    assert [operator.session(key)["reach"] for key in (kept, dropped)] == ["listening", "detached"]


def test_an_empty_poll_is_as_good_as_any(server: RunningServer) -> None:
    answer = poll(server, {"wait_s": 0})

    assert (answer.status_code, answer.json()) == (200, {"commands": [], "tasks": [], "receipts_accepted": []})


def test_fields_that_newer_runtimes_send_are_ignored(server: RunningServer) -> None:
    body = {"wait_s": 0, "mood": "good", "runtime": {"name": "new", "gpu": 1}, "sessions": [held("new", colour=3)]}

    assert poll(server, body).status_code == 200


def test_receipts_and_tasks_that_nobody_knows_change_nothing(server: RunningServer) -> None:
    unknown = [str(uuid4()), "no uuid", "nul\x00"]
    receipts = [{"command_id": id, "outcome": "applied", "at": "", "reason": "", "detail": {}} for id in unknown]

    answer = poll(server, {"wait_s": 0, "receipts": receipts, "tasks": unknown, "known": unknown})

    assert answer.status_code == 200
    assert len(answer.json()["receipts_accepted"]) == 3
    assert answer.json()["receipts_accepted"][0] == unknown[0]
    assert answer.json()["tasks"] == []


def test_a_receipt_for_what_is_settled_changes_nothing(server: RunningServer, operator: Operator) -> None:
    key = fresh("settled")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    command = operator.act(key, "pause")
    runtime.obey()
    before = operator.command(command["id"])

    runtime.settle(command, "refused", "changed my mind")
    accepted = runtime.poll()["receipts_accepted"]

    assert accepted == [command["id"]]
    assert operator.command(command["id"]) == before
    assert operator.status(key) == "paused"


def test_a_process_that_refuses_says_why(server: RunningServer, operator: Operator) -> None:
    key = fresh("refusing")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    command = operator.act(key, "pause")

    [taken] = runtime.listen()
    runtime.settle(taken, "refused", "the session has ended (completed)")
    runtime.poll()

    told = operator.command(command["id"])
    assert (told["status"], told["detail"]["reason"]) == ("refused", "the session has ended (completed)")
    assert operator.status(key) == "running"


def test_a_poll_of_ten_thousand_sessions_is_answered(server: RunningServer, operator: Operator) -> None:
    key = fresh("crowd")
    operator.begin(key)
    sessions = [held(f"{key}-{number}") for number in range(MAX_HELD - 1)] + [held(key)]
    id = str(uuid4())
    first = poll(server, {"wait_s": 0, "sessions": sessions}, id)
    operator.act(key, "pause")
    before = time.monotonic()

    second = poll(server, {"wait_s": 0, "sessions": sessions, "known": [str(uuid4())] * MAX_HELD}, id)

    assert (first.status_code, second.status_code) == (200, 200)
    assert [command["session"] for command in second.json()["commands"]] == [key]
    assert time.monotonic() - before < 10
    assert server.request("DELETE", f"/api/v1/runtimes/{id}").status_code == 204


def test_a_poll_of_more_sessions_than_that_is_refused(server: RunningServer) -> None:
    sessions = [held(str(number)) for number in range(MAX_HELD + 1)]

    answer = poll(server, {"wait_s": 0, "sessions": sessions})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_same_session_twice_in_a_poll_counts_once(server: RunningServer, operator: Operator) -> None:
    key = fresh("double")
    operator.begin(key)

    poll(server, {"wait_s": 0, "sessions": [held(key, tools_in_flight=1), held(key, tools_in_flight=2)]})

    assert operator.session(key)["tools_in_flight"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"wait_s": 31},
        {"wait_s": -1},
        {"wait_s": "0"},
        {"runtime": "me"},
        {"runtime": {"pid": -1}},
        {"sessions": {}},
        {"sessions": [{}]},
        {"sessions": [held("")]},
        {"sessions": [held("k" * 5_000)]},
        {"sessions": [held("a", state="asleep")]},
        {"sessions": [held("a", tools_in_flight=-1)]},
        {"sessions": [held("a", tools_in_flight=1.5)]},
        {"sessions": [held("a", verbs="pause")]},
        {"sessions": [held("a", verbs=["v"] * 21)]},
        {"receipts": [{"command_id": "a", "outcome": "perhaps"}]},
        {"receipts": [{"command_id": "a", "outcome": "applied", "detail": []}]},
        {"tasks": [7]},
        [],
        None,
    ],
    ids=lambda body: str(body)[:60],
)
def test_a_poll_that_makes_no_sense_is_refused(server: RunningServer, body: Any) -> None:
    answer = poll(server, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"wait_s": NaN}', b'{"known": ["\\udc00"]}', b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(server: RunningServer, content: bytes) -> None:
    answer = poll(server, content=content, headers={"content-type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.json()["message"]


@pytest.mark.parametrize("id", ["7", "not-a-uuid", "%00"])
def test_a_runtime_is_named_by_a_uuid(server: RunningServer, id: str) -> None:
    assert server.post(f"/api/v1/runtimes/{id}/poll", json={"wait_s": 0}).status_code == 422
    assert server.request("DELETE", f"/api/v1/runtimes/{id}").status_code == 422


def test_a_body_larger_than_the_limit_is_refused(server: RunningServer) -> None:
    chunks = (b" " * (1 << 20) for _ in range(65))

    answer = poll(server, content=chunks, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_waiting_poll_is_answered_when_the_server_stops(server: RunningServer, operator: Operator) -> None:
    key = fresh("stopping")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(runtime.poll(wait_s=25)))
    waiting.start()
    time.sleep(0.5)

    before = time.monotonic()
    server.stop()
    waiting.join(20)
    took_s = time.monotonic() - before
    server.start()

    assert answers == [{"commands": [], "tasks": [], "receipts_accepted": []}]
    assert took_s < 10


def test_a_command_survives_a_restart(server: RunningServer, operator: Operator) -> None:
    key = fresh("restarted")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)
    command = operator.act(key, "pause")

    server.kill()
    server.start()

    assert [one["id"] for one in runtime.obey()] == [command["id"]]
    assert operator.status(key) == "paused"
    until(lambda: [event["status"] for event in operator.events(key, "control")] == ["ok"])


def test_a_heartbeat_is_a_sign_of_life(server: RunningServer, operator: Operator) -> None:
    key = fresh("beating")
    operator.begin(key)

    answer = server.post(f"/api/v1/sessions/{key}/heartbeat")
    unknown = server.post(f"/api/v1/sessions/{fresh('nobody')}/heartbeat")

    assert (answer.status_code, answer.content, unknown.status_code) == (204, b"", 404)


def test_an_abandoned_run_is_back_with_its_heartbeat_and_so_is_its_caller(operator: Operator) -> None:
    caller, called = fresh("caller"), fresh("called")
    operator.begin(caller, at=seconds_ago(3_600))
    operator.begin(called, at=seconds_ago(3_600), parent=caller)
    before = [operator.status(key) for key in (caller, called)]

    operator.server.post(f"/api/v1/sessions/{called}/heartbeat")

    assert before == ["abandoned", "abandoned"]
    assert [operator.status(key) for key in (caller, called)] == ["running", "running"]
    assert operator.session(called)["revived_count"] == 1


def test_an_abandoned_run_is_back_when_a_runtime_comes_to_it(server: RunningServer, operator: Operator) -> None:
    key = fresh("abandoned")
    operator.begin(key, at=seconds_ago(3_600))

    PlayedRuntime(server, key)

    told = operator.session(key)
    assert (told["status"], told["revived_count"], told["reach"]) == ("running", 1, "listening")
