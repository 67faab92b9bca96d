"""Every active assessor reviews each trace after its session was recounted. Ingest never waits for it.

One loop follows the numbered changes of the ledger and puts changed traces into a queue that survives a restart; the
other takes them out and asks the assessors, so that a slow one delays reviews and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from sojourn.app.assessors.assessor_set import followed_to
from sojourn.app.assessors.flagging import flag
from sojourn.app.assessors.panel import Panel
from sojourn.app.assessors.timeline import TASK_SOURCE, events_of, review_of
from sojourn.app.assessors.trace_documents import TraceDocument, trace_document
from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.control.summaries import SummariserSettings
from sojourn.app.ingest import Ingest
from sojourn.app.lease import Lease
from sojourn.app.turns import Turns
from sojourn.app.views.reading import Reading
from sojourn.app.views.recent import Recent
from sojourn.domain.assessments import Assessment, Assessor, Intent, outcome_of
from sojourn.domain.identity import content_id
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.events.rows import Row
from sojourn.events.store import EventStore
from sojourn.ledger.assessors import ReviewedTrace
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
MAX_CHANGES = 200  # a turn
MAX_WAITING = 20_000  # traces in the queue; more changes wait in the ledger's feed
MAX_AT_ONCE = 32  # traces under review
TRACES_A_QUERY = 1_000
LEASE = "assessing"
LEASE_NS = 60 * 1_000_000_000  # longer than the slowest assessor may take
INTERVAL_S = 5.0  # without news
REST_S = 0.1  # between turns, so that a busy server does not look at a session with every flush
OVER = frozenset(
    {SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELED, SessionStatus.ABANDONED}
)  # nothing that is open will be closed


class Assessing:
    def __init__(
        self,
        ledger: Ledger,
        events: EventStore,
        ingest: Ingest,
        tasks: HumanTasks,
        clock: Callable[[], int],
        judge: SummariserSettings,
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._ingest = ingest
        self._tasks = tasks
        self._clock = clock
        self._panel = Panel(judge, clock)
        self._recent = Recent()
        self._lease = Lease(ledger, LEASE, LEASE_NS, clock)
        self._following = Turns("assessing.follow", self.follow, "assessing.failed", INTERVAL_S, REST_S)
        self._reviewing = Turns("assessing.review", self.review, "assessing.failed", INTERVAL_S, REST_S)

    def start(self) -> None:
        self._following.start(self._ledger.on_change)
        self._reviewing.start()

    async def close(self) -> None:
        await self._following.close()
        await self._reviewing.close()
        await self._panel.close()

    async def follow(self) -> bool:
        """Puts changed traces into the queue. Returns whether there is more to do."""
        if not await asyncio.to_thread(self._lease.is_mine):
            return False
        has_more = False
        for workspace_id in await asyncio.to_thread(self._workspaces):
            count = await asyncio.to_thread(self._enqueue_changed, workspace_id)
            has_more = has_more or count >= MAX_CHANGES
        self._reviewing.wake()
        return has_more

    async def review(self) -> bool:
        """Reviews those that wait longest. Returns whether there is more to do."""
        if not await asyncio.to_thread(self._lease.is_mine):
            return False
        waiting = await asyncio.to_thread(self._waiting)
        done = await asyncio.gather(*map(self._review_or_postpone, waiting))
        return any(done) and len(waiting) == MAX_AT_ONCE

    async def _review_or_postpone(self, waiting: ReviewedTrace) -> bool:
        try:
            await self._review(waiting)
        except Exception as failure:  # noqa: BLE001  it stays in the queue, behind the others
            log.warning("assessing.review_failed", trace_id=waiting.trace_id, reason=str(failure)[:300])
            await asyncio.to_thread(self._postpone, waiting)
            return False
        return True

    async def _review(self, waiting: ReviewedTrace) -> None:
        session, assessors, trace = await asyncio.to_thread(self._load, waiting)
        if session is not None and trace is not None and assessors and trace.revision != waiting.revision:
            assessments = await self._panel.assess(assessors, trace)
            task_id = await asyncio.to_thread(self._escalate, session, trace, assessments)
            await self._ingest.submit(session.workspace_id, events_of(assessments, trace, task_id))
            if outcome_of(assessments) == Intent.BLOCK:
                await asyncio.to_thread(flag, self._ledger, session, trace.trace_id, self._clock())
        await asyncio.to_thread(self._reviewed, waiting, trace.revision if trace is not None else waiting.revision)

    def _workspaces(self) -> list[str]:
        with self._ledger.read() as conn:
            return list(self._ledger.assessors.workspaces(conn))

    def _enqueue_changed(self, workspace_id: str) -> int:
        with self._ledger.read() as conn:
            if self._ledger.assessors.waiting_count(conn) >= MAX_WAITING:
                return 0
            after_id = self._ledger.checkpoints.get(conn, followed_to(workspace_id)) or 0
            changes = self._ledger.changes.after(conn, workspace_id, after_id, MAX_CHANGES)
            refs = [(workspace_id, one) for one in dict.fromkeys(change.session_id for change in changes)]
            sessions = self._ledger.sessions.get_many(conn, refs) if refs else {}
            seen = {ref: self._ledger.assessors.seen_of(conn, *ref) for ref in sessions}
        fresh = [trace for ref, session in sessions.items() for trace in self._unseen(session, seen[ref])]
        if changes:
            with self._ledger.begin() as conn:
                self._ledger.assessors.enqueue(conn, fresh)
                self._ledger.checkpoints.set(conn, followed_to(workspace_id), changes[-1].id)
        return len(changes)

    def _unseen(self, session: Session, seen: dict[str, ReviewedTrace]) -> list[ReviewedTrace]:
        """Traces whose counts differ from those of the last look, once nothing in them is open."""
        now_ns = self._clock()
        fresh: list[ReviewedTrace] = []
        for row in self._traces(session):
            trace_id, counts = row["trace_id"], _counts(row)
            known = seen.get(trace_id)
            if (row["open_count"] and session.status not in OVER) or (known is not None and known.seen == counts):
                continue
            revision = known.revision if known is not None else ""
            fresh.append(ReviewedTrace(session.workspace_id, session.id, trace_id, counts, revision, True, now_ns))
        return fresh

    def _traces(self, session: Session) -> list[Row]:
        reading = Reading(self._events, self._recent, session)
        found: list[Row] = []
        after_ns, after_trace_id = -1, ""
        while True:
            rows = reading.query("traces_page", after_ns=after_ns, after_trace_id=after_trace_id, limit=TRACES_A_QUERY)
            found += rows
            if len(rows) < TRACES_A_QUERY:
                return found
            after_ns, after_trace_id = rows[-1]["started_at_ns"], rows[-1]["trace_id"]

    def _waiting(self) -> list[ReviewedTrace]:
        with self._ledger.read() as conn:
            return list(self._ledger.assessors.waiting(conn, MAX_AT_ONCE))

    def _load(self, waiting: ReviewedTrace) -> tuple[Session | None, list[Assessor], TraceDocument | None]:
        with self._ledger.read() as conn:
            session = self._ledger.sessions.get(conn, waiting.workspace_id, waiting.session_id)
            assessors = self._ledger.assessors.listed(conn, waiting.workspace_id, only_active=True)
        if session is None:
            return None, assessors, None
        return session, assessors, trace_document(Reading(self._events, self._recent, session), waiting.trace_id)

    def _escalate(self, session: Session, trace: TraceDocument, assessments: list[Assessment]) -> str:
        """The id of the review; "" if nobody is asked. One that is open already is enough."""
        if outcome_of(assessments) != Intent.ESCALATE:
            return ""
        with self._ledger.read() as conn:
            for task in self._ledger.tasks.open_of(conn, session.workspace_id, session.id):
                if (task.source, task.event_id) == (TASK_SOURCE, trace.root_event_id):
                    return str(task.id)
        opened, _ = self._tasks.open(review_of(session, trace, assessments, self._clock()))
        return opened.id

    def _reviewed(self, waiting: ReviewedTrace, revision: str) -> None:
        with self._ledger.begin() as conn:
            self._ledger.assessors.reviewed(conn, waiting, revision)

    def _postpone(self, waiting: ReviewedTrace) -> None:
        with self._ledger.begin() as conn:
            self._ledger.assessors.postpone(conn, waiting, self._clock())


def _counts(row: Row) -> str:
    names = ("event_count", "open_count", "error_count", "started_at_ns", "last_at_ns", "root_event_id", "root_status")
    return content_id(*(str(row[name]) for name in names))
