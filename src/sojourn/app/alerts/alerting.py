"""The outbox: promises what fired to the channels that want it, and sends what is due.

What is owed stands in the ledger before anything is sent and until it is over, so it survives this process: an alert is
sent at least once. Each channel is served by a task of its own, so that a slow receiver is in nobody's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from sojourn.app.alerts.carriers import Carriers
from sojourn.app.alerts.errors import NotSent
from sojourn.app.alerts.forwarding import MAX_KEPT, MAX_SIGNALS, forward, promise_again
from sojourn.app.alerts.messages import Alert
from sojourn.app.lease import Lease
from sojourn.app.turns import Turns
from sojourn.domain.alerts import MAX_ATTEMPTS, NS, Delivery, DeliveryState, backoff_ns
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
LEASE = "alerting"
LEASE_NS = 20 * NS
INTERVAL_S = 1.0  # without news
REST_S = 0.1  # between turns, so that a busy server does not look with every flush
REST_AFTER_FAILURE_NS = 5 * NS  # of a channel: whoever does not answer is not asked once for each alert
MAX_CHANNELS_AT_ONCE = 64
MAX_IN_A_ROW = 20  # alerts that one channel is sent before others have their turn
LEAVING_S = 3.0  # what is on the way when the server stops may take so long
Ref = tuple[str, str]  # workspace, channel


class Alerting:
    def __init__(self, ledger: Ledger, carriers: Carriers, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._carriers = carriers
        self._clock = clock
        self._lease = Lease(ledger, LEASE, LEASE_NS, clock)
        self._turns = Turns("alerting", self.turn, "alerting.failed", INTERVAL_S, REST_S)
        self._sending: dict[Ref, asyncio.Task[None]] = {}
        self._resting: dict[Ref, int] = {}  # until when

    def start(self) -> None:
        self._turns.start(self._ledger.on_change)

    async def close(self) -> None:
        await self._turns.close()
        sending = list(self._sending.values())
        if sending:
            await asyncio.wait(sending, timeout=LEAVING_S)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        await self._carriers.close()

    async def turn(self) -> bool:
        """Sends go on when it returns. Whether there are more signals to look at."""
        if not await asyncio.to_thread(self._lease.is_mine):
            return False
        looked_at = await asyncio.to_thread(forward, self._ledger, self._clock)
        for ref in await asyncio.to_thread(self._channels_due):
            if ref not in self._sending and len(self._sending) < MAX_CHANNELS_AT_ONCE:
                self._sending[ref] = asyncio.create_task(self._serve(ref), name=f"alert-channel-{ref[1]}")
        return looked_at == MAX_SIGNALS

    async def sent(self) -> None:
        """When nothing is on the way."""
        while self._sending:
            await asyncio.gather(*self._sending.values())

    async def _serve(self, ref: Ref) -> None:
        try:
            for _ in range(MAX_IN_A_ROW):
                if not await self._send_next(ref):
                    return
            self._turns.wake()
        except Exception as failure:  # noqa: BLE001  what was claimed is tried again when its wait is over
            log.warning("alerting.channel_failed", channel_id=ref[1], reason=str(failure)[:300])
        finally:
            del self._sending[ref]

    async def _send_next(self, ref: Ref) -> bool:
        """Whether it may go on with the next."""
        claimed = await asyncio.to_thread(self._claim, ref)
        if claimed is None:
            return False
        alert, delivery = claimed
        failure: NotSent | None = None
        note = ""
        try:
            note = (await self._carriers.carry(alert)).note
        except NotSent as error:
            failure = error
        except Exception as error:  # noqa: BLE001  one alert that cannot be written is not the others' fault
            failure = NotSent(f"it could not be sent: {type(error).__name__}: {error}")
        if failure is None:
            await asyncio.to_thread(self._note_sent, alert, delivery, note)
            return True
        self._resting[ref] = self._clock() + REST_AFTER_FAILURE_NS
        await asyncio.to_thread(self._note_failed, delivery, failure)
        return False

    def _channels_due(self) -> list[Ref]:
        now_ns = self._clock()
        self._resting = {ref: until_ns for ref, until_ns in self._resting.items() if until_ns > now_ns}
        with self._ledger.read() as conn:
            return [ref for ref in self._ledger.alerts.channels_due(conn, now_ns) if ref not in self._resting]

    def _claim(self, ref: Ref) -> tuple[Alert, Delivery] | None:
        """The next that is due, with the try counted; None if there is none, or another process was faster."""
        now_ns = self._clock()
        with self._ledger.begin() as conn:
            channel = self._ledger.alerts.get(conn, *ref)
            due = self._ledger.alerts.first_due(conn, ref, now_ns)
            if channel is None or due is None or not channel.is_enabled:
                return None
            next_at_ns = now_ns + backoff_ns(due.attempts + 1)
            if not self._ledger.alerts.claim(conn, due, now_ns, next_at_ns):
                return None
            signal = self._ledger.signals.get(conn, due.workspace_id, due.signal_id)
            if signal is None:  # it went with its session, and this was forgotten
                self._ledger.alerts.change(conn, _given_up(due, "its signal was deleted"))
                return None
            place = (due.workspace_id, due.session_id)
            session = self._ledger.sessions.get(conn, *place) if due.session_id else None
        claimed = replace(due, attempts=due.attempts + 1, tried_at_ns=now_ns, next_at_ns=next_at_ns)
        return Alert(due.id, channel, signal, session), claimed

    def _note_sent(self, alert: Alert, delivery: Delivery, note: str) -> None:
        now_ns = self._clock()
        told = alert.signal.count
        sent = replace(
            delivery, state=DeliveryState.SENT, count=told, sent_at_ns=now_ns, next_at_ns=0, last_error=note[:500]
        )
        with self._ledger.begin() as conn:
            stored = self._ledger.alerts.one(conn, delivery.workspace_id, delivery.id, lock=True)
            if stored is None or not self._ledger.alerts.change(conn, sent):
                return
            if stored.count > told:
                promise_again(conn, self._ledger, alert.channel, sent, stored.count, now_ns)
            self._ledger.alerts.prune(conn, (delivery.workspace_id, delivery.channel_id), MAX_KEPT)
        log.info("alert.sent", delivery_id=delivery.id, channel_id=delivery.channel_id, attempts=delivery.attempts)

    def _note_failed(self, delivery: Delivery, failure: NotSent) -> None:
        with self._ledger.begin() as conn:
            stored = self._ledger.alerts.one(conn, delivery.workspace_id, delivery.id, lock=True)
            if stored is None:
                return
            if stored.attempts >= MAX_ATTEMPTS:
                after = _given_up(stored, failure.reason)
            else:
                after = replace(stored, last_error=failure.reason)
            self._ledger.alerts.change(conn, after)
            self._ledger.alerts.prune(conn, (delivery.workspace_id, delivery.channel_id), MAX_KEPT)
        log.warning(
            "alert.not_sent",
            delivery_id=delivery.id,
            channel_id=delivery.channel_id,
            attempts=stored.attempts,
            is_given_up=after.state == DeliveryState.FAILED,
            reason=failure.reason,
        )


def _given_up(delivery: Delivery, reason: str) -> Delivery:
    return replace(delivery, state=DeliveryState.FAILED, next_at_ns=0, last_error=reason)
