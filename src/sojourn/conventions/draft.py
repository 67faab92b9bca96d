"""What a convention reads out of one span or log record, before it becomes a canonical event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sojourn.domain.messages import Message


@dataclass(slots=True)
class Draft:
    """Filled in by a convention; `assemble.py` turns it into an event and its content blocks.

    Everything has a default, so a convention sets what it knows and leaves the rest.
    """

    type: str = "span"
    name: str = ""  # "": the span's or log record's own name
    status: str = ""  # "": from the span's status code and error_type
    event_id: str = ""  # "": the span's id, or a hash of the log record
    parent_event_id: str = ""  # "": the span's parent, or the log record's span
    started_at_ns: int = 0  # 0: the span's or record's own time
    ended_at_ns: int | None = None  # None: the span's end; for a log record its own time
    seq: int = 0
    session_tier: int = 0  # 1 ours, 2 session.id, 3 vendor spellings, 4 conversation id, 5 resource
    session_key: str = ""
    conversation_id: str = ""
    agent: str = ""
    model_requested: str = ""
    model_used: str = ""
    provider: str = ""
    tool_name: str = ""
    tool_call_id: str = ""
    input_tokens: int | None = None  # already normalised: including cache
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    reported_cost_usd: float | None = None
    reported_cost_by: str = ""  # the attribute that reported it
    usage_kind: str = ""  # "call" or "sum"; "" if the record carries no usage
    usage_key: str = ""  # response or request id
    error_type: str = ""
    error: str = ""
    system: list[Message] = field(default_factory=list)  # system instructions sent apart from the messages
    inputs: list[Message] = field(default_factory=list)
    outputs: list[Message] = field(default_factory=list)
    tool_definitions: list[Any] = field(default_factory=list)
    arguments: Any = None  # of a tool call: JSON text or structure
    result: Any = None  # of a tool call
    input_value: Any = None  # of anything else: one opaque value
    output_value: Any = None
    details: dict[str, Any] = field(default_factory=dict)  # see docs/event-types.md
    session_fields: dict[str, Any] = field(default_factory=dict)
    consumed: set[str] = field(default_factory=set)  # attributes whose content now lives in blocks
    preview: str = ""  # "": made from the content
