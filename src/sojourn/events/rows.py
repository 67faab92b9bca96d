"""What the event store takes and gives."""

from __future__ import annotations

from typing import Any, NamedTuple

from sojourn.domain.messages import Block


class StoredBlock(NamedTuple):
    workspace_id: str
    session_id: str
    block: Block


class TraceMember(NamedTuple):
    """What session resolution needs to know of one stored row of a trace."""

    event_id: str
    parent_event_id: str
    started_at_ns: int
    session_tier: int
    session_hint: str
    conversation_id: str
    session_id: str  # where the row is now


class Move(NamedTuple):
    """Rows of one trace that belong to another session than the one they are stored in."""

    from_session_id: str
    to_session_id: str
    trace_id: str
    event_ids: tuple[str, ...] | None  # None: all rows of the trace in from_session_id


class Skeleton(NamedTuple):
    """One row of a timeline, without content. A tool call with an end is two rows: phase 0 and phase 1."""

    event_id: str
    phase: int  # 0: the event itself; 1: the tool_result of a finished tool_call
    at_ns: int  # where it stands on the timeline: start for phase 0, end for phase 1
    type: str  # as shown: tool_result for phase 1
    name: str
    status: str
    started_at_ns: int
    ended_at_ns: int | None
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
    usage_kind: str
    source: str
    error_type: str
    error: str
    preview: str
    details: str
    input_count: int  # content blocks
    output_count: int


class WindowFilter(NamedTuple):
    types: tuple[str, ...] = ()  # as shown, so tool_result finds phase 1
    statuses: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    trace_ids: tuple[str, ...] = ()
    q: str = ""  # words in name, preview, error, tool or model, or in content


class WindowKey(NamedTuple):
    """The place of a row in a timeline: ordered by these, in this order."""

    at_ns: int
    seq: int
    event_id: str
    phase: int


class Match(NamedTuple):
    """A place where searched words occur in content."""

    session_id: str
    block_hash: bytes
    role: str
    kind: str
    passage: str  # up to 200 characters around the first match


Row = dict[str, Any]  # a row of a view whose columns its .sql file names
