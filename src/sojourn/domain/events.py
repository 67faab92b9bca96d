"""The canonical event: one thing that happened, one row on the timeline."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class EventType(StrEnum):
    MESSAGE = "message"  # something said
    REASONING = "reasoning"  # a thinking step
    LLM_CALL = "llm_call"  # one request to a model
    TOOL_CALL = "tool_call"  # one tool execution, start to end
    TOOL_RESULT = "tool_result"  # a result that arrived without its call
    DECISION = "decision"  # a routing or workflow decision, a plan
    HANDOFF = "handoff"  # control passes from one agent to another
    STATE_CHANGE = "state_change"  # a session variable got a new value
    GUARDRAIL_EVAL = "guardrail_eval"  # a guardrail looked and gave a result
    RETRIEVAL = "retrieval"  # documents, memories or embeddings were looked up
    ERROR = "error"  # a failure that is no span of its own
    CONTROL = "control"  # an operator or the runtime steered the session
    COMPACTION = "compaction"  # older messages became a summary
    RESET = "reset"  # a new conversation epoch
    SIGNAL = "signal"  # a policy or detector fired
    TASK = "task"  # work for a human
    ASSESSMENT = "assessment"  # an evaluation or review of something
    SPAN = "span"  # anything else, kept whole


class EventStatus(StrEnum):
    PENDING = "pending"  # started, its end has not arrived
    OK = "ok"
    ERROR = "error"
    WAITING = "waiting"  # interrupted on purpose: paused or waiting for a human
    CANCELED = "canceled"


class Event(NamedTuple):
    """One row of the event store, without the workspace and session it is placed in.

    A tuple and not a dataclass: ingest makes thousands a second and turns them into columns with zip().
    """

    event_id: str  # unique in a workspace; see identity.py
    type: str  # an EventType value, or a sender's own word, kept
    name: str  # span name, log event name, tool or model name
    status: str  # an EventStatus value
    started_at_ns: int  # Unix time
    ended_at_ns: int | None = None  # None while open; equal to the start for a moment
    trace_id: str = ""  # 32 hex digits for OpenTelemetry, "" if none
    parent_event_id: str = ""  # "" for a root
    seq: int = 0  # the sender's own sequence number inside the session, breaks ties of time
    version: int = 1  # the higher one replaces the lower; see versions in identity.py
    conversation_id: str = ""  # the span's own conversation (child thread), "" if it names none
    session_tier: int = 0  # 0: names no session; 1-5: strength of session_hint (resolution.py)
    session_hint: str = ""  # the session key that this row itself names
    agent_id: str = ""
    model_requested: str = ""
    model_used: str = ""
    provider: str = ""  # gen_ai.provider.name vocabulary: openai, anthropic, gcp.gemini, …
    tool_name: str = ""
    tool_call_id: str = ""
    input_tokens: int | None = None  # including cache reads and writes
    output_tokens: int | None = None  # including reasoning
    cache_read_tokens: int | None = None  # part of input_tokens
    cache_write_tokens: int | None = None  # part of input_tokens
    reasoning_tokens: int | None = None  # part of output_tokens
    cost_usd: float | None = None  # None: unknown, which is not zero
    cost_rule: str = ""  # JSON: what made cost_usd (costs.py)
    usage_kind: str = ""  # "call": a model call; "sum": an agent or workflow total over its subtree
    usage_key: str = ""  # the provider's response or request id: one call reported twice has one key
    source: str = ""  # span, log, native, transcript
    scope: str = ""  # instrumentation scope name
    error_type: str = ""
    error: str = ""  # message; "" when nothing failed
    preview: str = ""  # what a timeline row says of its content, at most PREVIEW_CHARS
    user_text: str = ""  # first thing a user said in it, at most PREVIEW_CHARS: names a session without goal
    input_refs: tuple[bytes, ...] = ()  # ordered hashes of content blocks: system, tools, messages, arguments
    output_refs: tuple[bytes, ...] = ()
    message_keys: tuple[
        int, ...
    ] = ()  # one number for each user or assistant message that this row tells of (messages.py)
    details: str = ""  # JSON object: what this type means, in our words (docs/event-types.md)
    attributes: str = ""  # JSON object: everything else as it came
    session_fields: str = ""  # JSON object: what this row says of its session (sessions.SESSION_FIELDS)


class StoredEvent(NamedTuple):
    """An event in its place."""

    workspace_id: str
    session_id: str  # UUID text
    event: Event


PREVIEW_CHARS = 200
MOMENT_TYPES = frozenset({"message", "state_change", "control", "reset", "signal", "error"})
