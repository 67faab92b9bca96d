"""Tables policies and policy_changes: what is in force, and who changed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, insert, select

from sojourn.domain.policies import Policy
from sojourn.ledger.policy_tables import policies, policy_changes
from sojourn.ledger.upserts import upsert

JSON_COLUMNS = ("condition", "action")


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One line of the audit."""

    workspace_id: str
    at_ns: int
    actor: str
    action: str  # created, updated, deleted
    source: str
    policy_id: str
    agent_id: str
    policy_type: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def listed(conn: Connection, workspace_id: str, agent_id: str | None = None) -> list[Policy]:
    """Of one agent those that hold for every agent are not among them. In order of priority, then age."""
    query = select(policies).where(policies.c.workspace_id == workspace_id)
    if agent_id is not None:
        query = query.where(policies.c.agent_id == agent_id)
    ordered = query.order_by(policies.c.priority.desc(), policies.c.created_at_ns, policies.c.id)
    return [_policy(row) for row in conn.execute(ordered).mappings()]


def get(conn: Connection, workspace_id: str, policy_id: str) -> Policy | None:
    query = select(policies).where(policies.c.workspace_id == workspace_id, policies.c.id == policy_id)
    row = conn.execute(query).mappings().first()
    return _policy(row) if row else None


def put(conn: Connection, policy: Policy) -> None:
    row = asdict(policy)
    row |= {name: orjson.dumps(row[name]).decode() for name in JSON_COLUMNS}
    upsert(conn, policies, [{**row, "type": str(policy.type)}], ("workspace_id", "id"))


def remove(conn: Connection, workspace_id: str, policy_ids: Sequence[str]) -> None:
    chosen = (policies.c.workspace_id == workspace_id) & policies.c.id.in_(policy_ids)
    conn.execute(delete(policies).where(chosen))


def note(conn: Connection, changes: Sequence[PolicyChange]) -> None:
    if changes:
        conn.execute(insert(policy_changes), [_change_row(change) for change in changes])


def changes(
    conn: Connection, workspace_id: str, agent_id: str | None, before: int | None, limit: int, policy_id: str = ""
) -> list[tuple[int, PolicyChange]]:
    """With their numbers, the latest first."""
    query = select(policy_changes).where(policy_changes.c.workspace_id == workspace_id)
    if policy_id:
        query = query.where(policy_changes.c.policy_id == policy_id)
    if agent_id is not None:
        query = query.where(policy_changes.c.agent_id == agent_id)
    if before is not None:
        query = query.where(policy_changes.c.number < before)
    found = conn.execute(query.order_by(policy_changes.c.number.desc()).limit(limit)).mappings()
    return [(row["number"], _change(row)) for row in found]


def _policy(row: RowMapping) -> Policy:
    return Policy(**{**row, **{name: orjson.loads(row[name] or "{}") for name in JSON_COLUMNS}})


def _change_row(change: PolicyChange) -> dict[str, Any]:
    row = asdict(change)
    return {**row, **{name: orjson.dumps(row[name]).decode() if row[name] else "" for name in ("before", "after")}}


def _change(row: RowMapping) -> PolicyChange:
    values = {name: value for name, value in row.items() if name != "number"}
    states = {name: orjson.loads(row[name]) if row[name] else None for name in ("before", "after")}
    return PolicyChange(**{**values, **states})
