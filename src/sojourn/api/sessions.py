"""GET /sessions, one session, and the sessions that it called. Declared last: its paths take whatever is left."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sojourn.api.answers import PAGE_ERRORS, SESSION_ERRORS, Json
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import READ, Asking, Readable, Served
from sojourn.api.filters import WHOLE, Filtered, Sort
from sojourn.api.models import CalledSessionList, Session, SessionList
from sojourn.api.readings import Read
from sojourn.api.session_paths import EncodedPathRoute, NamedSession
from sojourn.app.access import admission
from sojourn.app.views import sessions
from sojourn.app.views.session_rows import session_json
from sojourn.app.views.veil import called_by, restricted

router = APIRouter(prefix="/api/v1", tags=["sessions"], route_class=EncodedPathRoute)
Limit = Annotated[int, Query(ge=1, le=500, description="Page size"), WHOLE]


@router.get("/sessions", response_model=SessionList, responses=PAGE_ERRORS)
def list_sessions(
    served: Served,
    where: Readable,
    chosen: Filtered,
    limit: Limit = 50,
    cursor: Cursor = None,
    sort: Sort = sessions.DEFAULT_SORT,
) -> Json:
    """A page of sessions."""
    with following(cursor):
        found = sessions.list_sessions(
            served.ledger, served.events, where, chosen, sort=sort, limit=limit, cursor=cursor
        )
    return Json(found)


@router.get(
    "/sessions/{id:path}/children",
    response_model=CalledSessionList,
    responses=SESSION_ERRORS,
    dependencies=[READ],
)
def children(served: Served, asking: Asking, reading: Read, limit: Limit = 50, cursor: Cursor = None) -> Json:
    """Sessions that this one called. Who may not read them gets name, status and duration of each."""
    session = reading.session
    with following(cursor):
        found = sessions.children(served.ledger, session.workspace_id, session, limit, cursor)
    if admission.sees_called(asking, session.workspace_id):
        return Json(found)
    return Json({**found, "items": restricted(reading, called_by(served.ledger, session), found["items"])})


@router.get("/sessions/{id:path}", response_model=Session, responses=SESSION_ERRORS, dependencies=[READ])
def session(session: NamedSession) -> Json:
    """One session."""
    return Json(session_json(session))
