"""Streams of model providers, put together to what the same call would have answered in one piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sojourn.conventions.values import json_of, list_of, object_of, text_of

Json = dict[str, Any]
Events = Sequence[Mapping[str, Any]]


def chat(events: Events) -> Json:
    """Chat completions: deltas by choice."""
    answer: Json = {}
    choices: dict[int, Json] = {}
    for event in events:
        answer |= {name: value for name, value in event.items() if name != "choices" and value is not None}
        for choice in map(object_of, list_of(event.get("choices"))):
            held = choices.setdefault(_index(choice), {"message": {"role": "assistant"}})
            _add_delta(held["message"], object_of(choice.get("delta")))
            if choice.get("finish_reason"):
                held["finish_reason"] = choice["finish_reason"]
    return {**answer, "choices": list(choices.values())}


def _add_delta(message: Json, delta: Json) -> None:
    for name, value in delta.items():
        if name == "tool_calls":
            calls = message.setdefault("tool_calls", [])
            for part in map(object_of, list_of(value)):
                place = _index(part)
                calls.extend({"function": {}} for _ in range(len(calls), min(place, len(calls)) + 1))
                _add_call(calls[min(place, len(calls) - 1)], part)
        elif isinstance(value, str) and name != "role":
            message[name] = text_of(message.get(name)) + value
        elif value is not None:
            message[name] = value


def _add_call(call: Json, part: Json) -> None:
    call |= {name: part[name] for name in ("id", "type") if part.get(name)}
    function = object_of(part.get("function"))
    if function.get("name"):
        call["function"]["name"] = function["name"]
    call["function"]["arguments"] = text_of(call["function"].get("arguments")) + text_of(function.get("arguments"))


def responses(events: Events) -> Json:
    """Responses: the last event holds it all; without one, the items that were done."""
    answer: Json = {}
    items: list[Any] = []
    for event in events:
        answer = object_of(event.get("response")) or answer
        if event.get("type") == "response.output_item.done":
            items.append(event.get("item"))
    return answer if answer.get("output") or not items else {**answer, "output": items}


def anthropic(events: Events) -> Json:
    """Messages: blocks by index; the last usage is of the whole call."""
    answer: Json = {}
    blocks: dict[int, Json] = {}
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            answer = {**object_of(event.get("message"))}
        elif kind == "content_block_start":
            blocks[_index(event)] = {**object_of(event.get("content_block"))}
        elif kind == "content_block_delta":
            _add_block_delta(blocks.setdefault(_index(event), {"type": "text"}), object_of(event.get("delta")))
        elif kind == "message_delta":
            answer |= object_of(event.get("delta"))
            answer["usage"] = {**object_of(answer.get("usage")), **object_of(event.get("usage"))}
        elif kind == "error":
            answer["error"] = event.get("error")
    for block in blocks.values():
        if "partial_json" in block:
            block["input"] = json_of(block.pop("partial_json")) or {}
    return {**answer, "role": "assistant", "content": [blocks[place] for place in sorted(blocks)]}


def _add_block_delta(block: Json, delta: Json) -> None:
    for name in ("text", "thinking", "partial_json"):
        if isinstance(delta.get(name), str):
            block[name] = text_of(block.get(name)) + delta[name]


def bedrock(events: Events) -> Json:
    """Converse: blocks by index, then why it stopped, then the usage."""
    answer: Json = {}
    blocks: dict[int, Json] = {}
    for event in events:
        answer |= {**object_of(event.get("messageStop")), **object_of(event.get("metadata"))}
        if started := object_of(event.get("contentBlockStart")):
            blocks[_block_index(started)] = {**object_of(started.get("start"))}
        if changed := object_of(event.get("contentBlockDelta")):
            _add_bedrock_delta(blocks.setdefault(_block_index(changed), {}), object_of(changed.get("delta")))
    for block in blocks.values():
        if "partial_json" in block:
            block["toolUse"] = {**object_of(block.get("toolUse")), "input": json_of(block.pop("partial_json"))}
    message = {"role": "assistant", "content": [blocks[place] for place in sorted(blocks)]}
    return {**answer, "output": {"message": message}}


def _add_bedrock_delta(block: Json, delta: Json) -> None:
    if isinstance(delta.get("text"), str):
        block["text"] = text_of(block.get("text")) + delta["text"]
    if used := object_of(delta.get("toolUse")):
        block["partial_json"] = text_of(block.get("partial_json")) + text_of(used.get("input"))


def _block_index(event: Json) -> int:
    return _index({"index": event.get("contentBlockIndex")})


def bedrock_model(events: Events) -> Json:
    """A model's own stream, with the counts that Bedrock adds at its end."""
    counted = object_of(events[-1].get("amazon-bedrock-invocationMetrics")) if events else {}
    counts = {"inputTokenCount": counted.get("inputTokenCount"), "outputTokenCount": counted.get("outputTokenCount")}
    kinds = {text_of(event.get("type")) for event in events}
    shape = (
        anthropic
        if "message_start" in kinds
        else bedrock
        if any("contentBlockDelta" in one for one in events)
        else completion
    )
    return {**shape(events), **counts}


def completion(events: Events) -> Json:
    """Texts that follow one another, in whatever field."""
    answer: Json = {}
    said: list[str] = []
    for event in events:
        answer |= {name: value for name, value in event.items() if value is not None}
        choice = object_of(next(iter(list_of(event.get("choices"))), None))
        said.append(
            text_of(event.get("completion") or event.get("generation") or event.get("outputText") or choice.get("text"))
        )
    return {**answer, "completion": "".join(said), "choices": []}


def gemini(events: Events) -> Json:
    """Contents: each event is an answer of its own with the next parts; usage grows."""
    answer: Json = {}
    parts: list[Any] = []
    candidate: Json = {}
    for event in events:
        answer |= event
        for held in map(object_of, list_of(event.get("candidates"))[:1]):
            parts += list_of(object_of(held.get("content")).get("parts"))
            candidate |= held
    return {**answer, "candidates": [{**candidate, "content": {"role": "model", "parts": _joined(parts)}}]}


def _joined(parts: list[Any]) -> list[Any]:
    """Texts that follow one another are one."""
    found: list[Any] = []
    for part in map(object_of, parts):
        before = found[-1] if found else {}
        if (
            set(part) <= {"text", "thought"}
            and set(before) >= {"text"}
            and before.get("thought") == part.get("thought")
        ):
            found[-1] = {**before, "text": text_of(before["text"]) + text_of(part.get("text"))}
        else:
            found.append(part)
    return found


def _index(item: Mapping[str, Any]) -> int:
    place = item.get("index")
    return place if isinstance(place, int) and not isinstance(place, bool) and place >= 0 else 0


STREAMS: dict[str, Callable[[Events], Json]] = {
    "chat": chat,
    "responses": responses,
    "anthropic": anthropic,
    "gemini": gemini,
    "bedrock": bedrock,
    "bedrock_model": bedrock_model,
    "completion": completion,
}
