"""Everything that steering says of sessions, read together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, tuple_

from sojourn.domain.steering import Hold, Steering
from sojourn.ledger import holds, runtimes, tasks
from sojourn.ledger.control_tables import attachments, heartbeats
from sojourn.ledger.control_tables import runtimes as runtime_table
from sojourn.ledger.tables import sessions

Ref = tuple[str, str]
MAX_REFS = 5_000  # of one statement
MAX_DEPTH = 20  # generations of called sessions that keep their callers alive


def load(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, Steering]:
    """Only sessions of which there is anything to say."""
    found: dict[Ref, Steering] = {}
    for start in range(0, len(refs), MAX_REFS):
        part = refs[start : start + MAX_REFS]
        standing = holds.get_many(conn, part)
        attached = runtimes.attachments_of(conn, part)
        beats = holds.heartbeats_of(conn, part)
        waiting = tasks.open_kinds(conn, part)
        for ref in {*standing, *attached, *beats, *waiting}:
            found[ref] = Steering(
                hold=standing.get(ref, Hold()),
                attachments=attached.get(ref, ()),
                heartbeat_at_ns=beats.get(ref, 0),
                open_tasks=waiting.get(ref, ()),
            )
    return found


def descendants_heard_at(conn: Connection, workspace_id: str, session_id: str) -> int:
    """The latest sign of life of the sessions that it called, and those that they called; 0 if there is none."""
    generation, latest = [session_id], 0
    seen = {session_id}
    for _ in range(MAX_DEPTH):
        called = sessions.c.parent_session_id.in_(generation) & (sessions.c.workspace_id == workspace_id)
        rows = conn.execute(select(sessions.c.id, sessions.c.last_activity_at_ns).where(called).limit(MAX_REFS)).all()
        generation = [row[0] for row in rows if row[0] not in seen]
        if not generation:
            break
        seen.update(generation)
        refs = [(workspace_id, child) for child in generation]
        latest = max(latest, *(row[1] for row in rows), _heard_at(conn, refs))
    return latest


def _heard_at(conn: Connection, refs: Sequence[Ref]) -> int:
    beat = select(func.max(heartbeats.c.at_ns)).where(
        tuple_(heartbeats.c.workspace_id, heartbeats.c.session_id).in_(refs)
    )
    polled = (
        select(func.max(runtime_table.c.heard_at_ns))
        .select_from(attachments.join(runtime_table, runtime_table.c.id == attachments.c.runtime_id))
        .where(
            tuple_(attachments.c.workspace_id, attachments.c.session_id).in_(refs),
            attachments.c.detached_at_ns.is_(None),
        )
    )
    return max(conn.execute(beat).scalar() or 0, conn.execute(polled).scalar() or 0)
