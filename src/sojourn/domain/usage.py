"""Whose usage counts, where calls and totals are nested (interop.md §8.5)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

MAX_DEPTH = 256  # ancestors looked at; a longer chain is a cycle or an attack


class UsageRow(NamedTuple):
    """One event of a session. `parent` is None for a root."""

    event: Hashable
    parent: Hashable | None
    kind: str  # "call", "sum" or ""
    has_usage: bool


class Decision(NamedTuple):
    excluded_calls: set[Hashable]  # inside another call that counts
    included_sums: set[Hashable]  # totals over a subtree in which no call has usage


def decide(rows: Sequence[UsageRow]) -> Decision:
    """A call counts unless it lies inside another with usage. A total counts if its subtree has no call with usage,
    and no total around it counts."""
    by_id = {row.event: row for row in rows}
    calls = [row for row in rows if row.kind == "call"]
    excluded = {row.event for row in calls if any(_is_used(by_id[above], "call") for above in _above(row, by_id))}
    covered = {above for row in calls if row.has_usage for above in _above(row, by_id)}
    empty_sums = {row.event for row in rows if _is_used(row, "sum") and row.event not in covered}
    included = {event for event in empty_sums if not empty_sums.intersection(_above(by_id[event], by_id))}
    return Decision(excluded, included)


def _is_used(row: UsageRow, kind: str) -> bool:
    return row.kind == kind and row.has_usage


def _above(row: UsageRow, by_id: dict[Hashable, UsageRow]) -> Iterable[Hashable]:
    """The stored ancestors of a row, nearest first."""
    seen = {row.event}
    parent = row.parent
    while parent is not None and parent in by_id and parent not in seen and len(seen) < MAX_DEPTH:
        seen.add(parent)
        yield parent
        parent = by_id[parent].parent
