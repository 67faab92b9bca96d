"""What would make a session faster, cheaper or safer, each with what it is concluded from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sojourn.domain.events import EventType

Json = dict[str, Any]
MUCH_CONTEXT_TOKENS = 8_000
GROWN_TIMES = 3
ENOUGH_CALLS = 3
HIGH_BLOCK_RATE = 0.2
SLOW_SHARE = 0.5  # of the time of all spans that are slow
MAX_EVENTS = 10


def suggestions(
    rows: Sequence[Json], slow: Sequence[Json], errors: Sequence[Json], anomalies: Sequence[Json]
) -> list[Json]:
    calls = [row for row in rows if row["type"] == EventType.LLM_CALL and row["input_tokens"]]
    guarded = [row for row in rows if row["type"] == EventType.GUARDRAIL_EVAL]
    return [*_speed(slow), *_failures(errors), *_context(calls), *_guardrails(guarded), *_loops(anomalies)]


def _speed(slow: Sequence[Json]) -> Iterator[Json]:
    """What the slow spans spend most of their time in."""
    spent_ms: dict[tuple[str, str], float] = defaultdict(float)
    for one in slow:
        spent_ms[(one["type"], one["name"])] += one["duration_ms"]
    total_ms = sum(spent_ms.values())
    for (type, name), ms in spent_ms.items():
        if ms < SLOW_SHARE * total_ms:
            continue
        spans = [one["event_id"] for one in slow if (one["type"], one["name"]) == (type, name)]
        advice = (
            "a smaller or streamed model call" if type == EventType.LLM_CALL else "a timeout, a cache or parallel calls"
        )
        yield _suggestion("latency", f"{name} took {ms:.0f} ms in {len(spans)} slow spans; consider {advice}", spans)


def _failures(errors: Sequence[Json]) -> Iterator[Json]:
    for one in errors:
        if one["has_recovered"] and one["count"] == 1:
            continue
        times = "once" if one["count"] == 1 else f"{one['count']} times"
        end = "and then went well: retry it with a delay" if one["has_recovered"] else "and never went well after"
        yield _suggestion("errors", f"{one['name']} failed {times} with {one['pattern']!r} {end}", one["event_ids"])


def _context(calls: Sequence[Json]) -> Iterator[Json]:
    if len(calls) < ENOUGH_CALLS:
        return
    first, last = calls[0]["input_tokens"], calls[-1]["input_tokens"]
    spans = [calls[0]["event_id"], calls[-1]["event_id"]]
    if last >= MUCH_CONTEXT_TOKENS and last >= GROWN_TIMES * first:
        yield _suggestion("context", f"its context grew from {first} to {last} tokens; compact it", spans)
    sent = sum(row["input_tokens"] for row in calls)
    is_cached = any(row["cache_read_tokens"] for row in calls)
    if not is_cached and sent >= MUCH_CONTEXT_TOKENS * ENOUGH_CALLS:
        yield _suggestion("cost", f"none of {sent} input tokens came from a cache; turn on prompt caching", spans)


def _guardrails(rows: Sequence[Json]) -> Iterator[Json]:
    blocked = [row["event_id"] for row in rows if row["details"].get("result") == "blocked"]
    if blocked and len(blocked) >= HIGH_BLOCK_RATE * len(rows):
        message = f"guardrails blocked {len(blocked)} of {len(rows)}; see what is sent to them, or loosen them"
        yield _suggestion("guardrails", message, blocked)


def _loops(anomalies: Sequence[Json]) -> Iterator[Json]:
    advice = {
        "repeated_tool_call": "keep its result, or limit how often it may be called",
        "repeated_decision": "give it what it lacks to decide otherwise, or end the turn",
        "handoff_loop": "say in their instructions who finishes, or limit handoffs",
    }
    for one in anomalies:
        if one["kind"] in advice:
            yield _suggestion("loops", f"{one['message']}; {advice[one['kind']]}", one["event_ids"])


def _suggestion(kind: str, message: str, event_ids: Sequence[str]) -> Json:
    return {"kind": kind, "message": message, "event_ids": list(event_ids)[:MAX_EVENTS]}
