"""What the views of one session look like over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sojourn.api.models import JsonObject, Model, ModelUse, Part, Time

ItemKind = Literal[
    "message",
    "tool_call",
    "handoff",
    "compaction",
    "reset",
    "error",
    "guardrail_eval",
    "decision",
    "state_change",
    "task",
]


class ToolCard(Model):
    name: str
    call_id: str
    arguments: Any
    result: Any
    status: str = Field(description="pending, ok, error, waiting or canceled")
    duration_ms: float | None = Field(description="Null if no span measured it or it runs")


class ConversationItem(Model):
    """Something said or done, once, in the order in which it happened."""

    id: str = Field(description="Stable inside the session")
    kind: ItemKind
    role: str = Field(description="system, user, assistant or tool for messages")
    at: Time
    agent_id: str
    conversation_id: str
    event_id: str = Field(description="The event that told of it first")
    model: str
    parts: list[Part] = Field(description="Tool calls with a card are left out")
    text_chars: int
    truncated: bool
    tool: ToolCard | None
    details: JsonObject


class Conversation(Model):
    items: list[ConversationItem]
    next_cursor: str | None
    prev_cursor: str | None
    total: int


class Trace(Model):
    trace_id: str
    name: str = Field(description="Of its first root")
    direction: str = Field(description="inlet, response or signal")
    status: str
    started_at: Time
    ended_at: Time | None
    duration_ms: float | None
    event_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    root_event_id: str


class Traces(Model):
    items: list[Trace]
    next_cursor: str | None


class Participant(Model):
    agent_id: str
    first_at: Time
    last_at: Time
    event_count: int
    llm_call_count: int
    tool_call_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


class Handoff(Model):
    from_agent: str = Field(alias="from")
    to_agent: str = Field(alias="to")
    at: Time
    event_id: str
    context: Any = Field(description="What was passed on, null if nothing was recorded")
    inferred: bool = Field(description="Read out of the structure of the trace, not said by the sender")
    kind: Literal["handoff", "delegation"]


class AgentNode(Model):
    agent_id: str
    event_id: str
    conversation_id: str
    started_at: Time
    ended_at: Time | None
    status: str
    children: list[AgentNode]


class Agents(Model):
    participants: list[Participant]
    handoffs: list[Handoff]
    tree: list[AgentNode]


class Variable(Model):
    name: str
    value: Any
    updated_at: Time
    event_id: str
    changes: int


class StateChange(Model):
    at: Time
    event_id: str
    variable: str
    old: Any
    new: Any
    agent_id: str


class State(Model):
    variables: list[Variable]
    history: list[StateChange] = Field(description="Newest first")
    next_cursor: str | None


class ContextBudget(Model):
    """Tokens of one model call's input."""

    system: int
    tools: int
    context: int
    messages: int


class ContextCall(Model):
    event_id: str
    at: Time
    agent_id: str
    model: str
    input_tokens: int | None
    budget: ContextBudget
    estimated: bool = Field(description="The split is estimated from text length; the sum is as reported")
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    entered: int = Field(description="Blocks that the call before did not have")
    left: int = Field(description="Blocks that the call before had and this one has not")


class ContextCalls(Model):
    calls: list[ContextCall]
    next_cursor: str | None


class ContentRef(Model):
    hash: str
    kind: str
    role: str
    name: str
    preview: str
    chars: int


class ContextSegment(Model):
    kind: Literal["system", "tools", "context", "messages"]
    refs: list[ContentRef]
    ref_count: int = Field(description="All blocks; refs shows at most 500 of them")
    chars: int
    tokens: int
    estimated: bool


class ContextDetail(Model):
    event_id: str
    at: Time
    agent_id: str
    model: str
    input_tokens: int | None
    budget: ContextBudget
    estimated: bool
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    entered: list[ContentRef]
    left: list[ContentRef]
    segments: list[ContextSegment]


class PipelineLayer(Model):
    name: str
    duration_ms: float | None
    messages_in: int | None
    messages_out: int | None


class PipelineRun(Model):
    event_id: str
    at: Time
    duration_ms: float | None
    layers: list[PipelineLayer]


class Pipelines(Model):
    items: list[PipelineRun]
    next_cursor: str | None


class Tokens(Model):
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    total_tokens: int


class Cost(Model):
    cost_usd: float | None
    unpriced_calls: int
    reported_usd: float = Field(description="Part that senders reported")
    computed_usd: float = Field(description="Part that price tables gave")


class Counts(Model):
    messages: int
    traces: int
    events: int
    llm_calls: int
    tool_calls: int
    errors: int
    handoffs: int
    compactions: int
    resets: int


class ToolUse(Model):
    name: str
    calls: int
    errors: int
    total_ms: float
    p50_ms: float | None
    p95_ms: float | None
    max_ms: float | None


class Turn(Model):
    trace_id: str
    at: Time
    duration_ms: float | None
    ttft_ms: float | None = Field(description="Time to the first token of its first model call that tells it")


class Latency(Model):
    """Of whole traces: request to response."""

    p50_ms: float | None
    p95_ms: float | None
    max_ms: float | None
    turns: list[Turn] = Field(description="The latest 200, oldest first")


class Outcome(Model):
    goal_completed: bool | None
    score: float | None
    custom: dict[str, float | bool]


class Metrics(Model):
    tokens: Tokens
    cost: Cost
    counts: Counts
    models: list[ModelUse]
    tools: list[ToolUse]
    latency: Latency
    duration_ms: int
    outcome: Outcome
