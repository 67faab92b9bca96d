"""Sessions: announced, heard of, ended and measured, by calls that overtake each other."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from sojourn.app.errors import Invalid
from sojourn.app.runs import CLEAN, RAISED, Runs
from sojourn.app.views.sessions import find_session
from sojourn.app.views.times import parse_time, rfc3339
from sojourn.domain.resolution import bounded_key
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.gateways import INGEST, READ, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.niitaka.fields import Sent, an_object, long_text, needed_id, text
from sojourn.ledger.filters import SessionFilter

router = APIRouter()
CREATED = 201
MAX_ROWS = 1_000
OURS = "niitaka"  # in the metadata of a session that was announced on this wire
STALE = frozenset({SessionStatus.ABANDONED})
DONE = frozenset({SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELED})
SHOWN = {
    "running": tuple(sorted(set(SessionStatus) - DONE - STALE)),
    "done": tuple(sorted(DONE)),
    "stale": tuple(sorted(STALE)),
}
ENDS = {"done": CLEAN, "error": RAISED}


@router.post("/sessions", status_code=CREATED, dependencies=[INGEST])
async def announce(served: Served, workspace_id: Workspace, sent: SentObject) -> Json:
    """The same id may be announced many times; once ended, it runs again."""
    key, marked = needed_id(sent, "session_id"), {"folder_path": text(sent, "folder_path")}
    session = await runs(served).announce(workspace_id, key, _announced(sent), marked)
    return Json(await _told(served, session), status_code=CREATED)


@router.get("/sessions", dependencies=[READ])
def list_sessions(
    served: Served,
    workspace_id: Workspace,
    agent_id: str = "",
    status: str = "",
    environment: str = "",
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = MAX_ROWS,
) -> Json:
    if status and status not in SHOWN:
        raise Invalid(f"status must be one of: {', '.join(SHOWN)}")
    filter = SessionFilter(
        agent=(agent_id,) if agent_id else (),
        status=SHOWN.get(status, ()),
        environment=(environment,) if environment else (),
    )
    with served.ledger.read() as conn:
        page = served.ledger.sessions.list_page(conn, workspace_id, filter, "-started_at", limit, None)
    return Json(rows_of(served, workspace_id, page.items))


@router.get("/sessions/{session_id}", dependencies=[READ])
def read(served: Served, workspace_id: Workspace, session_id: str) -> Json:
    return Json(rows_of(served, workspace_id, [find_session(served.ledger, workspace_id, session_id)])[0])


@router.patch("/sessions/{session_id}", dependencies=[INGEST])
async def change(served: Served, workspace_id: Workspace, session_id: str, sent: SentObject) -> Json:
    """Done, error, or a variant. It may come before the session was announced, and holds then."""
    status = text(sent, "status")
    if status and status not in (*ENDS, "running"):
        raise Invalid("status must be done or error")
    fields: dict[str, Any] = {name: text(sent, name) for name in ("variant", "experiment_id") if sent.get(name)}
    known = runs(served)
    session = await known.begun(workspace_id, session_id, {})
    return Json(await _told(served, await known.change(session, {**fields, **ENDS.get(status, {})})))


@router.post("/sessions/{session_id}/heartbeat", dependencies=[INGEST])
async def heartbeat(served: Served, workspace_id: Workspace, session_id: str) -> Json:
    """A sign of life, of those that called it, too; one that was given up is back."""
    key = needed_id({"session_id": session_id}, "session_id")
    await served.control.beat_named(workspace_id, key, runs(served).beginning)
    return Json({"session_id": session_id, "status": "ok"})


@router.patch("/sessions/{session_id}/metrics", dependencies=[INGEST])
async def measure(served: Served, workspace_id: Workspace, session_id: str, sent: SentObject) -> Json:
    """Whichever call arrives last, the word that was said last holds."""
    metrics, said = an_object(sent, "metrics"), text(sent, "client_ts")
    said_at_ns = parse_time(said, "client_ts") if said else None
    known = runs(served)
    after = await known.measure(await known.begun(workspace_id, session_id, {}), metrics, said_at_ns)
    return Json({"session_id": session_id, "metrics": after.metrics})


def runs(served: Services) -> Runs:
    return Runs(served.ledger, served.ingest, served.clock, OURS)


def rows_of(served: Services, workspace_id: str, sessions: list[Session]) -> list[dict[str, Any]]:
    """Sessions in the wire's own names."""
    refs = [(workspace_id, one.id) for one in sessions]
    parents = [(workspace_id, one.parent_session_id) for one in sessions if one.parent_session_id]
    with served.ledger.read() as conn:
        beats = served.ledger.holds.heartbeats_of(conn, refs) if refs else {}
        callers = served.ledger.sessions.get_many(conn, parents) if parents else {}
    keys = {one.id: one.key for one in callers.values()}
    return [_row(one, keys.get(one.parent_session_id, ""), beats.get((workspace_id, one.id), 0)) for one in sessions]


def wire_status(session: Session) -> str:
    """Never error: what failed is done and has errors."""
    if session.status in STALE:
        return "stale"
    return "done" if session.status in DONE else "running"


def _row(session: Session, parent_key: str, beat_at_ns: int) -> dict[str, Any]:
    announced = session.metadata.get(OURS)
    has_failed = session.status == SessionStatus.FAILED
    return {
        "id": session.key,
        "session_id": session.key,
        "goal": session.goal or None,
        "agent_id": session.agent_id or None,
        "status": wire_status(session),
        "total_cost": session.cost_usd or 0.0,
        "error_count": max(session.error_count, int(has_failed)),
        "parent_session_id": parent_key or session.parent_session_id or None,
        "experiment_id": session.experiment_id or None,
        "variant": session.variant or None,
        "metrics": session.metrics,
        "environment": session.environment or "production",
        "tags": session.tags,
        "folder_path": (announced.get("folder_path") if isinstance(announced, dict) else None) or None,
        "last_heartbeat_at": rfc3339(beat_at_ns),
        "created_at": rfc3339(session.started_at_ns),
        "updated_at": rfc3339(session.last_activity_at_ns),
        "ended_at": rfc3339(session.ended_at_ns),
    }


async def _told(served: Services, session: Session) -> dict[str, Any]:
    return (await asyncio.to_thread(rows_of, served, session.workspace_id, [session]))[0]


def _announced(sent: Sent) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "goal": long_text(sent, "goal"),
        "agent_id": text(sent, "agent_id"),
        "environment": text(sent, "environment") or "production",
        "experiment_id": text(sent, "experiment_id"),
        "variant": text(sent, "variant"),
        "parent_session_key": bounded_key(text(sent, "parent_session_id")),
        "tags": {str(name): str(value) for name, value in an_object(sent, "tags").items()},
    }
    return {name: value for name, value in fields.items() if value}
