"""A trace as assessors are given it: its facts, its events, and everything that was said in it as one text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sojourn.app.views.content import bounded, fetch, loaded_object
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import rfc3339
from sojourn.domain.events import Event, EventType
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Block, dump_json
from sojourn.events.columns import event_of
from sojourn.events.rows import Skeleton, WindowFilter

MAX_ROWS = 400  # of a trace that are looked at, its first ones
BLOCK_CHARS = 20_000
TEXT_CHARS = 200_000  # of a trace
FIELD_CHARS = 4_000  # of each string in attributes and details
OWN_SOURCE = "sojourn"
Json = dict[str, Any]
EXAMPLE: Json = {
    "trace_id": "",
    "session_id": "",
    "session_key": "",
    "agent_id": "",
    "name": "",
    "direction": "inlet",
    "status": "ok",
    "started_at": "1970-01-01T00:00:00Z",
    "duration_ms": 0.0,
    "event_count": 0,
    "error_count": 0,
    "cost_usd": 0.0,
    "input_tokens": 0,
    "output_tokens": 0,
    "events": [],
    "text": "",
}  # what a rule may speak of


@dataclass(frozen=True, slots=True)
class TraceDocument:
    trace_id: str
    root_event_id: str
    last_at_ns: int
    revision: str  # the same content has the same one
    body: Json


def trace_document(reading: Reading, trace_id: str) -> TraceDocument | None:
    """None if nothing is left of the trace in this session. What assessors said of it is no part of it."""
    session = reading.session
    filter = WindowFilter(trace_ids=(trace_id,))
    window = reading.events.window(session.workspace_id, session.id, filter, limit=MAX_ROWS)
    rows = [row for row in window if row.phase == 0 and row.source != OWN_SOURCE and row.type != EventType.ASSESSMENT]
    if not rows:
        return None
    found = reading.query(
        "conversation_export",
        event_ids=[row.event_id for row in rows],
        from_ns=min(row.started_at_ns for row in rows),
        to_ns=max(row.started_at_ns for row in rows),
    )
    by_id = {row["event_id"]: event_of(row) for row in found}
    events = [by_id[row.event_id] for row in rows if row.event_id in by_id]
    refs = [ref for event in events for ref in (*event.input_refs, *event.output_refs)]
    fetched = fetch(reading.events, session.workspace_id, session.id, refs, BLOCK_CHARS)
    blocks = {digest: block for digest, (block, _) in fetched.items()}
    root = min(rows, key=lambda row: (row.parent_event_id != "", row.started_at_ns, row.event_id))
    last_at_ns = max(row.ended_at_ns or row.started_at_ns for row in rows)
    return TraceDocument(
        trace_id, root.event_id, last_at_ns, _revision(events), _body(reading, trace_id, root, events, blocks)
    )


def _revision(events: list[Event]) -> str:
    parts = [
        dump_json([event.event_id, event.status, event.ended_at_ns, event.error, event.details, event.attributes])
        + "".join(ref.hex() for ref in (*event.input_refs, *event.output_refs))
        for event in sorted(events, key=lambda event: event.event_id)
    ]
    return content_id(*parts)


def _body(reading: Reading, trace_id: str, root: Skeleton, events: list[Event], blocks: dict[bytes, Block]) -> Json:
    session = reading.session
    items = [_event(event, blocks) for event in events]
    ends = [event.ended_at_ns or event.started_at_ns for event in events]
    started_at_ns = min(event.started_at_ns for event in events) if events else root.started_at_ns
    return {
        "trace_id": trace_id,
        "session_id": session.id,
        "session_key": session.key,
        "agent_id": session.agent_id or "",
        "name": root.name,
        "direction": str(loaded_object(root.details).get("direction") or "inlet"),
        "status": root.status,
        "started_at": rfc3339(started_at_ns),
        "duration_ms": (max(ends, default=started_at_ns) - started_at_ns) / 1e6,
        "event_count": len(items),
        "error_count": sum(event.status == "error" for event in events),
        "cost_usd": sum(event.cost_usd or 0.0 for event in events),
        "input_tokens": sum(event.input_tokens or 0 for event in events if event.usage_kind == "call"),
        "output_tokens": sum(event.output_tokens or 0 for event in events if event.usage_kind == "call"),
        "events": items,
        "text": "\n".join(_told(item) for item in items)[:TEXT_CHARS],
    }


def _event(event: Event, blocks: dict[bytes, Block]) -> Json:
    def said(refs: tuple[bytes, ...]) -> str:
        return "\n".join(blocks[ref].text for ref in refs if ref in blocks)

    return {
        "event_id": event.event_id,
        "type": event.type,
        "name": event.name,
        "status": event.status,
        "agent_id": event.agent_id,
        "model": event.model_used or event.model_requested,
        "tool_name": event.tool_name,
        "error": event.error,
        "input": said(event.input_refs),
        "output": said(event.output_refs),
        "details": bounded(loaded_object(event.details), FIELD_CHARS),
        "attributes": bounded(loaded_object(event.attributes), FIELD_CHARS),
    }


def _told(item: Json) -> str:
    attributes = dump_json(item["attributes"])[:BLOCK_CHARS] if item["attributes"] else ""
    return "\n".join(part for part in (item["name"], item["input"], item["output"], item["error"], attributes) if part)
