"""Claude Code's session files: a tree of lines, usage repeated on one line for each content block (interop.md §6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sojourn.conventions.genai_messages import part_of, tool_response_part
from sojourn.conventions.values import count_of, text_of
from sojourn.domain.messages import Part
from sojourn.transcripts.transcript import Batch, Transcript, place_of, time_of

NAME = "claude_code"
Line = tuple[int, Mapping[str, Any]]
TURNS = ("user", "assistant")
SYNTHETIC = "<synthetic>"
NOT_SAID = ("<command-name>", "<local-command-", "<command-message>", "Caveat: The messages below")  # not typed


def matches(line: Mapping[str, Any]) -> bool:
    return ("sessionId" in line and ("uuid" in line or "operation" in line)) or (
        text_of(line.get("type"))
        in {
            "file-history-snapshot",
            "queue-operation",
        }
        and "message" not in line
    )


def read(lines: Iterable[Line]) -> list[Batch]:
    """One batch for each conversation in the file: the main one, and each sidechain (subagent)."""
    kept = list(lines)
    key = next((text_of(line["sessionId"]) for _, line in kept if line.get("sessionId")), "")
    if not key:
        return []
    alive = living(line for _, line in kept)
    usage = _usage(line for _, line in kept)
    transcripts: dict[str, Transcript] = {}
    for number, line in kept:
        conversation = text_of(line.get("agentId")) if line.get("isSidechain") else ""
        transcript = transcripts.get(conversation)
        if transcript is None:
            transcript = transcripts[conversation] = Transcript(NAME, key, "claude-code", conversation)
        _read_line(transcript, number, line, alive, usage)
    return [transcript.finish() for transcript in transcripts.values()]


def living(lines: Iterable[Mapping[str, Any]]) -> set[str]:
    """The lines on the way from each newest leaf to its root; the others are branches that were abandoned."""
    by_id = {text_of(line["uuid"]): line for line in lines if line.get("uuid")}
    parents = {text_of(line.get("parentUuid")) for line in by_id.values()}
    newest: dict[str, str] = {}
    for name, line in by_id.items():
        if name not in parents and line.get("type") in (*TURNS, "system"):
            newest[text_of(line.get("agentId")) if line.get("isSidechain") else ""] = name
    alive: set[str] = set()
    for leaf in newest.values():
        step = leaf
        while step in by_id and step not in alive:
            alive.add(step)
            step = text_of(by_id[step].get("parentUuid") or by_id[step].get("logicalParentUuid"))
    return alive


def _usage(lines: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The fullest usage told for each API message."""
    found: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        said = line.get("message")
        if not isinstance(said, Mapping) or not isinstance(usage := said.get("usage"), Mapping):
            continue
        name = text_of(said.get("id"))
        if name not in found or (count_of(usage.get("output_tokens")) or 0) >= (
            count_of(found[name].get("output_tokens")) or 0
        ):
            found[name] = usage
    return found


def _read_line(
    transcript: Transcript, number: int, line: Mapping[str, Any], alive: set[str], usage: dict[str, Mapping[str, Any]]
) -> None:
    at_ns = time_of(line.get("timestamp"))
    place = text_of(line.get("uuid")) or place_of({"timestamp": True, **line}, number)
    kind = text_of(line.get("type"))
    _describe(transcript, line)
    if kind == "system" and line.get("subtype") == "compact_boundary":
        told = line.get("compactMetadata")
        told = told if isinstance(told, Mapping) else {}
        transcript.add(
            transcript.draft(
                "compaction",
                place,
                at_ns,
                name="compaction",
                details={
                    "trigger": text_of(told.get("trigger")),
                    "tokens_before": told.get("preTokens"),
                    "tokens_after": told.get("postTokens"),
                },
            )
        )
    elif line.get("isApiErrorMessage") or line.get("subtype") == "api_error":
        error = text_of(line.get("error") or line.get("content") or line.get("message"))[:2_000] or "API error"
        transcript.add(transcript.draft("error", place, at_ns, name="api_error", error=error, error_type="api_error"))
    elif kind in TURNS and isinstance(line.get("message"), Mapping):
        is_abandoned = bool(alive) and place not in alive and not line.get("isSidechain")
        _read_turn(transcript, place, at_ns, line, usage, is_abandoned)
    else:
        transcript.unknown(place, at_ns, kind or "line", line)


def _describe(transcript: Transcript, line: Mapping[str, Any]) -> None:
    fields = transcript.fields
    if text_of(line.get("type")) in {"summary", "ai-title", "custom-title"}:
        fields["goal"] = text_of(
            line.get("summary") or line.get("title") or line.get("aiTitle") or line.get("customTitle")
        )
    tags = {
        name: text_of(line[field])
        for name, field in (("cwd", "cwd"), ("branch", "gitBranch"), ("version", "version"))
        if line.get(field)
    }
    if tags:
        fields["tags"] = tags


def _read_turn(
    transcript: Transcript,
    place: str,
    at_ns: int,
    line: Mapping[str, Any],
    usage: dict[str, Mapping[str, Any]],
    is_abandoned: bool,
) -> None:
    said = line["message"]
    content = said.get("content")
    blocks = (
        [{"type": "text", "text": content}]
        if isinstance(content, str)
        else content
        if isinstance(content, list)
        else []
    )
    blocks = [block for block in blocks if isinstance(block, Mapping)]
    role = text_of(said.get("role")) or text_of(line.get("type"))
    spoken: list[Part] = []
    for number, block in enumerate(blocks):
        _read_block(transcript, f"{place}:{number}", at_ns, block, spoken, role)
    if is_abandoned:
        if spoken:
            transcript.add(transcript.draft("span", place, at_ns, name=role, details={"abandoned": True}), dict(line))
    elif spoken and line.get("isCompactSummary"):
        summary = [{**part, "type": "compaction"} for part in spoken]
        transcript.message(place, at_ns, "system", summary)
    elif spoken and (line.get("isMeta") or text_of(spoken[0].get("content")).startswith(NOT_SAID)):
        transcript.unknown(place, at_ns, "command", line)
    else:
        transcript.message(place, at_ns, role, spoken)
    if role == "assistant" and (told := usage.pop(text_of(said.get("id")), None)) is not None:
        _read_usage(transcript, at_ns, line, said, told, spoken)


def _read_block(
    transcript: Transcript, place: str, at_ns: int, block: Mapping[str, Any], spoken: list[Part], role: str
) -> None:
    kind = text_of(block.get("type"))
    if kind == "thinking":
        transcript.reasoning(place, at_ns, text_of(block.get("thinking")))
    elif kind == "tool_use":
        transcript.tool(text_of(block.get("id")), at_ns, text_of(block.get("name")), block.get("input"))
    elif kind == "tool_result":
        response = tool_response_part(block)["response"]
        error = text_of(response)[:2_000] or "the tool failed" if block.get("is_error") else ""
        transcript.result(text_of(block.get("tool_use_id")), at_ns, response, error, place)
    elif kind != "text" or text_of(block.get("text")).strip():
        spoken.append(part_of(block))


def _read_usage(
    transcript: Transcript,
    at_ns: int,
    line: Mapping[str, Any],
    said: Mapping[str, Any],
    told: Mapping[str, Any],
    spoken: list[Part],
) -> None:
    """`input_tokens` leaves the cache out here."""
    model = text_of(said.get("model"))
    if model == SYNTHETIC:
        return
    read, written = (
        count_of(told.get("cache_read_input_tokens")) or 0,
        count_of(told.get("cache_creation_input_tokens")) or 0,
    )
    transcript.call(
        text_of(said.get("id")) or text_of(line.get("uuid")),
        at_ns,
        model,
        "anthropic",
        spoken,
        input_tokens=(count_of(told.get("input_tokens")) or 0) + read + written,
        output_tokens=count_of(told.get("output_tokens")),
        cache_read_tokens=read,
        cache_write_tokens=written,
        usage_key=text_of(line.get("requestId") or said.get("id")),
        details={"finish_reasons": [text_of(said["stop_reason"])]} if said.get("stop_reason") else {},
    )
