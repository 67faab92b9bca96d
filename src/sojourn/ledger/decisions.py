"""Table decisions: what policies came to, each time that they were asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from sojourn.ledger.policy_tables import decisions
from sojourn.ledger.upserts import insert_new

JSON_COLUMNS = ("context", "candidates", "final_decision")


@dataclass(frozen=True, slots=True)
class Decision:
    id: str
    workspace_id: str
    at_ns: int
    stage: str  # pre_execution, on_error, post_success; at_ingest for our own
    session_id: str = ""
    session_key: str = ""
    agent_id: str = ""
    context: dict[str, Any] = field(default_factory=dict)  # what was known then
    matched_policy_count: int = 0
    candidates: list[Any] = field(default_factory=list)
    reason: str = ""
    winning_type: str = ""
    final_decision: dict[str, Any] | None = None
    source: str = ""  # who decided: niitaka, sojourn


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    session_id: str = ""
    agent_id: str = ""


def add(conn: Connection, decision: Decision) -> bool:
    """Whether it was not there yet."""
    row = asdict(decision)
    row |= {name: orjson.dumps(row[name], default=str).decode() for name in JSON_COLUMNS}
    return insert_new(conn, decisions, row, ("workspace_id", "id"))


def list_page(
    conn: Connection, workspace_id: str, filter: DecisionFilter, before: int | None, limit: int
) -> list[tuple[int, Decision]]:
    """With their numbers, the latest first."""
    query = select(decisions).where(*_conditions(workspace_id, filter))
    if before is not None:
        query = query.where(decisions.c.number < before)
    found = conn.execute(query.order_by(decisions.c.number.desc()).limit(limit)).mappings()
    return [(row["number"], _decision(row)) for row in found]


def total(conn: Connection, workspace_id: str, filter: DecisionFilter) -> int:
    query = select(func.count()).select_from(decisions).where(*_conditions(workspace_id, filter))
    return int(conn.execute(query).scalar_one())


def _conditions(workspace_id: str, filter: DecisionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [decisions.c.workspace_id == workspace_id]
    for name in ("session_id", "agent_id"):
        if value := getattr(filter, name):
            found.append(decisions.c[name] == value)
    return found


def _decision(row: RowMapping) -> Decision:
    values = {name: value for name, value in row.items() if name != "number"}
    return Decision(**{**values, **{name: orjson.loads(row[name] or "null") for name in JSON_COLUMNS}})
