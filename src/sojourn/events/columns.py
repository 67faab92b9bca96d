"""The columns of the two tables as Arrow, and rows of them back as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from sojourn.domain.events import Event, StoredEvent
from sojourn.domain.messages import Block
from sojourn.events.rows import StoredBlock

NANOSECONDS = pa.timestamp("ns", "UTC")
MAX_NS = 2**63 - 1
HASH = pa.binary(16)
_TEXT = pa.large_string()
_TYPES: dict[str, pa.DataType] = {
    "started_at_ns": NANOSECONDS,
    "ended_at_ns": NANOSECONDS,
    "seq": pa.int64(),
    "version": pa.uint64(),
    "session_tier": pa.uint8(),
    "input_tokens": pa.uint64(),
    "output_tokens": pa.uint64(),
    "cache_read_tokens": pa.uint64(),
    "cache_write_tokens": pa.uint64(),
    "reasoning_tokens": pa.uint64(),
    "cost_usd": pa.float64(),
    "input_refs": pa.list_(HASH),
    "output_refs": pa.list_(HASH),
    "message_keys": pa.list_(pa.uint64()),
}
WITHOUT_CONTENT: dict[str, Any] = {
    **dict.fromkeys(("preview", "user_text", "details", "attributes", "session_fields"), ""),
    **dict.fromkeys(("input_refs", "output_refs", "message_keys"), ()),
}
_NAMES = {"started_at_ns": "started_at", "ended_at_ns": "ended_at"}


def event_table(events: Sequence[StoredEvent], hidden: Sequence[StoredEvent] = ()) -> pa.Table:
    """Columns of the events table; `hidden` are rows that go from where they are. Times outside of what ClickHouse can
    hold are moved to its limits."""
    events = [*events, *(stored._replace(event=stored.event._replace(**WITHOUT_CONTENT)) for stored in hidden)]
    is_deleted = [0] * (len(events) - len(hidden)) + [1] * len(hidden)
    arrays: dict[str, pa.Array] = {
        "workspace_id": pa.array([stored.workspace_id for stored in events], _TEXT),
        "session_id": pa.array([stored.session_id for stored in events], _TEXT),
    }
    columns = zip(*(stored.event for stored in events), strict=True)
    for name, values in zip(Event._fields, columns, strict=True):
        kind = _TYPES.get(name, _TEXT)
        held = (
            [None if value is None else min(max(value, 0), MAX_NS) for value in values]
            if kind is NANOSECONDS
            else values
        )
        arrays[_NAMES.get(name, name)] = pa.array(held, kind)
    arrays["is_deleted"] = pa.array(is_deleted, pa.uint8())
    return pa.table(arrays)


def block_table(blocks: Sequence[StoredBlock]) -> pa.Table:
    arrays: dict[str, pa.Array] = {
        "workspace_id": pa.array([stored.workspace_id for stored in blocks], _TEXT),
        "session_id": pa.array([stored.session_id for stored in blocks], _TEXT),
    }
    columns = zip(*(stored.block for stored in blocks), strict=True)
    for name, values in zip(Block._fields, columns, strict=True):
        arrays[name] = pa.array(values, HASH if name == "hash" else _TEXT)
    return pa.table(arrays)


def event_of(row: Mapping[str, Any]) -> Event:
    """The event of a row that holds every column, with times as *_ns."""
    values = {name: row[name] for name in Event._fields}
    for name in ("input_refs", "output_refs", "message_keys"):
        values[name] = tuple(values[name])
    return Event(**values)
