"""What Kore's sessions page asks of a product, through our HTTP interface. Rows 1-9, 17-24, 26-31, 39-63."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from tests.acceptance.support_case import BESIDE, CASE, DRAFT, FAILED, KEY, OTHER, SLOW
from tests.running_server import RunningServer

CASE_PATH = f"/api/v1/sessions/{quote(KEY, safe='')}"


@pytest.fixture(scope="module")
def case(server: RunningServer) -> dict[str, Any]:
    """The session; everything else of it is read by the tests."""
    answer = server.post("/api/v1/events", json=[*CASE, *BESIDE])
    assert answer.json()["rejected"] == []
    found: dict[str, Any] = server.get(CASE_PATH)
    return found


def keys(server: RunningServer, **filters: Any) -> set[str]:
    return {row["key"] for row in server.get("/api/v1/sessions", limit=100, **filters)["items"]}


def events(server: RunningServer, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get(f"{CASE_PATH}/events", limit=100, **filters)["items"]
    return found


def event(server: RunningServer, event_id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"{CASE_PATH}/events/{event_id}")
    return found


def test_deployed_and_draft_versions_are_listed_and_told_apart(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 1."""
    rows = {row["key"]: row["agent_version"] for row in server.get("/api/v1/sessions", agent="triage")["items"]}

    assert (rows[KEY], rows[DRAFT]) == ("2.4", "draft")


def test_a_session_records_messages_tools_agents_routing_guardrails_state_and_numbers(
    server: RunningServer, case: dict[str, Any]
) -> None:
    """Acceptance 2, 3, 4, 5, 6, 7, 8."""
    types = {row["type"] for row in events(server)}
    said = [item["role"] for item in server.get(f"{CASE_PATH}/conversation")["items"] if item["kind"] == "message"]

    assert {"message", "tool_call", "tool_result", "handoff", "decision", "guardrail_eval", "state_change"} <= types
    assert "user" in said
    assert "assistant" in said
    assert case["agents"] == ["triage", "billing"]
    assert (case["input_tokens"], case["output_tokens"], case["duration_ms"] > 0) == (1_500, 150, True)


def test_the_list_shows_active_and_completed_sessions_of_all_environments_and_channels(
    server: RunningServer, case: dict[str, Any]
) -> None:
    """Acceptance 9."""
    assert {KEY, FAILED, SLOW, DRAFT, OTHER} <= keys(server)


@pytest.mark.parametrize(
    ("filters", "inside", "outside"),
    [
        ({"q": "1138"}, KEY, FAILED),
        ({"agent": "reports"}, SLOW, KEY),
        ({"environment": "staging"}, FAILED, KEY),
        ({"channel": "email"}, KEY, OTHER),
        ({"status": "completed"}, KEY, FAILED),
        ({"started_after": "2026-10-03T00:00:00Z"}, SLOW, KEY),
        ({"status": "failed"}, FAILED, KEY),
        ({"min_duration_ms": 3_600_000}, SLOW, KEY),
    ],
)
def test_a_filter_shows_what_it_names_and_nothing_else(
    server: RunningServer, case: dict[str, Any], filters: dict[str, Any], inside: str, outside: str
) -> None:
    """Acceptance 17, 18, 19, 20, 21, 22, 23, 24."""
    found = keys(server, **filters)

    assert inside in found
    assert outside not in found


def test_volume_and_trends_are_told_over_time(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 25."""
    buckets = server.get("/api/v1/stats/trends", started_after="2026-10-01", started_before="2026-10-06")["buckets"]

    assert sum(bucket["sessions"] for bucket in buckets) == 5
    assert sum(bucket["failed"] for bucket in buckets) == 1


def test_a_session_shows_its_duration_counts_cost_and_place(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 26, 27, 28, 29, 30, 57."""
    assert case["duration_ms"] >= 14_000
    assert case["message_count"] >= 3
    assert case["trace_count"] == 2
    assert case["cost_usd"] > 0
    assert (case["environment"], case["channel"], case["agent_id"]) == ("production", "email", "triage")
    assert case["metadata"]["flags"] == {"refunds": True}


def test_a_session_keeps_its_state_tools_and_orchestration(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 31, 43, 50."""
    state = server.get(f"{CASE_PATH}/state")
    [refund] = [variable for variable in state["variables"] if variable["name"] == "refund"]

    assert refund["value"] == "paid"
    assert [(change["old"], change["new"]) for change in state["history"]] == [("pending", "paid"), (None, "pending")]


def test_agents_handoffs_and_what_was_passed_are_shown(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 39, 40, 41, 49."""
    agents = server.get(f"{CASE_PATH}/agents")
    [handoff] = agents["handoffs"]

    assert {one["agent_id"] for one in agents["participants"]} == {"triage", "billing"}
    assert (handoff["from"], handoff["to"]) == ("triage", "billing")
    assert "1138" in str(handoff["context"])


def test_tools_errors_and_their_traces_are_shown(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 42, 44."""
    tools = {row["tool_name"] for row in events(server, type="tool_call")}
    failed = events(server, status="error")

    assert tools == {"look_up_order", "pay"}
    assert {row["trace_id"] for row in failed if row["tool_name"] == "pay"} == {"b" * 32}
    assert "the bank did not answer" in str(event(server, "case-tool-2")["error"])


@pytest.mark.parametrize(
    "kind", ["llm_call", "tool_call", "tool_result", "decision", "handoff", "state_change", "guardrail_eval", "error"]
)
def test_each_kind_of_event_is_recorded_and_can_be_filtered(
    server: RunningServer, case: dict[str, Any], kind: str
) -> None:
    """Acceptance 45, 46, 48, 52."""
    found = events(server, type=kind)

    assert found
    assert {row["type"] for row in found} == {kind}


def test_a_tool_result_is_paired_with_its_call(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 47."""
    calls = {row["tool_call_id"]: row["event_id"] for row in events(server, type="tool_call")}
    results = {row["tool_call_id"]: row["event_id"] for row in events(server, type="tool_result")}

    assert results == calls


def test_a_guardrail_tells_its_result_and_a_decision_its_options(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 51."""
    [guardrail] = events(server, type="guardrail_eval")
    [decision] = events(server, type="decision")

    assert guardrail["details"]["result"] == "passed"
    assert decision["details"]["options"] == ["billing", "shipping"]


def test_every_event_shows_its_timing_and_opens_to_request_and_response(
    server: RunningServer, case: dict[str, Any]
) -> None:
    """Acceptance 14, 15, 16, 53."""
    rows = events(server)
    times = [datetime.fromisoformat(row["at"]) for row in rows]
    call = event(server, "case-call-1")

    assert times == sorted(times)
    assert [row["duration_ms"] for row in rows if row["event_id"] == "case-call-1"] == [2_000]
    assert "never came" in str(call["input"])
    assert "hand this to billing" in str(call["output"])


def test_models_have_calls_tokens_cost_and_latency_and_routing_is_visible(
    server: RunningServer, case: dict[str, Any]
) -> None:
    """Acceptance 54, 56."""
    models = {use["model"]: use for use in case["models"]}
    call = event(server, "case-call-1")

    assert {name: use["calls"] for name, use in models.items()} == {"gpt-4o-mini": 1, "claude-sonnet-4": 1}
    assert all(use["cost_usd"] > 0 and use["duration_ms"] > 0 for use in models.values())
    assert (call["model_requested"], call["model_used"]) == ("gpt-4o", "gpt-4o-mini")


def test_costs_compare_across_sessions_and_agents(server: RunningServer, case: dict[str, Any]) -> None:
    """Acceptance 55."""
    by_cost = server.get("/api/v1/sessions", sort="-cost_usd")["items"]
    agents = {row["agent_id"]: row["cost_usd"] for row in server.get("/api/v1/stats/agents")["items"]}

    assert by_cost[0]["key"] == KEY
    assert agents["triage"] is not None


def test_metrics_tell_tokens_cost_latency_duration_traces_and_tools(
    server: RunningServer, case: dict[str, Any]
) -> None:
    """Acceptance 58, 59, 60, 61, 62, 63."""
    metrics = server.get(f"{CASE_PATH}/metrics")
    tools = {tool["name"]: tool for tool in metrics["tools"]}

    assert (metrics["tokens"]["input_tokens"], metrics["tokens"]["output_tokens"]) == (1_500, 150)
    assert metrics["cost"]["cost_usd"] == pytest.approx(case["cost_usd"])
    assert metrics["latency"]
    assert tools["look_up_order"]["calls"] == 1
    assert case["trace_count"] == 2
