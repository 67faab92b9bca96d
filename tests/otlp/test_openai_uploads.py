"""The OpenAI Agents SDK's own trace uploads against a real server."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from tests.running_server import RunningServer

PATH = "/v1/traces/ingest"


def upload(group: str) -> dict[str, Any]:
    trace_id = f"trace_{uuid4().hex}"
    span = {
        "object": "trace.span",
        "id": f"span_{uuid4().hex[:24]}",
        "trace_id": trace_id,
        "parent_id": None,
        "started_at": "2026-01-02T03:04:05+00:00",
        "ended_at": "2026-01-02T03:04:06+00:00",
        "error": None,
        "span_data": {"type": "function", "name": "lookup", "input": '{"id": 1}', "output": "shipped"},
    }
    trace = {"object": "trace", "id": trace_id, "workflow_name": "Refunds", "group_id": group, "metadata": None}
    return {"data": [trace, span]}


def test_an_upload_becomes_a_session_of_its_group(server: RunningServer) -> None:
    group = f"group-{uuid4().hex}"

    answer = server.post(
        PATH, json=upload(group), headers={"authorization": "Bearer sk-any", "openai-beta": "traces=v1"}
    )

    assert (answer.status_code, answer.json()["rejected"]) == (200, 0)
    found = server.get(f"/api/v1/sessions/{group}")
    assert found["tool_call_count"] == 1


def test_items_that_are_nothing_we_know_are_counted(server: RunningServer) -> None:
    body = upload(f"group-{uuid4().hex}")
    body["data"].append({"object": "mystery"})

    answer = server.post(PATH, json=body)

    assert (answer.status_code, answer.json()["rejected"]) == (200, 1)


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'{"data": 7}'])
def test_what_is_no_upload_is_told(server: RunningServer, body: bytes) -> None:
    answer = server.post(PATH, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


def test_an_empty_upload_is_fine(server: RunningServer) -> None:
    answer = server.post(PATH, content=json.dumps({"data": []}), headers={"content-type": "application/json"})

    assert answer.json() == {"accepted": 0, "rejected": 0, "reason": ""}
