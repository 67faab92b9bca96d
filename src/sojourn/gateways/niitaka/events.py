"""Events: what a run did, said once and corrected later."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from sojourn.app.errors import NotFound
from sojourn.app.late_patches import LatePatches
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import find_session
from sojourn.gateways import INGEST, READ, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.niitaka.event_drafts import mapped_of
from sojourn.gateways.niitaka.event_rows import written
from sojourn.gateways.niitaka.fields import an_object, long_text, needed_id, number, text
from sojourn.gateways.niitaka.sessions import runs

router = APIRouter()
CREATED = 201
MAX_ROWS = 10_000
MAX_OFFSET = 2**31
PATCHABLE = ("output", "duration_ms", "status")


@router.post("/events", status_code=CREATED, dependencies=[INGEST])
async def send(served: Served, workspace_id: Workspace, sent: SentObject) -> Json:
    """The session begins with its first event, if nothing was heard of it before."""
    event_id, session_id = needed_id(sent, "event_id"), needed_id(sent, "session_id")
    told = {
        "agent_id": text(sent, "agent_id"),
        "goal": long_text(sent, "goal"),
        "parent_session_key": text(sent, "parent_session_id"),
    }
    session = await runs(served).begun(workspace_id, session_id, told)
    mapped = mapped_of(sent, event_id, session, served.clock())
    await _late(served).send(workspace_id, mapped)
    return Json({"id": event_id, "event_id": event_id, "session_id": session_id}, status_code=CREATED)


@router.patch("/events/{event_id}", dependencies=[INGEST])
async def patch(served: Served, workspace_id: Workspace, event_id: str, sent: SentObject) -> Json:
    """Adds to an event. A cost replaces the one before it; it may come before its event, and waits for it."""
    data = an_object(sent, "data")
    said: dict[str, Any] = {name: data[name] for name in PATCHABLE if data.get(name) is not None}
    cost_usd = number(data, "cost")
    if cost_usd is not None and cost_usd >= 0:
        said["cost_usd"] = cost_usd
    if said:
        await _late(served).patch(workspace_id, needed_id({"event_id": event_id}, "event_id"), said)
    return Json({"id": event_id, "event_id": event_id, "data": data})


@router.get("/events", dependencies=[READ])
def list_events(
    served: Served,
    workspace_id: Workspace,
    session_id: str,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = MAX_ROWS,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
) -> Response:
    """A bare array; none of a session that nobody knows."""
    try:
        session = find_session(served.ledger, workspace_id, session_id)
    except NotFound:
        return Json([])
    reading = Reading(served.events, served.recent, session)
    return StreamingResponse(written(reading, offset, limit), media_type=Json.media_type)


def _late(served: Services) -> LatePatches:
    return LatePatches(served.ledger, served.events, served.ingest, served.clock)
