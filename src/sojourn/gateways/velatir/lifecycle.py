"""Where a trace stands, in Velatir's words."""

from __future__ import annotations

from typing import Any

from sojourn.app.assessors.trace_reviews import TraceReview, TraceReviews
from sojourn.app.views.times import rfc3339
from sojourn.domain.reviews import SETTLED, TraceStatus, requested_change
from sojourn.gateways import Services
from sojourn.gateways.velatir import reviews, traces

Json = dict[str, Any]
RECEIVED, ASSESSED, ESCALATED = "received", "assessed", "escalated"


def review_of(served: Services, workspace_id: str, trace_id: str) -> TraceReview:
    found = TraceReviews(served.ledger, served.events, served.recent, served.control.tasks)
    return found.get(workspace_id, trace_id, traces.root_event_id(trace_id))


def answer(review: TraceReview) -> Json:
    told: Json = {"traceId": review.trace_id, "status": str(review.status)}
    return {**told, "reviewTaskId": review.tasks[0].id} if review.tasks else told


def trace_body(review: TraceReview) -> Json:
    details, attributes = review.root["details"], review.root["attributes"]
    return {
        **answer(review),
        "sessionId": review.session.key,
        "direction": details.get("direction"),
        "functionName": details.get("function_name"),
        "title": details.get("title") or None,
        "args": attributes.get("args"),
        "metadata": attributes.get("metadata"),
        "createdAt": review.root["started_at"],
        "lifecycle": _steps(review),
        "assessments": [_assessment(one) for one in review.assessments],
        "state": _state(review),
        "requestedChange": _change(review),
    }


def webhook_body(review: TraceReview) -> Json:
    """What a waiting sender is told."""
    return {
        "state": _state(review),
        "traceId": review.trace_id,
        "reviewTaskId": review.tasks[0].id if review.tasks else None,
        "requestedChange": _change(review),
        "status": str(review.status),
        "sessionId": review.session.key,
    }


def _state(review: TraceReview) -> str:
    """In the words of review tasks."""
    if review.tasks:
        return reviews.state_of(review.tasks[0], review.session.status)
    if review.status == TraceStatus.RECEIVED:
        return reviews.PROCESSING
    return reviews.REJECTED if review.status == TraceStatus.REJECTED else reviews.APPROVED


def _change(review: TraceReview) -> str | None:
    return next((change for task in review.tasks if (change := requested_change(task))), None)


def _steps(review: TraceReview) -> list[Json]:
    """Where no assessor is active, all of them have looked as soon as it is stored."""
    received_at = review.root["started_at"]
    assessed_at = max((one["at"] for one in review.assessments), default=received_at)
    steps = [(RECEIVED, received_at)]
    if review.is_assessed:
        steps.append((ASSESSED, assessed_at))
    if review.tasks:
        steps.append((ESCALATED, rfc3339(min(task.created_at_ns for task in review.tasks))))
    if review.status in SETTLED:
        closed_ns = max((task.completed_at_ns or 0 for task in review.tasks), default=0)
        steps.append((str(review.status), rfc3339(closed_ns) or assessed_at))
    return [{"status": status, "at": at} for status, at in steps]


def _assessment(said: Json) -> Json:
    return {
        "assessor": said["name"],
        "intent": said["intent"] or said["label"] or None,
        "reasoning": said["explanation"] or None,
        "at": said["at"],
    }
