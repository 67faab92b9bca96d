"""Pydantic AI, old and new, and what Logfire instruments: OpenAI Agents, Claude Agent SDK, model clients.

Both write OpenTelemetry GenAI with names of their own beside it. Those names become GenAI's first, then it reads them.
Logfire also sends each span when it starts, as a child of itself: `reopened` makes that the open form of the span.
`gen_ai.usage.partial.*` are parts of a total that comes later, so nothing reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sojourn.conventions import otel_genai
from sojourn.conventions.draft import Draft
from sojourn.conventions.genai_messages import message_of_any
from sojourn.conventions.values import count_of, first_of, first_text, json_of, list_of, object_of, text_of
from sojourn.domain.messages import Message
from sojourn.domain.telemetry import RawSpan

NAME = "logfire"
SCOPES = ("pydantic-ai", "logfire", "pydantic_ai")
MARKS = frozenset({"logfire.msg", "logfire.span_type", "logfire.msg_template", "pydantic_ai.all_messages"})
NO_PARENT = "0" * 16
ERROR_LEVEL = 17  # logfire.level_num: error and above
SPELLINGS = {
    "tool_arguments": "gen_ai.tool.call.arguments",
    "tool_response": "gen_ai.tool.call.result",
    "agent_name": "gen_ai.agent.name",
    "model_name": "gen_ai.request.model",
    "gen_ai.usage.details.thoughts_tokens": "gen_ai.usage.reasoning.output_tokens",
}
HISTORIES = ("pydantic_ai.all_messages", "all_messages_events", "events")


def reopened(span: RawSpan) -> RawSpan:
    """The open form of the span that a pending span announces; any other span as it is."""
    if span.attributes.get("logfire.span_type") != "pending_span" or not span.parent_span_id:
        return span
    parent = text_of(span.attributes.get("logfire.pending_parent_id"))
    return span._replace(
        span_id=span.parent_span_id,
        parent_span_id="" if parent == NO_PARENT else parent,
        ended_at_ns=0,
        name=span.name.removesuffix(" (pending)"),
    )


def matches(span: RawSpan) -> bool:
    return span.origin.scope_name.startswith(SCOPES) or not MARKS.isdisjoint(span.attributes)


def read(span: RawSpan) -> Draft:
    attributes = span.attributes
    respelled = _respelled(attributes, span.name)
    # The name of a program's own span may begin with a word of GenAI's by chance: "plan trip", "chat page".
    is_genai = any(name.startswith("gen_ai.") for name in respelled)
    draft = otel_genai.read(span._replace(attributes=respelled, name=span.name if is_genai else ""))
    draft.consumed.update(SPELLINGS.keys() & {"tool_arguments", "tool_response"})
    draft.consumed.add("logfire.json_schema")
    _take_group(draft, attributes)
    _take_history(draft, attributes)
    template = first_text(attributes, "logfire.msg_template") or span.name
    for beginning, take in TEMPLATES.items():
        if template.startswith(beginning):
            take(draft, attributes)
            break
    if draft.type == "llm_call" and not draft.tool_definitions:
        draft.tool_definitions = list_of(object_of(attributes.get("model_request_parameters")).get("function_tools"))
    if "final_result" in attributes:
        draft.output_value = json_of(attributes["final_result"])
        draft.consumed.add("final_result")
    if draft.type == "span" and not draft.details.get("operation"):
        _take_plain(draft, attributes)
    return draft


def _respelled(attributes: Mapping[str, Any], name: str) -> dict[str, Any]:
    renamed = dict(attributes)
    for theirs, ours in SPELLINGS.items():
        if theirs in attributes:
            renamed.setdefault(ours, attributes[theirs])
    if "gen_ai.operation.name" not in attributes:
        is_agent = "agent_name" in attributes and ("model_name" in attributes or name.endswith(" run"))
        if is_agent or name == "agent run":
            renamed["gen_ai.operation.name"] = "invoke_agent"
    return renamed


def _take_group(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """OpenAI Agents' group is what its user calls a session."""
    group = first_text(attributes, "group_id")
    if group and group != "null" and (draft.session_tier == 0 or draft.session_tier > 3):
        draft.session_tier, draft.session_key = 3, group


def _take_history(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """The messages of a call or run, as one list of messages or of message events."""
    for name in HISTORIES:
        items = list_of(attributes.get(name))
        if not items:
            continue
        draft.consumed.add(name)
        if draft.inputs or draft.outputs:
            return
        answers = [item for item in items if isinstance(item, Mapping) and item.get("event.name") == "gen_ai.choice"]
        draft.inputs = [_event_message(item) for item in items if item not in answers]
        draft.outputs = [_event_message(item) for item in answers]
        return


def _event_message(item: Any) -> Message:
    """A message, or an event that wraps one and names its sort."""
    if not isinstance(item, Mapping):
        return message_of_any(item)
    role = otel_genai.MESSAGE_EVENTS.get(text_of(item.get("event.name")), "user")
    return message_of_any(item, role)


def _agent_run(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.agent = first_text(attributes, "name", "agent_name", "gen_ai.agent.name")
    draft.details["operation"] = "invoke_agent"


def _function(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.type = "tool_call"
    draft.usage_kind = ""
    draft.tool_name = first_text(attributes, "name", "gen_ai.tool.name")
    draft.arguments = json_of(first_of(attributes, "input", "gen_ai.tool.call.arguments"))
    draft.result = json_of(first_of(attributes, "output", "gen_ai.tool.call.result"))
    draft.consumed.update({"input", "output"})


def _guardrail(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.type = "guardrail_eval"
    is_triggered = attributes.get("triggered") in (True, "true", "True")
    draft.details |= {"guardrail": first_text(attributes, "name"), "result": "blocked" if is_triggered else "passed"}


def _response(draft: Draft, attributes: Mapping[str, Any]) -> None:
    draft.type = "llm_call"
    draft.usage_kind = "call"
    draft.usage_key = draft.usage_key or first_text(attributes, "response_id")
    draft.details.pop("operation", None)


def _take_plain(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """A span or log line of the program's own: its message says what it is about."""
    draft.preview = first_text(attributes, "logfire.msg")
    level = count_of(attributes.get("logfire.level_num"))
    if attributes.get("logfire.span_type") == "log" and level is not None and level >= ERROR_LEVEL:
        draft.type = "error"
        draft.error = draft.preview or "error"
        draft.error_type = draft.error_type or "log"
        draft.status = "error"


TEMPLATES: dict[str, Callable[[Draft, Mapping[str, Any]], None]] = {
    "Agent run:": _agent_run,
    "Function:": _function,
    "Guardrail ": _guardrail,
    "Responses API": _response,
    "Chat completion": _response,
}
