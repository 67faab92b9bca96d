"""Mozilla any-agent: OpenTelemetry GenAI with one name for every output, and its own for tool arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions import otel_genai
from sojourn.conventions.draft import Draft
from sojourn.conventions.genai_messages import tool_call_part
from sojourn.conventions.handoffs import take_handoff
from sojourn.conventions.values import json_of, text_of
from sojourn.domain.messages import Message, text_message
from sojourn.domain.telemetry import RawSpan

NAME = "any_agent"
ARGUMENTS, OUTPUT = "gen_ai.tool.args", "gen_ai.output"


def matches(span: RawSpan) -> bool:
    return OUTPUT in span.attributes or ARGUMENTS in span.attributes


def read(span: RawSpan) -> Draft:
    attributes = span.attributes
    draft = otel_genai.read(span)
    output = json_of(attributes.get(OUTPUT))
    if draft.type == "tool_call":
        draft.arguments = json_of(attributes.get(ARGUMENTS)) if draft.arguments is None else draft.arguments
        draft.result = output if draft.result is None else draft.result
        take_handoff(draft, span.name, attributes)
    elif draft.type == "llm_call" and not draft.outputs:
        draft.outputs = _answer(output)
    elif draft.output_value is None:
        draft.output_value = output
    if draft.type == "llm_call" and not draft.provider and "/" in draft.model_requested:
        draft.provider, draft.model_used = draft.model_requested.split("/", 1)
    draft.consumed.update({ARGUMENTS, OUTPUT})
    return draft


def _answer(output: Any) -> list[Message]:
    """Text, or the tools that the model wants to be called."""
    if output is None or output == "":
        return []
    calls = output if isinstance(output, list) else []
    if calls and all(isinstance(call, Mapping) and "tool.name" in call for call in calls):
        asked = [tool_call_part({"name": call["tool.name"], "arguments": call.get("tool.args")}) for call in calls]
        return [Message("assistant", tuple(asked))]
    return [text_message("assistant", text_of(output))]
