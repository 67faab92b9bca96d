"""Where a trace stands: received, assessed, escalated, completed or rejected, judged from what is stored of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sojourn.app.errors import NotFound
from sojourn.app.views.events import Place, event_detail, window
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import find_session
from sojourn.app.views.times import rfc3339
from sojourn.domain.sessions import Session
from sojourn.domain.tasks import Task, TaskStatus
from sojourn.events.rows import WindowFilter
from sojourn.gateways import Services
from sojourn.gateways.velatir import reviews
from sojourn.ledger.tasks import TaskFilter

Json = dict[str, Any]
RECEIVED, ASSESSED, ESCALATED = "received", "assessed", "escalated"
COMPLETED, REJECTED = "completed", "rejected"
SETTLED = frozenset({COMPLETED, REJECTED})
MAX_TASKS = 500  # of a session, that are looked at
MAX_ASSESSMENTS = 100  # of a trace, that are told


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored of one trace."""

    trace_id: str
    session: Session
    event: Json
    tasks: tuple[Task, ...]  # of this trace, the newest first
    assessments: tuple[Json, ...]

    @property
    def status(self) -> str:
        if any(task.status == TaskStatus.OPEN for task in self.tasks):
            return ESCALATED
        states = {reviews.state_of(task, self.session.status) for task in self.tasks}
        if states & {reviews.REJECTED, reviews.CHANGE}:
            return REJECTED
        # Who approves a trace as a human has the last word on what assessors blocked.
        return REJECTED if any(map(_blocks, self.assessments)) and not states else COMPLETED

    @property
    def state(self) -> str:
        """In the words of review tasks, as webhooks tell it."""
        if self.tasks:
            return reviews.state_of(self.tasks[0], self.session.status)
        return reviews.REJECTED if self.status == REJECTED else reviews.APPROVED

    @property
    def requested_change(self) -> str | None:
        return next((change for task in self.tasks if (change := reviews.requested_change(task))), None)


def facts_of(served: Services, workspace_id: str, trace_id: str) -> Facts:
    with served.ledger.read() as conn:
        known = served.ledger.traces.load(conn, workspace_id, [trace_id], lock=False).get(trace_id)
    if known is None or not known.session_id:
        raise NotFound("there is no such trace")
    session = find_session(served.ledger, workspace_id, known.session_id)
    reading = Reading(served.events, served.recent, session)
    event = event_detail(reading, f"{trace_id}-{trace_id}")
    found, _ = served.control.tasks.listed(workspace_id, TaskFilter(session_id=session.id), None, MAX_TASKS)
    chosen = WindowFilter(types=("assessment",), trace_ids=(trace_id,))
    assessments = window(reading, chosen, Place(limit=MAX_ASSESSMENTS))["items"]
    return Facts(
        trace_id=trace_id,
        session=session,
        event=event,
        tasks=tuple(task for _, task in found if task.event_id == event["event_id"]),
        assessments=tuple(assessments),
    )


def answer(facts: Facts) -> Json:
    told: Json = {"traceId": facts.trace_id, "status": facts.status}
    return {**told, "reviewTaskId": facts.tasks[0].id} if facts.tasks else told


def trace_body(facts: Facts) -> Json:
    details, attributes = facts.event["details"], facts.event["attributes"]
    return {
        **answer(facts),
        "sessionId": facts.session.key,
        "direction": details.get("direction"),
        "functionName": details.get("function_name"),
        "title": details.get("title") or None,
        "args": attributes.get("args"),
        "metadata": attributes.get("metadata"),
        "createdAt": facts.event["started_at"],
        "lifecycle": _steps(facts),
        "assessments": [_assessment(one) for one in facts.assessments],
        "state": facts.state,
        "requestedChange": facts.requested_change,
    }


def _steps(facts: Facts) -> list[Json]:
    """Where no assessor is active, all of them have looked as soon as it is stored."""
    received_at = facts.event["started_at"]
    assessed_at = max((one["at"] for one in facts.assessments), default=received_at)
    steps = [(RECEIVED, received_at), (ASSESSED, assessed_at)]
    if facts.tasks:
        steps.append((ESCALATED, rfc3339(min(task.created_at_ns for task in facts.tasks))))
    if facts.status in SETTLED:
        closed_ns = max((task.completed_at_ns or 0 for task in facts.tasks), default=0)
        steps.append((facts.status, rfc3339(closed_ns) or assessed_at))
    return [{"status": status, "at": at} for status, at in steps]


def _assessment(row: Json) -> Json:
    details = row["details"]
    return {
        "assessor": details.get("name") or row["name"],
        "intent": details.get("intent") or details.get("label"),
        "reasoning": details.get("explanation"),
        "at": row["at"],
    }


def _blocks(row: Json) -> bool:
    details: Json = row["details"]
    return (details.get("intent"), details.get("role")) == ("block", "enforcer")
