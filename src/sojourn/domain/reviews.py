"""What humans decide in their tasks, and what becomes of a trace that assessors and humans judge."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sojourn.domain.assessments import Intent
from sojourn.domain.tasks import Task, TaskKind, TaskStatus


class Decision(StrEnum):
    APPROVED = "approved"
    CHANGE_REQUESTED = "change_requested"  # not like this, but in another way
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # nobody decides any more


class TraceStatus(StrEnum):
    RECEIVED = "received"  # stored; not everybody has looked at it
    ESCALATED = "escalated"  # a human is asked
    COMPLETED = "completed"
    REJECTED = "rejected"


SETTLED = frozenset({TraceStatus.COMPLETED, TraceStatus.REJECTED})
REFUSALS = frozenset({Decision.REJECTED, Decision.CHANGE_REQUESTED, Decision.WITHDRAWN})


def decision_of(task: Task) -> Decision | None:
    """None while it is open."""
    if task.status == TaskStatus.OPEN:
        return None
    if task.status == TaskStatus.CANCELED:
        return Decision.WITHDRAWN
    # A review, unlike an approval, may be closed without a verdict: nobody objected.
    unsaid = task.kind == TaskKind.REVIEW and task.status == TaskStatus.COMPLETED
    if _outcome(task).get("approved", unsaid):
        return Decision.APPROVED
    return Decision.CHANGE_REQUESTED if requested_change(task) else Decision.REJECTED


def requested_change(task: Task) -> str | None:
    outcome = _outcome(task)
    change = outcome.get("requested_change") or outcome.get("requestedChange")
    return str(change) if change and not outcome.get("approved") else None


def trace_status(is_assessed: bool, outcome: Intent | None, tasks: Sequence[Task]) -> TraceStatus:
    """`outcome` is that of its assessors, `tasks` are those of humans about it."""
    decisions = {decision_of(task) for task in tasks}
    if None in decisions:
        return TraceStatus.ESCALATED
    if decisions & REFUSALS:
        return TraceStatus.REJECTED
    if not is_assessed:
        return TraceStatus.RECEIVED
    # Who approves it as a human has the last word on what assessors blocked.
    return TraceStatus.REJECTED if outcome == Intent.BLOCK and not decisions else TraceStatus.COMPLETED


def _outcome(task: Task) -> dict[str, Any]:
    return task.outcome if isinstance(task.outcome, dict) else {}
