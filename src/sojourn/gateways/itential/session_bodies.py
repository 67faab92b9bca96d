"""Sessions in Itential's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.app.views.times import rfc3339
from sojourn.domain.lifecycle import Verb, actions, standing_of
from sojourn.domain.prompts import resolved_prompt
from sojourn.domain.sessions import Session, SessionStatus

Json = dict[str, Any]
STATUSES: Mapping[str, str] = {
    SessionStatus.PENDING: "PENDING",
    SessionStatus.RUNNING: "RUNNING",
    SessionStatus.IDLE: "RUNNING",
    SessionStatus.ESCALATED: "RUNNING",
    SessionStatus.PAUSING: "PAUSING",
    SessionStatus.PAUSED: "PAUSED",
    SessionStatus.CANCELING: "CANCELING",
    SessionStatus.COMPLETED: "COMPLETE",
    SessionStatus.FAILED: "FAILED",
    SessionStatus.ABANDONED: "FAILED",
    SessionStatus.CANCELED: "CANCELED",
}
TERMINAL = frozenset({"COMPLETE", "FAILED", "CANCELED"})
FAILED = frozenset({SessionStatus.FAILED, SessionStatus.ABANDONED})
TRIGGERS = {"api": "endpoint", "event": "eventSystem", "agent": "session", "workflow": "job"}
ACTIONS = {"PAUSE": Verb.PAUSE, "RESUME": Verb.RESUME, "CANCEL": Verb.CANCEL}
NS_PER_MS = 1_000_000


def session_body(session: Session, canceled_by: str = "") -> Json:
    """Numbers are whole and the snapshot is always there: clients refuse anything else."""
    has_failed = session.status in FAILED
    model = session.models[0] if session.models else None
    return {
        "sessionId": session.id,
        "agentDefinitionId": session.agent_id,
        "agentSnapshot": _snapshot(session),
        "status": STATUSES[session.status],
        "createdAt": iso(session.started_at_ns or session.status_since_ns),
        "createdBy": _text(session.metadata.get("created_by")) or session.user_id or None,
        "updatedAt": iso(session.last_activity_at_ns or session.status_since_ns),
        "startedAt": None
        if session.status == SessionStatus.PENDING
        else iso(session.started_at_ns or session.status_since_ns),
        "endTime": iso(session.ended_at_ns),
        "duration": session.duration_ms,
        "durationMs": session.duration_ms,
        "provider": model.provider if model else None,
        "modelVersion": model.model if model else None,
        "sessionType": "child" if session.parent_session_id else "root",
        "parentSessionId": session.parent_session_id or None,
        "trigger": trigger_body(session),
        "canceledBy": canceled_by or None,
        "errorMessage": session.status_reason if has_failed else None,
        "errorCategory": _error_category(session) if has_failed else None,
        "iterationCount": session.llm_call_count,
        "toolGroupCount": min(session.tool_call_count, session.llm_call_count or session.tool_call_count),
        "totalToolCallCount": session.tool_call_count,
        "totalInputTokens": session.input_tokens,
        "totalOutputTokens": session.output_tokens,
        "inputs": session.prompt_inputs,
        "allowedActions": allowed_actions(session),
    }


def allowed_actions(session: Session) -> list[str]:
    """The quick actions of a row."""
    allowed, _ = actions(standing_of(session))
    found = [name for name, verb in ACTIONS.items() if verb in allowed]
    return [*found, "DELETE"] if may_be_deleted(session) else found


def may_be_deleted(session: Session) -> bool:
    """Only what is over; our own rules let go of an idle conversation, too."""
    return STATUSES[session.status] in TERMINAL and Verb.DELETE in actions(standing_of(session))[0]


def trigger_body(session: Session) -> Json:
    kind = session.trigger_type or ("agent" if session.parent_session_id else "")
    name = _text(session.metadata.get("trigger_name")) or session.trigger_source
    return {"type": TRIGGERS.get(kind, kind) or None, "name": name or None, "source": session.trigger_source or None}


def trigger_type_of(wire: str) -> str:
    """Our word for theirs."""
    return next((ours for ours, theirs in TRIGGERS.items() if theirs == wire), wire)


def statuses_of(wire: str) -> tuple[str, ...]:
    """All of ours that they call so; none for a word that is none of theirs."""
    word = wire.strip().upper()
    word = "COMPLETE" if word == "COMPLETED" else word
    return tuple(str(ours) for ours, theirs in STATUSES.items() if theirs == word)


def iso(at_ns: int | None) -> str | None:
    """As JavaScript writes times: milliseconds, always three digits."""
    if not at_ns:
        return None
    seconds = rfc3339(at_ns - at_ns % 1_000_000_000) or ""
    return f"{seconds.removesuffix('Z')}.{at_ns % 1_000_000_000 // NS_PER_MS:03d}Z"


def _snapshot(session: Session) -> Json:
    """The agent as the session's sender declared it; no definition that may have changed since is looked up."""
    name = _text(session.metadata.get("agent_name")) or session.agent_id or (session.agents or ("",))[0]
    return {
        "_id": session.agent_id,
        "name": name,
        "instructions": resolved_prompt(session.prompt_template, session.prompt_inputs),
        "namespace": _text(session.metadata.get("namespace")) or None,
    }


def _error_category(session: Session) -> str:
    return "abandoned" if session.status == SessionStatus.ABANDONED else session.end_reason or "exception"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
