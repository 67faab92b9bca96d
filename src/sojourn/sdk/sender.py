"""The one thread that sends: a bounded queue in front, the server or the spool behind."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Sequence

import httpx
from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from sojourn.sdk.batches import Batch, Item, batches_of, record_item
from sojourn.sdk.delivery import Outcome, Verdict, deliver, make_client
from sojourn.sdk.drops import Drops
from sojourn.sdk.native_lines import now_ns, record_line
from sojourn.sdk.settings import Settings
from sojourn.sdk.spool import Spool

log = logging.getLogger("sojourn.sdk")
MAX_QUEUED_ITEMS = 20_000
MAX_QUEUED_BYTES = 64 * 1024 * 1024
MAX_BATCH_ITEMS = 1_000
MAX_BATCH_BYTES = 4 * 1024 * 1024  # before compression; one larger item goes alone
LINGER_S = 0.1  # waiting for company: spans that end within it are sent once, not twice
AWAY_LINGER_S = 2.0  # while the server is away: fewer and larger files
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
BACKOFF_GROWTH = 2.0
LOG_EVERY_S = 60.0


class Sender:
    """`put` never blocks; everything else that may take time happens on the thread."""

    def __init__(self, settings: Settings, drops: Drops) -> None:
        self._settings = settings
        self._drops = drops
        self.spool = Spool(settings.spool_dir, drops.add)
        self._changed = threading.Condition()
        self._queue: deque[Item] = deque()
        self._queued_bytes = 0
        self._in_flight: Sequence[Item] = ()
        self._is_hurried = False
        self._is_stopping = False
        self._thread: threading.Thread | None = None
        self._away_until = 0.0  # monotonic
        self._backoff_s = FIRST_BACKOFF_S
        self._logged_at = float("-inf")

    def put(self, item: Item) -> None:
        with self._changed:
            is_full = (
                self._is_stopping
                or len(self._queue) >= MAX_QUEUED_ITEMS
                or self._queued_bytes + item.size > MAX_QUEUED_BYTES
            )
            if not is_full:
                self._queue.append(item)
                self._queued_bytes += item.size
                if self._thread is None:
                    self._start()
                elif len(self._queue) == 1 or len(self._queue) == MAX_BATCH_ITEMS:
                    self._changed.notify_all()
        if is_full:
            reason = "the SDK was shut down" if self._is_stopping else "the queue is full"
            self._drops.add(reason, {item.session_key: 1})

    def start(self) -> None:
        """Also without anything to send: an earlier process may have left something."""
        with self._changed:
            if self._thread is None:
                self._start()

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything put so far is out; False if it took too long or waits on disk."""
        until = time.monotonic() + timeout_s
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            while self._queue or self._in_flight:
                remaining_s = until - time.monotonic()
                if remaining_s <= 0 or self._thread is None:
                    return False
                self._changed.wait(remaining_s)
        return self._drained(until)

    def stop(self, timeout_s: float) -> bool:
        """Deliver what can be delivered in time and write the rest to disk."""
        is_delivered = self.flush(timeout_s)
        with self._changed:
            self._is_stopping = True
            left = (*self._in_flight, *self._queue)
            self._queue.clear()
            self._queued_bytes = 0
            self._changed.notify_all()
        for batch in self._batches(left):
            self.spool.keep(batch)
        return is_delivered

    def _drained(self, until: float) -> bool:
        while not self.spool.is_empty():
            if self._is_away() or time.monotonic() >= until:
                return False
            time.sleep(0.01)
        return True

    def _start(self) -> None:
        try:
            self._thread = threading.Thread(target=self._run, name="sojourn-sender", daemon=True)
            self._thread.start()
        except RuntimeError:  # The interpreter is shutting down: `stop` writes the queue to disk.
            self._thread = None

    def _run(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        with make_client(self._settings) as client:
            while not self._is_stopping:
                try:
                    self._turn(client)
                except Exception:
                    log.exception("sojourn's sender stumbled and goes on")
                    time.sleep(FIRST_BACKOFF_S)

    def _turn(self, client: httpx.Client) -> None:
        """Send what is queued, else what is on disk."""
        items = self._take()
        try:
            for batch in self._batches(items):
                self._send(client, batch)
        finally:
            with self._changed:
                self._in_flight = ()
                self._is_hurried = self._is_hurried and bool(self._queue)
                self._changed.notify_all()
        self._send_spooled(client)

    def _take(self) -> Sequence[Item]:
        """The next items, as many as go together; none when it is time to look at the spool."""
        with self._changed:
            if not self._queue:
                self._changed.wait(self._idle_s())
            if self._queue and not self._is_hurried and len(self._queue) < MAX_BATCH_ITEMS:
                self._changed.wait_for(
                    lambda: self._is_hurried or self._is_stopping or len(self._queue) >= MAX_BATCH_ITEMS,
                    AWAY_LINGER_S if self._is_away() else LINGER_S,
                )
            taken: list[Item] = []
            size = 0
            while self._queue and len(taken) < MAX_BATCH_ITEMS:
                if taken and size + self._queue[0].size > MAX_BATCH_BYTES:
                    break
                taken.append(self._queue.popleft())
                size += taken[-1].size
            self._queued_bytes -= size
            self._in_flight = taken
            return taken

    def _idle_s(self) -> float | None:
        if self.spool.is_empty():
            return None
        return max(0.0, self._away_until - time.monotonic())

    def _batches(self, items: Sequence[Item]) -> list[Batch]:
        try:
            return batches_of(items)
        except Exception as error:  # noqa: BLE001  one span of somebody else's making must not take others with it
            if len(items) == 1:
                self._drops.add(f"it cannot be encoded ({type(error).__name__})", {items[0].session_key: 1})
                return []
            return [batch for item in items for batch in self._batches([item])]

    def _send(self, client: httpx.Client, batch: Batch) -> None:
        if self._is_away() or not self.spool.is_empty():
            self.spool.keep(batch)
            return
        outcome = deliver(client, batch)
        if outcome.verdict is Verdict.AWAY:
            self._go_away(outcome)
            self.spool.keep(batch)
        else:
            self._settle(batch, outcome)

    def _send_spooled(self, client: httpx.Client) -> None:
        """One file a turn, so that new events are written behind the old ones meanwhile."""
        if self._is_away() or self._is_stopping or (path := self.spool.oldest()) is None:
            return
        batch = self.spool.load(path)
        if batch is None:
            return
        outcome = deliver(client, batch)
        if outcome.verdict is Verdict.AWAY:
            self._go_away(outcome)
        else:
            self.spool.forget(path)
            self._settle(batch, outcome)

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        self._backoff_s, self._away_until = FIRST_BACKOFF_S, 0.0
        if outcome.verdict is Verdict.REFUSED:
            self._drops.add(f"the server refused it ({outcome.reason})", batch.sessions)
        elif outcome.rejected:
            whose = next(iter(batch.sessions), "") if len(batch.sessions) == 1 else ""
            self._drops.add(f"the server rejected it ({outcome.reason})", {whose: outcome.rejected})
        else:
            self._tell_drops()

    def _tell_drops(self) -> None:
        for (key, reason), count in self._drops.take_untold().items():
            message = f"{count} event(s) of this session never arrived: {reason}"
            at_ns = now_ns()
            told = {
                "type": "error",
                "session": key,
                "event_id": f"dropped-{at_ns}",
                "name": "sojourn.dropped",
                "started_at": at_ns,
                "error": message,
                "error_type": "EventsDropped",
                "details": {"dropped": count, "reason": reason, "retryable": False},
            }
            self.put(record_item(record_line(told), key))

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _go_away(self, outcome: Outcome) -> None:
        self._away_until = time.monotonic() + self._backoff_s * random.uniform(0.5, 1.0)
        self._backoff_s = min(self._backoff_s * BACKOFF_GROWTH, LONGEST_BACKOFF_S)
        if time.monotonic() - self._logged_at >= LOG_EVERY_S:
            self._logged_at = time.monotonic()
            log.warning("sojourn's server is away (%s); events wait on disk", outcome.reason)
