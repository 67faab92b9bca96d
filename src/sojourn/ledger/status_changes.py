"""Table status_changes: every change of a status, with who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select

from sojourn.ledger.tables import status_changes


@dataclass(frozen=True, slots=True)
class StatusChange:
    workspace_id: str
    session_id: str
    from_status: str
    to_status: str
    actor: str
    reason: str
    evidence: str  # declared or inferred
    correlation_id: str
    at_ns: int


def append(conn: Connection, new: Sequence[StatusChange]) -> None:
    if new:
        conn.execute(insert(status_changes), [asdict(change) for change in new])


def of(conn: Connection, workspace_id: str, session_id: str, limit: int) -> list[StatusChange]:
    """The changes of a session, oldest first."""
    columns = [column for column in status_changes.columns if column.name != "id"]
    query = (
        select(*columns)
        .where(status_changes.c.workspace_id == workspace_id, status_changes.c.session_id == session_id)
        .order_by(status_changes.c.id)
        .limit(limit)
    )
    return [StatusChange(**row) for row in conn.execute(query).mappings()]
