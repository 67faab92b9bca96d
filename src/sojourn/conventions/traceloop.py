"""OpenLLMetry / Traceloop: its own span kinds over gen_ai.*, and messages flattened in the old way (interop.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions import otel_genai
from sojourn.conventions.draft import Draft
from sojourn.conventions.genai_messages import message_of_any, tool_call_part
from sojourn.conventions.handoffs import take_handoff
from sojourn.conventions.values import count_of, first_text, json_of, text_of, unflattened
from sojourn.domain.messages import Message
from sojourn.domain.telemetry import RawSpan

NAME = "traceloop"
KINDS = {"tool": "tool_call", "agent": "span", "workflow": "span", "task": "span", "handoff": "handoff"}
CALL_KINDS = {"chat": "chat", "completion": "text_completion", "embedding": "embeddings", "rerank": "rerank"}


def matches(span: RawSpan) -> bool:
    attributes = span.attributes
    return (
        "traceloop.span.kind" in attributes
        or "llm.request.type" in attributes
        or "traceloop.workflow.name" in attributes
        or "gen_ai.prompt.0.role" in attributes
        or "gen_ai.completion.0.role" in attributes
        or "gen_ai.prompt.0.content" in attributes
    )


def read(span: RawSpan) -> Draft:
    draft = otel_genai.read(span)
    attributes = span.attributes
    kind = text_of(attributes.get("traceloop.span.kind"))
    if kind in KINDS:
        draft.type = KINDS[kind]
        draft.details["operation"] = "invoke_agent" if kind == "agent" else kind
        draft.usage_kind = "sum" if draft.input_tokens or draft.output_tokens else ""
    elif request := text_of(attributes.get("llm.request.type")):
        draft.type, draft.usage_kind = "llm_call", "call"
        if request != "chat":
            draft.details["operation"] = CALL_KINDS.get(request, request)
    elif "gen_ai.prompt.0.role" in attributes or "gen_ai.completion.0.role" in attributes:
        draft.type, draft.usage_kind = "llm_call", "call"
    _take_flattened(draft, attributes)
    _take_entity(draft, attributes, kind)
    if draft.reasoning_tokens is None:
        draft.reasoning_tokens = count_of(attributes.get("gen_ai.usage.reasoning_tokens"))
    take_handoff(draft, span.name, attributes)
    return draft


def _take_flattened(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """gen_ai.prompt.N.* and gen_ai.completion.N.*; llm.request.functions.N.* are the tools."""
    prompts, completions = unflattened(attributes, "gen_ai.prompt"), unflattened(attributes, "gen_ai.completion")
    if isinstance(prompts, list):
        draft.inputs = [_message(item, "user") for item in prompts]
    if isinstance(completions, list):
        draft.outputs = [_message(item, "assistant") for item in completions]
    functions = unflattened(attributes, "llm.request.functions")
    if isinstance(functions, list):
        draft.tool_definitions = functions
    draft.consumed.update(
        name
        for name in attributes
        if name.startswith(("gen_ai.prompt.", "gen_ai.completion.", "llm.request.functions."))
    )


def _message(item: Any, default_role: str) -> Message:
    if not isinstance(item, Mapping):
        return message_of_any(item, default_role)
    calls = item.get("tool_calls")
    content = json_of(item.get("content"))
    parsed = message_of_any({**item, "content": content, "tool_calls": []}, default_role)
    called = [tool_call_part(call) for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    parts = [part for part in parsed.parts if part.get("content") != "" or not called]
    return Message(parsed.role, (*parts, *called), parsed.name)


def _take_entity(draft: Draft, attributes: Mapping[str, Any], kind: str) -> None:
    entity = first_text(attributes, "traceloop.entity.name")
    if kind == "agent":
        draft.agent = draft.agent or entity
    given, made = json_of(attributes.get("traceloop.entity.input")), json_of(attributes.get("traceloop.entity.output"))
    if kind == "tool":
        draft.tool_name = draft.tool_name or entity
        draft.arguments = given if draft.arguments is None else draft.arguments
        draft.result = made if draft.result is None else draft.result
    elif not draft.inputs and not draft.outputs:
        draft.input_value, draft.output_value = given, made
    draft.consumed.update({"traceloop.entity.input", "traceloop.entity.output"})
