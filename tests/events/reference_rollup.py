"""The rules of usage in plain Python, written apart from the SQL and from domain/usage.py, to compare with."""

from __future__ import annotations

from collections.abc import Sequence

from sojourn.domain.events import Event


def usage_of(rows: Sequence[Event]) -> int:
    """Input tokens that count."""
    by_id = {row.event_id: row for row in rows}

    def above(row: Event) -> list[Event]:
        found = []
        while row.parent_event_id in by_id:
            row = by_id[row.parent_event_id]
            found.append(row)
        return found

    def is_used(row: Event, kind: str) -> bool:
        return row.usage_kind == kind and bool(row.input_tokens)

    calls = [row for row in rows if row.usage_kind == "call" and not any(is_used(one, "call") for one in above(row))]
    with_calls = {one.event_id for row in rows if is_used(row, "call") for one in above(row)}
    candidates = [row for row in rows if is_used(row, "sum") and row.event_id not in with_calls]
    sums = [row for row in candidates if not any(one in candidates for one in above(row))]
    by_key: dict[str, int] = {}
    for row in calls:
        key = row.usage_key or row.event_id
        by_key[key] = max(by_key.get(key, 0), row.input_tokens or 0)
    return sum(by_key.values()) + sum(row.input_tokens or 0 for row in sums)
