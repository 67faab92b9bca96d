"""Review tasks and watches: a call waits until a human has judged it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sojourn.app.errors import Invalid, NotFound
from sojourn.domain.identity import session_id_of
from sojourn.domain.messages import dump_json
from sojourn.domain.resolution import bounded_key
from sojourn.domain.reviews import Decision, decision_of, requested_change
from sojourn.domain.sessions import SessionStatus
from sojourn.domain.tasks import Task, TaskKind
from sojourn.gateways.velatir import senders

Json = dict[str, Any]
SOURCE = "velatir"
MAX_INSTRUCTIONS_CHARS = 20_000
FORM: Json = {
    "type": "object",
    "required": ["approved"],
    "properties": {
        "approved": {"type": "boolean", "title": "Approve"},
        "reason": {"type": "string", "title": "Reason"},
        "requested_change": {"type": "string", "title": "If not: what should be changed"},
    },
}
PENDING, PROCESSING, INTERVENTION = "Pending", "Processing", "RequiresIntervention"
APPROVED, REJECTED, CHANGE = "Approved", "Rejected", "ChangeRequested"
STATES = {
    Decision.APPROVED: APPROVED,
    Decision.CHANGE_REQUESTED: CHANGE,
    Decision.REJECTED: REJECTED,
    Decision.WITHDRAWN: REJECTED,
}
WATCH_STATES = {
    None: "pending",
    Decision.APPROVED: "approved",
    Decision.CHANGE_REQUESTED: "denied",
    Decision.REJECTED: "denied",
    Decision.WITHDRAWN: "declined",
}


@dataclass(frozen=True, slots=True)
class Asked:
    function_name: str
    args: Json
    metadata: Json
    doc: str = ""
    explanation: str = ""
    parent_id: str = ""
    session_key: str = ""  # "" if the sender names none


@dataclass(frozen=True, slots=True)
class Call:
    """The call that waits, as one event of its session."""

    task_id: str
    session_key: str
    trace_id: str
    event_id: str
    parent_event_id: str = ""


def asked(sent: Json) -> Asked:
    metadata = senders.an_object(sent, "metadata")
    return Asked(
        function_name=senders.needed_text(sent, "functionName", "functionname", "function_name"),
        args=senders.an_object(sent, "args"),
        metadata=metadata,
        doc=senders.text(sent, "doc", limit=MAX_INSTRUCTIONS_CHARS),
        explanation=senders.text(sent, "llmExplanation", "llm_explanation", limit=MAX_INSTRUCTIONS_CHARS),
        parent_id=senders.text(sent, "parentReviewTaskId"),
        session_key=senders.session_key(sent, metadata),
    )


def call_of(asked: Asked, task_id: str, parent: Task | None) -> Call:
    """A call that follows another belongs to its trace; one that names no session is a session of its own."""
    own = task_id.replace("-", "")
    trace_id, _, step = parent.event_id.partition("-") if parent is not None else (own, "", "")
    is_followed = parent is not None and bool(step)
    key = asked.session_key or (parent.session_key if parent is not None else "") or f"{SOURCE}:{task_id}"
    return Call(
        task_id=task_id,
        session_key=key,
        trace_id=trace_id if is_followed else own,
        event_id=f"{trace_id if is_followed else own}-{own}",
        parent_event_id=parent.event_id if parent is not None and is_followed else "",
    )


def records(asked: Asked, call: Call, is_new_session: bool) -> list[Json]:
    event: Json = {
        "session": call.session_key,
        "type": "tool_call",
        "event_id": call.event_id,
        "trace_id": call.trace_id,
        "name": asked.function_name,
        "status": "waiting",
        "input": asked.args,
        "details": {"direction": "inlet", "task_id": call.task_id, "reason": asked.explanation},
        "attributes": {"doc": asked.doc, "metadata": asked.metadata},
    }
    if call.parent_event_id:
        event["parent_event_id"] = call.parent_event_id
    goal = asked.function_name if is_new_session else ""
    return [senders.session_record(call.session_key, asked.metadata, goal), event]


def task_of(asked: Asked, call: Call, workspace_id: str, actor: str, now_ns: int) -> Task:
    told = (asked.explanation, asked.doc, f"Arguments: {dump_json(asked.args)}")
    return Task(
        id=call.task_id,
        workspace_id=workspace_id,
        kind=TaskKind.APPROVAL,
        title=f"Review {asked.function_name}",
        instructions="\n\n".join(part for part in told if part).replace("\x00", "")[:MAX_INSTRUCTIONS_CHARS],
        created_at_ns=now_ns,
        session_id=session_id_of(workspace_id, bounded_key(call.session_key)),
        session_key=call.session_key,
        event_id=call.event_id,
        form=FORM,
        created_by=actor,
        source=SOURCE,
    )


def task_id_of(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NotFound("there is no such review task") from error


def state_of(task: Task, session_status: str) -> str:
    """Somebody must step in where the whole session was handed to a human; claimed is being looked at."""
    decision = decision_of(task)
    if decision is not None:
        return STATES[decision]
    if session_status == SessionStatus.ESCALATED:
        return INTERVENTION
    return PROCESSING if task.claimed_by else PENDING


def task_body(task: Task, session_status: str) -> Json:
    return {
        "reviewTaskId": task.id,
        "state": state_of(task, session_status),
        "requestedChange": requested_change(task),
        "sessionId": task.session_key or None,
    }


def watch_body(task: Task) -> Json:
    return {"requestId": task.id, "state": WATCH_STATES[decision_of(task)], "requestedChange": requested_change(task)}


def refusal(reason: str) -> Invalid:
    return Invalid(f"the request cannot be kept: {reason}")
