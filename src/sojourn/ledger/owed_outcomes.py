"""Table owed_outcomes: who wants to be told what became of a trace, until it is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, delete, exists, func, select, update

from sojourn.ledger.assessor_tables import owed_outcomes
from sojourn.ledger.assessors import awaits_review
from sojourn.ledger.control_tables import tasks
from sojourn.ledger.upserts import upsert

KEY = ("workspace_id", "trace_id")


@dataclass(frozen=True, slots=True)
class OwedOutcome:
    workspace_id: str
    trace_id: str
    session_id: str
    root_event_id: str  # the event to which tasks about the trace refer
    form: str  # in whose words it is told
    url: str
    owed_since_ns: int
    attempts: int = 0
    due_at_ns: int = 0  # when to try again


def put(conn: Connection, owed: OwedOutcome) -> None:
    upsert(conn, owed_outcomes, [asdict(owed)], KEY)


def count(conn: Connection, workspace_id: str) -> int:
    query = select(func.count()).select_from(owed_outcomes).where(owed_outcomes.c.workspace_id == workspace_id)
    return int(conn.execute(query).scalar_one())


def ready(conn: Connection, now_ns: int, limit: int) -> list[OwedOutcome]:
    """Of traces that nobody looks at any more, those that are due longest first."""
    own = owed_outcomes.c
    is_asked = exists().where(
        tasks.c.workspace_id == own.workspace_id,
        tasks.c.session_id == own.session_id,
        tasks.c.event_id == own.root_event_id,
        tasks.c.status == "open",
    )
    is_looked_at = awaits_review(own.workspace_id, own.session_id, own.trace_id, own.owed_since_ns)
    query = select(owed_outcomes).where(own.due_at_ns <= now_ns, ~is_asked, ~is_looked_at).order_by(own.due_at_ns)
    return [OwedOutcome(**row) for row in conn.execute(query.limit(limit)).mappings()]


def postpone(conn: Connection, owed: OwedOutcome, due_at_ns: int) -> None:
    """One more attempt has failed."""
    values = {"attempts": owed.attempts + 1, "due_at_ns": due_at_ns}
    conn.execute(update(owed_outcomes).where(_is(owed)).values(**values))


def remove(conn: Connection, owed: OwedOutcome) -> None:
    conn.execute(delete(owed_outcomes).where(_is(owed)))


def _is(owed: OwedOutcome):  # type: ignore[no-untyped-def]
    return and_(owed_outcomes.c.workspace_id == owed.workspace_id, owed_outcomes.c.trace_id == owed.trace_id)
