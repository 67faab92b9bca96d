"""Table tasks: work for humans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, func, or_, select, tuple_, update

from sojourn.domain.tasks import Task, TaskStatus
from sojourn.ledger.control_tables import tasks
from sojourn.ledger.upserts import insert_new

Ref = tuple[str, str]
JSON_COLUMNS = ("form", "default_outcome", "outcome")


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """An empty value leaves that column alone."""

    status: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    session_id: str = ""
    assignee: str = ""
    group: str = ""
    q: str = ""


def add(conn: Connection, task: Task) -> bool:
    """Whether it was not there yet."""
    return insert_new(conn, tasks, _row(task), ("workspace_id", "id"))


def replace(conn: Connection, task: Task) -> None:
    chosen = (tasks.c.workspace_id == task.workspace_id) & (tasks.c.id == task.id)
    conn.execute(update(tasks).where(chosen).values(_row(task)))


def get(conn: Connection, workspace_id: str, task_id: str, *, lock: bool = False) -> Task | None:
    """`lock` keeps other transactions from changing it until this one ends."""
    query = select(tasks).where(tasks.c.workspace_id == workspace_id, tasks.c.id == task_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().first()
    return _task(row) if row else None


def closed_among(conn: Connection, workspace_id: str, task_ids: Sequence[str]) -> list[Task]:
    """Those of them that are not open any more."""
    chosen = (tasks.c.workspace_id == workspace_id) & tasks.c.id.in_(task_ids) & (tasks.c.status != TaskStatus.OPEN)
    return [_task(row) for row in conn.execute(select(tasks).where(chosen)).mappings()]


def closed_ids(conn: Connection, task_ids: Collection[str]) -> set[str]:
    """Those of them that are not open any more, in any workspace."""
    query = select(tasks.c.id).where(tasks.c.id.in_(task_ids), tasks.c.status != TaskStatus.OPEN)
    return {row[0] for row in conn.execute(query)}


def open_of(conn: Connection, workspace_id: str, session_id: str) -> list[Task]:
    chosen = (tasks.c.workspace_id == workspace_id) & (tasks.c.session_id == session_id)
    query = select(tasks).where(chosen, tasks.c.status == TaskStatus.OPEN).order_by(tasks.c.number)
    return [_task(row) for row in conn.execute(query).mappings()]


def open_kinds(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, tuple[str, ...]]:
    """The kinds of the open tasks of sessions."""
    chosen = tuple_(tasks.c.workspace_id, tasks.c.session_id).in_(refs) & (tasks.c.status == TaskStatus.OPEN)
    query = select(tasks.c.workspace_id, tasks.c.session_id, tasks.c.kind).where(chosen).order_by(tasks.c.number)
    found: dict[Ref, list[str]] = defaultdict(list)
    for workspace_id, session_id, kind in conn.execute(query):
        found[workspace_id, session_id].append(kind)
    return {ref: tuple(kinds) for ref, kinds in found.items()}


def list_page(
    conn: Connection, workspace_id: str, filter: TaskFilter, before: int | None, limit: int
) -> list[tuple[int, Task]]:
    """With their numbers, the newest first."""
    query = select(tasks).where(*_conditions(workspace_id, filter)).order_by(tasks.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(tasks.c.number < before)
    return [(row["number"], _task(row)) for row in conn.execute(query).mappings()]


def total(conn: Connection, workspace_id: str, filter: TaskFilter) -> int:
    query = select(func.count()).select_from(tasks).where(*_conditions(workspace_id, filter))
    return int(conn.execute(query).scalar_one())


def overdue(conn: Connection, now_ns: int, limit: int) -> list[Task]:
    chosen = (tasks.c.deadline_at_ns <= now_ns) & (tasks.c.status == TaskStatus.OPEN)
    return [_task(row) for row in conn.execute(select(tasks).where(chosen).limit(limit)).mappings()]


def unrecorded(conn: Connection, limit: int) -> list[Task]:
    """Whose latest word is not on the timeline yet."""
    chosen = tasks.c.is_recorded.is_(False) & (tasks.c.session_id != "")
    query = select(tasks).where(chosen).order_by(tasks.c.number).limit(limit)
    return [_task(row) for row in conn.execute(query).mappings()]


def recorded(conn: Connection, told: Sequence[Task]) -> None:
    """Unless they have changed since they were read."""
    for task in told:
        chosen = (tasks.c.workspace_id == task.workspace_id) & (tasks.c.id == task.id) & (tasks.c.status == task.status)
        conn.execute(update(tasks).where(chosen).values(is_recorded=True))


def _conditions(workspace_id: str, filter: TaskFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [tasks.c.workspace_id == workspace_id]
    if filter.status:
        conditions.append(tasks.c.status.in_(filter.status))
    if filter.kind:
        conditions.append(tasks.c.kind.in_(filter.kind))
    for name in ("session_id", "assignee", "group"):
        if value := getattr(filter, name):
            conditions.append(tasks.c[name] == value)
    for word in filter.q.lower().split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        said = (tasks.c.title, tasks.c.instructions, tasks.c.session_key, tasks.c.source)
        conditions.append(or_(*(func.lower(column).like(pattern, escape="\\") for column in said)))
    return conditions


def _row(task: Task) -> dict[str, Any]:
    row = asdict(task)
    for name in JSON_COLUMNS:
        row[name] = "" if row[name] is None else orjson.dumps(row[name], default=str).decode()
    return {**row, "kind": str(task.kind), "status": str(task.status)}


def _task(row: RowMapping) -> Task:
    values = {name: value for name, value in row.items() if name != "number"}
    for name in JSON_COLUMNS:
        values[name] = orjson.loads(values[name]) if values[name] else None
    return Task(**values)
