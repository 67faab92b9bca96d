"""AWS's collector moves the messages of a span into the body of a span event; here they go back where they came from.

It strips OpenInference's span kind too, so the kind is told by what the output is: generations of a model, the message
of a tool, or anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.values import first_of, json_of, list_of, object_of
from sojourn.domain.messages import dump_json

KIND = "openinference.span.kind"


def take_bodies(attributes: dict[str, Any], events: list[Any]) -> list[Any]:
    """Fills `attributes` from events that hold messages; answers the other events."""
    others: list[Any] = []
    for event in events:
        body = object_of(event.get("body")) if isinstance(event, Mapping) else {}
        given, made = (object_of(body.get(side)).get("messages") for side in ("input", "output"))
        if not isinstance(given, list) and not isinstance(made, list):
            others.append(event)
            continue
        if not any(name == KIND or name.startswith(("gen_ai.", "traceloop.")) for name in attributes):
            _tell_kind(attributes, _only_content(made))
        for side, messages in (("input", given), ("output", made)):
            if isinstance(messages, list) and messages:
                _restore(attributes, side, messages)
    return others


def _tell_kind(attributes: dict[str, Any], output: Any) -> None:
    found = object_of(output)
    if "generations" in found:
        attributes[KIND] = "LLM"
    elif found.get("type") == "tool" or "tool_call_id" in found:
        attributes[KIND] = "TOOL"
        attributes.setdefault("tool.name", found.get("name", ""))
        attributes.setdefault("tool.id", found.get("tool_call_id", ""))
    else:
        attributes[KIND] = "CHAIN"


def _restore(attributes: dict[str, Any], side: str, messages: list[Any]) -> None:
    kind = attributes.get(KIND)
    if kind is None:
        attributes.setdefault(f"gen_ai.{side}.messages", [_flat(message) for message in messages])
    elif kind == "LLM" and side == "input":
        for position, message in enumerate(messages):
            if isinstance(message, Mapping):
                for field in ("role", "content"):
                    attributes.setdefault(f"llm.input_messages.{position}.message.{field}", message.get(field))
    elif kind == "LLM":
        _restore_answer(attributes, _only_content(messages))
    else:
        content = _only_content(messages)
        attributes.setdefault(f"{side}.value", content if isinstance(content, str) else dump_json(content))


def _restore_answer(attributes: dict[str, Any], content: Any) -> None:
    """The first of LangChain's generations, as OpenInference would have written it."""
    first: Any = object_of(content).get("generations")
    while isinstance(first, list) and first:
        first = first[0]
    said = object_of(first)
    prefix = "llm.output_messages.0.message."
    attributes.setdefault(prefix + "role", "assistant")
    attributes.setdefault(prefix + "content", said.get("text", content if not said else ""))
    for position, call in enumerate(list_of(object_of(said.get("message")).get("tool_calls"))):
        asked, called = object_of(call), f"{prefix}tool_calls.{position}.tool_call."
        attributes.setdefault(called + "id", asked.get("id", ""))
        attributes.setdefault(called + "function.name", asked.get("name", ""))
        attributes.setdefault(called + "function.arguments", dump_json(asked.get("args", {})))


def _only_content(messages: Any) -> Any:
    if not isinstance(messages, list) or not messages:
        return None
    return messages[0].get("content") if len(messages) == 1 and isinstance(messages[0], Mapping) else messages


def _flat(message: Any) -> Any:
    """A message whose content is wrapped in an object once more."""
    if not isinstance(message, Mapping):
        return message
    content = json_of(message.get("content"))
    inner = json_of(first_of(content, "content", "message")) if isinstance(content, Mapping) else None
    return {**message, "content": content if inner is None else inner}
