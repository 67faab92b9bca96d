"""GET /live: one stream of server-sent events for everything that changes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from sojourn.api.answers import LIST_ERRORS
from sojourn.api.dependencies import Readable, Served
from sojourn.app.access import admission
from sojourn.app.access.admission import ASK_AGAIN
from sojourn.app.errors import Overloaded, SojournError
from sojourn.app.live import Frame
from sojourn.domain.access import Permission
from sojourn.domain.identity import MAX_SESSION_KEY_CHARS, session_id_of
from sojourn.ledger.filters import Scope

router = APIRouter(prefix="/api/v1", tags=["live"])
PING_S = 15
CHECK_EVERY_S = 2.0  # whether the reader may still read; nothing is sent without having asked so lately
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
    request: Request,
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
    messages = _messages(frames, lambda: _may_go_on(request, where))
    return EventSourceResponse(messages, ping=PING_S, send_timeout=SEND_TIMEOUT_S, sep="\n")


def _may_go_on(request: Request, where: Scope) -> bool:
    """Whether the reader may still see what they saw when the stream began: keys are revoked, and people leave."""
    try:
        principal = request.scope[ASK_AGAIN]()
    except SojournError:
        return False
    hidden = tuple(each for each in where.workspaces if not admission.sees_called(principal, each))
    may_read = principal is not None and all(principal.may(each, Permission.READ) for each in where.workspaces)
    return may_read and hidden == where.without_called


async def _messages(frames: AsyncGenerator[Frame], may_go_on: Callable[[], bool]) -> AsyncGenerator[ServerSentEvent]:
    checked_s = time.monotonic()
    async with aclosing(frames):
        async for frame in frames:
            if time.monotonic() - checked_s > CHECK_EVERY_S:
                if not await asyncio.to_thread(may_go_on):
                    return
                checked_s = time.monotonic()
            yield ServerSentEvent(data=frame.data.decode(), event=frame.name, id=str(frame.id), sep="\n")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= MAX_CHANGE_DIGITS else None


def _session_id(workspace_id: str, id_or_key: str) -> str:
    """It need not exist yet."""
    return id_or_key.lower() if UUID_TEXT.fullmatch(id_or_key.lower()) else session_id_of(workspace_id, id_or_key)
