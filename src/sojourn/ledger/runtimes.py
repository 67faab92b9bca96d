"""Tables runtimes and attachments: the processes that listen, and the sessions that each of them runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select, tuple_, update

from sojourn.domain.steering import Attachment
from sojourn.ledger.control_tables import attachments, runtimes
from sojourn.ledger.upserts import insert_new, upsert

Ref = tuple[str, str]
LOST_RUNTIMES_A_TURN = 500


@dataclass(frozen=True, slots=True)
class Runtime:
    id: str
    workspace_id: str
    name: str = ""
    host: str = ""
    pid: int = 0
    sdk: str = ""
    registered_at_ns: int = 0
    heard_at_ns: int = 0
    ended_at_ns: int | None = None
    is_lost: bool = False


def get(conn: Connection, workspace_id: str, runtime_id: str) -> Runtime | None:
    chosen = (runtimes.c.workspace_id == workspace_id) & (runtimes.c.id == runtime_id)
    row = conn.execute(select(runtimes).where(chosen)).mappings().first()
    return Runtime(**row) if row else None


def listed(conn: Connection, workspace_id: str, limit: int) -> list[Runtime]:
    """Those heard last first."""
    chosen = select(runtimes).where(runtimes.c.workspace_id == workspace_id).order_by(runtimes.c.heard_at_ns.desc())
    return [Runtime(**row) for row in conn.execute(chosen.limit(limit)).mappings()]


def heard(conn: Connection, runtime: Runtime) -> None:
    """Registers it, or notes that it lives."""
    row = {name: getattr(runtime, name) for name in Runtime.__slots__}
    known = (runtimes.c.workspace_id == runtime.workspace_id) & (runtimes.c.id == runtime.id)
    lives = {"heard_at_ns": runtime.heard_at_ns, "ended_at_ns": None, "is_lost": False}
    if not conn.execute(update(runtimes).where(known).values(lives)).rowcount:
        insert_new(conn, runtimes, row, ("workspace_id", "id"))


def ended(conn: Connection, workspace_id: str, runtime_id: str, at_ns: int) -> None:
    known = (runtimes.c.workspace_id == workspace_id) & (runtimes.c.id == runtime_id)
    conn.execute(update(runtimes).where(known).values(ended_at_ns=at_ns))


def newly_lost(conn: Connection, heard_before_ns: int) -> list[Ref]:
    """Sessions of runtimes that have gone silent since the last call, marked as such."""
    silent = (runtimes.c.heard_at_ns < heard_before_ns) & runtimes.c.ended_at_ns.is_(None) & ~runtimes.c.is_lost
    found = conn.execute(select(runtimes.c.workspace_id, runtimes.c.id).where(silent).limit(LOST_RUNTIMES_A_TURN)).all()
    if not found:
        return []
    ids = [tuple(row) for row in found]
    conn.execute(update(runtimes).where(tuple_(runtimes.c.workspace_id, runtimes.c.id).in_(ids)).values(is_lost=True))
    held = tuple_(attachments.c.workspace_id, attachments.c.runtime_id).in_(ids) & attachments.c.detached_at_ns.is_(
        None
    )
    chosen = select(attachments.c.workspace_id, attachments.c.session_id).where(held)
    return [(row[0], row[1]) for row in conn.execute(chosen)]


def attach(conn: Connection, workspace_id: str, session_id: str, key: str, attachment: Attachment) -> None:
    row: dict[str, Any] = {
        "workspace_id": workspace_id,
        "session_id": session_id,
        "runtime_id": attachment.runtime_id,
        "state": attachment.state,
        "verbs": orjson.dumps(attachment.verbs).decode(),
        "owns_memory": attachment.owns_memory,
        "tools_in_flight": attachment.tools_in_flight,
        "attached_at_ns": attachment.attached_at_ns,
        "detached_at_ns": attachment.detached_at_ns,
    }
    if key:
        row["session_key"] = key
    upsert(conn, attachments, [row], ("workspace_id", "session_id", "runtime_id"))


def presume_running(conn: Connection, workspace_id: str, session_id: str, runtime_id: str = "") -> None:
    """Its processes, or the one named, may start tool calls again, until they say otherwise."""
    chosen = (attachments.c.workspace_id == workspace_id) & (attachments.c.session_id == session_id)
    held = chosen & attachments.c.detached_at_ns.is_(None) & (attachments.c.state == "paused")
    if runtime_id:
        held &= attachments.c.runtime_id == runtime_id
    conn.execute(update(attachments).where(held).values(state="running"))


def attached_to(conn: Connection, workspace_id: str, runtime_id: str) -> dict[str, Attachment]:
    """By session id, the sessions that the runtime holds now."""
    chosen = (attachments.c.workspace_id == workspace_id) & (attachments.c.runtime_id == runtime_id)
    query = select(attachments).where(chosen, attachments.c.detached_at_ns.is_(None))
    return {row["session_id"]: _attachment(row, 0) for row in conn.execute(query).mappings()}


def attachments_of(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, tuple[Attachment, ...]]:
    """In the order in which they came."""
    joined = attachments.join(
        runtimes,
        (runtimes.c.workspace_id == attachments.c.workspace_id) & (runtimes.c.id == attachments.c.runtime_id),
    )
    query = (
        select(attachments, runtimes.c.heard_at_ns)
        .select_from(joined)
        .where(tuple_(attachments.c.workspace_id, attachments.c.session_id).in_(refs))
        .order_by(attachments.c.attached_at_ns, attachments.c.runtime_id)
    )
    found: dict[Ref, list[Attachment]] = defaultdict(list)
    for row in conn.execute(query).mappings():
        found[row["workspace_id"], row["session_id"]].append(_attachment(row, row["heard_at_ns"]))
    return {ref: tuple(ones) for ref, ones in found.items()}


def _attachment(row: Any, heard_at_ns: int) -> Attachment:
    return Attachment(
        runtime_id=row["runtime_id"],
        state=row["state"],
        tools_in_flight=row["tools_in_flight"],
        verbs=tuple(orjson.loads(row["verbs"] or "[]")),
        owns_memory=row["owns_memory"],
        attached_at_ns=row["attached_at_ns"],
        heard_at_ns=heard_at_ns,
        detached_at_ns=row["detached_at_ns"],
    )
