"""The timeline of a session: windows of rows without content, one event with content, ranges of long content."""

from __future__ import annotations

from typing import Any, NamedTuple

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views import cursors
from sojourn.app.views.content import BLOCK_CHARS, bounded, contents_of, fetch, loaded_object
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import duration_ms, rfc3339
from sojourn.domain.events import Event, EventType
from sojourn.events.rows import Skeleton, WindowFilter, WindowKey

Json = dict[str, Any]
MAX_EVENT_BLOCKS = 2_000  # of the input, and of the output, of one event in one answer
HASH_BYTES = 16
ROW_CHARS = 2_000  # of an error message, and of each string in the details, in a row
_SAME_IN_EVENT = (
    "event_id",
    "name",
    "status",
    "trace_id",
    "parent_event_id",
    "seq",
    "conversation_id",
    "agent_id",
    "model_requested",
    "model_used",
    "provider",
    "tool_name",
    "tool_call_id",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_usd",
    "source",
    "error_type",
    "preview",
    "type",
)


class Place(NamedTuple):
    """Which part of the timeline: after or before a row, or from an offset."""

    after: str = ""
    before: str = ""
    offset: int | None = None
    limit: int = 100


def window(reading: Reading, filter: WindowFilter, place: Place) -> Json:
    if sum((bool(place.after), bool(place.before), place.offset is not None)) > 1:
        raise Invalid("after, before and offset exclude each other")
    events, session = reading.events, reading.session
    after = _key(place.after, "after") if place.after else None
    before = _key(place.before, "before") if place.before else None
    rows = list(
        events.window(
            session.workspace_id,
            session.id,
            filter,
            after=after,
            before=before,
            offset=place.offset,
            limit=place.limit + 1,
        )
    )
    has_more = len(rows) > place.limit
    rows = rows[1:] if has_more and before else rows[: place.limit]
    has_next = bool(before) or has_more
    has_previous = has_more if before else bool(after or place.offset)
    return {
        "items": rows_json(reading, rows),
        "total": events.window_total(session.workspace_id, session.id, filter),
        "next_cursor": _cursor(rows[-1]) if rows and has_next else None,
        "prev_cursor": _cursor(rows[0]) if rows and has_previous else None,
    }


def rows_json(reading: Reading, rows: list[Skeleton]) -> list[Json]:
    pairs = _pairs_by_call_id(reading, rows)
    return [row_json(row, pairs) for row in rows]


def row_json(row: Skeleton, pairs: dict[tuple[str, str], str]) -> Json:
    """A timeline row. `pairs` finds the other half of a tool call whose result is an event of its own."""
    return {
        **{name: getattr(row, name) for name in _SAME_IN_EVENT},
        "phase": row.phase,
        "at": rfc3339(row.at_ns),
        "started_at": rfc3339(row.started_at_ns),
        "ended_at": rfc3339(row.ended_at_ns),
        "duration_ms": duration_ms(row.started_at_ns, row.ended_at_ns),
        "error": row.error[:ROW_CHARS],
        "details": bounded(loaded_object(row.details), ROW_CHARS),
        "input_count": row.input_count,
        "output_count": row.output_count,
        "pair": _pair(row, pairs),
    }


def event_detail(reading: Reading, event_id: str) -> Json:
    session = reading.session
    stored = reading.events.event(session.workspace_id, session.id, event_id)
    if stored is None:
        raise NotFound("the session has no such event")
    event = stored.event
    inputs, outputs = event.input_refs[:MAX_EVENT_BLOCKS], event.output_refs[:MAX_EVENT_BLOCKS]
    fetched = fetch(reading.events, session.workspace_id, session.id, (*outputs, *inputs))
    row = _skeleton(event)
    return {
        **event_json(event),
        "pair": _pair(row, _pairs_by_call_id(reading, [row])),
        "attributes": bounded(loaded_object(event.attributes)),
        "input": contents_of(fetched, inputs),
        "output": contents_of(fetched, outputs),
    }


def event_json(event: Event) -> Json:
    """Everything of an event but its content."""
    return {
        **row_json(_skeleton(event), {}),
        "error": event.error,
        "details": loaded_object(event.details),
        "attributes": loaded_object(event.attributes),
        "scope": event.scope,
        "cost_rule": loaded_object(event.cost_rule) or None,
        "version": event.version,
    }


def block_range(reading: Reading, digest: str, offset: int, limit: int) -> Json:
    """A part of a long text, counted in characters."""
    try:
        hash_ = bytes.fromhex(digest)
    except ValueError as error:
        raise NotFound("content is named by 32 hex digits") from error
    session = reading.session
    found = None
    if len(hash_) == HASH_BYTES:
        found = reading.events.block_range(session.workspace_id, session.id, hash_, offset, min(limit, BLOCK_CHARS))
    if found is None:
        raise NotFound("the session has no such content")
    text, total_chars = found
    end = offset + len(text)
    return {
        "hash": hash_.hex(),
        "offset": offset,
        "text": text,
        "total_chars": total_chars,
        "next_offset": end if text and end < total_chars else None,
    }


def _skeleton(event: Event) -> Skeleton:
    return Skeleton(
        phase=0,
        at_ns=event.started_at_ns,
        started_at_ns=event.started_at_ns,
        ended_at_ns=event.ended_at_ns,
        usage_kind=event.usage_kind,
        error=event.error,
        details=event.details,
        input_count=len(event.input_refs),
        output_count=len(event.output_refs),
        **{name: getattr(event, name) for name in _SAME_IN_EVENT},
    )


def _pair(row: Skeleton, pairs: dict[tuple[str, str], str]) -> Json | None:
    if row.phase == 1:
        return {"event_id": row.event_id, "phase": 0}
    if row.type == EventType.TOOL_RESULT:
        other = pairs.get((EventType.TOOL_CALL, row.tool_call_id))
    elif row.type == EventType.TOOL_CALL:
        if row.ended_at_ns is not None:
            return {"event_id": row.event_id, "phase": 1}
        other = pairs.get((EventType.TOOL_RESULT, row.tool_call_id))
    else:
        return None
    return {"event_id": other, "phase": 0} if other else None


def _pairs_by_call_id(reading: Reading, rows: list[Skeleton]) -> dict[tuple[str, str], str]:
    call_ids = sorted({row.tool_call_id for row in rows if row.tool_call_id and _is_half(row)})
    if not call_ids:
        return {}
    found = reading.query("conversation_tool_pairs", call_ids=call_ids)
    return {(row["type"], row["tool_call_id"]): row["event_id"] for row in found}


def _is_half(row: Skeleton) -> bool:
    """A tool call whose result, or a result whose call, is another event."""
    if row.phase == 1:
        return False
    return row.type == EventType.TOOL_RESULT or (row.type == EventType.TOOL_CALL and row.ended_at_ns is None)


def _cursor(row: Skeleton) -> str:
    return cursors.encode(row.at_ns, row.seq, row.event_id, row.phase)


def _key(cursor: str, name: str) -> WindowKey:
    return WindowKey(*cursors.decode(cursor, name, int, int, str, int))
