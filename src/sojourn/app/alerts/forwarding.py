"""From signals to deliveries: what fired since the last look is promised to the channels that want it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Connection

from sojourn.domain.alerts import Channel, Delivery, DeliveryState, due_at_ns, matches
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal
from sojourn.ledger.ledger import Ledger

MAX_SIGNALS = 500  # at a time
MAX_WAITING = 1_000  # groups that one channel is owed; more are noted as given up
MAX_KEPT = 1_000  # deliveries that are over, of one channel
TOO_MANY = f"{MAX_WAITING} alerts wait for this channel already"


def forward(ledger: Ledger, clock: Callable[[], int]) -> int:
    """How many signals were looked at. A crash in it changes nothing; done twice it changes nothing more."""
    with ledger.read() as conn:
        if not ledger.signals.unforwarded(conn, 1):
            return 0
    with ledger.begin() as conn:
        signals: list[Signal] = ledger.signals.unforwarded(conn, MAX_SIGNALS, lock=True)
        channels: dict[str, list[Channel]] = ledger.alerts.enabled(conn, {one.workspace_id for one in signals})
        if channels:
            _promise_all(conn, ledger, signals, channels, clock())
        ledger.signals.forwarded(conn, signals)
    return len(signals)


def promise_again(conn: Connection, ledger: Ledger, channel: Channel, sent: Delivery, count: int, now_ns: int) -> None:
    """The group fired while its alert was on the way: what it has fired since is told in the next one."""
    again = replace(
        sent,
        id=str(uuid4()),
        count=count,
        state=DeliveryState.WAITING,
        attempts=0,
        created_at_ns=now_ns,
        next_at_ns=due_at_ns(channel, sent, now_ns),
        tried_at_ns=0,
        sent_at_ns=0,
        last_error="",
    )
    ledger.alerts.add(conn, again)


def _promise_all(
    conn: Connection, ledger: Ledger, signals: list[Signal], channels: dict[str, list[Channel]], now_ns: int
) -> None:
    refs = [(one.workspace_id, one.session_id) for one in signals if one.session_id and one.workspace_id in channels]
    sessions: dict[tuple[str, str], Session] = ledger.sessions.get_many(conn, refs) if refs else {}
    places = [(workspace_id, one.id) for workspace_id, listed in channels.items() for one in listed]
    room = {place: MAX_WAITING - count for place, count in ledger.alerts.waiting_counts(conn, places).items()}
    for signal in signals:
        session = sessions.get((signal.workspace_id, signal.session_id))
        environment = session.environment if session is not None else ""
        for channel in channels.get(signal.workspace_id, ()):
            is_new = signal.last_at_ns >= channel.created_at_ns
            if is_new and matches(channel.match, signal, environment):
                _promise(conn, ledger, channel, signal, room, now_ns)
    for place in [place for place, left in room.items() if left < 0]:
        ledger.alerts.prune(conn, place, MAX_KEPT)


def _promise(
    conn: Connection,
    ledger: Ledger,
    channel: Channel,
    signal: Signal,
    room: dict[tuple[str, str], int],
    now_ns: int,
) -> None:
    latest = ledger.alerts.latest(conn, channel.workspace_id, channel.id, signal.id)
    if latest is not None and latest.count >= signal.count:
        return
    if latest is not None and latest.state == DeliveryState.WAITING:
        ledger.alerts.change(conn, replace(latest, count=signal.count))
        return
    place = (channel.workspace_id, channel.id)
    left = room.get(place, MAX_WAITING)
    room[place] = left - 1
    delivery = Delivery(
        id=str(uuid4()),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        signal_id=signal.id,
        session_id=signal.session_id,
        count=signal.count,
        created_at_ns=now_ns,
        next_at_ns=due_at_ns(channel, latest, now_ns),
    )
    if left <= 0:
        delivery = replace(delivery, state=DeliveryState.FAILED, tried_at_ns=now_ns, last_error=TOO_MANY)
    ledger.alerts.add(conn, delivery)
