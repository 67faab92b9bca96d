"""Tables assessors and reviewed_traces: who looks at traces, and which states of them were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)

from sojourn.domain.assessments import Assessor
from sojourn.ledger.assessor_tables import assessors, reviewed_traces
from sojourn.ledger.upserts import upsert

KEY = ("workspace_id", "session_id", "trace_id")


@dataclass(frozen=True, slots=True)
class ReviewedTrace:
    workspace_id: str
    session_id: str
    trace_id: str
    seen: str  # what its counts were when somebody looked last
    revision: str = ""  # the content that was reviewed last
    is_waiting: bool = False  # to be reviewed
    since_ns: int = 0  # for how long


def listed(conn: Connection, workspace_id: str, *, only_active: bool = False) -> list[Assessor]:
    query = select(assessors).where(assessors.c.workspace_id == workspace_id)
    if only_active:
        query = query.where(assessors.c.is_active.is_(True))
    rows = conn.execute(query.order_by(assessors.c.created_at_ns, assessors.c.id)).mappings()
    return [_assessor(row) for row in rows]


def get(conn: Connection, workspace_id: str, assessor_id: str) -> Assessor | None:
    query = select(assessors).where(assessors.c.workspace_id == workspace_id, assessors.c.id == assessor_id)
    row = conn.execute(query).mappings().first()
    return _assessor(row) if row else None


def workspaces(conn: Connection) -> list[str]:
    """Where any assessor is active."""
    query = select(assessors.c.workspace_id).where(assessors.c.is_active.is_(True)).distinct()
    return [str(row[0]) for row in conn.execute(query)]


def put(conn: Connection, assessor: Assessor) -> None:
    row: dict[str, Any] = {**asdict(assessor), "config": orjson.dumps(assessor.config).decode()}
    upsert(conn, assessors, [row | {name: str(row[name]) for name in ("kind", "role")}], ("workspace_id", "id"))


def remove(conn: Connection, workspace_id: str, assessor_id: str) -> None:
    conn.execute(delete(assessors).where(assessors.c.workspace_id == workspace_id, assessors.c.id == assessor_id))


def seen_of(conn: Connection, workspace_id: str, session_id: str) -> dict[str, ReviewedTrace]:
    """The traces of a session that somebody has looked at."""
    chosen = (reviewed_traces.c.workspace_id == workspace_id) & (reviewed_traces.c.session_id == session_id)
    found = [ReviewedTrace(**row) for row in conn.execute(select(reviewed_traces).where(chosen)).mappings()]
    return {trace.trace_id: trace for trace in found}


def enqueue(conn: Connection, traces: Sequence[ReviewedTrace]) -> None:
    upsert(conn, reviewed_traces, [asdict(trace) for trace in traces], KEY)


def waiting(conn: Connection, limit: int) -> list[ReviewedTrace]:
    """Those that wait longest first."""
    query = select(reviewed_traces).where(reviewed_traces.c.is_waiting.is_(True)).order_by(reviewed_traces.c.since_ns)
    return [ReviewedTrace(**row) for row in conn.execute(query.limit(limit)).mappings()]


def waiting_count(conn: Connection) -> int:
    query = select(func.count()).select_from(reviewed_traces).where(reviewed_traces.c.is_waiting.is_(True))
    return int(conn.execute(query).scalar_one())


def reviewed(conn: Connection, trace: ReviewedTrace, revision: str) -> None:
    """It goes on waiting if it has changed meanwhile."""
    chosen = _is(trace)
    conn.execute(update(reviewed_traces).where(chosen).values(revision=revision))
    same = chosen & (reviewed_traces.c.seen == trace.seen)
    conn.execute(update(reviewed_traces).where(same).values(is_waiting=False))


def postpone(conn: Connection, trace: ReviewedTrace, since_ns: int) -> None:
    """To the end of the queue."""
    conn.execute(update(reviewed_traces).where(_is(trace)).values(since_ns=since_ns))


def is_awaited(conn: Connection, workspace_id: str, session_id: str, trace_id: str, received_at_ns: int) -> bool:
    """Whether an assessor still has to look at a trace."""
    asked = (literal(workspace_id), literal(session_id), literal(trace_id), literal(received_at_ns, BigInteger))
    return bool(conn.execute(select(awaits_review(*asked))).scalar())


def awaits_review(
    workspace_id: ColumnElement[str],
    session_id: ColumnElement[str],
    trace_id: ColumnElement[str],
    received_at_ns: ColumnElement[int],
) -> ColumnElement[bool]:
    """Somebody is there to look at it since before it came, and nobody has looked once."""
    is_anybody_there = exists().where(
        assessors.c.workspace_id == workspace_id,
        assessors.c.is_active.is_(True),
        assessors.c.updated_at_ns <= received_at_ns,
    )
    has_been_seen = exists().where(
        reviewed_traces.c.workspace_id == workspace_id,
        reviewed_traces.c.session_id == session_id,
        reviewed_traces.c.trace_id == trace_id,
        (reviewed_traces.c.revision != "") | reviewed_traces.c.is_waiting.is_(False),
    )
    return is_anybody_there & ~has_been_seen


def _is(trace: ReviewedTrace) -> Any:
    table = reviewed_traces.c
    return (
        (table.workspace_id == trace.workspace_id)
        & (table.session_id == trace.session_id)
        & (table.trace_id == trace.trace_id)
    )


def _assessor(row: RowMapping) -> Assessor:
    return Assessor(**{**row, "config": orjson.loads(row["config"] or "{}")})
