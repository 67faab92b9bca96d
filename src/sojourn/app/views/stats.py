"""Tiles and charts over many sessions."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.ledger_reads import read_ledger
from sojourn.app.views.sessions import with_content
from sojourn.app.views.times import rfc3339
from sojourn.events.store import EventStore
from sojourn.ledger.filters import SessionFilter, Where
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.stats import Row

Json = dict[str, Any]
_MODEL_SUMS = (
    "sessions",
    "calls",
    "errors",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "duration_ms",
)
_AGENT_SUMS = ("sessions", "running", "failed", "error_count", "input_tokens", "output_tokens")


def overview(ledger: Ledger, events: EventStore, where: Where, filter: SessionFilter) -> Json:
    filter, _ = with_content(events, where, filter)
    with read_ledger(ledger) as conn:
        found = ledger.stats.overview(conn, where, filter)
    sums = {name: int(found[name] or 0) for name in ("sessions", "running", "agents", "events")}
    return {**sums, "cost_usd": _float(found["cost_usd"])}


def trends(
    ledger: Ledger, events: EventStore, where: Where, filter: SessionFilter, bucket: str, by: str | None
) -> Json:
    filter, _ = with_content(events, where, filter)
    with read_ledger(ledger) as conn:
        rows = ledger.stats.trends(conn, where, filter, bucket, by)
    return {"buckets": [_bucket(row) for row in rows]}


def models(ledger: Ledger, events: EventStore, where: Where, filter: SessionFilter) -> Json:
    filter, _ = with_content(events, where, filter)
    with read_ledger(ledger) as conn:
        rows = ledger.stats.models(conn, where, filter)
    return {
        "items": [
            {
                "model": row["model"],
                "provider": row["provider"],
                "cost_usd": _float(row["cost_usd"]),
                **{name: int(row[name] or 0) for name in _MODEL_SUMS},
            }
            for row in rows
        ]
    }


def agents(ledger: Ledger, events: EventStore, where: Where, filter: SessionFilter) -> Json:
    filter, _ = with_content(events, where, filter)
    with read_ledger(ledger) as conn:
        rows = ledger.stats.agents(conn, where, filter)
    return {"items": [_agent(row) for row in rows]}


def _bucket(row: Row) -> Json:
    return {
        "at": rfc3339(row["at_ns"]) or "1970-01-01T00:00:00Z",
        "group": str(row["group"] or ""),
        **{name: int(row[name] or 0) for name in ("sessions", "failed", "input_tokens", "output_tokens")},
        **{name: _float(row[name]) for name in ("cost_usd", "p50_ms", "p95_ms")},
    }


def _agent(row: Row) -> Json:
    sums = {name: int(row[name] or 0) for name in _AGENT_SUMS}
    return {
        "agent_id": row["agent_id"],
        **sums,
        "total_tokens": sums["input_tokens"] + sums["output_tokens"],
        "cost_usd": _float(row["cost_usd"]),
        "mean_duration_ms": _float(row["mean_duration_ms"]),
        "last_activity_at": rfc3339(row["last_activity_at_ns"]),
    }


def _float(value: Any) -> float | None:
    """A plain float: PostgreSQL gives sums and means as decimals."""
    return None if value is None else float(value)
