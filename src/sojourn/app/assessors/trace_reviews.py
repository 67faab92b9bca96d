"""Where a trace stands, judged from what is stored of it: what assessors said and what humans decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sojourn.app.assessors.assessments import assessments_page, session_of
from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.views.events import event_detail
from sojourn.app.views.reading import Reading
from sojourn.app.views.recent import Recent
from sojourn.app.views.times import parse_time
from sojourn.domain.assessments import Intent
from sojourn.domain.reviews import TraceStatus, trace_status
from sojourn.domain.sessions import Session
from sojourn.domain.tasks import Task
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.tasks import TaskFilter

Json = dict[str, Any]
MAX_TASKS = 500  # of a session, that are looked at
MAX_ASSESSMENTS = 100  # of a trace, that are told


@dataclass(frozen=True, slots=True)
class TraceReview:
    trace_id: str
    session: Session
    root: Json  # its root event, as event_detail tells it
    tasks: tuple[Task, ...]  # about it, the newest first
    assessments: tuple[Json, ...]
    outcome: Intent | None  # of its assessors
    is_assessed: bool

    @property
    def status(self) -> TraceStatus:
        return trace_status(self.is_assessed, self.outcome, self.tasks)


class TraceReviews:
    def __init__(self, ledger: Ledger, events: EventStore, recent: Recent, tasks: HumanTasks) -> None:
        self._ledger = ledger
        self._events = events
        self._recent = recent
        self._tasks = tasks

    def get(self, workspace_id: str, trace_id: str, root_event_id: str) -> TraceReview:
        """`root_event_id` is the event to which tasks about the trace refer."""
        session = session_of(self._ledger, workspace_id, "", trace_id)
        reading = Reading(self._events, self._recent, session)
        root = event_detail(reading, root_event_id)
        found, _ = self._tasks.listed(workspace_id, TaskFilter(session_id=session.id), None, MAX_TASKS)
        said = assessments_page(reading, trace_id, "", MAX_ASSESSMENTS)
        received_at_ns = parse_time(root["started_at"], "started_at")
        with self._ledger.read() as conn:
            is_awaited = self._ledger.assessors.is_awaited(conn, workspace_id, session.id, trace_id, received_at_ns)
        return TraceReview(
            trace_id=trace_id,
            session=session,
            root=root,
            tasks=tuple(task for _, task in found if task.event_id == root_event_id),
            assessments=tuple(said["items"]),
            outcome=Intent(said["outcome"]) if said["outcome"] else None,
            is_assessed=not is_awaited,
        )
