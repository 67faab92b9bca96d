"""Tables alert_channels and alert_deliveries: who wants to know of signals, and what each of them is owed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from sojourn.domain.alerts import Channel, Delivery, DeliveryState, Match
from sojourn.ledger.alert_tables import alert_channels, alert_deliveries
from sojourn.ledger.upserts import upsert

Ref = tuple[str, str]  # workspace, channel
# Written out, so that SQLite uses the index of those that wait.
WAITING = literal(str(DeliveryState.WAITING), literal_execute=True)


class Standing(NamedTuple):
    """What became of a channel's deliveries."""

    waiting: int = 0
    failed: int = 0
    sent: int = 0
    last_sent_at_ns: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """An empty value leaves that column alone."""

    channel_id: str = ""
    state: str = ""


def listed(conn: Connection, workspace_id: str) -> list[Channel]:
    query = select(alert_channels).where(alert_channels.c.workspace_id == workspace_id)
    rows = conn.execute(query.order_by(alert_channels.c.created_at_ns, alert_channels.c.id)).mappings()
    return [_channel(row) for row in rows]


def get(conn: Connection, workspace_id: str, channel_id: str) -> Channel | None:
    table = alert_channels.c
    query = select(alert_channels).where(table.workspace_id == workspace_id, table.id == channel_id)
    row = conn.execute(query).mappings().first()
    return _channel(row) if row else None


def enabled(conn: Connection, workspace_ids: Iterable[str]) -> dict[str, list[Channel]]:
    """By workspace."""
    table = alert_channels.c
    query = select(alert_channels).where(table.workspace_id.in_(list(workspace_ids)), table.is_enabled.is_(True))
    found: dict[str, list[Channel]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["workspace_id"], []).append(_channel(row))
    return found


def put(conn: Connection, channel: Channel) -> None:
    row = asdict(channel)
    row |= {name: orjson.dumps(row[name]).decode() for name in ("recipients", "match")}
    upsert(conn, alert_channels, [{**row, "kind": str(channel.kind)}], ("workspace_id", "id"))


def remove(conn: Connection, workspace_id: str, channel_id: str) -> None:
    """With all that it is owed and was sent."""
    owed = alert_deliveries.c
    conn.execute(delete(alert_deliveries).where(owed.workspace_id == workspace_id, owed.channel_id == channel_id))
    table = alert_channels.c
    conn.execute(delete(alert_channels).where(table.workspace_id == workspace_id, table.id == channel_id))


def standings(conn: Connection, workspace_id: str) -> dict[str, Standing]:
    """By channel."""
    table = alert_deliveries.c
    counts = (func.sum(case((table.state == state, 1), else_=0)) for state in ("waiting", "failed", "sent"))
    query = select(table.channel_id, *counts, func.max(table.sent_at_ns)).where(table.workspace_id == workspace_id)
    return {row[0]: Standing(*map(int, row[1:])) for row in conn.execute(query.group_by(table.channel_id))}


def waiting_counts(conn: Connection, refs: Sequence[Ref]) -> dict[Ref, int]:
    table = alert_deliveries.c
    place = tuple_(table.workspace_id, table.channel_id)
    query = select(table.workspace_id, table.channel_id, func.count()).where(table.state == WAITING, place.in_(refs))
    return {(row[0], row[1]): int(row[2]) for row in conn.execute(query.group_by(table.workspace_id, table.channel_id))}


def latest(conn: Connection, workspace_id: str, channel_id: str, signal_id: str) -> Delivery | None:
    """The last one that a group was promised to a channel in; nobody else changes it until the transaction ends."""
    table = alert_deliveries.c
    chosen = (table.workspace_id == workspace_id, table.signal_id == signal_id, table.channel_id == channel_id)
    query = select(alert_deliveries).where(*chosen).order_by(table.number.desc()).limit(1).with_for_update()
    row = conn.execute(query).mappings().first()
    return _delivery(row) if row else None


def add(conn: Connection, delivery: Delivery) -> None:
    conn.execute(insert(alert_deliveries), {**asdict(delivery), "state": str(delivery.state)})


def change(conn: Connection, delivery: Delivery) -> bool:
    """Whether it is still there: its channel or session may have been deleted."""
    row = {**asdict(delivery), "state": str(delivery.state)}
    return bool(conn.execute(update(alert_deliveries).where(_is(delivery)).values(row)).rowcount)


def claim(conn: Connection, delivery: Delivery, now_ns: int, next_at_ns: int) -> bool:
    """Counts one more try before it is made, so that a process that dies in it tries again no sooner than it may."""
    same = and_(_is(delivery), alert_deliveries.c.state == WAITING, alert_deliveries.c.attempts == delivery.attempts)
    counted = {"attempts": delivery.attempts + 1, "tried_at_ns": now_ns, "next_at_ns": next_at_ns}
    return bool(conn.execute(update(alert_deliveries).where(same).values(counted)).rowcount)


def one(conn: Connection, workspace_id: str, delivery_id: str, *, lock: bool = False) -> Delivery | None:
    table = alert_deliveries.c
    query = select(alert_deliveries).where(table.workspace_id == workspace_id, table.id == delivery_id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().first()
    return _delivery(row) if row else None


def channels_due(conn: Connection, now_ns: int) -> list[Ref]:
    """Enabled channels that are owed something now, those that wait longest first."""
    owed, table = alert_deliveries.c, alert_channels.c
    query = (
        select(owed.workspace_id, owed.channel_id)
        .join(alert_channels, and_(table.workspace_id == owed.workspace_id, table.id == owed.channel_id))
        .where(owed.state == WAITING, owed.next_at_ns <= now_ns, table.is_enabled.is_(True))
        .group_by(owed.workspace_id, owed.channel_id)
        .order_by(func.min(owed.next_at_ns))
    )
    return [(row[0], row[1]) for row in conn.execute(query)]


def first_due(conn: Connection, ref: Ref, now_ns: int) -> Delivery | None:
    table = alert_deliveries.c
    chosen = (table.workspace_id == ref[0], table.channel_id == ref[1], table.state == WAITING)
    query = select(alert_deliveries).where(*chosen, table.next_at_ns <= now_ns)
    row = conn.execute(query.order_by(table.next_at_ns, table.number).limit(1)).mappings().first()
    return _delivery(row) if row else None


def list_page(
    conn: Connection, workspace_id: str, filter: DeliveryFilter, before: int | None, limit: int
) -> list[tuple[int, Delivery]]:
    """With their numbers, the latest first."""
    query = select(alert_deliveries).where(*_conditions(workspace_id, filter))
    if before is not None:
        query = query.where(alert_deliveries.c.number < before)
    ordered = query.order_by(alert_deliveries.c.number.desc()).limit(limit)
    return [(row["number"], _delivery(row)) for row in conn.execute(ordered).mappings()]


def total(conn: Connection, workspace_id: str, filter: DeliveryFilter) -> int:
    query = select(func.count()).select_from(alert_deliveries).where(*_conditions(workspace_id, filter))
    return int(conn.execute(query).scalar_one())


def prune(conn: Connection, ref: Ref, keep: int) -> None:
    """Forgets all but the latest of those that are over."""
    table = alert_deliveries.c
    over = (table.workspace_id == ref[0], table.channel_id == ref[1], table.state.in_(("sent", "failed")))
    oldest = select(table.number).where(*over).order_by(table.number.desc()).offset(keep).limit(1).scalar_subquery()
    conn.execute(delete(alert_deliveries).where(*over, table.number <= oldest))


def _is(delivery: Delivery) -> ColumnElement[bool]:
    table = alert_deliveries.c
    return and_(table.workspace_id == delivery.workspace_id, table.id == delivery.id)


def _conditions(workspace_id: str, filter: DeliveryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [alert_deliveries.c.workspace_id == workspace_id]
    for name in ("channel_id", "state"):
        if value := getattr(filter, name):
            found.append(alert_deliveries.c[name] == value)
    return found


def _channel(row: RowMapping) -> Channel:
    match: dict[str, Any] = orjson.loads(row["match"] or "{}")
    match = {name: tuple(value) if isinstance(value, list) else value for name, value in match.items()}
    recipients = tuple(orjson.loads(row["recipients"] or "[]"))
    return Channel(**{**row, "recipients": recipients, "match": Match(**match)})


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{name: value for name, value in row.items() if name != "number"})
