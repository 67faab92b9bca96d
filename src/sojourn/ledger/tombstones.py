"""Table tombstones: that a session was deleted, by whom and when, and nothing of what it held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, tuple_, update

from sojourn.ledger.alert_tables import alert_deliveries
from sojourn.ledger.assessor_tables import owed_outcomes, reviewed_traces
from sojourn.ledger.control_tables import attachments, commands, heartbeats, holds, tasks, tombstones
from sojourn.ledger.policy_tables import decisions, late_patches, signals
from sojourn.ledger.tables import declarations, status_changes, traces
from sojourn.ledger.upserts import upsert

Ref = tuple[str, str]
OF_A_SESSION = (
    declarations,
    status_changes,
    traces,
    holds,
    heartbeats,
    attachments,
    commands,
    tasks,
    signals,
    decisions,
    late_patches,
    reviewed_traces,
    alert_deliveries,
    owed_outcomes,
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    workspace_id: str
    session_id: str
    actor: str
    deleted_at_ns: int
    is_erased: bool = False  # its events and content are gone too


def put(conn: Connection, put: Sequence[Tombstone]) -> None:
    """Also forgets everything else that the ledger holds of these sessions, but their list rows."""
    refs = [(tombstone.workspace_id, tombstone.session_id) for tombstone in put]
    for table in OF_A_SESSION:
        conn.execute(delete(table).where(tuple_(table.c.workspace_id, table.c.session_id).in_(refs)))
    rows = [{name: getattr(tombstone, name) for name in Tombstone.__slots__} for tombstone in put]
    upsert(conn, tombstones, rows, ("workspace_id", "session_id"))


def get_many(conn: Connection, refs: Iterable[Ref]) -> dict[Ref, Tombstone]:
    chosen = tuple_(tombstones.c.workspace_id, tombstones.c.session_id).in_(list(refs))
    found = conn.execute(select(tombstones).where(chosen)).mappings()
    return {(row["workspace_id"], row["session_id"]): Tombstone(**row) for row in found}


def unerased(conn: Connection, limit: int) -> list[Tombstone]:
    query = select(tombstones).where(tombstones.c.is_erased.is_(False)).limit(limit)
    return [Tombstone(**row) for row in conn.execute(query).mappings()]


def erased(conn: Connection, refs: Sequence[Ref]) -> None:
    chosen = tuple_(tombstones.c.workspace_id, tombstones.c.session_id).in_(refs)
    conn.execute(update(tombstones).where(chosen).values(is_erased=True))
