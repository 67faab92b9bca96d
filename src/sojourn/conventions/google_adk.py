"""Google ADK's own spans: schema 2 is OpenTelemetry GenAI, schema 1 keeps content in gcp.vertex.agent.*."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sojourn.conventions import otel_genai
from sojourn.conventions.chat_messages import recognised_messages
from sojourn.conventions.draft import Draft
from sojourn.conventions.handoffs import take_handoff
from sojourn.conventions.values import count_of, first_of, json_of, object_of, text_of
from sojourn.domain.messages import Message
from sojourn.domain.telemetry import RawSpan

NAME = "google_adk"
SCOPE = "gcp.vertex.agent"
REQUEST, RESPONSE = "gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"
ARGUMENTS, RESULT = "gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.tool_response"
UNSPECIFIED = frozenset({"<not specified>", "<not serializable>", "N/A"})
HIDDEN = UNSPECIFIED | {"{}"}  # what schema 1 writes where content is switched off
MERGED_TOOLS = frozenset({"(merged tools)", "(merged)"})
COMPACTION = "gen_ai.compaction."
_AGENT_RUN = re.compile(r"^(?:agent_run|invoke_agent) \[?([^\]]+)\]?$")
PROVIDER = "gcp.gemini"


def matches(span: RawSpan) -> bool:
    if span.origin.scope_name == SCOPE:
        return True
    attributes = span.attributes
    return REQUEST in attributes or ARGUMENTS in attributes


def read(span: RawSpan) -> Draft:
    attributes = span.attributes
    draft = otel_genai.read(span)
    if draft.provider in {SCOPE, "gemini", "gcp.gen_ai"}:
        draft.provider = PROVIDER if "gemini" in (draft.model_requested or PROVIDER) else ""
    if draft.tool_call_id in UNSPECIFIED:
        draft.tool_call_id = ""
    found = _AGENT_RUN.match(span.name)
    if found is not None and draft.type == "span":
        draft.agent = draft.agent or found[1]
        draft.details["operation"] = "invoke_agent"
    if draft.type == "tool_call":
        _take_tool(draft, span)
    elif draft.type == "llm_call" or REQUEST in attributes:
        _take_call(draft, attributes)
    elif draft.type == "compaction":
        _take_compaction(draft, attributes)
    return draft


def _take_tool(draft: Draft, span: RawSpan) -> None:
    if draft.tool_name in MERGED_TOOLS:  # parallel calls once more, as one
        draft.type = "span"
        return
    attributes = span.attributes
    draft.consumed.update({ARGUMENTS, RESULT, REQUEST, RESPONSE})
    if draft.arguments is None:
        draft.arguments = _content(attributes.get(ARGUMENTS))
    if draft.result is None:
        draft.result = _content(attributes.get(RESULT))
    take_handoff(draft, span.name, attributes)


def _content(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and value in HIDDEN) else json_of(value)


def _take_call(draft: Draft, attributes: Mapping[str, Any]) -> None:
    request, response = object_of(attributes.get(REQUEST)), object_of(attributes.get(RESPONSE))
    draft.type = "llm_call"
    draft.usage_kind = "call"
    draft.consumed.update({REQUEST, RESPONSE})
    draft.model_requested = draft.model_requested or text_of(request.get("model"))
    if not draft.inputs:
        draft.inputs = recognised_messages(request.get("contents")) or []
    if not draft.outputs:
        draft.outputs = recognised_messages(response.get("content")) or []
    config = object_of(request.get("config"))
    instruction = config.get("system_instruction")
    if instruction and not draft.system:
        draft.system = _instructions(instruction)
    if not draft.tool_definitions:
        draft.tool_definitions = _tools(config.get("tools"))
    _take_usage(draft, object_of(response.get("usage_metadata")))


def _instructions(value: Any) -> list[Message]:
    if isinstance(value, Mapping):
        return [message._replace(role="system") for message in recognised_messages({"role": "system", **value}) or []]
    return otel_genai.system_messages(value)


def _tools(tools: Any) -> list[Any]:
    """Function declarations, which Gemini groups."""
    found: list[Any] = []
    for tool in tools if isinstance(tools, list) else []:
        declared = tool.get("function_declarations") if isinstance(tool, Mapping) else None
        found.extend(declared if isinstance(declared, list) else [tool])
    return found


def _take_usage(draft: Draft, usage: Mapping[str, Any]) -> None:
    """Gemini reports thoughts beside the answer; cached tokens are part of the prompt."""
    if not usage:
        return
    thoughts = count_of(usage.get("thoughts_token_count"))
    answered = count_of(usage.get("candidates_token_count"))
    if draft.input_tokens is None:
        draft.input_tokens = count_of(usage.get("prompt_token_count"))
    if draft.output_tokens is None and (answered is not None or thoughts is not None):
        draft.output_tokens = (answered or 0) + (thoughts or 0)
    if draft.cache_read_tokens is None:
        draft.cache_read_tokens = count_of(usage.get("cached_content_token_count"))
    if draft.reasoning_tokens is None:
        draft.reasoning_tokens = thoughts


def _take_compaction(draft: Draft, attributes: Mapping[str, Any]) -> None:
    trigger = first_of(attributes, COMPACTION + "trigger")
    if trigger is not None:
        draft.details["trigger"] = text_of(trigger)
    for detail, names in (
        ("tokens_before", ("tokens_before", "input_tokens", "old_tokens")),
        ("tokens_after", ("tokens_after", "output_tokens", "new_tokens")),
    ):
        tokens = count_of(first_of(attributes, *(COMPACTION + name for name in names)))
        if tokens is not None:
            draft.details[detail] = tokens
