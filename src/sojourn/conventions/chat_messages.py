"""Which values are messages: requests, histories and answers as providers and frameworks write them whole.

Knows chat completions, Responses items, Anthropic and Gemini contents, LangChain and OpenTelemetry messages, and the
objects they lie in. What is not recognisably a message is not guessed at: the answer is then None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sojourn.conventions.genai_messages import (
    ROLE_SPELLINGS,
    message_of_any,
    part_of,
    tool_call_part,
    tool_response_part,
)
from sojourn.conventions.values import json_of, text_of
from sojourn.domain.messages import ROLES, Message, Part

LANGCHAIN_CLASSES = {
    "SystemMessage": "system",
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
}
# Where an object keeps the list of messages, or the one message, that it is about.
HOLDERS = ("messages", "contents", "choices", "candidates", "message", "output", "content")
CALL_KEYS = {"function_call", "functionCall"}
ANSWER_KEYS = {"function_response", "functionResponse"}
MAX_NESTING = 6


def recognised_messages(value: Any, depth: int = 0) -> list[Message] | None:
    """The messages that a value holds; None if it does not look like messages."""
    found = json_of(value)
    if depth > MAX_NESTING:
        return None
    if isinstance(found, list):
        return _in_list(found, depth)
    if not isinstance(found, dict):
        return None
    message = recognised_message(found)
    if message is not None:
        return [message]
    for holder in HOLDERS:
        held = json_of(found.get(holder))
        if isinstance(held, list | dict) and held and (inner := recognised_messages(held, depth + 1)):
            return instructions_of(found) + inner
    return None


def recognised_message(item: Any) -> Message | None:
    """One message, or None."""
    if not isinstance(item, dict):
        return None
    kind, role = item.get("type"), item.get("role")
    if isinstance(role, str) and (role in ROLES or role in ROLE_SPELLINGS):
        return _spoken(item)
    if isinstance(kind, str) and kind in ITEM_READERS:
        return ITEM_READERS[kind](item)
    if isinstance(item.get("kwargs"), dict) and isinstance(item.get("id"), list) and item["id"]:
        langchain_role = LANGCHAIN_CLASSES.get(text_of(item["id"][-1]))
        return _langchain(item["kwargs"], langchain_role) if langchain_role else None
    if isinstance(kind, str) and (kind in ROLES or kind in ROLE_SPELLINGS or kind in LANGCHAIN_CLASSES):
        spoken_by = LANGCHAIN_CLASSES.get(kind, kind)
        fields = item["data"] if isinstance(item.get("data"), dict) else item
        return _langchain(fields, spoken_by) if "content" in fields else None
    nested = item.get("message")
    return recognised_message(nested) if isinstance(nested, dict) and "role" in nested else None


def instructions_of(request: dict[str, Any]) -> list[Message]:
    """Instructions that a request keeps beside its messages."""
    config = request.get("config")
    for held in (
        request.get("system"),
        request.get("instructions"),
        request.get("system_instruction"),
        config.get("system_instruction") if isinstance(config, dict) else None,
    ):
        if held:
            fields = held if isinstance(held, dict) else {"content": held}
            return [_spoken({**fields, "role": "system"})]
    return []


def _in_list(items: list[Any], depth: int) -> list[Message] | None:
    if len(items) == 1 and isinstance(items[0], list):
        return recognised_messages(items[0], depth + 1)
    found: list[Message] = []
    for item in items:
        message = recognised_message(item)
        if message is not None:
            found.append(message)
        elif isinstance(item, dict) and (inner := recognised_messages(item, depth + 1)):
            found.extend(inner)
        else:
            return None
    return found or None


def _spoken(item: dict[str, Any]) -> Message:
    """A message that says its role, with what only some providers put in one."""
    parts = item.get("parts")
    if isinstance(parts, list) and any(isinstance(part, dict) and "type" not in part for part in parts):
        item = {**item, "parts": [_gemini_part(part) for part in parts]}
    message = message_of_any(item, "user")
    reasoning = item.get("reasoning_content")
    if isinstance(reasoning, str) and reasoning:
        message = message._replace(parts=({"type": "reasoning", "content": reasoning}, *message.parts))
    if message.role == "user" and all(part.get("type") == "tool_call_response" for part in message.parts):
        return message._replace(role="tool")  # Anthropic and Gemini send results in the user's name
    return message


def _langchain(fields: dict[str, Any], role: str) -> Message:
    calls = fields.get("tool_calls")
    extra = fields.get("additional_kwargs")
    if not calls and isinstance(extra, dict) and isinstance(extra.get("tool_calls"), list):
        calls = extra["tool_calls"]
    content = fields.get("content")
    if calls and isinstance(content, list):  # Anthropic's own tool_use parts say the same calls again
        content = [part for part in content if not (isinstance(part, dict) and part.get("type") == "tool_use")]
    called = calls if isinstance(calls, list) else None
    return _spoken({**fields, "role": role, "content": content, "tool_calls": called})


def _gemini_part(part: Any) -> Part:
    if not isinstance(part, dict) or "type" in part:
        return part_of(part)
    for key in CALL_KEYS & part.keys():
        if isinstance(part[key], dict):
            return tool_call_part(part[key])
    for key in ANSWER_KEYS & part.keys():
        if isinstance(part[key], dict):
            return tool_response_part({**part[key], "id": part[key].get("id") or part[key].get("name")})
    if isinstance(part.get("text"), str):
        return {"type": "reasoning" if part.get("thought") is True else "text", "content": part["text"]}
    data = part.get("inline_data") or part.get("inlineData")
    if isinstance(data, dict):
        mime_type = text_of(data.get("mime_type") or data.get("mimeType"))
        modality = mime_type.split("/")[0]
        return {"type": "blob", "mime_type": mime_type, "modality": modality, "content": text_of(data.get("data"))}
    return part_of(part)


def _answer(item: dict[str, Any]) -> Message:
    return _spoken({**item, "role": "assistant"})


def _called(item: dict[str, Any]) -> Message:
    return Message("assistant", (tool_call_part({**item, "id": item.get("call_id") or item.get("id")}),))


def _returned(item: dict[str, Any]) -> Message:
    return Message("tool", (tool_response_part({**item, "id": item.get("call_id") or item.get("id")}),))


def _reasoned(item: dict[str, Any]) -> Message:
    summary = item.get("summary") or item.get("content")
    parts = summary if isinstance(summary, list) else []
    said = [text_of(part.get("text")) for part in parts if isinstance(part, dict)]
    return Message("assistant", ({"type": "reasoning", "content": "\n".join(said)},))


ITEM_READERS: dict[str, Callable[[dict[str, Any]], Message]] = {
    "message": _answer,
    "function_call": _called,
    "custom_tool_call": _called,
    "tool_use": _called,
    "tool_call": _called,
    "function_call_output": _returned,
    "custom_tool_call_output": _returned,
    "tool_result": _returned,
    "reasoning": _reasoned,
}
