"""What a session used, cost and achieved, and how fast it was."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from sojourn.app.views.reading import Reading
from sojourn.app.views.times import rfc3339
from sojourn.app.views.usage import usage_of
from sojourn.domain.sessions import Session
from sojourn.events.rows import Row

Json = dict[str, Any]
MAX_TOOLS = 200
MAX_TURNS = 200
REPORTED = "reported"
_TOKENS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "total_tokens",
)
_COUNTS = {
    "messages": "message_count",
    "traces": "trace_count",
    "events": "event_count",
    "llm_calls": "llm_call_count",
    "tool_calls": "tool_call_count",
    "errors": "error_count",
    "handoffs": "handoff_count",
    "compactions": "compactions",
    "resets": "resets",
}
_OUTCOMES = frozenset({"goal_completed", "score"})


def metrics(reading: Reading) -> Json:
    session = reading.session
    return {
        "tokens": {name: getattr(session, name) for name in _TOKENS},
        "cost": _cost(reading),
        "counts": {name: getattr(session, field) for name, field in _COUNTS.items()},
        "models": [asdict(use) for use in session.models],
        "tools": [_tool(row) for row in reading.query("metrics_tools", limit=MAX_TOOLS)],
        "latency": _latency(reading),
        "duration_ms": session.duration_ms,
        "outcome": _outcome(session),
    }


def _cost(reading: Reading) -> Json:
    reported = computed = 0.0
    for usage in usage_of(reading).counted:
        if math.isnan(usage.cost_usd):
            continue
        if usage.cost_source in ("", REPORTED):
            reported += usage.cost_usd
        else:
            computed += usage.cost_usd
    session = reading.session
    return {
        "cost_usd": session.cost_usd,
        "unpriced_calls": session.unpriced_calls,
        "reported_usd": reported,
        "computed_usd": computed,
    }


def _tool(row: Row) -> Json:
    return {
        "name": row["name"],
        "calls": row["calls"],
        "errors": row["errors"],
        "total_ms": row["total_ms"] or 0.0,
        "p50_ms": row["p50_ms"],
        "p95_ms": row["p95_ms"],
        "max_ms": row["max_ms"],
    }


def _latency(reading: Reading) -> Json:
    spread = reading.query("metrics_latency")[0]
    turns = reading.query("metrics_turns", limit=MAX_TURNS)
    return {
        **{name: spread[name] for name in ("p50_ms", "p95_ms", "max_ms")},
        "turns": [
            {
                "trace_id": row["trace_id"],
                "at": rfc3339(row["at_ns"]),
                "duration_ms": row["duration_ms"],
                "ttft_ms": row["ttft_ms"],
            }
            for row in reversed(turns)
        ],
    }


def _outcome(session: Session) -> Json:
    goal_completed, score = session.metrics.get("goal_completed"), session.metrics.get("score")
    return {
        "goal_completed": None if goal_completed is None else bool(goal_completed),
        "score": None if score is None else float(score),
        "custom": {name: value for name, value in session.metrics.items() if name not in _OUTCOMES},
    }
