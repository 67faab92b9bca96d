"""What events and their content look like over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from sojourn.api.models import JsonObject, Model, Part, Time


class EventPlace(Model):
    event_id: str
    phase: int = Field(description="0: the event itself; 1: the result of a finished tool call")


class EventRow(Model):
    """One row of a timeline, without content. A finished tool call is two rows, paired with each other."""

    event_id: str
    phase: int = Field(description="0: the event itself; 1: the tool_result of a finished tool_call")
    at: Time = Field(description="Where it stands: start for phase 0, end for phase 1")
    type: str = Field(description="llm_call, tool_call, tool_result, message, handoff, …; unknown ones as they came")
    name: str
    status: str = Field(description="pending, ok, error, waiting or canceled")
    started_at: Time
    ended_at: Time | None = Field(description="Null while it runs")
    duration_ms: float | None
    trace_id: str
    parent_event_id: str
    seq: int
    conversation_id: str
    agent_id: str
    model_requested: str
    model_used: str
    provider: str
    tool_name: str
    tool_call_id: str
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None
    source: str = Field(description="span, log, native or transcript")
    error_type: str
    error: str
    preview: str = Field(description="What a row says of its content")
    details: JsonObject = Field(description="What this type means; see the event types reference")
    input_count: int = Field(description="Content blocks in its input")
    output_count: int
    pair: EventPlace | None = Field(description="The other row of a finished tool call")


class EventWindow(Model):
    items: list[EventRow]
    total: int = Field(description="All rows that pass the filters")
    next_cursor: str | None = Field(description="Give it as `after` to read on; null at the end")
    prev_cursor: str | None = Field(description="Give it as `before` to read back; null at the start")


class Content(Model):
    """One content block. A truncated one is read in full from /blocks/{hash}."""

    hash: str = Field(description="32 hex digits")
    kind: str = Field(description="message, tool_definition, arguments, result or value")
    role: str
    name: str
    parts: list[Part] | None = Field(description="Of a message")
    value: Any = Field(description="Of anything else; text if truncated")
    text_chars: int = Field(description="Length of the whole text")
    truncated: bool


class EventDetail(EventRow):
    """One event with its content."""

    attributes: JsonObject = Field(description="Everything else that the sender said")
    scope: str = Field(description="Instrumentation scope")
    cost_rule: JsonObject | None = Field(description="What made cost_usd: source, rate, price date")
    input: list[Content]
    output: list[Content]
    version: int


class BlockRange(Model):
    hash: str
    offset: int
    text: str
    total_chars: int
    next_offset: int | None = Field(description="Null at the end")
