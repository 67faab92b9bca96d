"""Vercel AI SDK: ai.generateText and its like wrap one ai.*.doGenerate for each request (interop.md §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions import otel_genai
from sojourn.conventions.draft import Draft
from sojourn.conventions.genai_messages import messages_of, tool_call_part
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import amount_of, count_of, first_of, first_text, json_of, list_of, object_of, text_of
from sojourn.domain.messages import Message
from sojourn.domain.telemetry import RawSpan

NAME = "vercel"
REQUESTS = (".doGenerate", ".doStream", ".doEmbed")
_CONTENT = (
    "ai.prompt",
    "ai.prompt.messages",
    "ai.prompt.tools",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.response.object",
    "ai.toolCall.args",
    "ai.toolCall.result",
    "ai.response.reasoning",
    "ai.value",
    "ai.embedding",
    "ai.values",
    "ai.embeddings",
)


def matches(span: RawSpan) -> bool:
    return "ai.operationId" in span.attributes


def read(span: RawSpan) -> Draft:
    draft = Draft()
    attributes = span.attributes
    operation = text_of(attributes["ai.operationId"])
    otel_genai.take_identity(draft, attributes)
    draft.agent = draft.agent or first_text(attributes, "ai.telemetry.functionId", "resource.name")
    draft.model_requested = draft.model_requested or first_text(attributes, "ai.model.id")
    draft.model_used = draft.model_used or first_text(attributes, "ai.response.model")
    draft.provider = draft.provider or first_text(attributes, "ai.model.provider").split(".")[0]
    take_session(draft, attributes, span.origin)
    if operation == "ai.toolCall":
        _take_tool(draft, attributes)
    else:
        _take_request(draft, attributes, operation)
    draft.consumed.update(name for name in _CONTENT if name in attributes)
    return draft


def _take_tool(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.type = "tool_call"
    draft.tool_name = first_text(attributes, "ai.toolCall.name")
    draft.tool_call_id = first_text(attributes, "ai.toolCall.id")
    draft.arguments = json_of(attributes.get("ai.toolCall.args"))
    draft.result = json_of(attributes.get("ai.toolCall.result"))


def _take_request(draft: Draft, attributes: Mapping[str, Any], operation: str) -> None:
    is_request = operation.endswith(REQUESTS)
    draft.type = "llm_call" if is_request else "span"
    draft.details["operation"] = "embeddings" if "mbed" in operation else ("chat" if is_request else "invoke_agent")
    prompt = first_of(attributes, "ai.prompt.messages", "ai.prompt")
    found = object_of(prompt)
    if text := text_of(found.get("system")):
        draft.system = [Message("system", ({"type": "text", "content": text},))]
    draft.inputs = messages_of(found.get("messages") or found.get("prompt") if found else prompt)
    draft.tool_definitions = [json_of(tool) for tool in list_of(attributes.get("ai.prompt.tools"))]
    if (answer := _answer(attributes)) is not None:
        draft.outputs = [answer]
    if (first := amount_of(attributes.get("ai.response.msToFirstChunk"))) is not None:
        draft.details["ttft_ms"] = round(first)
    if reason := first_text(attributes, "ai.response.finishReason"):
        draft.details["finish_reasons"] = [reason]
    _take_usage(draft, attributes, is_request)


def _answer(attributes: Mapping[str, Any]) -> Message | None:
    parts: list[dict[str, Any]] = []
    if reasoning := first_text(attributes, "ai.response.reasoning"):
        parts.append({"type": "reasoning", "content": reasoning})
    if text := first_text(attributes, "ai.response.text", "ai.response.object"):
        parts.append({"type": "text", "content": text})
    for call in list_of(attributes.get("ai.response.toolCalls")):
        if isinstance(call, Mapping):
            parts.append(tool_call_part({**call, "id": call.get("toolCallId"), "name": call.get("toolName")}))
    return Message("assistant", tuple(parts)) if parts else None


def _take_usage(draft: Draft, attributes: Mapping[str, Any], is_request: bool) -> None:
    draft.input_tokens = count_of(
        first_of(
            attributes,
            "ai.usage.inputTokens",
            "ai.usage.promptTokens",
            "gen_ai.usage.input_tokens",
            "ai.usage.tokens",
        )
    )
    draft.output_tokens = count_of(
        first_of(
            attributes,
            "ai.usage.outputTokens",
            "ai.usage.completionTokens",
            "gen_ai.usage.output_tokens",
        )
    )
    draft.cache_read_tokens = count_of(
        first_of(attributes, "ai.usage.cachedInputTokens", "gen_ai.usage.cache_read.input_tokens")
    )
    draft.reasoning_tokens = count_of(attributes.get("ai.usage.reasoningTokens"))
    if is_request:
        draft.usage_kind = "call"
        draft.usage_key = first_text(attributes, "ai.response.id", "gen_ai.response.id")
    elif draft.input_tokens or draft.output_tokens:
        draft.usage_kind = "sum"
