"""Tables automations and automation_triggers: what may be started by name, and what starts it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, func, or_, select

from sojourn.domain.automations import Automation, Trigger
from sojourn.ledger.automation_tables import automations, triggers
from sojourn.ledger.upserts import insert_new


def add(conn: Connection, automation: Automation) -> bool:
    """Whether its name was free."""
    return insert_new(conn, automations, asdict(automation), ("workspace_id", "name"))


def add_trigger(conn: Connection, trigger: Trigger) -> bool:
    """Whether its route was free."""
    row: dict[str, Any] = {
        **asdict(trigger),
        "type": str(trigger.type),
        "schema": orjson.dumps(trigger.schema).decode(),
    }
    return insert_new(conn, triggers, row, ("workspace_id", "route"))


def listed(conn: Connection, workspace_id: str) -> list[Automation]:
    """The oldest first."""
    query = select(automations).where(automations.c.workspace_id == workspace_id)
    rows = conn.execute(query.order_by(automations.c.created_at_ns, automations.c.id)).mappings()
    return [Automation(**row) for row in rows]


def get(conn: Connection, workspace_id: str, automation_id: str) -> Automation | None:
    chosen = (automations.c.workspace_id == workspace_id) & (automations.c.id == automation_id)
    row = conn.execute(select(automations).where(chosen)).mappings().first()
    return Automation(**row) if row else None


def triggers_of(conn: Connection, workspace_id: str) -> list[Trigger]:
    """The oldest first."""
    query = select(triggers).where(triggers.c.workspace_id == workspace_id)
    rows = conn.execute(query.order_by(triggers.c.created_at_ns, triggers.c.id)).mappings()
    return [_trigger(row) for row in rows]


def trigger(conn: Connection, workspace_id: str, kind: str, id_or_route: str) -> Trigger | None:
    """An enabled one."""
    own = triggers.c
    is_named = or_(own.id == id_or_route, own.route == id_or_route)
    chosen = (own.workspace_id == workspace_id) & (own.type == kind) & own.is_enabled.is_(True) & is_named
    row = conn.execute(select(triggers).where(chosen)).mappings().first()
    return _trigger(row) if row else None


def count(conn: Connection, workspace_id: str) -> int:
    """Of both together."""
    return sum(
        int(conn.execute(select(func.count()).where(table.c.workspace_id == workspace_id)).scalar_one())
        for table in (automations, triggers)
    )


def remove(conn: Connection, workspace_id: str, automation_id: str) -> None:
    """With its triggers."""
    conn.execute(
        delete(triggers).where(triggers.c.workspace_id == workspace_id, triggers.c.automation_id == automation_id)
    )
    conn.execute(
        delete(automations).where(automations.c.workspace_id == workspace_id, automations.c.id == automation_id)
    )


def _trigger(row: RowMapping) -> Trigger:
    return Trigger(**{**row, "schema": orjson.loads(row["schema"] or "{}")})
