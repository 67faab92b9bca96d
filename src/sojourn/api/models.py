"""What sessions look like over HTTP. Text is "" where unknown; times and numbers are null."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from sojourn.domain.sessions import SessionKind, SessionStatus

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, UTC"})]
JsonObject = dict[str, Any]


class Model(BaseModel):
    """Exactly these fields: a test checks every answer against its model."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class Part(Model):
    """An OpenTelemetry message part: what else it has depends on its type."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="text, reasoning, tool_call, tool_call_response, …; unknown ones as they came")


class Error(Model):
    """How every error is told."""

    model_config = ConfigDict(extra="allow")

    code: str = Field(description="A stable word: not_found, invalid, overloaded, …")
    message: str = Field(description="One sentence for a person")
    details: Any = Field(default=None, description="What exactly was wrong, if that helps")
    allowed: list[str] | None = Field(default=None, description="Of a refused action: what may be asked for instead")


class Trigger(Model):
    type: str = Field(description="manual, schedule, api, event, …")
    source: str = Field(description="The person, trigger, agent or workflow that started it")


class ModelUse(Model):
    """What one model did in one session."""

    model: str
    provider: str
    calls: int
    errors: int
    input_tokens: int = Field(description="Including cache reads and writes")
    output_tokens: int = Field(description="Including reasoning")
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float | None = Field(description="Null if no price is known")
    duration_ms: int = Field(description="Sum over its calls")


class MatchedPassage(Model):
    """Where the searched words occur in the content of a session."""

    passage: str = Field(description="Up to 200 characters around the match")
    role: str = Field(description="Role of the message, empty if it is not a message")
    field: str = Field(description="Kind of content: message, tool_definition, arguments, result, value")


class Session(Model):
    """One complete piece of agent work."""

    id: str = Field(description="UUID")
    key: str = Field(description="The caller's own name for it; may hold colons and slashes")
    workspace_id: str
    kind: SessionKind
    is_derived: bool = Field(description="Nobody named it: it stands for one trace")
    goal: str
    agent_id: str
    agents: list[str] = Field(description="In order of first appearance")
    agent_name: str = Field(description="As it was when the session was told of")
    agent_version: str = Field(description="A release, or draft")
    channel: str
    environment: str
    service: str
    origin: str
    user_id: str
    trigger: Trigger
    parent_session_id: str
    experiment_id: str
    variant: str
    prompt_template: str
    prompt_inputs: JsonObject
    resolved_prompt: str = Field(description="The template with its inputs")
    status: SessionStatus
    status_since: Time | None
    status_reason: str
    status_evidence: Literal["declared", "inferred"]
    attention: str = Field(description="none, flagged or awaiting_action")
    waiting_on: str
    end_reason: str
    archived_at: Time | None
    reach: str = Field(description="Whether its agent hears us: none, listening, lost or detached")
    controllable: bool = Field(description="A runtime listens for commands")
    controllable_reason: str = Field(description="Why it is controllable or not")
    verbs: list[str] = Field(description="What its runtime can do")
    allowed_actions: list[str] = Field(description="What may be asked of it now")
    refused_actions: dict[str, str] = Field(description="Each other action, and why it may not be asked for now")
    tools_in_flight: int = Field(description="As its runtime last told")
    revived_count: int = Field(description="Times it was heard again after it had been given up")
    started_at: Time | None
    last_activity_at: Time | None
    ended_at: Time | None
    duration_ms: int
    message_count: int
    trace_count: int
    event_count: int = Field(description="Stored rows; a span is one")
    llm_call_count: int
    tool_call_count: int
    error_count: int
    handoff_count: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    total_tokens: int
    cost_usd: float | None = Field(description="Null if no cost is known, which is not zero")
    unpriced_calls: int = Field(description="Model calls with tokens and no known price")
    models: list[ModelUse]
    compactions: int
    resets: int
    metrics: dict[str, float | bool]
    tags: dict[str, Any]
    metadata: JsonObject
    revision: int = Field(description="Grows with every change")


class SessionRow(Session):
    """A session in a list."""

    match: MatchedPassage | None = Field(default=None, description="Present if `q` was found in its content")


class SessionList(Model):
    items: list[SessionRow]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last")
    total: int = Field(description="All sessions that pass the filters")


class RestrictedSession(Model):
    """What is told of a called session to those who may not see what it did."""

    is_restricted: Literal[True]
    agent_id: str
    status: SessionStatus
    duration_ms: int | None
    called_by: list[str] = Field(description="Event ids of the tool calls that started it, or may have")


class CalledSessionList(Model):
    items: list[SessionRow | RestrictedSession]
    next_cursor: str | None
    total: int


class FacetValue(Model):
    value: str
    count: int


class Facets(Model):
    """The values that a filter can take, most frequent first."""

    items: list[FacetValue]


class SearchHit(Model):
    session: Session
    passage: str = Field(description="Up to 200 characters around the match")
    role: str
    kind: str
    event_id: str = Field(description="An event that holds the content, empty if it is not known")


class SearchResults(Model):
    items: list[SearchHit]


class Overview(Model):
    """Tiles over the filtered sessions."""

    sessions: int
    running: int
    cost_usd: float | None
    agents: int = Field(description="Distinct agents")
    events: int


class TrendBucket(Model):
    at: Time
    group: str = Field(description="The value of `by` that this bucket is of, empty without `by`")
    sessions: int
    failed: int
    cost_usd: float | None
    p50_ms: float | None = Field(description="Median duration of its sessions")
    p95_ms: float | None
    input_tokens: int
    output_tokens: int


class Trends(Model):
    buckets: list[TrendBucket]


class ModelStats(ModelUse):
    sessions: int = Field(description="Sessions that used it")


class ModelStatsList(Model):
    items: list[ModelStats]


class AgentStats(Model):
    agent_id: str
    sessions: int
    running: int
    failed: int
    error_count: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost_usd: float | None
    mean_duration_ms: float | None
    last_activity_at: Time | None


class AgentStatsList(Model):
    items: list[AgentStats]
