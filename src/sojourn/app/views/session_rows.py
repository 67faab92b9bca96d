"""One session in the contract's JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sojourn.app.views.times import rfc3339
from sojourn.domain.lifecycle import actions, controllability, standing_of
from sojourn.domain.prompts import resolved_prompt
from sojourn.domain.sessions import Session

Json = dict[str, Any]
_AS_THEY_ARE = (
    "id",
    "key",
    "workspace_id",
    "kind",
    "is_derived",
    "goal",
    "agent_id",
    "channel",
    "environment",
    "service",
    "origin",
    "user_id",
    "parent_session_id",
    "experiment_id",
    "variant",
    "prompt_template",
    "prompt_inputs",
    "status",
    "status_reason",
    "status_evidence",
    "attention",
    "waiting_on",
    "end_reason",
    "duration_ms",
    "message_count",
    "trace_count",
    "event_count",
    "llm_call_count",
    "tool_call_count",
    "error_count",
    "handoff_count",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "total_tokens",
    "cost_usd",
    "unpriced_calls",
    "compactions",
    "resets",
    "metrics",
    "tags",
    "metadata",
    "revived_count",
    "reach",
    "tools_in_flight",
    "revision",
)


def session_json(session: Session) -> Json:
    """What lists, the detail and the live stream tell of a session."""
    return {
        **{name: getattr(session, name) for name in _AS_THEY_ARE},
        "agents": list(session.agents),
        "agent_name": str(session.metadata.get("agent_name") or ""),
        "agent_version": str(session.metadata.get("agent_version") or ""),
        "trigger": {"type": session.trigger_type, "source": session.trigger_source},
        "status_since": rfc3339(session.status_since_ns),
        "archived_at": rfc3339(session.archived_at_ns),
        "started_at": rfc3339(session.started_at_ns),
        "last_activity_at": rfc3339(session.last_activity_at_ns),
        "ended_at": rfc3339(session.ended_at_ns),
        "models": [asdict(use) for use in session.models],
        "verbs": list(session.verbs),
        "resolved_prompt": resolved_prompt(session.prompt_template, session.prompt_inputs),
        **_actions(session),
    }


def _actions(session: Session) -> Json:
    standing = standing_of(session)
    allowed, refused = actions(standing)
    is_controllable, why = controllability(standing)
    return {
        "controllable": is_controllable,
        "controllable_reason": why,
        "allowed_actions": allowed,
        "refused_actions": refused,
    }
