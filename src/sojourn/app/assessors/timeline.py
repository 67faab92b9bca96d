"""An assessment as an event of its session, and the review that an escalation opens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sojourn.app.assessors.trace_documents import TraceDocument
from sojourn.app.views.times import rfc3339
from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.domain.assessments import Assessment, Intent, Role, outcome_of
from sojourn.domain.identity import content_id
from sojourn.domain.sessions import Session
from sojourn.domain.tasks import Task, TaskKind

SOURCE = "sojourn"
TASK_SOURCE = "assessor"
FAILED = "failed"
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["approved"],
    "properties": {
        "approved": {"type": "boolean", "title": "Approve"},
        "reason": {"type": "string", "title": "Reason"},
    },
}


def events_of(assessments: list[Assessment], trace: TraceDocument, task_id: str) -> list[Mapped]:
    outcome = outcome_of(assessments)
    return [_event(one, trace, outcome, task_id if _asks(one) else "") for one in assessments]


def review_of(session: Session, trace: TraceDocument, assessments: list[Assessment], now_ns: int) -> Task:
    asking = [one for one in assessments if _asks(one)]
    told = "\n".join(f"{one.assessor.name}: {one.verdict.explanation}" for one in asking)
    return Task(
        id=str(UUID(content_id("review", session.workspace_id, trace.trace_id, trace.revision))),
        workspace_id=session.workspace_id,
        kind=TaskKind.REVIEW,
        title=f"Review {trace.body['name']}"[:200],
        instructions=told[:20_000],
        created_at_ns=now_ns,
        session_id=session.id,
        session_key=session.key,
        event_id=trace.root_event_id,
        form=FORM,
        created_by=", ".join(f"assessor:{one.assessor.name}" for one in asking)[:512],
        source=TASK_SOURCE,
    )


def _asks(one: Assessment) -> bool:
    return (one.assessor.role, one.verdict.intent) == (Role.ENFORCER, Intent.ESCALATE)


def _event(one: Assessment, trace: TraceDocument, outcome: Intent | None, task_id: str) -> Mapped:
    """Stands where its trace ends and goes wherever the trace goes: it names no session of its own."""
    assessor, verdict = one.assessor, one.verdict
    label = verdict.intent or FAILED
    draft = Draft(
        type="assessment",
        name=assessor.name,
        event_id=f"assessment:{content_id(assessor.id, trace.trace_id, trace.revision)}",
        parent_event_id=trace.root_event_id,
        started_at_ns=trace.last_at_ns,
        ended_at_ns=trace.last_at_ns,
        # An assessor that fails is no error of the agent, and is not counted as one.
        status="ok" if verdict.intent else "canceled",
        preview=f"{assessor.name}: {label}" + (f", {verdict.explanation}" if verdict.explanation else ""),
    )
    draft.details = {
        "name": assessor.name,
        "assessor_id": assessor.id,
        "kind": str(assessor.kind),
        "role": str(assessor.role),
        "intent": str(verdict.intent) if verdict.intent else None,
        "label": str(label),
        "score": verdict.score,
        "explanation": verdict.explanation,
        "target_event_id": trace.root_event_id,
        "revision": trace.revision,
        "outcome": str(outcome) if outcome else None,
        "task_id": task_id,
        "assessed_at": rfc3339(one.at_ns),
        "duration_ms": round(one.duration_ms, 1),
    }
    return assemble_draft(draft, attributes={}, source=SOURCE, scope="", trace_id=trace.trace_id)
