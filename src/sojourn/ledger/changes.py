"""Table changes: the numbered feed that live streams follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, text

from sojourn.ledger.tables import changes

# On PostgreSQL numbers are given before commits are seen; writers take turns, so that a reader never passes a gap.
ONE_WRITER = text("SELECT pg_advisory_xact_lock(7437001)")


class NewChange(NamedTuple):
    workspace_id: str
    session_id: str
    kind: str  # session.created, session.updated, session.removed, signal.changed
    detail: str = ""  # of a removed session: the id of the one it was merged into, if known; of a signal: its id


class Change(NamedTuple):
    id: int
    workspace_id: str
    session_id: str
    kind: str
    detail: str


def append(conn: Connection, new: Sequence[NewChange]) -> None:
    """Call last in a transaction: it holds up other writers until the commit."""
    if not new:
        return
    if conn.dialect.name == "postgresql":
        conn.execute(ONE_WRITER)
    conn.execute(insert(changes), [change._asdict() for change in new])


def after(conn: Connection, workspaces: str | Sequence[str], after_id: int, limit: int) -> list[Change]:
    """Changes of a workspace, or of several."""
    names = [workspaces] if isinstance(workspaces, str) else list(workspaces)
    is_here = changes.c.workspace_id == names[0] if len(names) == 1 else changes.c.workspace_id.in_(names)
    query = (
        select(changes.c.id, changes.c.workspace_id, changes.c.session_id, changes.c.kind, changes.c.detail)
        .where(changes.c.id > after_id, is_here)
        .order_by(changes.c.id)
        .limit(limit)
    )
    return [Change(*row) for row in conn.execute(query)]


def latest_id(conn: Connection) -> int:
    return int(conn.execute(select(func.max(changes.c.id))).scalar() or 0)


def oldest_id(conn: Connection) -> int:
    """The first change that is still kept, 0 if there is none."""
    return int(conn.execute(select(func.min(changes.c.id))).scalar() or 0)


def prune(conn: Connection, keep: int) -> None:
    conn.execute(delete(changes).where(changes.c.id <= latest_id(conn) - keep))
