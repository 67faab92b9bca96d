"""From what the events say and what was declared to the one row that the list shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

import orjson

from sojourn.domain.identity import session_id_of
from sojourn.domain.lifecycle import HELD, TERMINAL
from sojourn.domain.sessions import SESSION_FIELDS, Rollup, Session, SessionKind, SessionStatus
from sojourn.domain.status import SILENCE_NS, Judgement, judge
from sojourn.domain.steering import Steering, held, release_words, steered, waits_for

MERGED_FIELDS = frozenset(
    {"tags", "metadata", "metrics", "prompt_inputs"}
)  # objects: keys add up, the later value wins
MAX_GOAL_CHARS = 2_000
MAX_FIELD_CHARS = 512
Declared = Sequence[tuple[int, Mapping[str, Any]]]
_COUNTED = tuple(
    field.name
    for field in dataclass_fields(Rollup)
    if field.name in {other.name for other in dataclass_fields(Session)} and field.name not in {"agents", "models"}
)


NOT_STEERED = Steering()


def fold(
    workspace_id: str,
    key: str,
    facts: Rollup,
    declared: Declared,
    prior: Session | None,
    now_ns: int,
    steering: Steering = NOT_STEERED,
    silence_ns: int = SILENCE_NS,
) -> Session:
    """The session as it is now. Only what people set and what is counted from status to status is from `prior`."""
    said = merge_fields(facts, declared)
    kind = str(said.get("kind") or _kind_of(facts))
    judged, evidence = _status_of(facts, said, declared, kind, steering, now_ns, silence_ns)
    is_over = judged.status in TERMINAL
    ended_at_ns = (judged.since_ns or facts.last_activity_at_ns) if is_over else None
    until_ns = facts.last_activity_at_ns if ended_at_ns is None else max(ended_at_ns, facts.last_activity_at_ns)
    if judged.status == SessionStatus.ABANDONED:
        until_ns = facts.last_activity_at_ns  # the silence that made it abandoned is not work
    session = Session(
        id=facts.session_id,
        key=key,
        workspace_id=workspace_id,
        kind=kind,
        is_derived=facts.best_tier == 0 and not declared,
        status=judged.status,
        status_since_ns=judged.since_ns,
        status_reason=judged.reason[:MAX_FIELD_CHARS],
        status_evidence=evidence,
        end_reason=judged.end_reason,
        waiting_on=judged.waiting_on,
        due_at_ns=judged.due_at_ns,
        ended_at_ns=ended_at_ns,
        duration_ms=max(0, until_ns - facts.started_at_ns) // 1_000_000,
        total_tokens=facts.input_tokens + facts.output_tokens,
        models=facts.models,
        **{name: getattr(facts, name) for name in _COUNTED if name not in {"session_id"}},
        **_described(workspace_id, facts, said),
        **_reached(steering, now_ns),
    )
    return session if prior is None else _continued(session, prior, steering)


def restated(session: Session, steering: Steering, now_ns: int, silence_ns: int = SILENCE_NS) -> Session:
    """The same session under other steering, without counting its events again."""
    session = replace(session, **_reached(steering, now_ns))
    hold = steering.hold
    if hold.status == SessionStatus.CANCELED or (hold.status and session.status not in TERMINAL):
        return _under(session, held(steering, silence_ns))
    if not hold.status and session.status in HELD and session.status not in TERMINAL:
        until_ns = hold.released_at_ns + silence_ns
        return _under(
            session, Judgement(SessionStatus.RUNNING, hold.released_at_ns, release_words(hold), due_at_ns=until_ns)
        )
    waiting_on = session.waiting_on if session.waiting_on == "user" else ""
    if steering.open_tasks and session.status not in TERMINAL:
        return replace(session, waiting_on=waits_for(steering), due_at_ns=None)
    return replace(session, waiting_on=waiting_on)


def _under(session: Session, judged: Judgement) -> Session:
    is_over = judged.status in TERMINAL
    until_ns = max(judged.since_ns, session.last_activity_at_ns)
    return replace(
        session,
        status=judged.status,
        status_since_ns=judged.since_ns,
        status_reason=judged.reason[:MAX_FIELD_CHARS],
        status_evidence="declared",
        end_reason=judged.end_reason,
        waiting_on=judged.waiting_on,
        due_at_ns=judged.due_at_ns,
        ended_at_ns=judged.since_ns if is_over else None,
        duration_ms=max(0, until_ns - session.started_at_ns) // 1_000_000 if is_over else session.duration_ms,
    )


def _reached(steering: Steering, now_ns: int) -> dict[str, Any]:
    return {
        "reach": steering.reach(now_ns),
        "verbs": steering.verbs,
        "owns_memory": steering.owns_memory,
        "tools_in_flight": steering.tools_in_flight,
        "attention": "awaiting_action" if steering.open_tasks else "none",
    }


def _continued(session: Session, prior: Session, steering: Steering) -> Session:
    has_revived = prior.status == SessionStatus.ABANDONED and session.status not in TERMINAL
    was_flagged = prior.attention == "flagged" and not steering.open_tasks
    return replace(
        session,
        archived_at_ns=prior.archived_at_ns if session.status in TERMINAL else None,  # what goes on is no archive
        attention="flagged" if was_flagged else session.attention,
        revived_count=prior.revived_count + has_revived,
        revision=prior.revision,
    )


def merge_fields(facts: Rollup, declared: Declared) -> dict[str, Any]:
    """All that was said of the session, the later word winning; a declaration beats telemetry."""
    said: dict[str, Any] = {}
    hints = [(at_ns, orjson.loads(text)) for at_ns, text in sorted(facts.fields)]
    for _, statement in (*hints, *sorted(declared, key=_declaration_order)):
        for name, value in statement.items():
            if name not in SESSION_FIELDS or value is None or value == "":
                continue
            if name in MERGED_FIELDS and isinstance(value, dict):
                said[name] = {**said.get(name, {}), **value}
            else:
                said[name] = value
    return said


def _declaration_order(declaration: tuple[int, Mapping[str, Any]]) -> tuple[int, bytes]:
    return declaration[0], orjson.dumps(declaration[1], option=orjson.OPT_SORT_KEYS, default=str)


def _kind_of(facts: Rollup) -> str:
    if facts.best_tier == 1:
        return SessionKind.RUN
    return SessionKind.CONVERSATION if 2 <= facts.best_tier <= 4 else SessionKind.OBSERVED


def _status_of(
    facts: Rollup,
    said: Mapping[str, Any],
    declared: Declared,
    kind: str,
    steering: Steering,
    now_ns: int,
    silence_ns: int,
) -> tuple[Judgement, str]:
    status = said.get("status")
    if status == SessionStatus.PENDING and (facts.trace_count or facts.message_count or facts.tool_call_count):
        status = SessionStatus.RUNNING
    if status in set(SessionStatus):
        judged = _declared_judgement(facts, said, declared, str(status))
        return steered(judged, "declared", steering, kind, now_ns, silence_ns)
    heard_at_ns = now_ns if steering.open_tasks else steering.heard_at_ns
    inferred = judge(facts, kind, now_ns, heard_at_ns, silence_ns)
    return steered(inferred, "inferred", steering, kind, now_ns, silence_ns)


def _declared_judgement(facts: Rollup, said: Mapping[str, Any], declared: Declared, status: str) -> Judgement:
    told_at = [at_ns for at_ns, statement in declared if statement.get("status") == said.get("status")]
    since_ns = max(told_at, default=facts.last_activity_at_ns)
    end_reason = str(said.get("end_reason") or "") if status in TERMINAL else ""
    if status == SessionStatus.FAILED and not end_reason:
        end_reason = "exception"
    reason = str(said.get("status_reason") or "the sender said so")
    heard_at_ns = max([facts.last_activity_at_ns, *(at_ns for at_ns, _ in declared)])
    return Judgement(status, since_ns, reason, end_reason=end_reason, heard_at_ns=heard_at_ns)


def _described(workspace_id: str, facts: Rollup, said: Mapping[str, Any]) -> dict[str, Any]:
    """The descriptive columns, each with a named bound."""
    parent_key = _text(said, "parent_session_key")
    agent_id = _text(said, "agent_id") or (facts.agents[0] if facts.agents else "")
    agents = facts.agents if not agent_id or agent_id in facts.agents else (agent_id, *facts.agents)
    return {
        "goal": _text(said, "goal", MAX_GOAL_CHARS) or facts.user_text or facts.root_name,
        "agent_id": agent_id,
        "agents": agents,
        "parent_session_id": session_id_of(workspace_id, parent_key) if parent_key else "",
        "prompt_template": str(said.get("prompt_template") or ""),
        **{
            name: _text(said, name)
            for name in (
                "channel",
                "environment",
                "service",
                "origin",
                "user_id",
                "trigger_type",
                "trigger_source",
                "experiment_id",
                "variant",
            )
        },
        **{name: dict(said.get(name) or {}) for name in MERGED_FIELDS},
        "metadata": {**dict(said.get("metadata") or {}), **_agent_snapshot(said)},
    }


def _agent_snapshot(said: Mapping[str, Any]) -> dict[str, str]:
    """Name and version of the agent as they were when the session was told of."""
    return {name: _text(said, name) for name in ("agent_name", "agent_version") if _text(said, name)}


def _text(said: Mapping[str, Any], name: str, limit: int = MAX_FIELD_CHARS) -> str:
    value = said.get(name)
    return "" if value is None else str(value)[:limit]
