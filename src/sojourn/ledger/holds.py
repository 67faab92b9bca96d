"""Tables holds and heartbeats: what was asked of a session and stands, and its signs of life that are no events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, select, tuple_

from sojourn.domain.steering import Hold
from sojourn.ledger.control_tables import heartbeats, holds
from sojourn.ledger.upserts import upsert

Ref = tuple[str, str]
COLUMNS = tuple(column for column in holds.columns if column.name not in {"workspace_id", "session_id"})


def get_many(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, Hold]:
    chosen = tuple_(holds.c.workspace_id, holds.c.session_id).in_(refs)
    found = conn.execute(select(holds.c.workspace_id, holds.c.session_id, *COLUMNS).where(chosen))
    return {(row[0], row[1]): Hold(**dict(zip((c.name for c in COLUMNS), row[2:], strict=True))) for row in found}


def put(conn: Connection, workspace_id: str, session_id: str, hold: Hold) -> None:
    row = {"workspace_id": workspace_id, "session_id": session_id, **asdict(hold)}
    row["status"], row["from_status"] = str(hold.status), str(hold.from_status)
    upsert(conn, holds, [row], ("workspace_id", "session_id"))


def beat(conn: Connection, refs: Sequence[Ref], at_ns: int) -> None:
    rows = [{"workspace_id": ref[0], "session_id": ref[1], "at_ns": at_ns} for ref in refs]
    upsert(conn, heartbeats, rows, ("workspace_id", "session_id"))


def heartbeats_of(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, int]:
    chosen = tuple_(heartbeats.c.workspace_id, heartbeats.c.session_id).in_(refs)
    return {(row[0], row[1]): row[2] for row in conn.execute(select(*heartbeats.columns).where(chosen))}
