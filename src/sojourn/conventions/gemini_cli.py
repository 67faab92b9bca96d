"""Gemini CLI: log events and the spans of its development tracing.

Input tokens include the cached ones; thoughts are reported beside the output, and tool use beside the input. Every
`api_response` comes a second time as an OpenTelemetry details record of the same instant, which holds the messages:
both name the session and that instant as their call, so it counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sojourn.conventions import otel_genai
from sojourn.conventions.chat_messages import recognised_messages
from sojourn.conventions.cli_records import (
    amount_in,
    count_in,
    ended_after,
    failed,
    flag_in,
    is_retryable,
    said,
    take_mode,
    take_prompt,
    take_user,
    word_of,
)
from sojourn.conventions.draft import Draft
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import first_text, json_of
from sojourn.domain.telemetry import Origin, RawLog, RawSpan

NAME = "gemini_cli"
PREFIX = "gemini_cli."
SCOPES = frozenset({"gemini-cli", "gemini_cli"})
AGENT = "gemini-cli"
STATED_OF_A_SESSION = ("model", "approval_mode", "sandbox_enabled", "output_format")
DETAILS = "gen_ai.client.inference.operation.details"
Attributes = Mapping[str, Any]


def matches(span: RawSpan) -> bool:
    return span.origin.scope_name in SCOPES or span.name.startswith(PREFIX)


def matches_log(log: RawLog) -> bool:
    if log.event_name.startswith(PREFIX) or first_text(log.attributes, "event.name").startswith(PREFIX):
        return True
    return log.origin.scope_name in SCOPES or log.origin.resource.get("service.name") in SCOPES


def read(span: RawSpan) -> Draft:
    attributes = span.attributes
    draft = _begin(attributes, span.origin)
    operation = first_text(attributes, "gen_ai.operation.name") or span.name
    draft.details["operation"] = operation
    draft.input_value = json_of(attributes.get("input-json"))
    draft.output_value = json_of(attributes.get("output-json"))
    draft.consumed.update({"input-json", "output-json"})
    reader = SPAN_READERS.get(operation)
    if reader is not None:
        reader(draft, attributes)
    return draft


def read_log(log: RawLog) -> Draft:
    draft = _begin(log.attributes, log.origin)
    word = word_of(log, PREFIX)
    draft.name = word if "." in word and word == DETAILS else PREFIX + word
    draft.details["operation"] = word
    reader = LOG_READERS.get(word)
    if reader is not None:
        reader(draft, log)
    return draft


def _begin(attributes: Attributes, origin: Origin) -> Draft:
    draft = Draft(agent=first_text(attributes, "gen_ai.agent.name", "agent_name") or AGENT)
    take_user(draft, attributes, "user.email")
    take_session(draft, attributes, origin)
    return draft


# ---- spans


def _llm_span(draft: Draft, attributes: Attributes) -> None:
    draft.type = "llm_call"
    draft.provider = first_text(attributes, "gen_ai.provider.name", "gen_ai.system") or "gcp.gemini"
    draft.model_requested = first_text(attributes, "gen_ai.request.model")
    draft.model_used = first_text(attributes, "gen_ai.response.model")
    draft.usage_kind = "call"
    draft.usage_key = first_text(attributes, "gen_ai.response.id")
    draft.input_tokens = count_in(attributes, "gen_ai.usage.input_tokens")
    draft.output_tokens = count_in(attributes, "gen_ai.usage.output_tokens")
    draft.cache_read_tokens = count_in(attributes, "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cached_tokens")
    otel_genai.take_messages(draft, attributes)
    sent, answered = recognised_messages(draft.input_value), recognised_messages(draft.output_value)
    if sent and not draft.inputs:
        draft.inputs, draft.input_value = sent, None
    if answered and not draft.outputs:
        draft.outputs, draft.output_value = answered, None


def _tool_span(draft: Draft, attributes: Attributes) -> None:
    draft.type = "tool_call"
    draft.tool_name = first_text(attributes, "gen_ai.tool.name", "function_name")
    draft.tool_call_id = first_text(attributes, "gen_ai.tool.call.id", "gen_ai.tool.call_id")
    draft.name = draft.tool_name or draft.name
    shown = attributes.get("gen_ai.tool.call.arguments")
    draft.arguments = draft.input_value if shown is None else json_of(shown)
    draft.result, draft.output_value, draft.input_value = draft.output_value, None, None
    draft.consumed.add("gen_ai.tool.call.arguments")


# ---- log events


def _call(draft: Draft, attributes: Attributes) -> None:
    draft.type = "llm_call"
    draft.provider = first_text(attributes, "gen_ai.provider.name") or "gcp.gemini"
    draft.model_requested = first_text(attributes, "gen_ai.request.model", "model")
    draft.model_used = first_text(attributes, "gen_ai.response.model", "model")
    draft.name = draft.model_used or draft.model_requested or draft.name
    draft.usage_kind = "call"
    instant = first_text(attributes, "event.timestamp")
    draft.usage_key = f"{draft.session_key}@{instant}" if instant else first_text(attributes, "gen_ai.response.id")
    reasons = json_of(attributes.get("finish_reasons", attributes.get("gen_ai.response.finish_reasons")))
    if isinstance(reasons, list) and reasons:
        draft.details["finish_reasons"] = [str(reason) for reason in reasons]
    if first_text(attributes, "role"):
        draft.details["reason"] = first_text(attributes, "role")


def _api_response(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    _call(draft, attributes)
    ended_after(draft, log, amount_in(attributes, "duration_ms"))
    sent, used_by_tools = count_in(attributes, "input_token_count"), count_in(attributes, "tool_token_count")
    answered, thoughts = count_in(attributes, "output_token_count"), count_in(attributes, "thoughts_token_count")
    draft.input_tokens = None if sent is None else sent + (used_by_tools or 0)
    draft.output_tokens = None if answered is None else answered + (thoughts or 0)
    draft.cache_read_tokens = count_in(attributes, "cached_content_token_count")
    draft.reasoning_tokens = thoughts
    response = attributes.get("response_text")
    found = recognised_messages(response)
    if found:
        draft.outputs = found
    elif isinstance(response, str) and response:
        draft.outputs = [said("assistant", response)]
    draft.consumed.add("response_text")


def _details(draft: Draft, log: RawLog) -> None:
    """The OpenTelemetry twin of a request, response or error; only a response is a call that counts."""
    attributes = log.attributes
    tokens = count_in(attributes, "gen_ai.usage.input_tokens")
    if tokens is None and "gen_ai.output.messages" not in attributes:
        otel_genai.take_messages(draft, attributes)
        draft.input_value = None
        return
    _call(draft, attributes)
    draft.input_tokens = tokens
    draft.output_tokens = count_in(attributes, "gen_ai.usage.output_tokens")
    otel_genai.take_messages(draft, attributes)
    draft.outputs = [message._replace(role="assistant") for message in draft.outputs]  # it calls itself "system"
    draft.details["counts_messages"] = False  # prompts and answers come as records of their own


def _api_error(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    draft.type = "error"
    draft.model_requested = first_text(attributes, "model", "model_name")
    draft.provider = "gcp.gemini"
    status_code = count_in(attributes, "status_code", "http.status_code")
    message = first_text(attributes, "error.message", "error", "final_error_type") or draft.details["operation"]
    failed(draft, message, first_text(attributes, "error.type", "error_type", "final_error_type"))
    ended_after(draft, log, amount_in(attributes, "duration_ms", "total_duration_ms"))
    draft.details["retryable"] = is_retryable(status_code)
    attempt = count_in(attributes, "attempt_number", "total_attempts")
    if attempt is not None:
        draft.details["attempt"] = attempt


def _retry(draft: Draft, log: RawLog) -> None:
    _api_error(draft, log)
    draft.details["retryable"] = True


def _tool_call(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    draft.type = "tool_call"
    draft.tool_name = first_text(attributes, "function_name", "gen_ai.tool.name")
    draft.tool_call_id = first_text(attributes, "gen_ai.tool.call_id", "gen_ai.tool.call.id", "call_id")
    draft.name = draft.tool_name or draft.name
    draft.arguments = json_of(attributes.get("function_args"))
    draft.consumed.add("function_args")
    ended_after(draft, log, amount_in(attributes, "duration_ms"))
    decision = first_text(attributes, "decision")
    if decision:
        draft.details["reason"] = decision
    if flag_in(attributes, "success") is False:
        message = first_text(attributes, "error.message", "error")
        failed(draft, message, first_text(attributes, "error.type", "error_type") or "tool_error")
        if decision == "reject":
            draft.status = "canceled"


def _agent_start(draft: Draft, log: RawLog) -> None:
    called = first_text(log.attributes, "agent_name")
    draft.type = "handoff"
    draft.agent = AGENT
    draft.details.update({"from": AGENT, "to": called, "kind": "delegation"})


def _agent_finish(draft: Draft, log: RawLog) -> None:
    ended_after(draft, log, amount_in(log.attributes, "duration_ms"))
    draft.details["reason"] = first_text(log.attributes, "terminate_reason")


def _compression(draft: Draft, log: RawLog) -> None:
    draft.type = "compaction"
    for detail in ("tokens_before", "tokens_after"):
        tokens = count_in(log.attributes, detail)
        if tokens is not None:
            draft.details[detail] = tokens


def _routing(draft: Draft, log: RawLog) -> None:
    attributes = log.attributes
    draft.type = "decision"
    draft.details.update(
        {
            "decision": first_text(attributes, "decision_model"),
            "policy": first_text(attributes, "decision_source"),
            "reason": first_text(attributes, "reasoning"),
        }
    )
    if flag_in(attributes, "failed") is True:
        failed(draft, first_text(attributes, "error_message"), "routing_error")


def _mode_switch(draft: Draft, log: RawLog) -> None:
    take_mode(draft, log, "approval_mode")


def _config(draft: Draft, log: RawLog) -> None:
    stated = {name: first_text(log.attributes, name) for name in STATED_OF_A_SESSION}
    draft.session_fields["agent_id"] = AGENT
    draft.session_fields["metadata"] = {name: value for name, value in stated.items() if value}


SPAN_READERS: dict[str, Callable[[Draft, Attributes], None]] = {
    "llm_call": _llm_span,
    "generate_content": _llm_span,
    "chat": _llm_span,
    "tool_call": _tool_span,
    "execute_tool": _tool_span,
}
LOG_READERS: dict[str, Callable[[Draft, RawLog], None]] = {
    "config": _config,
    "user_prompt": take_prompt,
    "api_response": _api_response,
    DETAILS: _details,
    "api_error": _api_error,
    "chat.content_retry": _retry,
    "chat.content_retry_failure": _api_error,
    "malformed_json_response": _api_error,
    "tool_call": _tool_call,
    "agent.start": _agent_start,
    "agent.finish": _agent_finish,
    "chat_compression": _compression,
    "model_routing": _routing,
    "approval_mode_switch": _mode_switch,
}
