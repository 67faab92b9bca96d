"""POST /api/v1/events against a real server."""

from __future__ import annotations

import gzip
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.running_server import RunningServer

LINES = "application/x-ndjson"


def new_key() -> str:
    return f"native:{uuid4().hex}"


def send(server: RunningServer, *records: Any) -> httpx.Response:
    return server.post("/api/v1/events", json=list(records))


def path(key: str, view: str = "") -> str:
    return f"/api/v1/sessions/{key}{view}"


def test_a_session_record_describes_a_session(server: RunningServer) -> None:
    key, parent = new_key(), new_key()
    record = {
        "session": key,
        "goal": "Refund order 1138",
        "agent": "support",
        "channel": "email",
        "environment": "production",
        "service": "desk",
        "origin": "helpdesk",
        "user": "u-7",
        "trigger": {"type": "schedule", "source": "nightly"},
        "parent": parent,
        "experiment": "x-1",
        "variant": "b",
        "prompt_template": "Help {name}",
        "prompt_inputs": {"name": "Ada"},
        "metadata": {"ticket": 7},
        "tags": {"team": "red"},
        "metrics": {"goal_completed": True, "score": 0.5},
        "kind": "conversation",
    }

    answer = send(server, record)

    assert answer.json() == {"accepted": 1, "rejected_count": 0, "rejected": []}
    found = server.get(path(key))
    assert {
        name: found[name] for name in ("goal", "agent_id", "channel", "environment", "service", "origin", "kind")
    } == {
        "goal": "Refund order 1138",
        "agent_id": "support",
        "channel": "email",
        "environment": "production",
        "service": "desk",
        "origin": "helpdesk",
        "kind": "conversation",
    }
    assert found["trigger"] == {"type": "schedule", "source": "nightly"}
    assert (found["user_id"], found["experiment_id"], found["variant"]) == ("u-7", "x-1", "b")
    assert (found["prompt_template"], found["prompt_inputs"]) == ("Help {name}", {"name": "Ada"})
    assert (found["metadata"], found["tags"]) == ({"ticket": 7}, {"team": "red"})
    assert found["metrics"] == {"goal_completed": True, "score": 0.5}
    assert found["parent_session_id"]
    assert found["is_derived"] is False


def test_a_later_word_wins_field_by_field(server: RunningServer) -> None:
    key = new_key()

    send(server, {"session": key, "goal": "new", "at": 1_700_000_002})
    send(server, {"session": key, "goal": "old", "channel": "chat", "at": 1_700_000_001})

    found = server.get(path(key))
    assert (found["goal"], found["channel"]) == ("new", "chat")


def test_events_become_a_conversation_with_tools_and_tokens(server: RunningServer) -> None:
    key = new_key()
    asked = {"role": "user", "content": "Where is my refund?"}
    call = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": '{"id": 1}'}}

    answer = send(
        server,
        {
            "session": key,
            "type": "message",
            "role": "user",
            "input": "Where is my refund?",
            "started_at": 1_700_000_000,
        },
        {
            "session": key,
            "type": "llm_call",
            "model": "gpt-4o",
            "provider": "openai",
            "input": [asked],
            "output": {"role": "assistant", "content": None, "tool_calls": [call]},
            "input_tokens": 100,
            "output_tokens": 20,
            "started_at": "2023-11-14T22:13:21Z",
            "ended_at": "2023-11-14T22:13:22.5Z",
        },
        {
            "session": key,
            "type": "tool_call",
            "tool_name": "lookup",
            "tool_call_id": "c1",
            "input": {"id": 1},
            "output": "shipped",
            "started_at": 1_700_000_003_000,
            "ended_at": 1_700_000_004_000,
        },
        {
            "session": key,
            "type": "handoff",
            "details": {"from": "triage", "to": "billing"},
            "started_at": 1_700_000_005,
        },
    )

    assert answer.json()["accepted"] == 4
    found = server.get(path(key))
    assert (found["event_count"], found["llm_call_count"], found["tool_call_count"], found["handoff_count"]) == (
        4,
        1,
        1,
        1,
    )
    assert (found["input_tokens"], found["output_tokens"]) == (100, 20)
    assert found["cost_usd"] == pytest.approx(100 * 2.5e-6 + 20 * 10e-6)
    items = server.get(path(key, "/conversation"))["items"]
    assert [item["kind"] for item in items if item["kind"] != "message"] == ["tool_call", "handoff"]
    tool = next(item["tool"] for item in items if item["tool"])
    assert (tool["arguments"], tool["result"], tool["duration_ms"]) == ({"id": 1}, "shipped", 1000)


def test_a_bad_record_loses_nothing_but_itself(server: RunningServer) -> None:
    key = new_key()

    answer = send(
        server,
        {"session": key, "type": "message", "input": "fine"},
        {"session": key, "type": 5},
        {"type": "message", "input": "of no session"},
        {"session": key, "gaol": "a slip of the pen"},
        "no object",
        {"session": key, "type": "llm_call", "input_tokens": -1},
        {"session": key, "type": "llm_call", "started_at": "yesterday"},
        {"session": key, "type": "message", "cost_usd": "1"},
    )

    told = answer.json()
    assert (answer.status_code, told["accepted"], told["rejected_count"]) == (200, 1, 7)
    assert [rejected["index"] for rejected in told["rejected"]] == list(range(1, 8))
    assert all(rejected["code"] == "invalid" and rejected["message"] for rejected in told["rejected"])
    assert "gaol" in told["rejected"][2]["message"]
    assert server.get(path(key))["event_count"] == 1


def test_when_every_record_is_bad_the_request_is(server: RunningServer) -> None:
    answer = send(server, {"type": "message"}, 7)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert answer.json()["details"]["rejected_count"] == 2


def test_lines_that_are_no_json_are_told_by_number(server: RunningServer) -> None:
    key = new_key()
    good = json.dumps({"session": key, "type": "message", "input": "fine"})
    body = f"\n{good}\n{{broken\n\n{good.replace('fine', 'too')}\n".encode()

    answer = server.post("/api/v1/events", content=body, headers={"content-type": LINES})

    assert answer.json()["accepted"] == 2
    assert [rejected["index"] for rejected in answer.json()["rejected"]] == [1]
    assert server.get(path(key))["event_count"] == 2


def test_an_event_with_its_id_replaces_the_one_before(server: RunningServer) -> None:
    key, event_id = new_key(), uuid4().hex
    event = {
        "session": key,
        "event_id": event_id,
        "type": "tool_call",
        "tool_name": "build",
        "started_at": 1_700_000_000,
    }

    send(server, {**event, "status": "pending"})
    pending = server.get(path(key, f"/events/{event_id}"))
    send(server, {**event, "status": "ok", "ended_at": 1_700_000_009, "output": "done"})
    final = server.get(path(key, f"/events/{event_id}"))

    assert (pending["status"], pending["ended_at"]) == ("pending", None)
    assert (final["status"], final["duration_ms"]) == ("ok", 9000)
    assert server.get(path(key))["event_count"] == 1


def test_the_same_events_again_change_nothing(server: RunningServer) -> None:
    key = new_key()
    events = [
        {"session": key, "type": "message", "input": f"line {number}", "started_at": 1_700_000_000 + number}
        for number in range(5)
    ]

    send(server, *events)
    send(server, *events)

    assert server.get(path(key))["event_count"] == 5


def test_two_messages_of_one_text_without_times_are_two(server: RunningServer) -> None:
    key = new_key()

    send(server, *[{"session": key, "type": "message", "input": "yes"}] * 2)
    send(server, {"session": key, "type": "message", "input": "yes"})

    assert server.get(path(key))["message_count"] == 3


def test_unknown_types_and_fields_are_kept(server: RunningServer) -> None:
    key, event_id = new_key(), uuid4().hex

    send(
        server,
        {
            "session": key,
            "event_id": event_id,
            "type": "acme.thought",
            "mood": "blue",
            "attributes": {"deep": [1, {"a": None}]},
        },
    )

    found = server.get(path(key, f"/events/{event_id}"))
    assert found["type"] == "acme.thought"
    assert found["attributes"] == {"mood": "blue", "deep": [1, {"a": None}]}


def test_a_session_may_be_named_by_its_uuid(server: RunningServer) -> None:
    key = new_key()
    send(server, {"session": key, "goal": "first"})
    session_id = server.get(path(key))["id"]

    send(
        server,
        {"session_id": session_id, "type": "message", "input": "more"},
        {"session_id": session_id, "goal": "second"},
    )

    found = server.get(path(key))
    assert (found["id"], found["goal"], found["event_count"]) == (session_id, "second", 1)


def test_an_end_before_its_start_counts_as_the_start(server: RunningServer) -> None:
    """As with spans: a clock was set back in between, and nothing else is wrong."""
    key, event_id = new_key(), uuid4().hex

    send(
        server, {"session": key, "event_id": event_id, "type": "tool_call", "started_at": 1_700_000_002, "ended_at": 5}
    )

    assert server.get(path(key, f"/events/{event_id}"))["duration_ms"] == 0


def test_an_error_is_a_failed_event(server: RunningServer) -> None:
    key, event_id = new_key(), uuid4().hex

    send(
        server,
        {
            "session": key,
            "event_id": event_id,
            "type": "tool_call",
            "error": {"type": "Timeout", "message": "too slow"},
        },
    )

    found = server.get(path(key, f"/events/{event_id}"))
    assert (found["status"], found["error_type"], found["error"]) == ("error", "Timeout", "too slow")


def test_a_declared_status_is_shown_as_declared(server: RunningServer) -> None:
    key = new_key()

    send(server, {"session": key, "status": "failed", "status_reason": "the customer left"})

    found = server.get(path(key))
    assert (found["status"], found["status_evidence"], found["status_reason"]) == (
        "failed",
        "declared",
        "the customer left",
    )


@pytest.mark.parametrize(
    "at",
    [
        1_700_000_000,
        1_700_000_000.0,
        1_700_000_000_000,
        1_700_000_000_000_000,
        1_700_000_000_000_000_000,
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
    ],
)
def test_times_in_every_unit(server: RunningServer, at: Any) -> None:
    key = new_key()

    send(server, {"session": key, "type": "message", "input": "now", "started_at": at})

    assert server.get(path(key))["started_at"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("at", [0, -1, 1e300, True, "2023-13-45", 2**63, 0.5])
def test_times_that_do_not_exist_are_told(server: RunningServer, at: Any) -> None:
    assert send(server, {"session": new_key(), "type": "message", "started_at": at}).status_code == 422


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"[]", 200),
        ("application/json", b"", 200),
        (LINES, b"", 200),
        ("application/json", b"{", 422),
        ("application/json", b"[NaN]", 422),
        ("application/json", b'[{"session": "\xff"}]', 422),
        ("application/json", b"[" * 10_000, 422),
        ("application/json", b'[{"session": "\\ud800", "type": "message"}]', 422),
        ("application/json", b'[{"session": "a\\u0000b", "type": "message"}]', 422),
        ("text/plain", b"[]", 415),
        ("application/json", b"[" + b"{}," * 60_000 + b"{}]", 413),
    ],
)
def test_odd_bodies_have_clear_answers(server: RunningServer, content_type: str, body: bytes, status: int) -> None:
    answer = server.post("/api/v1/events", content=body, headers={"content-type": content_type})

    assert answer.status_code == status
    assert status == 200 or {"code", "message"} <= answer.json().keys()


def test_bodies_may_be_compressed(server: RunningServer) -> None:
    key = new_key()
    body = gzip.compress(json.dumps([{"session": key, "type": "message", "input": "x"}]).encode())

    answer = server.post(
        "/api/v1/events", content=body, headers={"content-type": "application/json", "content-encoding": "gzip"}
    )

    assert answer.json()["accepted"] == 1


def test_many_records_at_once(server: RunningServer) -> None:
    key = new_key()
    lines = b"\n".join(
        json.dumps({"session": key, "type": "message", "input": f"{n}", "started_at": 1_700_000_000 + n}).encode()
        for n in range(3_000)
    )

    answer = server.post("/api/v1/events", content=lines, headers={"content-type": LINES})

    assert answer.json()["accepted"] == 3_000
    assert server.get(path(key))["event_count"] == 3_000


def test_millions_of_empty_records_are_refused_before_they_are_made(server: RunningServer) -> None:
    before = server.memory_bytes()

    lines = server.post("/api/v1/events", content=b"{}\n" * 5_000_000, headers={"content-type": "application/x-ndjson"})
    array = server.post(
        "/api/v1/events", content=b"[" + b"{}," * 5_000_000 + b"{}]", headers={"content-type": "application/json"}
    )

    assert (lines.status_code, array.status_code) == (413, 413)
    assert server.memory_bytes() - before < 300 << 20


@pytest.mark.parametrize(
    "times",
    [
        {"started_at": "2023-11-14T22:13:20Z", "duration_ms": 1_200},
        {"ended_at": "2023-11-14T22:13:21.2Z", "duration_ms": 1_200.0},
        {"duration_ms": 1_200},
    ],
)
def test_an_event_may_tell_how_long_it_took_instead_of_when_it_ended(
    server: RunningServer, times: dict[str, Any]
) -> None:
    key = new_key()
    send(server, {"session": key, "type": "tool_call", "tool_name": "search", "input": {}, "output": "x", **times})

    session = server.get(path(key))
    event = server.get(path(key, "/events"))["items"][0]

    assert (session["duration_ms"], event["duration_ms"]) == (1_200, 1_200)
    if "started_at" in times or "ended_at" in times:
        assert event["started_at"] == "2023-11-14T22:13:20Z"


def test_a_duration_that_is_none_is_refused(server: RunningServer) -> None:
    refused = send(server, {"session": new_key(), "type": "tool_call", "duration_ms": -5})

    assert "duration_ms" in refused.text
    assert refused.status_code >= 400 or refused.json()["rejected_count"] == 1
