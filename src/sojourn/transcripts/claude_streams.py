"""What Claude Code says on its standard output (stream-json), which the Claude Agent SDK reads: a message a line.

A message tells its usage before it is complete; the result at the end tells that of the whole run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sojourn.conventions.values import amount_of, count_of, object_of, text_of
from sojourn.transcripts import claude_code
from sojourn.transcripts.transcript import Batch

NAME = "claude_stream"
KINDS = frozenset({"system", "user", "assistant", "result", "stream_event"})
CONTROL = frozenset({"control_request", "control_response", "control_cancel_request", "keep_alive"})
COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
PLACEHOLDER = "default"  # the session's name before Claude Code has given it one
Line = tuple[int, Mapping[str, Any]]


def matches(line: Mapping[str, Any]) -> bool:
    return text_of(line.get("type")) in KINDS and "session_id" in line and "sessionId" not in line


def read(lines: Iterable[Line]) -> list[Batch]:
    """As the lines of Claude Code's own files, with what a run cost in all."""
    kept = [(number, line) for number, line in lines if text_of(line.get("type")) not in {*CONTROL, "stream_event"}]
    names = [text_of(line.get("session_id")) for _, line in kept if line.get("session_id")]
    key = next((name for name in names if name != PLACEHOLDER), names[0] if names else "")
    told = [line for _, line in kept if line.get("type") == "result"]
    batches = claude_code.read(_as_lines(_completed([line for _, line in kept], told), [at for at, _ in kept], key))
    cost = sum(amount_of(line.get("total_cost_usd")) or 0 for line in told)
    for batch in batches:
        for declaration in batch.declarations:
            if cost:
                declaration.fields.setdefault("metadata", {})["total_cost_usd"] = cost
            if told:
                failed = bool(told[-1].get("is_error"))
                declaration.fields["status"] = "failed" if failed else "completed"
                declaration.fields["status_reason"] = text_of(told[-1].get("subtype")) or "the run ended"
    return batches


def _as_lines(lines: list[Mapping[str, Any]], numbers: list[int], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Each message follows the one before in its conversation; times stand only on some."""
    found: list[tuple[int, dict[str, Any]]] = []
    last: dict[str, str] = {}
    at = next((line["timestamp"] for line in lines if line.get("timestamp")), None)
    for number, line in zip(numbers, lines, strict=True):
        at = line.get("timestamp") or at
        parent = text_of(line.get("parent_tool_use_id"))
        name = text_of(line.get("uuid")) or f"{key}-{number}"
        own = {"sessionId": key, "uuid": name, "parentUuid": last.get(parent), "timestamp": at}
        place = {"isSidechain": bool(parent), "agentId": parent, "cwd": line.get("cwd")}
        found.append((number, {**line, **own, **place}))
        last[parent] = name
    return found


def _completed(lines: list[Mapping[str, Any]], results: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What the run used beyond what its messages tell is given to its last message."""
    last = next((place for place in reversed(range(len(lines))) if _usage(lines[place])), None)
    if last is None or len(results) != 1 or len(object_of(results[0].get("modelUsage"))) > 1:
        return lines
    total, messages = object_of(results[0].get("usage")), {}
    for line in lines:
        if used := _usage(line):
            messages[text_of(object_of(line["message"]).get("id"))] = used
    fuller = dict(_usage(lines[last]))
    for name in COUNTS:
        missing = (count_of(total.get(name)) or 0) - sum(count_of(used.get(name)) or 0 for used in messages.values())
        fuller[name] = (count_of(fuller.get(name)) or 0) + max(0, missing)
    message = {**object_of(lines[last]["message"]), "usage": fuller}
    return [*lines[:last], {**lines[last], "message": message}, *lines[last + 1 :]]


def _usage(line: Mapping[str, Any]) -> dict[str, Any]:
    return object_of(object_of(line.get("message")).get("usage")) if line.get("type") == "assistant" else {}
