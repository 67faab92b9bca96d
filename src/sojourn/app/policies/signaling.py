"""Signals come in from senders and from policies; what repeats is grouped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from sojourn.app.errors import NotFound
from sojourn.domain.identity import content_id, session_id_of
from sojourn.domain.messages import dump_json
from sojourn.domain.resolution import bounded_key
from sojourn.domain.signals import Signal, group_id, repeated
from sojourn.ledger.changes import NewChange
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.signals import SignalFilter

Listed = tuple[list[tuple[int, Signal]], int]
CHANGED = "signal.changed"
MAX_MESSAGE_CHARS = 2_000
MAX_FACET_VALUES = 100


@dataclass(frozen=True, slots=True)
class Fired:
    """What a sender says: something fired once."""

    type: str
    subtype: str
    message: str = ""
    session_key: str = ""
    agent_id: str = ""
    event_id: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Signals:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def fire(self, workspace_id: str, fired: Fired) -> Signal:
        """The group that it belongs to, as it is now."""
        signal = self._signal(workspace_id, fired)
        with self._ledger.begin() as conn:
            stored = put(conn, self._ledger, signal)
        self._ledger.notify()
        return stored

    def get(self, workspace_id: str, signal_id: str) -> Signal:
        with self._ledger.read() as conn:
            signal: Signal | None = self._ledger.signals.get(conn, workspace_id, signal_id)
        if signal is None:
            raise NotFound("there is no such signal")
        return signal

    def listed(self, workspace_id: str, filter: SignalFilter, before: tuple[int, int] | None, limit: int) -> Listed:
        """With their numbers, those that fired last first; and how many pass the filter."""
        with self._ledger.read() as conn:
            page = self._ledger.signals.list_page(conn, workspace_id, filter, before, limit)
            return page, self._ledger.signals.total(conn, workspace_id, filter)

    def facets(self, workspace_id: str) -> dict[str, list[tuple[str, int]]]:
        """The values that a feed can be filtered by, with how many groups have them."""
        with self._ledger.read() as conn:
            found: dict[str, list[tuple[str, int]]] = self._ledger.signals.facets(conn, workspace_id, MAX_FACET_VALUES)
        return found

    def _signal(self, workspace_id: str, fired: Fired) -> Signal:
        now_ns = self._clock()
        key = bounded_key(fired.session_key) if fired.session_key else ""
        session_id = session_id_of(workspace_id, key) if key else ""
        told = (fired.type, fired.subtype, fired.message, fired.event_id, dump_json(fired.data))
        return Signal(
            id=group_id(workspace_id, session_id, fired.type, fired.subtype, fired.data, now_ns),
            workspace_id=workspace_id,
            type=fired.type,
            subtype=fired.subtype,
            message=fired.message[:MAX_MESSAGE_CHARS],
            session_id=session_id,
            session_key=key,
            agent_id=fired.agent_id,
            event_id=fired.event_id,
            data=fired.data,
            action=str(fired.data.get("action") or ""),
            first_at_ns=now_ns,
            last_at_ns=now_ns,
            digest=content_id(*told),
        )


def put(conn: Connection, ledger: Ledger, signal: Signal) -> Signal:
    """New, or one more of its group. Call it last in a transaction, as it announces the signal."""
    if ledger.signals.add(conn, signal):
        announce(conn, ledger, [signal])
        return signal
    known: Signal = ledger.signals.get(conn, signal.workspace_id, signal.id, lock=True) or signal
    after = repeated(known, signal)
    if after != known:
        ledger.signals.replace(conn, after)
        announce(conn, ledger, [after])
    return after


def announce(conn: Connection, ledger: Ledger, signals: Sequence[Signal]) -> None:
    """For the live stream. Call it last in a transaction."""
    ledger.changes.append(conn, [NewChange(one.workspace_id, one.session_id, CHANGED, one.id) for one in signals])
