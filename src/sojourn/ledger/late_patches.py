"""Table late_patches: where a sender's event is, and what was said of it before it came."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from sojourn.ledger.policy_tables import late_patches
from sojourn.ledger.upserts import insert_new, upsert

KEY = ("workspace_id", "event_id")


@dataclass(frozen=True, slots=True)
class SentEvent:
    workspace_id: str
    event_id: str
    session_id: str = ""  # "" until the event itself has come
    pending: dict[str, Any] = field(default_factory=dict)  # said of it, and not in the event store yet
    version: int = 0  # of the latest row of the event
    at_ns: int = 0


def locked(conn: Connection, workspace_id: str, event_id: str, at_ns: int) -> SentEvent:
    """As it is, or new; nobody else changes it until the transaction ends."""
    insert_new(conn, late_patches, _row(SentEvent(workspace_id, event_id, at_ns=at_ns)), KEY)
    mine = (late_patches.c.workspace_id == workspace_id) & (late_patches.c.event_id == event_id)
    row = conn.execute(select(late_patches).where(mine).with_for_update()).mappings().one()
    return SentEvent(**{**row, "pending": orjson.loads(row["pending"] or "{}")})


def put(conn: Connection, sent: SentEvent) -> None:
    upsert(conn, late_patches, [_row(sent)], KEY)


def prune(conn: Connection, before_ns: int) -> None:
    """Nobody corrects what is so old, and what was said of an event that never came is forgotten."""
    conn.execute(delete(late_patches).where(late_patches.c.at_ns < before_ns))


def _row(sent: SentEvent) -> dict[str, Any]:
    return {**asdict(sent), "pending": orjson.dumps(sent.pending).decode() if sent.pending else ""}
