"""Gemini CLI's chats, as JSON lines or as one older JSON document (interop.md §6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sojourn.conventions.genai_messages import part_of
from sojourn.conventions.values import count_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Part
from sojourn.transcripts.transcript import Batch, Transcript, time_of

NAME = "gemini_cli"
Line = tuple[int, Mapping[str, Any]]


def matches(line: Mapping[str, Any]) -> bool:
    return "sessionId" in line and ("projectHash" in line or "messages" in line)


def read(lines: Iterable[Line]) -> list[Batch]:
    """The messages in their last version, without those that were rewound."""
    key = ""
    kept: dict[str, Mapping[str, Any]] = {}
    for _, line in lines:
        key = key or text_of(line.get("sessionId"))
        if "$rewindTo" in line:
            kept = _rewound(kept, text_of(line["$rewindTo"]))
        for message in line["messages"] if isinstance(line.get("messages"), list) else [line]:
            if isinstance(message, Mapping) and message.get("id") and message.get("type"):
                kept[text_of(message["id"])] = message
    transcript = Transcript(NAME, key or f"gemini:{content_id(NAME, *kept)}", "gemini-cli")
    for message in kept.values():
        _read_message(transcript, message)
    return [transcript.finish()]


def _rewound(kept: dict[str, Mapping[str, Any]], to: str) -> dict[str, Mapping[str, Any]]:
    names = list(kept)
    return {name: kept[name] for name in names[: names.index(to) + 1]} if to in kept else kept


def _read_message(transcript: Transcript, message: Mapping[str, Any]) -> None:
    place, at_ns, kind = text_of(message["id"]), time_of(message.get("timestamp")), text_of(message["type"])
    content = message.get("content")
    parts: list[Part] = (
        [part_of(part) for part in content] if isinstance(content, list) else [part_of(content)] if content else []
    )
    if kind == "user":
        transcript.message(place, at_ns, "user", parts)
    elif kind == "gemini":
        _read_answer(transcript, place, at_ns, message, parts)
    elif kind == "error":
        transcript.add(
            transcript.draft("error", place, at_ns, name="error", error=text_of(content), error_type="error")
        )
    else:
        transcript.unknown(place, at_ns, kind, message)


def _read_answer(transcript: Transcript, place: str, at_ns: int, message: Mapping[str, Any], parts: list[Part]) -> None:
    thoughts = message.get("thoughts")
    for number, thought in enumerate(thoughts if isinstance(thoughts, list) else ()):
        if isinstance(thought, Mapping):
            text = f"{text_of(thought.get('subject'))}\n{text_of(thought.get('description'))}"
            transcript.reasoning(f"{place}:{number}", time_of(thought.get("timestamp")) or at_ns, text)
    transcript.message(place, at_ns, "assistant", parts)
    tokens = message.get("tokens")
    if isinstance(tokens, Mapping):
        thought_tokens = count_of(tokens.get("thoughts")) or 0
        transcript.call(
            place,
            at_ns,
            text_of(message.get("model")),
            "gcp.gemini",
            parts,
            input_tokens=count_of(tokens.get("input")),
            output_tokens=(count_of(tokens.get("output")) or 0) + thought_tokens,
            reasoning_tokens=thought_tokens,
            cache_read_tokens=count_of(tokens.get("cached")),
        )
    calls = message.get("toolCalls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, Mapping):
            _read_tool(transcript, at_ns, call)


def _read_tool(transcript: Transcript, at_ns: int, call: Mapping[str, Any]) -> None:
    call_id = text_of(call.get("id"))
    transcript.tool(call_id, at_ns, text_of(call.get("name")), call.get("args"))
    result = call.get("result")
    status = text_of(call.get("status"))
    if result is not None or status in {"success", "error", "cancelled"}:
        error = (text_of(call.get("resultDisplay"))[:2_000] or status) if status in {"error", "cancelled"} else ""
        transcript.result(call_id, time_of(call.get("timestamp")) or at_ns, result, error)
