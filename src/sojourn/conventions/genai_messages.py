"""Messages as senders write them, in the one form of domain/messages.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sojourn.conventions.seen import Seen
from sojourn.conventions.values import json_of, list_of, text_of
from sojourn.domain.messages import ROLES, Message, Part, text_message

ROLE_SPELLINGS = {
    "human": "user",
    "ai": "assistant",
    "model": "assistant",
    "developer": "system",
    "function": "tool",
    "toolresult": "tool",
    "tool_result": "tool",
    "bot": "assistant",
    "chatbot": "assistant",
    "agent": "assistant",
}
_RESULT_NAMES = ("response", "result", "content", "output")
MAX_SEEN_BYTES = 8 << 20  # of messages as JSON; what they are read as takes about twice as much
MAX_SEEN_MESSAGE_BYTES = 64 << 10
_seen: Seen[Message] = Seen(MAX_SEEN_BYTES)


def messages_of(value: Any, default_role: str = "user") -> list[Message]:
    """A list of messages, one message, or plain text; JSON text or structure."""
    found = json_of(value)
    if found is None or found == "":
        return []
    if isinstance(found, Mapping) and "messages" in found and isinstance(found["messages"], list):
        found = found["messages"]
    if isinstance(found, list):
        read = _read_again if isinstance(value, str) else message_of_any
        return [read(item, default_role) for item in found]
    return [message_of_any(found, default_role)]


def _read_again(item: Any, default_role: str) -> Message:
    """A message out of JSON text. A history is sent with every call, so most have been read a moment ago."""
    told = orjson.dumps(item)
    if len(told) > MAX_SEEN_MESSAGE_BYTES:
        return message_of_any(item, default_role)
    known = _seen.get((default_role, told))
    if known is None:
        known = message_of_any(item, default_role)
        _seen.put((default_role, told), known, len(told))
    return known


def message_of_any(item: Any, default_role: str = "user") -> Message:
    """One message of OpenTelemetry's, OpenAI's, Anthropic's or LangChain's shape."""
    if not isinstance(item, Mapping):
        return text_message(default_role, text_of(item))
    inner = item.get("message")
    if isinstance(inner, Mapping) and "role" not in item and "parts" not in item:
        item = inner
    role = role_of(item.get("role") or item.get("type"), default_role)
    name = text_of(item.get("name")) if role != "tool" else ""
    if isinstance(item.get("parts"), list):
        return Message(role, tuple(part_of(part) for part in item["parts"]), name)
    parts = _content_parts(item.get("content"))
    parts += [tool_call_part(call) for call in list_of(item.get("tool_calls")) if isinstance(call, Mapping)]
    if isinstance(call := item.get("function_call"), Mapping):
        parts.append(tool_call_part({"function": call}))
    call_id = text_of(item.get("tool_call_id") or (item.get("id") if role == "tool" else ""))
    if role == "tool" and call_id and not any(part["type"] == "tool_call_response" for part in parts):
        parts = [{"type": "tool_call_response", "id": call_id, "response": _said(parts)}]
    return Message(role, tuple(parts) or ({"type": "text", "content": ""},), name)


def role_of(value: Any, default: str = "user") -> str:
    role = text_of(value).lower()
    role = ROLE_SPELLINGS.get(role, role)
    return role if role in ROLES else default


def part_of(part: Any) -> Part:
    """One part, with the names of the current convention."""
    if not isinstance(part, Mapping):
        return {"type": "text", "content": text_of(part)}
    kind = text_of(part.get("type"))
    if kind in {"text", "input_text", "output_text", ""} and ("text" in part or "content" in part):
        return {"type": "text", "content": text_of(part.get("content", part.get("text")))}
    if kind in {"reasoning", "thinking"}:
        return {
            "type": "reasoning",
            "content": text_of(part.get("content") or part.get("thinking") or part.get("text")),
        }
    if kind in {"tool_call", "tool_use", "function_call"}:
        return tool_call_part(part)
    if kind in {"tool_call_response", "tool_result", "function_call_output"}:
        return tool_response_part(part)
    if kind in {"image_url", "input_image", "image"}:
        return _image_part(part)
    return {**part, "type": kind or "unknown"}


def tool_call_part(call: Mapping[str, Any]) -> Part:
    """A call in any provider's spelling; arguments as a structure where they are JSON."""
    function = call.get("function")
    inner = function if isinstance(function, Mapping) else call
    arguments = inner.get("arguments", inner.get("args", inner.get("input", inner.get("parameters"))))
    return {
        "type": "tool_call",
        "id": text_of(call.get("id") or call.get("call_id") or call.get("tool_call_id")),
        "name": text_of(inner.get("name") or call.get("name") or call.get("tool_name")),
        "arguments": json_of(arguments),
    }


def tool_response_part(part: Mapping[str, Any]) -> Part:
    response = next((part[name] for name in _RESULT_NAMES if part.get(name) is not None), "")
    if isinstance(response, list) and all(
        isinstance(item, Mapping) and item.get("type") == "text" for item in response
    ):
        response = "\n".join(text_of(item.get("text")) for item in response)
    call_id = part.get("id") or part.get("tool_use_id") or part.get("tool_call_id") or part.get("call_id")
    return {"type": "tool_call_response", "id": text_of(call_id), "response": json_of(response)}


def _content_parts(content: Any) -> list[Part]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "content": content}]
    if isinstance(content, list):
        return [part_of(part) for part in content]
    return [part_of(content)]


def _said(parts: list[Part]) -> str:
    return "\n".join(text_of(part.get("content")) for part in parts if part.get("type") == "text")


def _image_part(part: Mapping[str, Any]) -> Part:
    """A picture by address, or its bytes in base64."""
    source = part.get("image_url") or part.get("source") or part.get("image") or {}
    address = source.get("url") if isinstance(source, Mapping) else source
    if isinstance(source, Mapping) and source.get("data"):
        return {
            "type": "blob",
            "mime_type": text_of(source.get("media_type")),
            "modality": "image",
            "content": text_of(source["data"]),
        }
    text = text_of(address)
    if text.startswith("data:") and "," in text:
        head, data = text.split(",", 1)
        return {"type": "blob", "mime_type": head[5:].split(";")[0], "modality": "image", "content": data}
    return {"type": "uri", "modality": "image", "uri": text}
