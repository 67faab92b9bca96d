"""Codex CLI: log events. Its spans are internals of the program without meaning of their own and stay plain spans.

Dropped on arrival: successful `codex.sse_event` and `codex.websocket_event` records of any kind but
`response.completed` and `response.failed`. They are the single chunks of a stream, hundreds a turn, and hold nothing
but their kind.
"""

from __future__ import annotations

from collections.abc import Callable

from sojourn.conventions.cli_records import (
    CLIENT_ERROR,
    amount_in,
    count_in,
    ended_after,
    failed,
    flag_in,
    is_retryable,
    take_decision,
    take_prompt,
    take_user,
    word_of,
)
from sojourn.conventions.draft import Draft
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import first_text, json_of
from sojourn.domain.telemetry import RawLog, RawSpan

NAME = "codex"
PREFIX = "codex."
AGENT = "codex"
SERVICES = frozenset(
    {
        "codex_cli_rs",
        "codex_cli",
        "codex_exec",
        "codex_tui",
        "codex-tui",
        "codex_mcp_server",
        "codex_app_server",
        "codex_vscode",
    }
)
STATED_OF_A_SESSION = ("approval_policy", "sandbox_policy", "reasoning_effort", "app.version")
SCOPES = ("codex_", "codex.")
CHUNKS = frozenset({"sse_event", "websocket_event"})
CHUNKS_THAT_MATTER = frozenset({"response.completed", "response.failed"})


def matches(span: RawSpan) -> bool:
    service = span.origin.resource.get("service.name")
    return span.origin.scope_name.startswith(SCOPES) or (isinstance(service, str) and service in SERVICES)


def matches_log(log: RawLog) -> bool:
    return log.event_name.startswith(PREFIX) or first_text(log.attributes, "event.name").startswith(PREFIX)


def read(span: RawSpan) -> Draft:
    """A plain span; the conversation may be named only in its span events."""
    draft = Draft(agent=AGENT)
    for attributes in (span.attributes, *(event.attributes for event in span.events)):
        draft.conversation_id = first_text(attributes, "conversation.id", "thread.id", "thread_id")
        if draft.conversation_id:
            break
    take_session(draft, span.attributes, span.origin)
    draft.tool_name = first_text(span.attributes, "tool_name")
    return draft


def read_log(log: RawLog) -> Draft | None:
    attributes = log.attributes
    word = word_of(log, PREFIX)
    if word in CHUNKS and _is_chunk(log):
        return None
    draft = Draft(agent=AGENT, name=PREFIX + word)
    draft.details["operation"] = word
    take_user(draft, attributes, "user.email", "user.account_id")
    take_session(draft, attributes, log.origin)
    reader = LOG_READERS.get(word)
    if reader is not None:
        reader(draft, log)
    return draft


def _is_chunk(log: RawLog) -> bool:
    has_failed = first_text(log.attributes, "error.message") != "" or flag_in(log.attributes, "success") is False
    return not has_failed and first_text(log.attributes, "event.kind") not in CHUNKS_THAT_MATTER


def _conversation_starts(draft: Draft, log: RawLog) -> None:
    draft.provider = first_text(log.attributes, "provider_name")
    draft.model_requested = first_text(log.attributes, "model")
    stated = {name: first_text(log.attributes, name) for name in STATED_OF_A_SESSION}
    draft.session_fields["agent_id"] = AGENT
    draft.session_fields["metadata"] = {name: value for name, value in stated.items() if value}


def _request(draft: Draft, log: RawLog) -> None:
    """An HTTP or websocket request: plain when it went well, for its tokens come with the end of the stream."""
    attributes = log.attributes
    ended_after(draft, log, amount_in(attributes, "duration_ms"))
    draft.model_requested = first_text(attributes, "model")
    status_code = count_in(attributes, "http.response.status_code")
    message = first_text(attributes, "error.message")
    if message or flag_in(attributes, "success") is False or (status_code or 0) >= CLIENT_ERROR:
        draft.type = "error"
        failed(draft, message or f"HTTP {status_code}", first_text(attributes, "http.response.status_code"))
        draft.details["retryable"] = is_retryable(status_code)
        draft.details["attempt"] = count_in(attributes, "attempt") or 0


def _stream_event(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    draft.model_requested = draft.model_used = first_text(attributes, "model")
    draft.provider = first_text(attributes, "provider_name") or "openai"
    message = first_text(attributes, "error.message")
    kind = first_text(attributes, "event.kind")
    if message or kind == "response.failed" or flag_in(attributes, "success") is False:
        draft.type = "error"
        failed(draft, message or kind, kind or "stream_error")
        return
    input_tokens = count_in(attributes, "input_token_count")
    if input_tokens is None:
        return
    draft.type = "llm_call"
    draft.name = draft.model_used or draft.name
    draft.usage_kind = "call"
    draft.input_tokens = input_tokens  # the cached ones are part of it
    draft.output_tokens = count_in(attributes, "output_token_count")
    draft.cache_read_tokens = count_in(attributes, "cached_token_count")
    draft.cache_write_tokens = count_in(attributes, "cache_write_token_count")
    draft.reasoning_tokens = count_in(attributes, "reasoning_token_count")
    ended_after(draft, log, amount_in(attributes, "duration_ms"))


def _tool_decision(draft: Draft, log: RawLog) -> None:
    take_decision(draft, log.attributes, "call_id")


def _tool_result(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    draft.type = "tool_call"
    tool, server = first_text(attributes, "tool_name"), first_text(attributes, "mcp_server")
    draft.tool_name = f"mcp__{server}__{tool}" if server and not tool.startswith("mcp__") else tool
    draft.name = draft.tool_name or draft.name
    draft.tool_call_id = first_text(attributes, "call_id")
    draft.arguments = json_of(attributes.get("arguments"))
    draft.result = json_of(attributes.get("output"))
    draft.consumed.update({"arguments", "output"})
    ended_after(draft, log, amount_in(attributes, "duration_ms"))
    if flag_in(attributes, "success") is False:
        failed(draft, first_text(attributes, "error.message", "output"), "tool_error")


LOG_READERS: dict[str, Callable[[Draft, RawLog], None]] = {
    "conversation_starts": _conversation_starts,
    "user_prompt": take_prompt,
    "api_request": _request,
    "websocket_connect": _request,
    "websocket_request": _request,
    "sse_event": _stream_event,
    "websocket_event": _stream_event,
    "tool_decision": _tool_decision,
    "tool_result": _tool_result,
}
