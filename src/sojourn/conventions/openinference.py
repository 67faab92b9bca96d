"""OpenInference: one span kind for each sort of work, messages flattened into attributes (interop.md §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.draft import Draft
from sojourn.conventions.genai_messages import message_of_any, part_of, tool_call_part
from sojourn.conventions.handoffs import take_handoff
from sojourn.conventions.openinference_quirks import settle
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import (
    amount_of,
    count_of,
    first_of,
    first_text,
    json_of,
    list_of,
    object_of,
    text_of,
    unflattened,
)
from sojourn.domain.messages import Message
from sojourn.domain.telemetry import RawSpan

NAME = "openinference"
KIND = "openinference.span.kind"
TYPES = {
    "LLM": "llm_call",
    "EMBEDDING": "llm_call",
    "TOOL": "tool_call",
    "RETRIEVER": "retrieval",
    "RERANKER": "retrieval",
    "GUARDRAIL": "guardrail_eval",
    "EVALUATOR": "assessment",
    "DECISION": "decision",
}


def matches(span: RawSpan) -> bool:
    return KIND in span.attributes


def read(span: RawSpan) -> Draft:
    draft = Draft()
    attributes = span.attributes
    kind = text_of(attributes.get(KIND)).upper()
    draft.type = TYPES.get(kind, "span")
    if draft.type == "span" or kind in {"EMBEDDING", "RERANKER"}:
        draft.details["operation"] = "invoke_agent" if kind == "AGENT" else kind.lower()
    _take_identity(draft, attributes, kind, span.name)
    take_session(draft, attributes, span.origin)
    if tags := list_of(attributes.get("tag.tags")):
        draft.session_fields["tags"] = {text_of(tag): "" for tag in tags}
    _take_usage(draft, attributes)
    if kind == "LLM":
        _take_messages(draft, attributes)
    elif kind == "TOOL":
        draft.arguments = json_of(first_of(attributes, "input.value", "tool.parameters"))
        draft.result = json_of(attributes.get("output.value"))
        draft.consumed.update({"input.value", "output.value"})
    elif kind in {"RETRIEVER", "RERANKER"}:
        _take_documents(draft, attributes)
    else:
        _take_values(draft, attributes)
    if kind == "GUARDRAIL":
        draft.details["guardrail"] = span.name
        draft.details["result"] = "blocked" if span.status_code == 2 else "passed"
    take_handoff(draft, span.name, attributes)
    settle(draft, span.name, span.origin.scope_name)
    return draft


def _take_identity(draft: Draft, attributes: Mapping[str, Any], kind: str, name: str) -> None:
    draft.agent = first_text(attributes, "agent.name")
    if not draft.agent and kind == "AGENT":
        draft.agent = first_text(attributes, "graph.node.id", "graph.node.name") or name
    if parent := first_text(attributes, "graph.node.parent_id"):
        draft.details["parent_agent"] = parent
    draft.model_requested = first_text(attributes, "llm.request.model_name", "llm.model_name", "embedding.model_name")
    draft.model_used = first_text(attributes, "llm.response.model_name", "llm.model_name", "embedding.model_name")
    draft.provider = first_text(attributes, "llm.provider", "llm.system")
    draft.tool_name = first_text(attributes, "tool.name") or (name if kind == "TOOL" else "")
    draft.tool_call_id = first_text(attributes, "tool.id", "tool_call.id", "gen_ai.tool.call.id")
    if parameters := object_of(attributes.get("llm.invocation_parameters")):
        draft.details["parameters"] = parameters
    if reasons := first_of(attributes, "llm.finish_reasons", "llm.finish_reason"):
        draft.details["finish_reasons"] = list_of(reasons) or [text_of(reasons)]


def _take_usage(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """`prompt` includes cached tokens; some (the Claude Agent SDK's) leave them out, which shows if they are more."""
    count = "llm.token_count."
    draft.input_tokens = count_of(attributes.get(count + "prompt"))
    draft.output_tokens = count_of(attributes.get(count + "completion"))
    draft.cache_read_tokens = count_of(
        first_of(attributes, count + "prompt_details.cache_read", count + "prompt_details.cache_input")
    )
    draft.cache_write_tokens = count_of(attributes.get(count + "prompt_details.cache_write"))
    cached = (draft.cache_read_tokens or 0) + (draft.cache_write_tokens or 0)
    if draft.input_tokens is not None and draft.input_tokens < cached:
        draft.input_tokens += cached
    draft.reasoning_tokens = count_of(attributes.get(count + "completion_details.reasoning"))
    if (cost := amount_of(attributes.get("llm.cost.total"))) is not None:
        draft.reported_cost_usd, draft.reported_cost_by = cost, "llm.cost.total"
    if draft.type == "llm_call":
        draft.usage_kind = "call"
        draft.usage_key = first_text(attributes, "gen_ai.response.id", "llm.response.id")
    elif draft.input_tokens or draft.output_tokens or draft.reported_cost_usd:
        draft.usage_kind = "sum"


def _take_messages(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """Messages are flattened into llm.input_messages.N.message.…; without them the opaque values stand in."""
    inputs = unflattened(attributes, "llm.input_messages")
    outputs = unflattened(attributes, "llm.output_messages")
    draft.inputs = [_message(item) for item in inputs] if isinstance(inputs, list) else []
    draft.outputs = [_message(item, "assistant") for item in outputs] if isinstance(outputs, list) else []
    tools = unflattened(attributes, "llm.tools")
    if isinstance(tools, list):
        draft.tool_definitions = [json_of(_inside(item, "tool", "json_schema")) for item in tools]
    draft.consumed.update(
        name for name in attributes if name.startswith(("llm.input_messages.", "llm.output_messages.", "llm.tools."))
    )
    if draft.inputs or draft.outputs:
        draft.consumed.update({"input.value", "output.value"})  # the same content again, as one JSON text
    else:
        _take_values(draft, attributes)


def _message(item: Any, default_role: str = "user") -> Message:
    said = item.get("message") if isinstance(item, Mapping) else None
    if not isinstance(said, Mapping):
        return message_of_any(item, default_role)
    contents = said.get("contents")
    content: Any = said.get("content")
    if isinstance(contents, list):
        content = [_content(part) for part in contents]
    calls = said.get("tool_calls")
    tool_calls = [_inside(call, "tool_call") for call in calls] if isinstance(calls, list) else []
    parsed = message_of_any({**said, "content": content, "tool_calls": []}, default_role)
    parts = [part for part in parsed.parts if part.get("content") != "" or not tool_calls]
    parts += [tool_call_part(call) for call in tool_calls if isinstance(call, Mapping)]
    return Message(parsed.role, tuple(parts), parsed.name)


def _content(part: Any) -> Any:
    inner = _inside(part, "message_content")
    if not isinstance(inner, Mapping):
        return part
    url = _inside(inner.get("image"), "image", "url") or _inside(inner.get("image"), "url")
    return part_of({"type": "image_url", "image_url": {"url": url}} if url else inner)


def _inside(value: Any, *steps: str) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _take_documents(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.input_value = attributes.get("input.value")
    documents = unflattened(attributes, "retrieval.documents") or unflattened(attributes, "reranker.output_documents")
    draft.output_value = documents or json_of(attributes.get("output.value"))
    draft.details["query"] = text_of(draft.input_value)[:2_000]
    draft.consumed.update({"input.value", "output.value"})
    draft.consumed.update(
        name for name in attributes if name.startswith(("retrieval.documents.", "reranker.output_documents."))
    )


def _take_values(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.input_value = json_of(attributes.get("input.value"))
    draft.output_value = json_of(attributes.get("output.value"))
    draft.consumed.update({"input.value", "output.value"})
