"""The session as the ledger knows it, and what the event store can say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class SessionStatus(StrEnum):
    PENDING = "pending"  # accepted, has not begun
    RUNNING = "running"  # working
    IDLE = "idle"  # open, nothing running, waiting for the user
    PAUSING = "pausing"  # asked to pause, finishing tool calls in flight
    PAUSED = "paused"  # starts no new tool call
    CANCELING = "canceling"  # asked to cancel, finishing tool calls in flight
    ESCALATED = "escalated"  # handed to a human
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    ABANDONED = "abandoned"  # silent past the limit


class SessionKind(StrEnum):
    CONVERSATION = "conversation"  # has idle and an idle timeout
    RUN = "run"  # has a heartbeat
    OBSERVED = "observed"  # only watched


# What an event or a native record may say of its session. Values are strings unless noted.
SESSION_FIELDS = frozenset(
    {
        "kind",
        "goal",
        "agent_id",
        "agent_name",
        "agent_version",
        "channel",
        "environment",
        "service",
        "origin",
        "user_id",
        "trigger_type",
        "trigger_source",
        "parent_session_key",
        "experiment_id",
        "variant",
        "prompt_template",
        "prompt_inputs",  # text; object
        "status",
        "status_reason",
        "end_reason",  # a declared SessionStatus
        "tags",  # object of strings
        "metadata",  # object
        "metrics",  # object of numbers and booleans: goal_completed, score, own
    }
)


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What one model did in one session."""

    model: str
    provider: str = ""
    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None
    duration_ms: int = 0  # sum over calls


@dataclass(frozen=True, slots=True)
class Rollup:
    """Everything that is counted from the events of one session."""

    session_id: str
    event_count: int = 0
    trace_count: int = 0
    message_count: int = 0
    llm_call_count: int = 0
    tool_call_count: int = 0
    error_count: int = 0
    handoff_count: int = 0
    compactions: int = 0
    resets: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None  # sum of the known costs; None if none is known
    unpriced_calls: int = 0  # model calls with tokens and no known cost
    started_at_ns: int = 0
    last_activity_at_ns: int = 0  # latest start or end of any event
    models: tuple[ModelUse, ...] = ()  # by cost, then calls, descending
    agents: tuple[str, ...] = ()  # in order of first appearance
    conversations: int = 0  # distinct non-empty conversation ids
    open_count: int = 0  # events that started and did not end
    missing_parents: int = 0  # distinct parents named by events of the session that are not stored
    root_status: str = ""  # EventStatus of the latest ended root span, "" if there is none
    root_error_type: str = ""
    root_error: str = ""
    root_ended_at_ns: int = 0
    root_event_id: str = ""
    user_text: str = ""  # earliest Event.user_text
    root_name: str = ""  # name of the earliest root
    best_tier: int = 0  # strongest (lowest non-zero) session_tier among its events, 0 if none names it
    fields: tuple[tuple[int, str], ...] = ()  # distinct Event.session_fields with the latest started_at_ns of each


@dataclass(frozen=True, slots=True)
class Session:
    """One row of the list. Times are Unix nanoseconds; 0 or None where unknown."""

    id: str
    key: str
    workspace_id: str
    kind: str = SessionKind.OBSERVED
    is_derived: bool = False  # nobody named it: key is trace:<trace_id>
    goal: str = ""
    agent_id: str = ""
    agents: tuple[str, ...] = ()
    channel: str = ""
    environment: str = ""
    service: str = ""
    origin: str = ""
    user_id: str = ""
    trigger_type: str = ""
    trigger_source: str = ""
    parent_session_id: str = ""
    experiment_id: str = ""
    variant: str = ""
    prompt_template: str = ""
    prompt_inputs: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float | bool] = field(default_factory=dict)
    status: str = SessionStatus.RUNNING
    status_since_ns: int = 0
    status_reason: str = ""
    status_evidence: str = "inferred"  # declared or inferred
    attention: str = "none"  # none, flagged, awaiting_action
    waiting_on: str = ""
    end_reason: str = ""
    revived_count: int = 0  # times it spoke again after it was given up
    reach: str = "none"  # lifecycle.Reach: whether its agent can hear us
    verbs: tuple[str, ...] = ()  # what its runtime can do
    owns_memory: bool = False  # its conversation memory is read from Sojourn
    tools_in_flight: int = 0  # as its runtime last told
    archived_at_ns: int | None = None
    due_at_ns: int | None = None  # when time alone may change the status
    started_at_ns: int = 0
    last_activity_at_ns: int = 0
    ended_at_ns: int | None = None
    duration_ms: int = 0
    message_count: int = 0
    trace_count: int = 0
    event_count: int = 0
    llm_call_count: int = 0
    tool_call_count: int = 0
    error_count: int = 0
    handoff_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float | None = None
    unpriced_calls: int = 0
    models: tuple[ModelUse, ...] = ()
    compactions: int = 0
    resets: int = 0
    revision: int = 0  # grows with every written change
