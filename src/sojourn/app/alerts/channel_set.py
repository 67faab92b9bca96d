"""The alert channels of a workspace and what they are owed: every change is checked before it is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sojourn.app.alerts.carriers import Carriers
from sojourn.app.alerts.errors import NotSent
from sojourn.app.alerts.mail import NEEDED
from sojourn.app.alerts.messages import test_alert
from sojourn.app.errors import Conflict, Invalid, NotFound
from sojourn.domain.alerts import Channel, ChannelKind, Delivery, DeliveryState, fault_of
from sojourn.domain.signals import Signal
from sojourn.ledger.alerts import DeliveryFilter, Standing
from sojourn.ledger.ledger import Ledger

MAX_CHANNELS = 50  # of a workspace
Listed = tuple[list[tuple[int, Delivery, Signal | None]], int]


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test."""

    is_sent: bool
    error: str
    status: int | None  # of a webhook that answered
    duration_ms: float


class ChannelSet:
    def __init__(self, ledger: Ledger, clock: Callable[[], int], *, can_email: bool) -> None:
        self._ledger = ledger
        self._clock = clock
        self._can_email = can_email

    def listed(self, workspace_id: str) -> list[tuple[Channel, Standing]]:
        with self._ledger.read() as conn:
            standings = self._ledger.alerts.standings(conn, workspace_id)
            return [(one, standings.get(one.id, Standing())) for one in self._ledger.alerts.listed(conn, workspace_id)]

    def get(self, workspace_id: str, channel_id: str) -> tuple[Channel, Standing]:
        with self._ledger.read() as conn:
            channel: Channel | None = self._ledger.alerts.get(conn, workspace_id, channel_id)
            standings = self._ledger.alerts.standings(conn, workspace_id)
        if channel is None:
            raise NotFound("there is no such alert channel")
        return channel, standings.get(channel.id, Standing())

    def create(self, channel: Channel) -> Channel:
        """Hears of what fires from now on."""
        self._check(channel)
        now_ns = self._clock()
        created = replace(channel, id=str(uuid4()), created_at_ns=now_ns, updated_at_ns=now_ns)
        with self._ledger.begin() as conn:
            if len(self._ledger.alerts.listed(conn, channel.workspace_id)) >= MAX_CHANNELS:
                raise Conflict(f"a workspace has at most {MAX_CHANNELS} alert channels")
            self._ledger.alerts.put(conn, created)
        return created

    def change(self, workspace_id: str, channel_id: str, **changed: Any) -> tuple[Channel, Standing]:
        """Only the named fields change. What waits already goes to the channel as it is then."""
        before, standing = self.get(workspace_id, channel_id)
        after = replace(before, **changed, updated_at_ns=self._clock())
        self._check(after)
        with self._ledger.begin() as conn:
            self._ledger.alerts.put(conn, after)
        self._ledger.notify()
        return after, standing

    def remove(self, workspace_id: str, channel_id: str) -> None:
        self.get(workspace_id, channel_id)
        with self._ledger.begin() as conn:
            self._ledger.alerts.remove(conn, workspace_id, channel_id)

    async def test(self, carriers: Carriers, channel: Channel) -> Tested:
        """Once and at once, whether it is enabled or not; it is not kept."""
        alert = test_alert(channel, str(uuid4()), self._clock())
        began_s = time.monotonic()
        try:
            error, status = await carriers.carry(alert)
            is_sent = True
        except NotSent as failure:
            error, status, is_sent = failure.reason, failure.status, False
        return Tested(is_sent, error, status, round((time.monotonic() - began_s) * 1e3, 1))

    def deliveries(self, workspace_id: str, filter: DeliveryFilter, before: int | None, limit: int) -> Listed:
        """With their numbers and signals, the latest first; and how many pass the filter."""
        with self._ledger.read() as conn:
            page = self._ledger.alerts.list_page(conn, workspace_id, filter, before, limit)
            signals = self._ledger.signals.get_many(conn, workspace_id, [one.signal_id for _, one in page])
            total = self._ledger.alerts.total(conn, workspace_id, filter)
        return [(number, one, signals.get(one.signal_id)) for number, one in page], total

    def retry(self, workspace_id: str, delivery_id: str) -> tuple[Delivery, Signal | None]:
        """It is due now, with all its tries before it."""
        with self._ledger.begin() as conn:
            delivery = self._ledger.alerts.one(conn, workspace_id, delivery_id, lock=True)
            if delivery is None:
                raise NotFound("there is no such delivery")
            if delivery.state == DeliveryState.SENT:
                raise Conflict("it was sent")
            latest = self._ledger.alerts.latest(conn, workspace_id, delivery.channel_id, delivery.signal_id)
            if latest is not None and latest.id != delivery.id and latest.state != DeliveryState.FAILED:
                raise Conflict("the same signal was sent, or waits to be sent, by a later alert")
            attempts = 0 if delivery.state == DeliveryState.FAILED else delivery.attempts
            after = replace(delivery, state=DeliveryState.WAITING, attempts=attempts, next_at_ns=self._clock())
            self._ledger.alerts.change(conn, after)
            signal = self._ledger.signals.get(conn, workspace_id, delivery.signal_id)
        self._ledger.notify()
        return after, signal

    def _check(self, channel: Channel) -> None:
        """Raises Invalid with the place of the first fault."""
        if channel.kind == ChannelKind.EMAIL and channel.is_enabled and not self._can_email:
            raise Invalid(NEEDED)
        if fault := fault_of(channel):
            raise Invalid(fault)
