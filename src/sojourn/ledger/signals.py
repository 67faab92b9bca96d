"""Table signals: what fired, one row a group. A forwarded one has been looked at by alert channels since it fired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, false, func, or_, select, update

from sojourn.domain.signals import Signal
from sojourn.ledger.policy_tables import signals
from sojourn.ledger.upserts import insert_new


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """An empty value leaves that column alone."""

    session_id: str = ""
    agent_id: str = ""
    type: tuple[str, ...] = ()
    subtype: tuple[str, ...] = ()
    since_ns: int = 0
    until_ns: int = 0


FACETS = ("type", "subtype", "agent_id")


def add(conn: Connection, signal: Signal) -> bool:
    """Whether it was not there yet."""
    return insert_new(conn, signals, {**_row(signal), "is_forwarded": False}, ("workspace_id", "id"))


def replace(conn: Connection, signal: Signal) -> None:
    chosen = (signals.c.workspace_id == signal.workspace_id) & (signals.c.id == signal.id)
    has_fired_again = signals.c.count < signal.count
    is_forwarded = case((has_fired_again, false()), else_=signals.c.is_forwarded)
    conn.execute(update(signals).where(chosen).values(**_row(signal), is_forwarded=is_forwarded))


def get(conn: Connection, workspace_id: str, signal_id: str, *, lock: bool = False) -> Signal | None:
    query = select(signals).where(signals.c.workspace_id == workspace_id, signals.c.id == signal_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().first()
    return _signal(row) if row else None


def get_many(conn: Connection, workspace_id: str, signal_ids: Sequence[str]) -> dict[str, Signal]:
    chosen = (signals.c.workspace_id == workspace_id) & signals.c.id.in_(signal_ids)
    return {row["id"]: _signal(row) for row in conn.execute(select(signals).where(chosen)).mappings()}


def waiting_for(conn: Connection, workspace_id: str, session_ids: Sequence[str]) -> list[Signal]:
    """Those of these sessions whose approval has not been acted upon."""
    chosen = (signals.c.workspace_id == workspace_id) & signals.c.session_id.in_(session_ids)
    waiting = (signals.c.task_id != "") & (signals.c.outcome == "waiting")
    return [_signal(row) for row in conn.execute(select(signals).where(chosen, waiting)).mappings()]


def list_page(
    conn: Connection, workspace_id: str, filter: SignalFilter, before: tuple[int, int] | None, limit: int
) -> list[tuple[int, Signal]]:
    """With their numbers, those that fired last first. `before` is the time and number of the last one seen."""
    query = select(signals).where(*_conditions(workspace_id, filter))
    if before is not None:
        at_ns, number = before
        is_later = and_(signals.c.last_at_ns == at_ns, signals.c.number < number)
        query = query.where(or_(signals.c.last_at_ns < at_ns, is_later))
    ordered = query.order_by(signals.c.last_at_ns.desc(), signals.c.number.desc()).limit(limit)
    return [(row["number"], _signal(row)) for row in conn.execute(ordered).mappings()]


def total(conn: Connection, workspace_id: str, filter: SignalFilter) -> int:
    query = select(func.count()).select_from(signals).where(*_conditions(workspace_id, filter))
    return int(conn.execute(query).scalar_one())


def unrecorded(conn: Connection, limit: int) -> list[Signal]:
    """Whose latest word is not on the timeline yet."""
    chosen = signals.c.is_recorded.is_(False) & (signals.c.session_id != "")
    query = select(signals).where(chosen).order_by(signals.c.number).limit(limit)
    return [_signal(row) for row in conn.execute(query).mappings()]


def recorded(conn: Connection, told: Sequence[Signal]) -> None:
    """Unless they have fired again since they were read."""
    for signal in told:
        chosen = (signals.c.workspace_id == signal.workspace_id) & (signals.c.id == signal.id)
        same = (signals.c.count == signal.count) & (signals.c.outcome == signal.outcome)
        conn.execute(update(signals).where(chosen, same).values(is_recorded=True))


def unforwarded(conn: Connection, limit: int, *, lock: bool = False) -> list[Signal]:
    """Whose latest time no alert channel has looked at, oldest first."""
    query = select(signals).where(signals.c.is_forwarded.is_(False)).order_by(signals.c.number).limit(limit)
    return [_signal(row) for row in conn.execute(query.with_for_update() if lock else query).mappings()]


def forwarded(conn: Connection, looked_at: Sequence[Signal]) -> None:
    """Unless they have fired again since they were read."""
    for signal in looked_at:
        chosen = (signals.c.workspace_id == signal.workspace_id) & (signals.c.id == signal.id)
        conn.execute(update(signals).where(chosen, signals.c.count == signal.count).values(is_forwarded=True))


def facets(conn: Connection, workspace_id: str, limit: int) -> dict[str, list[tuple[str, int]]]:
    """The values of each column that a feed is filtered by, with the number of groups, most frequent first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name in FACETS:
        column, groups = signals.c[name], func.count()
        chosen = (signals.c.workspace_id == workspace_id) & (column != "")
        query = select(column, groups).where(chosen).group_by(column).order_by(groups.desc(), column).limit(limit)
        found[name] = [(str(value), int(count)) for value, count in conn.execute(query)]
    return found


def _conditions(workspace_id: str, filter: SignalFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [signals.c.workspace_id == workspace_id]
    for name in ("session_id", "agent_id"):
        if value := getattr(filter, name):
            found.append(signals.c[name] == value)
    for name in ("type", "subtype"):
        if values := getattr(filter, name):
            found.append(signals.c[name].in_(values))
    if filter.since_ns:
        found.append(signals.c.last_at_ns >= filter.since_ns)
    if filter.until_ns:
        found.append(signals.c.last_at_ns < filter.until_ns)
    return found


def _row(signal: Signal) -> dict[str, Any]:
    return {**asdict(signal), "data": orjson.dumps(signal.data, default=str).decode()}


def _signal(row: RowMapping) -> Signal:
    values = {name: value for name, value in row.items() if name not in ("number", "is_forwarded")}
    return Signal(**{**values, "data": orjson.loads(row["data"] or "{}")})
