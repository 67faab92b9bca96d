"""The traces of a session: one request-to-response exchange each."""

from __future__ import annotations

from typing import Any

from sojourn.app.views import cursors
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import duration_ms, rfc3339
from sojourn.app.views.usage import UsageSum, usage_of
from sojourn.domain.events import EventType
from sojourn.events.rows import Row

Json = dict[str, Any]
DIRECTIONS = frozenset({"inlet", "response", "signal"})


def traces(reading: Reading, after: str, limit: int) -> Json:
    after_ns, after_trace_id = cursors.decode(after, "cursor", int, str) if after else (-1, "")
    rows = reading.query("traces_page", after_ns=after_ns, after_trace_id=after_trace_id, limit=limit + 1)
    has_more = len(rows) > limit
    rows = rows[:limit]
    sums = usage_of(reading).by_trace() if rows else {}
    last = rows[-1] if has_more else None
    return {
        "items": [_trace(row, sums.get(row["trace_id"], UsageSum())) for row in rows],
        "next_cursor": cursors.encode(last["started_at_ns"], last["trace_id"]) if last else None,
    }


def _trace(row: Row, usage: UsageSum) -> Json:
    ended_at_ns = None if row["open_count"] else row["last_at_ns"]
    return {
        "trace_id": row["trace_id"],
        "name": row["root_name"],
        "direction": _direction(row),
        "status": "pending" if row["open_count"] else row["root_status"],
        "started_at": rfc3339(row["started_at_ns"]),
        "ended_at": rfc3339(ended_at_ns),
        "duration_ms": duration_ms(row["started_at_ns"], ended_at_ns),
        "event_count": row["event_count"],
        "error_count": row["error_count"],
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "root_event_id": row["root_event_id"],
    }


def _direction(row: Row) -> str:
    """What the sender said; else a signal is one and everything else came in."""
    if row["root_direction"] in DIRECTIONS:
        return str(row["root_direction"])
    return "signal" if row["root_type"] == EventType.SIGNAL else "inlet"
