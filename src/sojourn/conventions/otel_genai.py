"""OpenTelemetry GenAI, the current form and the older ones (interop.md §1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.draft import Draft
from sojourn.conventions.genai_messages import message_of_any, messages_of, part_of
from sojourn.conventions.handoffs import take_handoff
from sojourn.conventions.seen import Seen
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import amount_of, count_of, first_of, first_text, json_of, list_of, text_of
from sojourn.domain.messages import Message
from sojourn.domain.telemetry import RawLog, RawSpan

NAME = "otel_genai"
CALLS = frozenset(
    {"chat", "generate_content", "text_completion", "embeddings", "completion", "fetch_response", "call_llm"}
)
AGENTS = frozenset({"invoke_agent", "create_agent", "invoke_workflow"})
TYPES = {
    "execute_tool": "tool_call",
    "plan": "decision",
    "retrieval": "retrieval",
    "search_memory": "retrieval",
    "create_memory": "state_change",
    "update_memory": "state_change",
    "upsert_memory": "state_change",
    "delete_memory": "state_change",
    "handoff": "handoff",
    "compact_events": "compaction",
}
MESSAGE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
EVALUATION_EVENT = "gen_ai.evaluation.result"
EXCEPTION_EVENT = "gen_ai.client.operation.exception"
_CONSUMED = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.prompt",
    "gen_ai.completion",
)
_PARAMETERS = "gen_ai.request."
USAGE, AGGREGATED_USAGE = "gen_ai.usage.", "gen_ai.aggregated_usage."
_SPELLINGS = {
    "input_tokens": ("input_tokens", "prompt_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens"),
    "cache_read_tokens": ("cache_read.input_tokens", "cache_read_input_tokens", "details.cache_read_tokens"),
    "cache_write_tokens": (
        "cache_write.input_tokens",
        "cache_creation.input_tokens",
        "cache_creation_input_tokens",
        "details.cache_write_tokens",
    ),
    "reasoning_tokens": ("reasoning.output_tokens", "reasoning_tokens", "details.reasoning_tokens"),
}
_COUNTS = {
    field: {prefix: tuple(prefix + name for name in names) for prefix in (USAGE, AGGREGATED_USAGE)}
    for field, names in _SPELLINGS.items()
}
_COSTS = ("operation.cost", USAGE + "cost", USAGE + "total_cost")
_PARTIAL_COSTS = (USAGE + "input_cost", USAGE + "output_cost")
_TELLS_USAGE = frozenset(
    {name for spellings in _COUNTS.values() for names in spellings.values() for name in names}
).union(_COSTS, _PARTIAL_COSTS)
MAX_SEEN_INSTRUCTIONS = 4 << 20  # characters of instructions that many calls repeat
_seen_instructions: Seen[list[Message]] = Seen(MAX_SEEN_INSTRUCTIONS)


def matches(span: RawSpan) -> bool:
    attributes = span.attributes
    return (
        "gen_ai.operation.name" in attributes
        or "gen_ai.system" in attributes
        or "gen_ai.provider.name" in attributes
        or "mcp.method.name" in attributes
        or any(name.startswith("gen_ai.") for name in attributes)
    )


def read(span: RawSpan) -> Draft:
    draft = Draft()
    attributes = span.attributes
    operation = operation_of(attributes, span.name)
    take_type(draft, operation, attributes)
    take_identity(draft, attributes)
    take_session(draft, attributes, span.origin)
    if draft.type == "llm_call":
        take_messages(draft, attributes)
        take_message_events(draft, span)
    elif draft.type == "tool_call":
        take_tool(draft, attributes)
    elif draft.type == "retrieval":
        take_retrieval(draft, attributes)
    else:
        take_messages(draft, attributes)
        take_message_events(draft, span)
    take_usage(draft, attributes)
    if attributes.get("gen_ai.conversation.compacted") is True:
        draft.details["conversation_compacted"] = True
    take_handoff(draft, span.name, attributes)
    return draft


def operation_of(attributes: Mapping[str, Any], name: str) -> str:
    """The operation, named or told by other attributes of older senders."""
    if operation := text_of(attributes.get("gen_ai.operation.name")):
        return operation
    if attributes.get("mcp.method.name") == "tools/call" or "gen_ai.tool.name" in attributes:
        return "execute_tool"
    first = name.split(" ", 1)[0]
    if first in CALLS or first in AGENTS or first in TYPES:
        return first
    has_usage = any(key in attributes for key in ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"))
    if has_usage or "gen_ai.response.id" in attributes or "gen_ai.completion" in attributes:
        return "chat"
    return "invoke_agent" if "gen_ai.agent.name" in attributes and first == "agent" else ""


def take_type(draft: Draft, operation: str, attributes: Mapping[str, Any]) -> None:
    if operation in CALLS:
        draft.type = "llm_call"
        if operation != "chat":
            draft.details["operation"] = operation
    else:
        draft.type = TYPES.get(operation, "span")
        if operation:
            draft.details["operation"] = operation
    if "mcp.method.name" in attributes and draft.type == "span":
        draft.details["operation"] = text_of(attributes["mcp.method.name"])


def take_identity(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.agent = first_text(attributes, "gen_ai.agent.name", "gen_ai.agent.id")
    draft.provider = first_text(attributes, "gen_ai.provider.name", "gen_ai.system")
    draft.model_requested = first_text(attributes, "gen_ai.request.model")
    draft.model_used = first_text(attributes, "gen_ai.response.model")
    draft.tool_name = first_text(attributes, "gen_ai.tool.name")
    draft.tool_call_id = first_text(attributes, "gen_ai.tool.call.id", "gen_ai.tool.call_id")
    draft.error_type = draft.error_type or first_text(attributes, "error.type")
    if reasons := attributes.get("gen_ai.response.finish_reasons"):
        draft.details["finish_reasons"] = list_of(reasons) or [text_of(reasons)]
    if (first_chunk := amount_of(attributes.get("gen_ai.response.time_to_first_chunk"))) is not None:
        draft.details["ttft_ms"] = round(first_chunk * 1_000)
    parameters = {
        name[len(_PARAMETERS) :]: value
        for name, value in attributes.items()
        if name.startswith(_PARAMETERS) and name != "gen_ai.request.model"
    }
    if parameters:
        draft.details["parameters"] = parameters


def take_messages(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """Content: messages, instructions apart from them, tools that the model may use."""
    if (system := attributes.get("gen_ai.system_instructions")) is not None:
        draft.system = system_messages(system)
    draft.inputs = messages_of(first_of(attributes, "gen_ai.input.messages", "gen_ai.prompt"))
    draft.outputs = messages_of(first_of(attributes, "gen_ai.output.messages", "gen_ai.completion"), "assistant")
    draft.tool_definitions = list_of(attributes.get("gen_ai.tool.definitions"))
    draft.consumed.update(name for name in _CONSUMED if name in attributes)


def system_messages(value: Any) -> list[Message]:
    """Instructions are a list of parts, or text."""
    if not isinstance(value, str):
        return _read_instructions(value)
    known = _seen_instructions.get(value)
    if known is None:
        known = _read_instructions(value)
        if len(value) < MAX_SEEN_INSTRUCTIONS // 8:
            _seen_instructions.put(value, known, len(value))
    return list(known)


def _read_instructions(value: Any) -> list[Message]:
    found = json_of(value)
    if isinstance(found, list) and found and all(isinstance(item, Mapping) and "role" not in item for item in found):
        return [Message("system", tuple(map(part_of, found)))]
    return [message._replace(role="system") for message in messages_of(found, "system")]


def take_message_events(draft: Draft, span: RawSpan) -> None:
    """Older senders and Strands put each message into a span event."""
    for happened in span.events:
        if happened.name == DETAILS_EVENT:
            take_messages(draft, {**span.attributes, **happened.attributes})
            draft.consumed.add(f"event:{happened.name}")
        elif happened.name in MESSAGE_EVENTS:
            message = _event_message(MESSAGE_EVENTS[happened.name], happened.attributes)
            (draft.outputs if happened.name == "gen_ai.choice" else draft.inputs).append(message)
            draft.consumed.add(f"event:{happened.name}")
        elif happened.name == "gen_ai.content.prompt":
            draft.inputs += messages_of(happened.attributes.get("gen_ai.prompt"))
            draft.consumed.add(f"event:{happened.name}")
        elif happened.name == "gen_ai.content.completion":
            draft.outputs += messages_of(happened.attributes.get("gen_ai.completion"), "assistant")
            draft.consumed.add(f"event:{happened.name}")


def _event_message(role: str, attributes: Mapping[str, Any]) -> Message:
    value = first_of(attributes, "message", "content", "gen_ai.event.content", "body")
    found = json_of(value)
    if isinstance(found, list):  # Strands: a list of parts without types
        return Message(role, tuple(_bare_part(part) for part in found))
    if isinstance(found, Mapping) and ("content" in found or "parts" in found or "tool_calls" in found):
        return message_of_any(found, role)._replace(role=role)
    calls = list_of(attributes.get("tool_calls"))
    return message_of_any(
        {"role": role, "content": text_of(value), "tool_calls": calls, "id": attributes.get("id")}, role
    )


def _bare_part(part: Any) -> dict[str, Any]:
    if isinstance(part, Mapping):
        if isinstance(use := part.get("toolUse"), Mapping):
            return {
                "type": "tool_call",
                "id": text_of(use.get("toolUseId")),
                "name": text_of(use.get("name")),
                "arguments": use.get("input"),
            }
        if isinstance(done := part.get("toolResult"), Mapping):
            return {"type": "tool_call_response", "id": text_of(done.get("toolUseId")), "response": done.get("content")}
    return part_of(part)


def take_tool(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.arguments = json_of(attributes.get("gen_ai.tool.call.arguments"))
    draft.result = json_of(attributes.get("gen_ai.tool.call.result"))
    draft.consumed.update(name for name in _CONSUMED if name in attributes)


def take_retrieval(draft: Draft, attributes: Mapping[str, Any]) -> None:
    query = first_of(attributes, "gen_ai.retrieval.query.text", "gen_ai.memory.query.text")
    documents = first_of(attributes, "gen_ai.retrieval.documents", "gen_ai.memory.records")
    draft.input_value, draft.output_value = query, json_of(documents)
    if query is not None:
        draft.details["query"] = text_of(query)[:2_000]
    draft.consumed.update({"gen_ai.retrieval.documents", "gen_ai.memory.records"})


def take_usage(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """`input_tokens` includes cached tokens (spec). Aggregates on agents are sums over their calls."""
    if not _TELLS_USAGE.isdisjoint(attributes):
        prefix = USAGE
        if draft.type != "llm_call" and AGGREGATED_USAGE + "input_tokens" in attributes:
            prefix = AGGREGATED_USAGE
        for field, spellings in _COUNTS.items():
            setattr(draft, field, count_of(first_of(attributes, *spellings[prefix])))
        take_cost(draft, attributes)
    if draft.type == "llm_call":
        draft.usage_kind = "call"
        draft.usage_key = first_text(attributes, "gen_ai.response.id")
    elif draft.input_tokens or draft.output_tokens or draft.reported_cost_usd:
        draft.usage_kind = "sum"


def take_cost(draft: Draft, attributes: Mapping[str, Any]) -> None:
    for name in _COSTS:
        if (cost := amount_of(attributes.get(name))) is not None:
            draft.reported_cost_usd, draft.reported_cost_by = cost, name
            return
    parts = [amount_of(attributes.get(name)) for name in _PARTIAL_COSTS]
    if all(part is not None for part in parts):
        draft.reported_cost_usd = sum(part for part in parts if part is not None)
        draft.reported_cost_by = " + ".join(_PARTIAL_COSTS)


def matches_log(log: RawLog) -> bool:
    return log.event_name.startswith("gen_ai.")


def read_log(log: RawLog) -> Draft:
    draft = Draft(name=log.event_name)
    attributes = {**log.attributes, **log.body} if isinstance(log.body, dict) else log.attributes
    take_identity(draft, attributes)
    take_session(draft, attributes, log.origin)
    if log.event_name == EVALUATION_EVENT:
        _take_evaluation(draft, attributes)
    elif log.event_name == EXCEPTION_EVENT:
        draft.type = "error"
        draft.error_type = first_text(attributes, "exception.type", "error.type")
        draft.error = first_text(attributes, "exception.message") or draft.error_type or "exception"
    elif log.event_name == DETAILS_EVENT:
        draft.type = "llm_call"
        take_messages(draft, attributes)
        take_usage(draft, attributes)
        draft.details["counts_messages"] = not log.span_id
    elif log.event_name in MESSAGE_EVENTS:
        draft.type = "message"
        message = _event_message(MESSAGE_EVENTS[log.event_name], attributes)
        (draft.outputs if message.role == "assistant" else draft.inputs).append(message)
        draft.consumed.add("body")
    return draft


def _take_evaluation(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.type = "assessment"
    draft.details = {
        "name": first_text(attributes, "gen_ai.evaluation.name"),
        "score": attributes.get("gen_ai.evaluation.score.value"),
        "label": first_text(attributes, "gen_ai.evaluation.score.label"),
        "explanation": first_text(attributes, "gen_ai.evaluation.explanation"),
    }
    draft.preview = f"{draft.details['name']}: {draft.details['label'] or draft.details['score']}"
