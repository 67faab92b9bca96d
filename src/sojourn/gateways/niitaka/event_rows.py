"""Stored events in the wire's own names, whoever sent them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sojourn.app.views.content import Fetched, content_of, fetch, loaded_object
from sojourn.app.views.exports import events_of
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import NS_PER_MS, rfc3339
from sojourn.domain.events import Event
from sojourn.domain.messages import dump_json
from sojourn.domain.sessions import Session
from sojourn.gateways.niitaka.event_drafts import TYPES

WIRE_TYPES = {ours: theirs for theirs, ours in TYPES.items()}
STATUSES = {"ok": "success", "error": "error", "canceled": "stop"}


def written(reading: Reading, offset: int, limit: int) -> Iterator[bytes]:
    """As a JSON array, piece by piece, in the order of the sender's own numbers; those without one by their time."""
    session = reading.session
    told = [row for row in reading.spine().rows if row.type in WIRE_TYPES]
    told.sort(key=lambda row: (not row.seq, row.seq, row.started_at_ns, row.event_id))
    is_first = True
    yield b"["
    for part in events_of(reading, told[offset : offset + limit]):
        refs = [digest for event in part for digest in (*event.input_refs, *event.output_refs)]
        fetched = fetch(reading.events, session.workspace_id, session.id, refs)
        rows = [orjson.dumps(_row(event, session, fetched), option=orjson.OPT_NON_STR_KEYS) for event in part]
        if rows:
            yield (b"" if is_first else b",") + b",".join(rows)
            is_first = False
    yield b"]"


def _row(event: Event, session: Session, fetched: Fetched) -> dict[str, Any]:
    kept = loaded_object(event.attributes)
    ended_at_ns = event.ended_at_ns or event.started_at_ns
    return {
        "id": event.event_id,
        "event_id": event.event_id,
        "session_id": session.key,
        "type": WIRE_TYPES[event.type],
        "agent_id": event.agent_id or None,
        "parent_event_id": kept.get("niitaka.parent_event_id") or event.parent_event_id or None,
        "sequence_num": event.seq or None,
        "created_at": rfc3339(event.started_at_ns),
        "data": {
            "input": _content(fetched, event.input_refs),
            "output": _content(fetched, event.output_refs),
            "cost": event.cost_usd or 0,
            "meta": kept.get("niitaka.meta") or _meta(event),
            "duration_ms": (ended_at_ns - event.started_at_ns) // NS_PER_MS,
            "status": STATUSES.get(event.status, event.status),
        },
    }


def _meta(event: Event) -> dict[str, Any]:
    told = {
        "model": event.model_used,
        "original_model": event.model_requested,
        "provider": event.provider,
        "prompt_tokens": event.input_tokens,
        "completion_tokens": event.output_tokens,
        "error_type": event.error_type,
    }
    return {name: value for name, value in told.items() if value}


def _content(fetched: Fetched, refs: tuple[bytes, ...]) -> Any:
    """One text as it is; several messages as JSON, the way the SDK itself sends them."""
    contents = [content_of(*fetched[digest]) for digest in refs if digest in fetched]
    if not contents:
        return None
    if len(contents) == 1 and contents[0]["parts"] is None:
        return contents[0]["value"]
    texts = ["".join(str(part.get("content") or "") for part in one["parts"] or ()) for one in contents]
    if len(contents) == 1 and contents[0]["role"] in ("user", "assistant"):
        return texts[0]
    return dump_json([{"role": one["role"], "content": said} for one, said in zip(contents, texts, strict=True)])
