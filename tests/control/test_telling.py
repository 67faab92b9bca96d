"""What is owed is told by one of several processes, and by another when that one has died."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import pytest
from orjson import loads
from tests.running_server import free_port
from tests.stores import fresh_workspace

from sojourn.app.assessors.telling import BACKOFFS_S, LEASE, LEASE_NS, MAX_OWED, Telling, owe
from sojourn.app.assessors.trace_reviews import TraceReview, TraceReviews
from sojourn.app.errors import Conflict, NotFound
from sojourn.app.ingest import Ingest
from sojourn.conventions.assemble import Mapped
from sojourn.domain.assessments import Assessor, AssessorKind
from sojourn.domain.events import Event
from sojourn.domain.sessions import Session
from sojourn.domain.tasks import Task, TaskKind, TaskStatus
from sojourn.ledger.assessors import ReviewedTrace
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.owed_outcomes import OwedOutcome

S = 1_000_000_000
NOW_NS = 1_800_000_000 * S
pytestmark = pytest.mark.xdist_group("control")


class GoneReviews:
    """Every session was deleted: what is owed is looked at once and forgotten."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, _: str, trace_id: str, root_event_id: str) -> Any:
        self.asked.append(trace_id)
        raise NotFound("there is no such trace")


class Process:
    def __init__(self, ledger: Ledger) -> None:
        self.reviews = GoneReviews()
        self.now_ns = NOW_NS
        reviews = cast(TraceReviews, self.reviews)
        self.telling = Telling(ledger, cast(Ingest, None), reviews, lambda: self.now_ns, {})


@pytest.fixture
def owed() -> OwedOutcome:
    trace_id = uuid4().hex
    return OwedOutcome(fresh_workspace(), trace_id, str(uuid4()), f"{trace_id}-root", "any", "http://x", NOW_NS)


def is_owed(ledger: Ledger, owed: OwedOutcome) -> bool:
    with ledger.read() as conn:
        return bool(ledger.owed_outcomes.count(conn, owed.workspace_id))


async def test_one_of_several_processes_tells_it_until_it_dies(ledger: Ledger, owed: OwedOutcome) -> None:
    if not ledger.is_shared:
        pytest.skip("one process has it alone")
    process = Process(ledger)
    with ledger.begin() as conn:
        assert ledger.leases.take(conn, LEASE, "another", NOW_NS, LEASE_NS)
    owe(ledger, owed)

    await process.telling.turn()
    while_it_lives = is_owed(ledger, owed)
    process.now_ns += LEASE_NS
    await process.telling.turn()

    assert while_it_lives
    assert (process.reviews.asked, is_owed(ledger, owed)) == ([owed.trace_id], False)


async def test_what_a_human_is_asked_about_waits(ledger: Ledger, owed: OwedOutcome) -> None:
    process = Process(ledger)
    task = Task(
        str(uuid4()), owed.workspace_id, TaskKind.REVIEW, "look", NOW_NS, owed.session_id, event_id=owed.root_event_id
    )
    with ledger.begin() as conn:
        ledger.tasks.add(conn, task)
    owe(ledger, owed)

    await process.telling.turn()
    while_open = list(process.reviews.asked)
    with ledger.begin() as conn:
        ledger.tasks.replace(conn, replace(task, status=TaskStatus.COMPLETED))
    await process.telling.turn()

    assert (while_open, process.reviews.asked) == ([], [owed.trace_id])


async def test_what_an_assessor_has_not_looked_at_waits(ledger: Ledger, owed: OwedOutcome) -> None:
    process = Process(ledger)
    assessor = Assessor(str(uuid4()), owed.workspace_id, "rule", AssessorKind.RULE, updated_at_ns=NOW_NS - 1)
    seen = ReviewedTrace(owed.workspace_id, owed.session_id, owed.trace_id, "counts", is_waiting=True)
    with ledger.begin() as conn:
        ledger.assessors.put(conn, assessor)
        ledger.assessors.enqueue(conn, [seen])
    owe(ledger, owed)

    await process.telling.turn()
    while_waiting = list(process.reviews.asked)
    with ledger.begin() as conn:
        ledger.assessors.reviewed(conn, seen, "revision")
    await process.telling.turn()

    assert (while_waiting, process.reviews.asked) == ([], [owed.trace_id])


class SettledReviews:
    def get(self, workspace_id: str, trace_id: str, root_event_id: str) -> TraceReview:
        session = Session(id="s", key="order-7", workspace_id=workspace_id)
        return TraceReview(trace_id, session, {}, (), (), None, is_assessed=True)


class Timeline:
    def __init__(self) -> None:
        self.events: list[Event] = []

    async def submit(self, _: str, mapped: list[Mapped]) -> None:
        self.events += [one.event for one in mapped]


async def test_what_nobody_takes_is_tried_later_each_time_and_given_up(ledger: Ledger, owed: OwedOutcome) -> None:
    timeline, now_ns, waits_s = Timeline(), NOW_NS, []
    reviews, ingest = cast(TraceReviews, SettledReviews()), cast(Ingest, timeline)
    telling = Telling(ledger, ingest, reviews, lambda: now_ns, {"any": lambda review: {"status": review.status}})
    owe(ledger, replace(owed, url=f"http://127.0.0.1:{free_port()}/closed"))

    while is_owed(ledger, owed):
        await telling.turn()
        tried_at_ns = now_ns
        while is_owed(ledger, owed) and not is_due(ledger, owed, now_ns):
            now_ns += S
        waits_s.append((now_ns - tried_at_ns) // S)

    details = loads(timeline.events[0].details)
    assert waits_s == [*BACKOFFS_S, 0]
    assert (details["delivered"], details["attempts"]) == (False, len(BACKOFFS_S) + 1)
    assert details["error"]
    assert (timeline.events[0].status, timeline.events[0].error) == ("canceled", ""), "it is no error of the agent"


def is_due(ledger: Ledger, owed: OwedOutcome, now_ns: int) -> bool:
    with ledger.read() as conn:
        return any(one.trace_id == owed.trace_id for one in ledger.owed_outcomes.ready(conn, now_ns, 100))


def test_what_is_owed_is_bounded(ledger: Ledger, owed: OwedOutcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sojourn.app.assessors.telling.MAX_OWED", 1)
    owe(ledger, owed)

    with pytest.raises(Conflict):
        owe(ledger, replace(owed, trace_id=uuid4().hex))

    assert MAX_OWED > 1
