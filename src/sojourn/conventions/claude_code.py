"""Claude Code: its log events and its beta spans.

Tokens here exclude the cache, so the parts are added up. The log `api_request` and the span `llm_request` tell of one
call and share its request id. Events that mean nothing to a session (hooks, auth, plugins, sweeps) stay as plain spans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sojourn.conventions.cli_records import (
    amount_in,
    count_in,
    ended_after,
    failed,
    flag_in,
    is_retryable,
    said,
    shown_text,
    take_answer,
    take_decision,
    take_mode,
    take_prompt,
    take_user,
    word_of,
)
from sojourn.conventions.draft import Draft
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import first_text, json_of, object_of
from sojourn.domain.telemetry import Origin, RawLog, RawSpan

NAME = "claude_code"
PREFIX = "claude_code."
SCOPE = "com.anthropic.claude_code"
MAIN_AGENT = "claude-code"
MCP_PLACEHOLDER = "mcp_tool"  # what a tool is called when its details are switched off
Attributes = Mapping[str, Any]


def matches(span: RawSpan) -> bool:
    return span.name.startswith(PREFIX) or span.origin.scope_name.startswith(SCOPE)


def matches_log(log: RawLog) -> bool:
    if log.origin.scope_name.startswith(SCOPE) or log.event_name.startswith(PREFIX):
        return True
    return isinstance(log.body, str) and log.body.startswith(PREFIX)


def read(span: RawSpan) -> Draft:
    attributes = span.attributes
    draft = _begin(attributes, span.origin)
    kind = span.name.removeprefix(PREFIX) if span.name.startswith(PREFIX) else first_text(attributes, "span.type")
    draft.details["operation"] = kind
    reader = SPAN_READERS.get(kind)
    if reader is not None:
        reader(draft, span)
    if flag_in(attributes, "success") is False and draft.status == "":
        failed(draft, first_text(attributes, "error", "error_message"), first_text(attributes, "status_code"))
    return draft


def read_log(log: RawLog) -> Draft:
    attributes = log.attributes
    draft = _begin(attributes, log.origin)
    word = word_of(log, PREFIX)
    draft.name = PREFIX + word if word else ""
    draft.seq = count_in(attributes, "event.sequence") or 0
    draft.details["operation"] = word
    reader = LOG_READERS.get(word)
    if reader is not None:
        reader(draft, log)
    return draft


def _begin(attributes: Attributes, origin: Origin) -> Draft:
    subagent = first_text(attributes, "agent_id", "agent.id")
    draft = Draft(agent=first_text(attributes, "agent.name", "agent_type") or subagent or MAIN_AGENT)
    take_user(draft, attributes, "user.email", "user.account_uuid")
    take_session(draft, attributes, origin)
    draft.conversation_id = draft.conversation_id or subagent
    return draft


# ---- model calls


def _call(draft: Draft, attributes: Attributes) -> None:
    draft.type = "llm_call"
    draft.provider = "anthropic"
    draft.model_requested = first_text(attributes, "model", "gen_ai.request.model")
    draft.model_used = first_text(attributes, "gen_ai.response.model", "model")
    draft.name = draft.model_used or draft.name
    draft.usage_kind = "call"
    draft.usage_key = first_text(attributes, "request_id", "gen_ai.response.id")
    _usage(draft, attributes)
    cost_usd = amount_in(attributes, "cost_usd")
    if cost_usd is not None:
        draft.reported_cost_usd, draft.reported_cost_by = cost_usd, "cost_usd"
    ttft_ms = amount_in(attributes, "ttft_ms")
    if ttft_ms is not None:
        draft.details["ttft_ms"] = ttft_ms
    stop_reason = first_text(attributes, "stop_reason")
    if stop_reason:
        draft.details["finish_reasons"] = [stop_reason]


def _usage(draft: Draft, attributes: Attributes) -> None:
    fresh = count_in(attributes, "input_tokens")
    draft.cache_read_tokens = count_in(attributes, "cache_read_tokens")
    draft.cache_write_tokens = count_in(attributes, "cache_creation_tokens")
    draft.output_tokens = count_in(attributes, "output_tokens", "gen_ai.usage.output_tokens")
    if fresh is None and draft.cache_read_tokens is None and draft.cache_write_tokens is None:
        draft.input_tokens = count_in(attributes, "gen_ai.usage.input_tokens")
        return
    draft.input_tokens = (fresh or 0) + (draft.cache_read_tokens or 0) + (draft.cache_write_tokens or 0)


def _llm_request(draft: Draft, span: RawSpan) -> None:
    _call(draft, span.attributes)


def _api_request(draft: Draft, log: RawLog) -> None:
    _call(draft, log.attributes)
    ended_after(draft, log, amount_in(log.attributes, "duration_ms"))


def _api_error(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    draft.type = "error"
    draft.provider = "anthropic"
    draft.model_requested = first_text(attributes, "model")
    status_code = count_in(attributes, "status_code")
    message = first_text(attributes, "error", "error_message", "reason")
    failed(draft, message or draft.details["operation"], first_text(attributes, "error_type", "status_code"))
    draft.details["retryable"] = is_retryable(status_code) and draft.details["operation"] == "api_error"
    attempt = count_in(attributes, "attempt", "total_attempts")
    if attempt is not None:
        draft.details["attempt"] = attempt


# ---- what was said


def _assistant_response(draft: Draft, log: RawLog) -> None:
    draft.model_used = first_text(log.attributes, "model")
    take_answer(draft, log, "response")


def _interaction(draft: Draft, span: RawSpan) -> None:
    prompt = shown_text(span.attributes, "user_prompt")
    if prompt:
        draft.inputs = [said("user", prompt)]
        draft.consumed.add("user_prompt")


# ---- tools


def _tool(draft: Draft, attributes: Attributes) -> dict[str, Any]:
    parameters = object_of(attributes.get("tool_parameters"))
    draft.type = "tool_call"
    draft.tool_name = first_text(attributes, "tool_name")
    server, tool = first_text(parameters, "mcp_server_name"), first_text(parameters, "mcp_tool_name")
    if draft.tool_name == MCP_PLACEHOLDER and tool:
        draft.tool_name = f"mcp__{server}__{tool}"
    draft.tool_call_id = first_text(attributes, "tool_use_id")
    draft.name = draft.tool_name or draft.name
    called = first_text(attributes, "subagent_type") or first_text(parameters, "subagent_type")
    if called:
        draft.details["called_agent"] = called
    return parameters


def _tool_span(draft: Draft, span: RawSpan) -> None:
    attributes = span.attributes
    _tool(draft, attributes)
    shown: dict[str, Any] = {}
    for event in span.events:
        if event.name == "tool.output":
            shown = event.attributes
    arguments = json_of(attributes.get("tool_input"))
    if arguments is None:
        arguments = {
            name: shown_text(source, name)
            for name in ("full_command", "bash_command", "file_path", "skill_name")
            for source in (attributes, shown)
            if shown_text(source, name)
        }
    draft.arguments = arguments or None
    draft.result = shown_text(shown, "content", "output") or None
    draft.consumed.update({"tool_input", "full_command", "file_path"})


def _tool_result(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    parameters = _tool(draft, attributes)
    ended_after(draft, log, amount_in(attributes, "duration_ms"))
    arguments = json_of(attributes.get("tool_input"))
    draft.arguments = (parameters or None) if arguments is None else arguments
    draft.result = shown_text(attributes, "tool_output", "tool_result") or None
    draft.consumed.update({"tool_input", "tool_parameters", "tool_output", "tool_result"})
    if flag_in(attributes, "success") is False:
        failed(draft, first_text(attributes, "error"), first_text(attributes, "error_type") or "tool_error")
    reason = first_text(attributes, "decision_source")
    if reason:
        draft.details["reason"] = reason


def _tool_decision(draft: Draft, log: RawLog) -> None:
    take_decision(draft, log.attributes, "tool_use_id")


def _blocked_on_user(draft: Draft, span: RawSpan) -> None:
    take_decision(draft, span.attributes, "tool_use_id")


# ---- what happens to the session


def _compaction(draft: Draft, attributes: Attributes) -> None:
    draft.type = "compaction"
    trigger = first_text(attributes, "trigger", "compaction.trigger")
    if trigger:
        draft.details["trigger"] = trigger
    for detail, name in (("tokens_before", "pre_tokens"), ("tokens_after", "post_tokens")):
        tokens = count_in(attributes, name, f"compaction.{name}")
        if tokens is not None:
            draft.details[detail] = tokens
    if flag_in(attributes, "success") is False:
        failed(draft, first_text(attributes, "error"), "compaction_failed")


def _compaction_log(draft: Draft, log: RawLog) -> None:
    _compaction(draft, log.attributes)
    ended_after(draft, log, amount_in(log.attributes, "duration_ms"))


def _compaction_span(draft: Draft, span: RawSpan) -> None:
    _compaction(draft, span.attributes)


def _delegation(draft: Draft, attributes: Attributes) -> None:
    draft.type = "handoff"
    caller = first_text(attributes, "parent_agent_name", "parent_agent_id") or MAIN_AGENT
    called = first_text(attributes, "subagent_type", "agent_type", "agent.name", "agent_id")
    draft.agent = caller
    draft.details.update({"from": caller, "to": called, "kind": "delegation"})


def _subagent_spawn(draft: Draft, span: RawSpan) -> None:
    _delegation(draft, span.attributes)


def _permission_mode(draft: Draft, log: RawLog) -> None:
    take_mode(draft, log, "permission_mode")


def _safety_event(draft: Draft, log: RawLog) -> None:
    draft.type = "guardrail_eval"
    draft.details["guardrail"] = first_text(log.attributes, "category", "safety.type", "type", "name") or "safety"
    draft.details["result"] = first_text(log.attributes, "result", "action", "outcome") or "flagged"


def _subagent_completed(draft: Draft, log: RawLog) -> None:
    # Its total_tokens is the size of the last request, not a sum: no usage is taken from it.
    draft.agent = first_text(log.attributes, "agent_type", "agent.name") or draft.agent
    draft.model_used = first_text(log.attributes, "model")
    ended_after(draft, log, amount_in(log.attributes, "duration_ms"))


SPAN_READERS: dict[str, Callable[[Draft, RawSpan], None]] = {
    "interaction": _interaction,
    "llm_request": _llm_request,
    "tool": _tool_span,
    "tool.blocked_on_user": _blocked_on_user,
    "compaction": _compaction_span,
    "subagent.spawn": _subagent_spawn,
}
LOG_READERS: dict[str, Callable[[Draft, RawLog], None]] = {
    "user_prompt": take_prompt,
    "assistant_response": _assistant_response,
    "api_request": _api_request,
    "api_error": _api_error,
    "api_refusal": _api_error,
    "api_retries_exhausted": _api_error,
    "internal_error": _api_error,
    "tool_result": _tool_result,
    "tool_decision": _tool_decision,
    "permission_mode_changed": _permission_mode,
    "compaction": _compaction_log,
    "subagent_completed": _subagent_completed,
    "safety_event": _safety_event,
}
