"""Metrics of a session: latency, tokens of each model call, tools, guardrails."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from sojourn.app.views.metrics import metrics
from sojourn.app.views.reading import Reading
from sojourn.app.views.timeline import timeline
from sojourn.app.views.usage import Usage, usage_of
from sojourn.domain.events import EventType

Json = dict[str, Any]
MAX_CALLS = 500  # model calls that are told one by one
BLOCKED = "blocked"


def session_metrics(reading: Reading) -> Json:
    session, known = reading.session, metrics(reading)
    turns = [
        {"traceId": turn["trace_id"], "at": turn["at"], "latencyMs": turn["duration_ms"], "ttftMs": turn["ttft_ms"]}
        for turn in known["latency"]["turns"]
    ]
    latencies = [turn["latencyMs"] for turn in turns if turn["latencyMs"] is not None]
    return {
        "sessionId": session.id,
        "executionDurationMs": session.duration_ms,
        "totalLatencyMs": sum(latencies) if latencies else session.duration_ms,
        "responseLatency": {name: known["latency"][ours] for name, ours in _SPREAD.items()},
        "turns": turns,
        "llm": _model_calls(reading),
        "tools": _tools(known["tools"]),
        "guardrails": _guardrails(reading),
        "tokens": known["tokens"],
        "cost": known["cost"]["cost_usd"],
        "unpricedCalls": known["cost"]["unpriced_calls"],
        "models": known["models"],
        "traceCount": session.trace_count,
        "eventCount": session.event_count,
        "messageCount": session.message_count,
        "errorCount": session.error_count,
    }


_SPREAD = {"p50Ms": "p50_ms", "p95Ms": "p95_ms", "maxMs": "max_ms"}


def _model_calls(reading: Reading) -> Json:
    """Each provider call once, although a wrapper may tell it again."""
    counted = [usage for usage in usage_of(reading).counted if usage.is_model_call]
    by_id = {usage.event_id: usage for usage in counted}
    in_order = sorted(reading.spine().of(by_id), key=lambda row: (row.started_at_ns, row.seq, row.event_id))
    calls = [by_id[row.event_id] for row in in_order]
    rows = {row["event_id"]: row for row in timeline(reading, EventType.LLM_CALL).rows} if calls else {}
    total = sum(call.input_tokens + call.output_tokens for call in calls)
    return {
        "calls": len(calls),
        "tokensPerCall": total / len(calls) if calls else None,
        "perCall": [_call(call, rows.get(call.event_id, {})) for call in calls[:MAX_CALLS]],
    }


def _call(call: Usage, row: Json) -> Json:
    return {
        "spanId": call.event_id,
        "model": row.get("model_used") or row.get("model_requested") or "",
        "inputTokens": call.input_tokens,
        "outputTokens": call.output_tokens,
        "totalTokens": call.input_tokens + call.output_tokens,
        "cost": None if math.isnan(call.cost_usd) else call.cost_usd,
        "latencyMs": row.get("duration_ms"),
    }


def _tools(tools: list[Json]) -> Json:
    calls, errors = sum(tool["calls"] for tool in tools), sum(tool["errors"] for tool in tools)
    return {
        "calls": calls,
        "errors": errors,
        "successRate": _share(calls - errors, calls),
        "byTool": [
            {
                "name": tool["name"],
                "calls": tool["calls"],
                "errors": tool["errors"],
                "successRate": _share(tool["calls"] - tool["errors"], tool["calls"]),
                "totalMs": tool["total_ms"],
                **{name: tool[ours] for name, ours in _SPREAD.items()},
            }
            for tool in tools
        ],
    }


def _guardrails(reading: Reading) -> Json:
    rows = timeline(reading, EventType.GUARDRAIL_EVAL).rows
    results = Counter(str(row["details"].get("result") or "") for row in rows)
    return {
        "evaluations": len(rows),
        "blocked": results[BLOCKED],
        "blockRate": _share(results[BLOCKED], len(rows)),
        "byResult": {result: count for result, count in results.items() if result},
    }


def _share(part: int, whole: int) -> float | None:
    """None where there was nothing to take a share of."""
    return part / whole if whole else None
