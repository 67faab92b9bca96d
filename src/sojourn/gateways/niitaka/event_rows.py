"""Stored events in the wire's own names, whoever sent them."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.content import Fetched, content_of, fetch, loaded_object
from sojourn.app.views.times import NS_PER_MS, rfc3339
from sojourn.domain.events import Event
from sojourn.domain.messages import dump_json
from sojourn.domain.sessions import Session
from sojourn.events.columns import event_of
from sojourn.events.store import EventStore
from sojourn.gateways.niitaka.event_drafts import TYPES

WIRE_TYPES = {ours: theirs for theirs, ours in TYPES.items()}
STATUSES = {"ok": "success", "error": "error", "canceled": "stop"}


def rows_of(events: EventStore, session: Session) -> list[dict[str, Any]]:
    stored = [
        event_of(row) for row in events.rows("events_whole", workspace_id=session.workspace_id, session_id=session.id)
    ]
    told = [event for event in stored if event.type in WIRE_TYPES]
    refs = [digest for event in told for digest in (*event.input_refs, *event.output_refs)]
    fetched = fetch(events, session.workspace_id, session.id, refs)
    return sorted((_row(event, session, fetched) for event in told), key=_place)


def _place(row: dict[str, Any]) -> tuple[bool, int, str]:
    number = row["sequence_num"]
    return number is None, number or 0, row["created_at"] or ""


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
