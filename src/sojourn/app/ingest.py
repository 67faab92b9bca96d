"""The way in: a bounded queue, group commit, and an acknowledgement only after everything is durable and readable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from sojourn.app.commits import Commits
from sojourn.app.errors import Overloaded, SojournError, StorageUnavailable
from sojourn.app.placement import Arrival
from sojourn.app.pricing import priced
from sojourn.app.refresh import Refresh
from sojourn.app.upkeep import Upkeep
from sojourn.conventions.assemble import Mapped
from sojourn.domain.costs import needs_price
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import SessionRef, session_id_of
from sojourn.domain.resolution import bounded_key
from sojourn.domain.status import SILENCE_NS
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
TROUBLE_FOR_S = 30.0  # a failed write is told so long, if nothing is written after it
Outcome = dict[SessionRef, str] | SojournError


@dataclass(frozen=True, slots=True)
class IngestLimits:
    queued_rows: int = 100_000  # beyond it requests are refused with 503
    queued_bytes: int = 256 << 20  # of content, roughly
    rows_a_flush: int = 5_000
    linger_s: float = 0.02  # how long a quiet queue waits for company
    flushes_ahead: int = 2  # flushes written but not yet rolled up
    retry_after_s: int = 2  # told to senders that are refused


@dataclass(slots=True)
class Submission:
    """One request's records and its waiting sender."""

    arrivals: list[Arrival]
    declared: list[tuple[str, Declaration]]
    done: asyncio.Future[None]


@dataclass(slots=True)
class Flush:
    """Written together; waits for its rollups."""

    sessions: dict[SessionRef, str]
    submissions: list[Submission]
    begun_at_ns: int


@dataclass(slots=True)
class IngestCounts:
    """What /metrics tells of the ingest path."""

    rows: int = 0
    flushes: int = 0
    refused: int = 0
    failed: int = 0
    flush_seconds: float = 0.0
    refresh_seconds: float = 0.0
    queued_rows: int = 0
    queued_bytes: int = 0


class Ingest:
    def __init__(
        self,
        ledger: Ledger,
        events: EventStore,
        clock: Callable[[], int],
        limits: IngestLimits | None = None,
        silence_ns: int = SILENCE_NS,
    ) -> None:
        self.limits = limits or IngestLimits()
        self.counts = IngestCounts()
        self._ledger = ledger
        self._clock = clock
        self._commits = Commits(ledger, events)
        self._refresh = Refresh(ledger, events, clock, silence_ns)
        self._upkeep = Upkeep(ledger, events, self._commits, self._refresh, clock)
        self._queue: list[Submission] = []
        self._arrived = asyncio.Event()
        self._written: asyncio.Queue[Flush] = asyncio.Queue(maxsize=self.limits.flushes_ahead)
        self._stale: dict[SessionRef, str] = {}  # written, but their rollup failed: tried again with the next
        self._tasks: list[asyncio.Task[None]] = []
        self._writing = asyncio.Lock()  # rows are not written while content is deleted
        self._open_submissions = 0
        self._is_draining = False
        self._trouble = ("", 0.0)  # why the last write failed, and when

    @property
    def trouble(self) -> str:
        """Why records are not stored now; "" if they are."""
        if not self._tasks or self._is_draining:
            return "not accepting: starting or stopping"
        reason, at_s = self._trouble
        return reason if time.monotonic() - at_s < TROUBLE_FOR_S else ""

    async def start(self) -> None:
        """Heal what a crash left, then take requests."""
        await asyncio.to_thread(self._upkeep.recover)
        self._tasks = [
            asyncio.create_task(self._write_forever(), name="ingest-write"),
            asyncio.create_task(self._refresh_forever(), name="ingest-refresh"),
            asyncio.create_task(self._upkeep_forever(), name="ingest-upkeep"),
        ]

    def stop(self) -> None:
        """At once, as a crash would: what was not acknowledged is forgotten."""
        for task in self._tasks:
            task.cancel()

    async def submit(self, workspace_id: str, mapped: Sequence[Mapped]) -> None:
        """Returns when the records are durable, rolled up and published. Nothing is stored if it raises Overloaded."""
        if mapped:
            await self._enqueue([Arrival(workspace_id, item) for item in mapped], [])

    async def declare(self, workspace_id: str, declarations: Sequence[Declaration]) -> None:
        """What senders say of their sessions outside of events; the later word wins for each field."""
        if declarations:
            await self._enqueue([], [(workspace_id, declaration) for declaration in declarations])

    async def refresh(self, sessions: dict[SessionRef, str]) -> None:
        """Bring these list rows up to date now."""
        await asyncio.to_thread(self._refresh.run, sessions)

    async def erase(self, bury: Callable[[], Sequence[SessionRef]]) -> None:
        """`bury` writes tombstones; then events and content of these go. Nothing is written here in between."""
        async with self._writing:
            buried = await asyncio.to_thread(bury)
            await asyncio.to_thread(self._commits.erase, buried)
        await self.refresh(dict.fromkeys(buried, ""))  # another process may have begun one anew meanwhile

    async def drain(self) -> None:
        """Finish what was accepted, take no more."""
        self._is_draining = True
        while self._open_submissions:  # noqa: ASYNC110  a few turns at the end of the process
            await asyncio.sleep(self.limits.linger_s)
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _enqueue(self, arrivals: list[Arrival], declared: list[tuple[str, Declaration]]) -> None:
        size_bytes = sum(_size_of(arrival.mapped) for arrival in arrivals)
        is_full = (
            self.counts.queued_rows + len(arrivals) > self.limits.queued_rows
            or self.counts.queued_bytes + size_bytes > self.limits.queued_bytes
        )
        if self._is_draining or (is_full and self.counts.queued_rows):
            self.counts.refused += 1
            raise Overloaded(self.limits.retry_after_s)
        submission = Submission(arrivals, declared, asyncio.get_running_loop().create_future())
        self._queue.append(submission)
        self._count_queued(len(arrivals), size_bytes, 1)
        submission.done.add_done_callback(lambda _: self._count_queued(-len(arrivals), -size_bytes, -1))
        self._arrived.set()
        await asyncio.shield(submission.done)  # a sender that hangs up does not take its records back

    def _count_queued(self, rows: int, size_bytes: int, submissions: int) -> None:
        self.counts.queued_rows += rows
        self.counts.queued_bytes += size_bytes
        self._open_submissions += submissions

    async def _write_forever(self) -> None:
        while True:
            submissions = await self._next_group()
            begun_at_ns = self._clock()
            async with self._writing:
                outcomes = await asyncio.to_thread(self._write, submissions)
            for group, outcome in outcomes:
                if isinstance(outcome, SojournError):
                    _fail(group, outcome)
                else:
                    await self._written.put(Flush(outcome, group, begun_at_ns))

    async def _next_group(self) -> list[Submission]:
        """The requests of one flush: what has gathered while the flush before it was written, or in a short while."""
        await self._arrived.wait()
        if sum(len(submission.arrivals) for submission in self._queue) < self.limits.rows_a_flush:
            await asyncio.sleep(self.limits.linger_s)
        group: list[Submission] = []
        rows = 0
        while self._queue and (not group or rows + len(self._queue[0].arrivals) <= self.limits.rows_a_flush):
            group.append(self._queue.pop(0))
            rows += len(group[-1].arrivals)
        if not self._queue:
            self._arrived.clear()
        return group

    def _write(self, submissions: list[Submission]) -> list[tuple[list[Submission], Outcome]]:
        """Written together; if that fails, one by one, so that one request's fault is not another's."""
        begun_s = time.perf_counter()
        outcome = self._write_group(submissions)
        self.counts.flushes += 1
        self.counts.flush_seconds += time.perf_counter() - begun_s
        if isinstance(outcome, SojournError) and len(submissions) > 1:
            return [([submission], self._write_group([submission])) for submission in submissions]
        return [(submissions, outcome)]

    def _write_group(self, submissions: Sequence[Submission]) -> Outcome:
        try:
            sessions = self._declare(submissions)
            sessions |= self._commits.write(self._priced(submissions))
        except Exception as failure:  # noqa: BLE001  a store may fail in many ways; each sender is told and may retry
            log.error("ingest.write_failed", reason=str(failure)[:500], requests=len(submissions))
            self.counts.failed += len(submissions)
            self._trouble = (f"not storing: {_reason(failure)}", time.monotonic())
            return StorageUnavailable(f"the records could not be stored: {_reason(failure)}")
        self._trouble = ("", 0.0)
        self.counts.rows += sum(len(submission.arrivals) for submission in submissions)
        return sessions

    def _priced(self, submissions: Sequence[Submission]) -> list[Arrival]:
        arrivals = [arrival for submission in submissions for arrival in submission.arrivals]
        overrides = self._upkeep.price_overrides({arrival.workspace_id for arrival in arrivals})
        return [
            Arrival(workspace_id, mapped._replace(event=priced(mapped.event, overrides[workspace_id])))
            if needs_price(mapped.event)
            else arrival
            for arrival in arrivals
            for workspace_id, mapped in (arrival,)
        ]

    def _declare(self, submissions: Sequence[Submission]) -> dict[SessionRef, str]:
        declared = [item for submission in submissions for item in submission.declared]
        if not declared:
            return {}
        sessions: dict[SessionRef, str] = {}
        keys = [bounded_key(declaration.key) for _, declaration in declared]
        refs = [
            (workspace_id, session_id_of(workspace_id, key))
            for (workspace_id, _), key in zip(declared, keys, strict=True)
        ]
        with self._ledger.begin() as conn:
            deleted = self._ledger.tombstones.get_many(conn, refs)
            for ref, key, (_, declaration) in zip(refs, keys, declared, strict=True):
                if ref in deleted and declaration.at_ns <= deleted[ref].deleted_at_ns:
                    continue
                sessions[ref] = key
                self._ledger.declarations.save(conn, *ref, key, declaration.fields, declaration.at_ns)
        return sessions

    async def _refresh_forever(self) -> None:
        while True:
            flushes = [await self._written.get()]
            while not self._written.empty():
                flushes.append(self._written.get_nowait())
            sessions, self._stale = self._stale, {}
            for flush in flushes:
                sessions |= flush.sessions
            try:
                await asyncio.to_thread(self._refresh_sessions, sessions, flushes[0].begun_at_ns)
            except Exception as failure:  # noqa: BLE001  the events are durable; the sender retries and nothing doubles
                log.error("ingest.refresh_failed", reason=str(failure)[:500], sessions=len(sessions))
                self._stale |= sessions
                refused = StorageUnavailable(f"the list could not be brought up to date: {_reason(failure)}")
                for flush in flushes:
                    _fail(flush.submissions, refused)
                continue
            for flush in flushes:
                for submission in flush.submissions:
                    if not submission.done.done():
                        submission.done.set_result(None)

    def _refresh_sessions(self, sessions: dict[SessionRef, str], begun_at_ns: int) -> None:
        begun_s = time.perf_counter()
        self._upkeep.emptied(self._refresh.run(sessions))
        self._upkeep.checkpoint(begun_at_ns)
        self.counts.refresh_seconds += time.perf_counter() - begun_s

    async def _upkeep_forever(self) -> None:
        while True:
            await asyncio.sleep(self._upkeep.interval_s)
            stale, self._stale = self._stale, {}
            try:
                await asyncio.to_thread(self._upkeep.run, stale)
                async with self._writing:
                    await asyncio.to_thread(self._upkeep.clean)
            except Exception as failure:  # noqa: BLE001  tried again at the next turn
                self._stale = stale | self._stale
                log.error("ingest.upkeep_failed", reason=str(failure)[:500])


def _fail(submissions: Sequence[Submission], failure: SojournError) -> None:
    for submission in submissions:
        if not submission.done.done():
            submission.done.set_exception(failure)


def _reason(failure: Exception) -> str:
    lines = str(failure).strip().splitlines()
    return (lines[0] if lines else type(failure).__name__)[:300]


def _size_of(mapped: Mapped) -> int:
    event = mapped.event
    return (
        len(event.attributes) + len(event.details) + sum(len(block.text) + len(block.parts) for block in mapped.blocks)
    )
