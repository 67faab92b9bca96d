"""Tells whoever asked for it what became of a trace, as soon as nobody looks at it any more.

What is owed stands in the ledger until it is told or given up, so one of several processes goes on where another died.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog

from sojourn.app.assessors.trace_reviews import TraceReview, TraceReviews
from sojourn.app.errors import Conflict, NotFound
from sojourn.app.ingest import Ingest
from sojourn.app.lease import Lease
from sojourn.app.turns import Turns
from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.owed_outcomes import OwedOutcome

log = structlog.get_logger(__name__)
Json = dict[str, Any]
Form = Callable[[TraceReview], Json]
NS = 1_000_000_000
MAX_OWED = 10_000  # of a workspace
MAX_AT_ONCE = 32
ANSWER_WITHIN_S = 10.0
BACKOFFS_S = (1, 4, 16, 64)  # one attempt more than there are waits
LEASE = "telling-outcomes"
LEASE_NS = 60 * NS  # longer than one turn takes
INTERVAL_S = 1.0  # without news
REST_S = 0.2  # between turns, so that a busy ledger is not asked with every change
SOURCE = "sojourn"
OWN_TIER = 1


def owe(ledger: Ledger, owed: OwedOutcome) -> None:
    """Durable when this returns; told later."""
    with ledger.begin() as conn:
        if ledger.owed_outcomes.count(conn, owed.workspace_id) >= MAX_OWED:
            raise Conflict(f"at most {MAX_OWED} outcomes of a workspace may be waited for")
        ledger.owed_outcomes.put(conn, owed)
    ledger.notify()


class Telling:
    def __init__(
        self,
        ledger: Ledger,
        ingest: Ingest,
        reviews: TraceReviews,
        clock: Callable[[], int],
        forms: Mapping[str, Form],
    ) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._reviews = reviews
        self._clock = clock
        self._forms = forms  # in whose words it is told, by name
        self._client = httpx.AsyncClient(timeout=ANSWER_WITHIN_S, follow_redirects=False)
        self._lease = Lease(ledger, LEASE, LEASE_NS, clock)
        self._turns = Turns("telling-outcomes", self.turn, "outcomes.failed", INTERVAL_S, REST_S)

    def start(self) -> None:
        """What an earlier process owed is looked for at once."""
        self._turns.start(self._ledger.on_change)

    async def close(self) -> None:
        await self._turns.close()
        await self._client.aclose()

    async def turn(self) -> bool:
        """Whether there is more to do."""
        due = await asyncio.to_thread(self._due)
        await asyncio.gather(*map(self._tell_or_postpone, due))
        return len(due) == MAX_AT_ONCE

    def _due(self) -> list[OwedOutcome]:
        with self._ledger.read() as conn:
            due: list[OwedOutcome] = self._ledger.owed_outcomes.ready(conn, self._clock(), MAX_AT_ONCE)
        return due if due and self._lease.is_mine() else []

    async def _tell_or_postpone(self, owed: OwedOutcome) -> None:
        try:
            await self._tell(owed)
        except NotFound:
            await asyncio.to_thread(self._forget, owed)  # its session was deleted: there is nothing left to tell
        except Exception as failure:  # noqa: BLE001  it stays owed
            log.warning("outcomes.postponed", trace_id=owed.trace_id, reason=str(failure)[:300])
            await asyncio.to_thread(self._postpone, owed, BACKOFFS_S[-1])

    async def _tell(self, owed: OwedOutcome) -> None:
        review = await asyncio.to_thread(self._reviews.get, owed.workspace_id, owed.trace_id, owed.root_event_id)
        error = await self._delivered(owed.url, self._forms[owed.form](review))
        if error and owed.attempts < len(BACKOFFS_S):
            await asyncio.to_thread(self._postpone, owed, BACKOFFS_S[owed.attempts])
            return
        await self._ingest.submit(owed.workspace_id, [_noted(owed, review, error, self._clock())])
        await asyncio.to_thread(self._forget, owed)

    async def _delivered(self, url: str, body: Json) -> str:
        """Why it was not; "" if it was."""
        try:
            answer = await self._client.post(url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return f"{type(failure).__name__}: {failure}"[:300]
        return "" if answer.is_success else f"it answered {answer.status_code}"

    def _postpone(self, owed: OwedOutcome, wait_s: int) -> None:
        with self._ledger.begin() as conn:
            self._ledger.owed_outcomes.postpone(conn, owed, self._clock() + wait_s * NS)

    def _forget(self, owed: OwedOutcome) -> None:
        with self._ledger.begin() as conn:
            self._ledger.owed_outcomes.remove(conn, owed)


def _noted(owed: OwedOutcome, review: TraceReview, error: str, now_ns: int) -> Mapped:
    """On the timeline, where somebody who waits for it would look. A listener that is away is no error of the agent."""
    draft = Draft(
        type="span",
        name="webhook",
        event_id=f"{owed.trace_id}-webhook",
        parent_event_id=owed.root_event_id,
        started_at_ns=now_ns,
        ended_at_ns=now_ns,
        status="canceled" if error else "ok",
        session_tier=OWN_TIER,
        session_key=review.session.key,
        preview=f"{review.status} was not told: {error}" if error else f"told that it is {review.status}",
    )
    draft.details = {
        "operation": "webhook",
        "url": owed.url,
        "delivered": not error,
        "attempts": owed.attempts + 1,
        "error": error,
    }
    return assemble_draft(draft, attributes={}, source=SOURCE, scope="", trace_id=owed.trace_id)
