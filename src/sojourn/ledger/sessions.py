"""Table sessions: one row a session, with its agents and models beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from sojourn.domain.sessions import Session
from sojourn.ledger.listing import Page, children, facets, list_page, total
from sojourn.ledger.session_rows import row_of, session_of
from sojourn.ledger.tables import session_agents, session_models, sessions

__all__ = ["Page", "children", "due", "facets", "get", "get_many", "list_page", "remove", "total", "upsert"]
MAX_PARAMETERS = 10_000  # rows of identity in one statement
Ref = tuple[str, str]


def get(conn: Connection, workspace_id: str, session_id: str) -> Session | None:
    return get_many(conn, [(workspace_id, session_id)]).get((workspace_id, session_id))


def get_many(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, Session]:
    found: dict[Ref, Session] = {}
    for start in range(0, len(refs), MAX_PARAMETERS):
        chosen = tuple_(sessions.c.workspace_id, sessions.c.id).in_(refs[start : start + MAX_PARAMETERS])
        for row in conn.execute(select(sessions).where(chosen)).mappings():
            found[row["workspace_id"], row["id"]] = session_of(row)
    return found


def upsert(conn: Connection, changed: Sequence[Session]) -> None:
    """Insert or replace; `revision` grows by one with every write."""
    if not changed:
        return
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(sessions)
    names = [column.name for column in sessions.columns if column.name not in {"row_number", "workspace_id", "id"}]
    renewed = {name: statement.excluded[name] for name in names}
    renewed["revision"] = sessions.c.revision + 1
    conn.execute(
        statement.on_conflict_do_update(index_elements=["workspace_id", "id"], set_=renewed),
        [row_of(session) for session in changed],
    )
    _write_agents(conn, changed)
    _write_models(conn, changed)


def remove(conn: Connection, refs: Sequence[Ref]) -> None:
    for table, column in (
        (sessions, sessions.c.id),
        (session_agents, session_agents.c.session_id),
        (session_models, session_models.c.session_id),
    ):
        if refs:
            conn.execute(delete(table).where(tuple_(table.c.workspace_id, column).in_(refs)))


def due(conn: Connection, now_ns: int, limit: int) -> list[Session]:
    """Sessions whose status time alone may change, the longest overdue first."""
    waiting = select(sessions).where(sessions.c.due_at_ns <= now_ns).order_by(sessions.c.due_at_ns).limit(limit)
    return [session_of(row) for row in conn.execute(waiting).mappings()]


def archive(conn: Connection, workspace_id: str, session_id: str, at_ns: int | None) -> None:
    chosen = (sessions.c.workspace_id == workspace_id) & (sessions.c.id == session_id)
    conn.execute(update(sessions).where(chosen).values(archived_at_ns=at_ns, revision=sessions.c.revision + 1))


def _write_agents(conn: Connection, changed: Sequence[Session]) -> None:
    _replace(
        conn,
        session_agents,
        changed,
        (
            {"workspace_id": session.workspace_id, "session_id": session.id, "agent_id": agent_id}
            for session in changed
            for agent_id in dict.fromkeys((session.agent_id, *session.agents))
            if agent_id
        ),
    )


def _write_models(conn: Connection, changed: Sequence[Session]) -> None:
    _replace(
        conn,
        session_models,
        changed,
        (
            {
                "workspace_id": session.workspace_id,
                "session_id": session.id,
                "model": use.model,
                "provider": use.provider,
                "calls": use.calls,
                "errors": use.errors,
                "input_tokens": use.input_tokens,
                "output_tokens": use.output_tokens,
                "cache_read_tokens": use.cache_read_tokens,
                "cache_write_tokens": use.cache_write_tokens,
                "reasoning_tokens": use.reasoning_tokens,
                "duration_ms": use.duration_ms,
                "cost_usd": use.cost_usd,
            }
            for session in changed
            for use in session.models
        ),
    )


def _replace(conn: Connection, table, changed: Sequence[Session], rows: Iterable[dict[str, object]]) -> None:  # type: ignore[no-untyped-def]
    refs = [(session.workspace_id, session.id) for session in changed]
    conn.execute(delete(table).where(tuple_(table.c.workspace_id, table.c.session_id).in_(refs)))
    if values := list(rows):
        conn.execute(insert(table), values)
