"""Table saved_views: named views of the list, a person's own and shared ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, or_, select, update

from sojourn.ledger.saved_view_tables import saved_views


@dataclass(frozen=True, slots=True)
class SavedView:
    id: str
    workspace_id: str
    owner: str
    name: str
    is_shared: bool
    query: dict[str, Any]  # what the web app's URL holds: the ledger does not read it
    changed_at_ns: int


def add(conn: Connection, view: SavedView) -> None:
    conn.execute(insert(saved_views).values(_row(view)))


def replace(conn: Connection, view: SavedView) -> None:
    conn.execute(update(saved_views).where(_is(view.workspace_id, view.id)).values(_row(view)))


def remove(conn: Connection, workspace_id: str, view_id: str) -> None:
    conn.execute(delete(saved_views).where(_is(workspace_id, view_id)))


def get(conn: Connection, workspace_id: str, view_id: str) -> SavedView | None:
    """Locked until the transaction ends."""
    query = select(saved_views).where(_is(workspace_id, view_id)).with_for_update()
    row = conn.execute(query).mappings().first()
    return _view(row) if row else None


def visible_to(conn: Connection, workspace_id: str, person: str, limit: int) -> list[SavedView]:
    """Their own and everybody's shared ones, by name."""
    seen = or_(saved_views.c.owner == person, saved_views.c.is_shared)
    query = select(saved_views).where(saved_views.c.workspace_id == workspace_id, seen)
    ordered = query.order_by(func.lower(saved_views.c.name), saved_views.c.number).limit(limit)
    return [_view(row) for row in conn.execute(ordered).mappings()]


def count_of(conn: Connection, workspace_id: str, owner: str) -> int:
    own = (saved_views.c.workspace_id == workspace_id) & (saved_views.c.owner == owner)
    return int(conn.execute(select(func.count()).select_from(saved_views).where(own)).scalar_one())


def _is(workspace_id: str, view_id: str) -> ColumnElement[bool]:
    return (saved_views.c.workspace_id == workspace_id) & (saved_views.c.id == view_id)


def _row(view: SavedView) -> dict[str, Any]:
    return {**asdict(view), "query": orjson.dumps(view.query).decode()}


def _view(row: RowMapping) -> SavedView:
    values = {name: value for name, value in row.items() if name != "number"}
    return SavedView(**{**values, "query": orjson.loads(values["query"])})
