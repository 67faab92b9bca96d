"""The native records of POST /api/v1/events, validated one by one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from sojourn.domain.events import EventStatus
from sojourn.domain.identity import MAX_SESSION_KEY_CHARS
from sojourn.domain.sessions import SessionKind, SessionStatus

MAX_ID_CHARS = 256
MAX_WORD_CHARS = 1_024  # names, models, agents, types
MAX_FIELD_CHARS = 65_536  # goal, prompt template, error
MAX_COUNT = 2**53
MAX_DURATION_MS = 1e12  # 30 years
MAX_EPOCH_NS = 9e18  # the year 2255; every store holds it
NO_NUL = r"^[^\x00]*$"  # PostgreSQL takes none


def _whole(number: object) -> object:
    """5.0 is a whole number in JSON, and some languages write it so."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Key = Annotated[str, Field(min_length=1, max_length=MAX_SESSION_KEY_CHARS, pattern=NO_NUL)]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS, pattern=NO_NUL)]
Word = Annotated[str, Field(max_length=MAX_WORD_CHARS, pattern=NO_NUL)]
Text = Annotated[str, Field(max_length=MAX_FIELD_CHARS, pattern=NO_NUL)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT), BeforeValidator(_whole)]
Time = Annotated[
    StrictStr | StrictInt | StrictFloat,
    Field(description="RFC 3339, or Unix time in s, ms, µs or ns (told apart by size)"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "number", "minimum": 1, "maximum": MAX_EPOCH_NS},
            ]
        }
    ),
]
JsonObject = dict[str, Any]


def named_by(*fields: str) -> dict[str, Any]:
    """A schema's way to say that one of these is needed."""
    return {"anyOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in fields]}


class Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", protected_namespaces=())


class Failure(Record):
    """What went wrong."""

    type: Word = ""
    message: Text = ""


class TriggerRecord(Record):
    type: Word | None = None
    source: Word | None = None


class EventRecord(Record):
    """One thing that happened. Unknown fields are kept among the attributes."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="allow",
        protected_namespaces=(),
        json_schema_extra=named_by("session", "session_id", "trace_id"),
    )

    event_id: Id | None = Field(None, description="Unique in the workspace; the same id again replaces the event")
    session: Key | None = Field(None, description="Key of the session, the caller's own string")
    session_id: Key | None = Field(None, description="UUID of the session, or its key")
    type: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")] = Field(
        description="message, llm_call, tool_call, handoff, …; see docs/event-types.md"
    )
    name: Word | None = None
    status: EventStatus | None = Field(None, strict=False, description="pending while it runs; ok or error by default")
    started_at: Time | None = Field(None, description="Now, if it is left out")
    ended_at: Time | None = Field(
        None, description="The start, if it is left out and the status is not pending, or lies before it"
    )
    duration_ms: Annotated[float, Field(ge=0, le=MAX_DURATION_MS, allow_inf_nan=False)] | None = Field(
        None, description="Of what has ended, instead of started_at or ended_at; without both it ended now"
    )
    agent_id: Word | None = None
    agent: Word | None = Field(None, description="The same as agent_id")
    role: Word | None = Field(None, description="Of a message: system, user, assistant or tool")
    model: Word | None = Field(None, description="The model that answered")
    model_requested: Word | None = None
    provider: Word | None = None
    tool_name: Word | None = None
    tool_call_id: Word | None = None
    input: Any = Field(None, description="Text, messages, tool arguments or any value")
    output: Any = Field(None, description="Text, messages, a tool's result or any value")
    input_tokens: Count | None = Field(None, description="Including cache reads and writes")
    output_tokens: Count | None = Field(None, description="Including reasoning")
    cache_read_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    response_id: Word | None = Field(None, description="The provider's id of the answer: a call told twice counts once")
    details: JsonObject = Field(default_factory=dict, description="By type; see docs/event-types.md")
    attributes: JsonObject = Field(default_factory=dict, description="Anything else")
    trace_id: Id | None = None
    parent_event_id: Id | None = None
    conversation_id: Word | None = Field(None, description="A thread inside the session: a subagent, a delegate")
    seq: Count = Field(0, description="Breaks ties of time")
    error: Text | Failure | None = None
    error_type: Word | None = None


class SessionRecord(Record):
    """What is known of a session; what is left out stays as it was."""

    model_config = ConfigDict(json_schema_extra=named_by("session", "session_id"))

    session: Key | None = Field(None, description="Key of the session, the caller's own string")
    session_id: Key | None = Field(None, description="UUID of the session, or its key")
    at: Time | None = Field(None, description="When this was so; the later word wins. Now, if it is left out")
    kind: SessionKind | None = Field(None, strict=False)
    goal: Text | None = None
    agent_id: Word | None = None
    agent: Word | None = Field(None, description="The same as agent_id")
    agent_name: Word | None = None
    agent_version: Word | None = None
    channel: Word | None = None
    environment: Word | None = None
    service: Word | None = None
    origin: Word | None = None
    user_id: Word | None = None
    user: Word | None = Field(None, description="The same as user_id")
    trigger: TriggerRecord | None = None
    trigger_type: Word | None = None
    trigger_source: Word | None = None
    parent: Key | None = Field(None, description="Key or UUID of the session that called this one")
    parent_session_key: Key | None = None
    parent_session_id: Key | None = None
    experiment_id: Word | None = None
    experiment: Word | None = Field(None, description="The same as experiment_id")
    variant: Word | None = None
    prompt_template: Text | None = None
    prompt_inputs: JsonObject | None = None
    status: SessionStatus | None = Field(None, strict=False)
    status_reason: Word | None = None
    end_reason: Word | None = None
    tags: dict[Word, Word] | None = None
    metadata: JsonObject | None = None
    metrics: dict[Word, StrictBool | StrictInt | StrictFloat] | None = Field(
        None, description="Numbers and booleans: goal_completed, score, your own"
    )


def is_session(record: JsonObject) -> bool:
    """A record without a type speaks of a session."""
    return "type" not in record
