"""Table agent_marks: how far people say an agent is."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, select

from sojourn.domain.agents import AgentMark
from sojourn.ledger.agent_tables import agent_marks
from sojourn.ledger.upserts import upsert


def put(conn: Connection, mark: AgentMark) -> None:
    upsert(conn, agent_marks, [asdict(mark)], ("workspace_id", "agent_id"))


def get(conn: Connection, workspace_id: str, agent_id: str) -> AgentMark | None:
    chosen = (agent_marks.c.workspace_id == workspace_id) & (agent_marks.c.agent_id == agent_id)
    row = conn.execute(select(agent_marks).where(chosen)).mappings().first()
    return AgentMark(**row) if row else None


def listed(conn: Connection, workspace_id: str, limit: int) -> list[AgentMark]:
    """The latest first."""
    query = select(agent_marks).where(agent_marks.c.workspace_id == workspace_id)
    ordered = query.order_by(agent_marks.c.marked_at_ns.desc(), agent_marks.c.agent_id).limit(limit)
    return [AgentMark(**row) for row in conn.execute(ordered).mappings()]
