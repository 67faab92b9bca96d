"""GET /sessions/{id}/events and the content of events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from sojourn.api.answers import SESSION_ERRORS, Json
from sojourn.api.cursors import After, Before, following
from sojourn.api.dependencies import READ
from sojourn.api.event_models import BlockRange, EventDetail, EventWindow
from sojourn.api.filters import WHOLE, Texts, Values
from sojourn.api.readings import Read, Veiled, nothing_hidden, seen
from sojourn.api.session_paths import EncodedPathRoute
from sojourn.app.views import events
from sojourn.app.views.content import BLOCK_CHARS
from sojourn.events.rows import WindowFilter

router = APIRouter(prefix="/api/v1", tags=["events"], route_class=EncodedPathRoute, dependencies=[READ])
MAX_OFFSET = 2**31 - 1


@router.get("/sessions/{id:path}/events", response_model=EventWindow, responses=SESSION_ERRORS)
def window(
    reading: Read,
    veil: Veiled,
    type: Values = (),
    trace_id: Values = (),
    agent: Values = (),
    status: Values = (),
    q: Texts = (),
    after: After = None,
    before: Before = None,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Rows to skip, without a cursor"), WHOLE] = 0,
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 100,
) -> Json:
    """A window of the timeline, without content: before a row, or else after one, or else from an offset."""
    chosen = WindowFilter(tuple(type), tuple(status), tuple(agent), tuple(trace_id), " ".join(q))
    if before:
        place = events.Place(before=before, limit=limit)
    elif after:
        place = events.Place(after=after, limit=limit)
    else:
        place = events.Place(offset=offset, limit=limit)
    with following(after, before):
        return Json(seen(events.window(reading, chosen, place), veil))


@router.get("/sessions/{id:path}/events/{event_id}", response_model=EventDetail, responses=SESSION_ERRORS)
def event(reading: Read, veil: Veiled, event_id: Annotated[str, Path(description="The event")]) -> Json:
    """One event with its content; long content is cut and read on with its hash."""
    return Json(seen(events.event_detail(reading, event_id), veil))


@router.get(
    "/sessions/{id:path}/blocks/{hash}",
    response_model=BlockRange,
    responses=SESSION_ERRORS,
    dependencies=[Depends(nothing_hidden)],
)
def block(
    reading: Read,
    hash: Annotated[str, Path(description="32 hex digits")],
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Characters to skip"), WHOLE] = 0,
    limit: Annotated[int, Query(ge=1, le=BLOCK_CHARS, description="Characters"), WHOLE] = BLOCK_CHARS,
) -> Json:
    """A range of long content."""
    return Json(events.block_range(reading, hash, offset, limit))
