"""Pi's sessions, which OpenClaw stores too: a header, then messages with usage and reported cost (interop.md §6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.genai_messages import part_of
from sojourn.conventions.values import amount_of, count_of, first_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Part, dump_json
from sojourn.transcripts.transcript import Batch, Transcript, place_of, time_of

NAME = "pi"
PARENTS = frozenset({"parentId", "parentIds"})
Line = tuple[int, Mapping[str, Any]]


def matches(line: Mapping[str, Any]) -> bool:
    """The header, or an entry: a file that was cut off at its front has no header."""
    if line.get("type") == "session":
        return "id" in line and ("cwd" in line or "version" in line)
    said = line.get("message")
    return line.get("type") == "message" and isinstance(said, Mapping) and "role" in said and "sessionId" not in line


def read(lines: Iterable[Line]) -> list[Batch]:
    kept = list(lines)
    header = next((line for _, line in kept if line.get("type") == "session"), {})
    key = text_of(header.get("id")) or f"pi:{content_id(NAME, dump_json(kept[0][1]))}"
    transcript = Transcript(NAME, key, "pi")
    if header.get("cwd"):
        transcript.fields["tags"] = {"cwd": text_of(header["cwd"])}
    for number, line in kept:
        place = text_of(line.get("id")) if line.get("type") != "session" and line.get("id") else place_of(line, number)
        at_ns = time_of(line.get("timestamp"))
        kind = text_of(line.get("type"))
        if kind == "message" and isinstance(line.get("message"), Mapping):
            _read_message(transcript, place, at_ns, line["message"])
        elif kind == "compaction":
            said = line.get("summary")
            transcript.add(
                transcript.draft(
                    "compaction",
                    place,
                    at_ns,
                    name="compaction",
                    details={"tokens_before": line.get("tokensBefore")},
                    output_value=said,
                    preview=text_of(said),
                )
            )
        elif kind == "model_change":
            transcript.add(
                transcript.draft(
                    "state_change",
                    place,
                    at_ns,
                    name="model",
                    details={
                        "variable": "model",
                        "old": None,
                        "new": text_of(line.get("modelId")),
                    },
                )
            )
        else:
            transcript.unknown(place, at_ns, kind, line)
    batch = transcript.finish()
    gone = {content_id(NAME, key, "", "message", name) for name in abandoned(line for _, line in kept)}
    return [batch._replace(mapped=[_abandoned(one) if one.event.event_id in gone else one for one in batch.mapped])]


def abandoned(lines: Iterable[Mapping[str, Any]]) -> set[str]:
    """Entries that are not on a way from the newest one to the root. A `leaf` goes on from its target.

    An entry may name several parents: where branches were merged, all of them are alive.
    """
    parents: dict[str, list[str]] = {}
    newest = ""
    for line in lines:
        name = text_of(line.get("id"))
        if line.get("type") == "session" or not name or not PARENTS & line.keys():
            continue
        above = line.get("targetId") if line.get("type") == "leaf" else first_of(line, "parentIds", "parentId")
        parents[name] = [text_of(one) for one in (above if isinstance(above, list) else [above])]
        newest = name
    alive: set[str] = set()
    waiting = [newest]
    while waiting:
        name = waiting.pop()
        if name in parents and name not in alive:
            alive.add(name)
            waiting += parents[name]
    return parents.keys() - alive


def _abandoned(mapped: Mapped) -> Mapped:
    """It was said, but the talk went on without it. What it cost stays."""
    details = dump_json({"abandoned": True})
    return mapped._replace(event=mapped.event._replace(type="span", message_keys=(), user_text="", details=details))


def _read_message(transcript: Transcript, place: str, at_ns: int, message: Mapping[str, Any]) -> None:
    role, content = text_of(message.get("role")), message.get("content")
    blocks: list[Any] = content if isinstance(content, list) else [content] if content else []
    if role == "toolResult":
        text = "\n".join(
            text_of(first_of(block, "text", "content"))
            for block in blocks
            if isinstance(block, Mapping) and text_of(block.get("type")) in {"text", "toolResult"}
        )
        error = text[:2_000] or "the tool failed" if message.get("isError") else ""
        transcript.result(text_of(message.get("toolCallId")), at_ns, text or blocks, error, place)
        return
    if role == "bashExecution":
        transcript.tool(place, at_ns, "bash", text_of(message.get("command")))
        transcript.result(place, at_ns, message.get("output"))
        return
    spoken: list[Part] = []
    for number, block in enumerate(blocks):
        if not isinstance(block, Mapping):
            spoken.append(part_of(block))
        elif block.get("type") == "toolCall":
            transcript.tool(text_of(block.get("id")), at_ns, text_of(block.get("name")), block.get("arguments"))
        elif block.get("type") == "thinking":
            transcript.reasoning(f"{place}:{number}", at_ns, text_of(block.get("thinking")))
        else:
            spoken.append(part_of(block))
    transcript.message(place, at_ns, role if role in {"user", "assistant"} else "system", spoken)
    if role == "assistant" and isinstance(usage := message.get("usage"), Mapping):
        _read_usage(transcript, place, at_ns, message, usage, spoken)


def _read_usage(
    transcript: Transcript,
    place: str,
    at_ns: int,
    message: Mapping[str, Any],
    usage: Mapping[str, Any],
    spoken: list[Part],
) -> None:
    """`input` leaves the cache out; the cost is reported."""
    read, written = count_of(usage.get("cacheRead")) or 0, count_of(usage.get("cacheWrite")) or 0
    cost = usage.get("cost")
    reason = text_of(message.get("stopReason"))
    failure = text_of(message.get("errorMessage"))
    transcript.call(
        place,
        at_ns,
        text_of(message.get("model")),
        text_of(message.get("provider")),
        spoken,
        input_tokens=(count_of(usage.get("input")) or 0) + read + written,
        output_tokens=count_of(usage.get("output")),
        cache_read_tokens=read,
        cache_write_tokens=written,
        reported_cost_usd=amount_of(cost.get("total")) if isinstance(cost, Mapping) else None,
        reported_cost_by="usage.cost.total",
        details={"finish_reasons": [reason]} if reason else {},
        status={"aborted": "canceled", "error": "error"}.get(reason, ""),
        error=failure if reason == "error" else "",
        error_type="error" if reason == "error" else "",
    )
