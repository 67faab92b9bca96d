"""GET /live: one stream of server-sent events for everything that changes."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from sojourn.api.answers import LIST_ERRORS
from sojourn.api.dependencies import Readable, Served
from sojourn.app.errors import Overloaded
from sojourn.app.live import Frame
from sojourn.domain.identity import MAX_SESSION_KEY_CHARS, session_id_of

router = APIRouter(prefix="/api/v1", tags=["live"])
PING_S = 15
SEND_TIMEOUT_S = 60  # a reader that takes nothing for this long is gone
MAX_CHANGE_DIGITS = 18
UUID_TEXT = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
EVENTS = """Server-sent events; `id` is the number of the change, and `Last-Event-ID` resumes after it.

* `ready`: what follows is new. `{id}`
* `session.created`, `session.updated`: a Session, as in the list
* `session.removed`: `{id, merged_into}`; the rows of a derived session moved to the one they belong to
* `signal.changed`: a Signal that fired, fired again, or of which something came; as in the feed
* `signal.removed`: `{id}`; it went with its session
* `reset`: too much was missed; fetch what you show again
* a comment every 15 seconds"""
MESSAGE: dict[str, Any] = {
    "type": "object",
    "description": "One event of the stream",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string"},
        "event": {
            "enum": [
                "ready",
                "session.created",
                "session.updated",
                "session.removed",
                "signal.changed",
                "signal.removed",
                "reset",
            ]
        },
        "data": {"type": "string", "description": "JSON"},
    },
}
STREAM: dict[int | str, dict[str, Any]] = {
    **LIST_ERRORS,
    200: {"description": EVENTS, "content": {"text/event-stream": {"schema": MESSAGE}}},
}


@router.get("/live", response_class=EventSourceResponse, responses=STREAM)
async def live(
    served: Served,
    where: Readable,
    session: Annotated[
        str | None, Query(max_length=MAX_SESSION_KEY_CHARS, description="Only this session: its UUID or key")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(description="The last id seen; anything that is no number starts from now")
    ] = None,
) -> EventSourceResponse:
    """Sessions as they appear, change and merge, and signals as they fire."""
    if served.live.is_full:
        raise Overloaded(PING_S, "too many live streams are open")
    session_id = _session_id(where.workspaces[0], session) if session else ""
    frames = served.live.subscribe(where, _number(last_event_id), session_id)
    return EventSourceResponse(_messages(frames), ping=PING_S, send_timeout=SEND_TIMEOUT_S, sep="\n")


async def _messages(frames: AsyncGenerator[Frame]) -> AsyncGenerator[ServerSentEvent]:
    async with aclosing(frames):
        async for frame in frames:
            yield ServerSentEvent(data=frame.data.decode(), event=frame.name, id=str(frame.id), sep="\n")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= MAX_CHANGE_DIGITS else None


def _session_id(workspace_id: str, id_or_key: str) -> str:
    """It need not exist yet."""
    return id_or_key.lower() if UUID_TEXT.fullmatch(id_or_key.lower()) else session_id_of(workspace_id, id_or_key)
