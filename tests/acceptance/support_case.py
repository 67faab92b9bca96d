"""One support case with everything in it, and a few sessions beside it that differ in one thing each."""

from __future__ import annotations

from typing import Any

KEY = "acceptance:support/case-1"
FAILED, SLOW, DRAFT, OTHER = "acceptance-failed", "acceptance-slow", "acceptance-draft", "acceptance-other"
DAY = "2026-10-01"


def at(second: float) -> str:
    return f"{DAY}T12:{int(second) // 60:02d}:{second % 60:06.3f}Z"


def spoken(second: float, role: str, text: str, **more: Any) -> dict[str, Any]:
    side = "input" if role == "user" else "output"
    return {"session": KEY, "type": "message", "role": role, side: text, "started_at": at(second), **more}


def happened(kind: str, second: float, took_s: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"session": KEY, "type": kind, "started_at": at(second), "ended_at": at(second + took_s), **more}


CASE: list[dict[str, Any]] = [
    {
        "session": KEY,
        "kind": "run",
        "goal": "Refund order 1138",
        "agent_id": "triage",
        "channel": "email",
        "environment": "production",
        "service": "support",
        "origin": "helpdesk",
        "status": "completed",
        "agent_version": "2.4",
        "agent_name": "Triage",
        "trigger_type": "event",
        "trigger_source": "inbox",
        "metadata": {"region": "eu", "flags": {"refunds": True}},
        "at": at(60),
    },
    spoken(0, "user", "My order 1138 never came, refund it please."),
    happened(
        "llm_call",
        1,
        2.0,
        event_id="case-call-1",
        agent_id="triage",
        model_requested="gpt-4o",
        model="gpt-4o-mini",
        provider="openai",
        input="My order 1138 never came, refund it please.",
        output="I will hand this to billing.",
        input_tokens=1_000,
        output_tokens=100,
        cache_read_tokens=200,
        reasoning_tokens=40,
        trace_id="a" * 32,
    ),
    happened("decision", 3.5, agent_id="triage", details={"decision": "billing", "options": ["billing", "shipping"]}),
    happened(
        "handoff",
        4,
        agent_id="triage",
        details={"from": "triage", "to": "billing", "context": {"order": 1138, "mood": "upset"}},
    ),
    happened(
        "guardrail_eval",
        5,
        0.1,
        agent_id="billing",
        details={"guardrail": "refund-limit", "result": "passed", "score": 0.1},
    ),
    happened(
        "tool_call",
        6,
        1.5,
        event_id="case-tool-1",
        agent_id="billing",
        tool_name="look_up_order",
        tool_call_id="t1",
        input={"order": 1138},
        output={"paid": True, "amount": 80},
        trace_id="b" * 32,
    ),
    happened(
        "state_change",
        8,
        agent_id="billing",
        details={"variable": "refund", "old": None, "new": "pending"},
    ),
    happened("state_change", 9, agent_id="billing", details={"variable": "refund", "old": "pending", "new": "paid"}),
    happened(
        "tool_call",
        10,
        0.4,
        event_id="case-tool-2",
        agent_id="billing",
        tool_name="pay",
        tool_call_id="t2",
        input={"amount": 80},
        status="error",
        error={"type": "Timeout", "message": "the bank did not answer"},
        trace_id="b" * 32,
    ),
    happened("error", 11, agent_id="billing", error="first attempt failed", details={"retryable": True}),
    happened(
        "llm_call",
        12,
        1.0,
        event_id="case-call-2",
        agent_id="billing",
        model="claude-sonnet-4",
        provider="anthropic",
        input="Write the answer.",
        output="Your refund of 80 is on its way.",
        input_tokens=500,
        output_tokens=50,
        trace_id="b" * 32,
    ),
    spoken(14, "assistant", "Your refund of 80 is on its way.", agent_id="billing"),
]
BESIDE: list[dict[str, Any]] = [
    {"session": FAILED, "status": "failed", "agent_id": "shipping", "channel": "web", "environment": "staging",
     "goal": "Track parcel 77", "at": "2026-10-02T12:00:01Z"},
    {"session": FAILED, "type": "message", "role": "user", "input": "where?", "started_at": "2026-10-02T12:00:00Z"},
    {"session": SLOW, "status": "completed", "agent_id": "reports", "channel": "cron", "environment": "production",
     "goal": "Monthly report", "at": "2026-10-03T14:00:00Z"},
    {"session": SLOW, "type": "span", "name": "work", "started_at": "2026-10-03T12:00:00Z",
     "ended_at": "2026-10-03T14:00:00Z"},
    {"session": DRAFT, "status": "completed", "agent_id": "triage", "agent_version": "draft", "environment": "dev",
     "goal": "Refund order 1138 (test)", "at": "2026-10-04T12:00:01Z"},
    {"session": DRAFT, "type": "message", "role": "user", "input": "test", "started_at": "2026-10-04T12:00:00Z"},
    {"session": OTHER, "status": "running", "kind": "observed", "agent_id": "triage", "channel": "web",
     "environment": "production", "goal": "A chat that goes on", "at": "2026-10-05T12:00:01Z"},
    {"session": OTHER, "type": "message", "role": "user", "input": "hello", "started_at": "2026-10-05T12:00:00Z"},
]  # fmt: skip
