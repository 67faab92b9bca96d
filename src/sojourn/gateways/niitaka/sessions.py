"""Sessions: announced, heard of, ended and measured, by calls that overtake each other."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views.sessions import find_session
from sojourn.app.views.times import parse_time, rfc3339
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import session_id_of
from sojourn.domain.resolution import bounded_key
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.gateways import INGEST, READ, Json, SentObject, Served, Services, Workspace
from sojourn.gateways.niitaka.fields import Sent, an_object, long_text, needed_id, text
from sojourn.ledger.filters import SessionFilter

router = APIRouter()
CREATED = 201
MAX_ROWS = 1_000
WINDOW_NS = 7 * 86_400 * 1_000_000_000  # how long after its start metrics of a session are taken
MAX_CUSTOM_METRICS = 10
RESERVED_METRICS = frozenset({"goal_completed", "score"})
OURS = "niitaka"  # in the metadata of a session that was announced on this wire
BEGINNING = {"kind": "run", "origin": OURS, "status": "running"}  # of a session by a call that does not announce it
STALE = frozenset({SessionStatus.ABANDONED})
DONE = frozenset({SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELED})
SHOWN = {
    "running": tuple(sorted(set(SessionStatus) - DONE - STALE)),
    "done": tuple(sorted(DONE)),
    "stale": tuple(sorted(STALE)),
}
ENDS = {
    "done": {"status": "completed", "end_reason": "clean"},
    "error": {"status": "failed", "end_reason": "exception", "status_reason": "the agent raised an exception"},
}


@router.post("/sessions", status_code=CREATED, dependencies=[INGEST])
async def announce(served: Served, workspace_id: Workspace, sent: SentObject) -> Json:
    """The same id may be announced many times; once ended, it runs again."""
    key = needed_id(sent, "session_id")
    fields = {**_announced(sent), "status": "running"}
    at_ns = await asyncio.to_thread(_announced_at, served, workspace_id, key)
    await served.ingest.declare(workspace_id, [Declaration(key, fields, at_ns)])
    return Json(await _told(served, workspace_id, key), status_code=CREATED)


@router.get("/sessions", dependencies=[READ])
def list_sessions(
    served: Served,
    workspace_id: Workspace,
    agent_id: str = "",
    status: str = "",
    environment: str = "",
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 100,
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
    session = await known(served, workspace_id, session_id)
    fields: dict[str, Any] = {name: text(sent, name) for name in ("variant", "experiment_id") if sent.get(name)}
    has_failed = session.status == SessionStatus.FAILED
    if status in ENDS and not (status == "done" and has_failed):
        fields |= ENDS[status]
    if fields:
        await served.ingest.declare(workspace_id, [Declaration(session.key, fields, served.clock())])
    return Json(await _told(served, workspace_id, session_id))


@router.post("/sessions/{session_id}/heartbeat", dependencies=[INGEST])
async def heartbeat(served: Served, workspace_id: Workspace, session_id: str) -> Json:
    """A sign of life, of those that called it, too; one that was given up is back."""
    await served.control.beat_named(workspace_id, needed_id({"session_id": session_id}, "session_id"), BEGINNING)
    return Json({"session_id": session_id, "status": "ok"})


@router.patch("/sessions/{session_id}/metrics", dependencies=[INGEST])
async def measure(served: Served, workspace_id: Workspace, session_id: str, sent: SentObject) -> Json:
    """Adds up over all calls; of two words for one key the later said wins, not the later arrived."""
    session = await known(served, workspace_id, session_id)
    metrics = an_object(sent, "metrics")
    now_ns = served.clock()
    if now_ns - session.started_at_ns > WINDOW_NS:
        raise Invalid("metrics are taken up to 7 days after the session began")
    _check(metrics, session.metrics)
    said = text(sent, "client_ts")
    at_ns = min(parse_time(said, "client_ts"), now_ns) if said else now_ns
    await served.ingest.declare(workspace_id, [Declaration(session.key, {"metrics": metrics}, at_ns)])
    after = await asyncio.to_thread(find_session, served.ledger, workspace_id, session_id)
    return Json({"session_id": session_id, "metrics": after.metrics})


async def known(served: Services, workspace_id: str, key: str, **fields: str) -> Session:
    """The session that any call speaks of; it begins with the first of them."""
    try:
        return await asyncio.to_thread(find_session, served.ledger, workspace_id, key)
    except NotFound:
        told = {name: value for name, value in fields.items() if value}
        said = {**BEGINNING, **told}
        await served.ingest.declare(workspace_id, [Declaration(key, said, served.clock())])
    return await asyncio.to_thread(find_session, served.ledger, workspace_id, key)


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


async def _told(served: Services, workspace_id: str, key: str) -> dict[str, Any]:
    def read_again() -> dict[str, Any]:
        return rows_of(served, workspace_id, [find_session(served.ledger, workspace_id, key)])[0]

    return await asyncio.to_thread(read_again)


def _announced(sent: Sent) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "kind": "run",
        "origin": OURS,
        "goal": long_text(sent, "goal"),
        "agent_id": text(sent, "agent_id"),
        "environment": text(sent, "environment") or "production",
        "experiment_id": text(sent, "experiment_id"),
        "variant": text(sent, "variant"),
        "parent_session_key": bounded_key(text(sent, "parent_session_id")),
        "tags": {str(name): str(value) for name, value in an_object(sent, "tags").items()},
        "metadata": {OURS: {"folder_path": text(sent, "folder_path")}},
    }
    return {name: value for name, value in fields.items() if value}


def _announced_at(served: Services, workspace_id: str, key: str) -> int:
    """Now; but the first announcement stands before everything that overtook it, so that an end stays an end."""
    ref = (workspace_id, session_id_of(workspace_id, bounded_key(key)))
    with served.ledger.read() as conn:
        said = served.ledger.declarations.load(conn, [ref]).get(ref, [])
    was_announced = any(OURS in (fields.get("metadata") or {}) for _, fields in said)
    return served.clock() if was_announced or not said else min(at_ns for at_ns, _ in said) - 1


def _check(metrics: Sent, before: dict[str, Any]) -> None:
    for name, value in metrics.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name == "goal_completed":
            if not isinstance(value, bool):
                raise Invalid("goal_completed must be true or false")
        elif not is_number:
            raise Invalid(f"{name} must be a number")
        elif name == "score" and not 0 <= value <= 1:
            raise Invalid("score must lie between 0 and 1")
    custom = {*metrics, *before} - RESERVED_METRICS
    if len(custom) > MAX_CUSTOM_METRICS:
        raise Invalid(
            f"a session has at most {MAX_CUSTOM_METRICS} custom metrics; with these it would have {len(custom)}"
        )
