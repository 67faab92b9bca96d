"""Codex's rollout files: response items, events about them, token counts by call (interop.md §6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sojourn.conventions.genai_messages import part_of
from sojourn.conventions.values import count_of, json_of, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import dump_json
from sojourn.transcripts.transcript import Batch, Transcript, place_of, time_of

NAME = "codex"
Line = tuple[int, Mapping[str, Any]]
CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call"})
OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output", "local_shell_call_output"})
CONTEXT = ("<", "# AGENTS.md instructions")  # what the program puts before the person's words
TOLD_ELSEWHERE = frozenset(
    {"user_message", "agent_message", "agent_reasoning", "exec_command_end", "patch_apply_end", "web_search_end"}
)


def matches(line: Mapping[str, Any]) -> bool:
    return "payload" in line and text_of(line.get("type")) in {
        "session_meta",
        "response_item",
        "event_msg",
        "turn_context",
        "compacted",
    }


def read(lines: Iterable[Line]) -> list[Batch]:
    kept = list(lines)
    meta = next((object_of(line.get("payload")) for _, line in kept if line.get("type") == "session_meta"), {})
    key = text_of(meta.get("id")) or f"codex:{content_id(NAME, dump_json(kept[0][1]))}"
    transcript = Transcript(NAME, key, "codex")
    transcript.fields["tags"] = {
        name: text_of(meta[field]) for name, field in (("cwd", "cwd"), ("version", "cli_version")) if meta.get(field)
    }
    model = ""
    seen_total = -1
    for number, line in kept:
        place = place_of(line, number)
        payload = line.get("payload")
        payload = payload if isinstance(payload, Mapping) else {}
        at_ns, kind, sort = time_of(line.get("timestamp")), text_of(line.get("type")), text_of(payload.get("type"))
        if kind == "turn_context":
            model = text_of(payload.get("model")) or model
            transcript.unknown(place, at_ns, kind, line)
        elif sort == "token_count":
            seen_total = _read_tokens(transcript, place, at_ns, payload, model, seen_total)
        elif kind == "compacted" or sort == "context_compacted":
            transcript.add(transcript.draft("compaction", place, at_ns, name="compaction"), dict(line))
        elif kind == "response_item":
            _read_item(transcript, place, at_ns, sort, payload, line)
        elif sort not in TOLD_ELSEWHERE:
            transcript.unknown(place, at_ns, sort or kind, line)
    return [transcript.finish()]


def _read_item(
    transcript: Transcript, place: str, at_ns: int, sort: str, payload: Mapping[str, Any], line: Mapping[str, Any]
) -> None:
    call_id = text_of(payload.get("call_id") or payload.get("id")) or place
    if sort == "message":
        role = {"developer": "system"}.get(text_of(payload.get("role")), text_of(payload.get("role")))
        content = payload.get("content")
        parts = [part_of(part) for part in content] if isinstance(content, list) else [part_of(content)]
        is_context = role == "user" and text_of(parts[0].get("content")).lstrip().startswith(CONTEXT)
        transcript.message(place, at_ns, "system" if is_context else role, parts)
    elif sort == "reasoning":
        summary = payload.get("summary")
        texts = (
            [text_of(part.get("text")) for part in summary if isinstance(part, Mapping)]
            if isinstance(summary, list)
            else []
        )
        if texts:
            transcript.reasoning(place, at_ns, "\n".join(texts))
        else:
            transcript.unknown(place, at_ns, "reasoning (encrypted)", {})
    elif sort in CALLS:
        given = payload.get("arguments", payload.get("input", payload.get("action")))
        transcript.tool(call_id, at_ns, text_of(payload.get("name")) or "shell", json_of(given))
    elif sort in OUTPUTS:
        output = json_of(payload.get("output"))
        metadata = output.get("metadata") if isinstance(output, Mapping) else None
        failed = isinstance(metadata, Mapping) and metadata.get("exit_code") not in (0, None)
        transcript.result(
            call_id, at_ns, output, f"exit code {metadata['exit_code']}" if failed and metadata else "", place
        )
    elif sort == "web_search_call":
        transcript.tool(call_id, at_ns, "web_search", payload.get("action"))
        transcript.result(call_id, at_ns, None)
    else:
        transcript.unknown(place, at_ns, sort, line)


def _read_tokens(
    transcript: Transcript, place: str, at_ns: int, payload: Mapping[str, Any], model: str, seen_total: int
) -> int:
    """One call's usage; a count that repeats the same running total tells of no new call."""
    info = payload.get("info")
    if not isinstance(info, Mapping) or not isinstance(last := info.get("last_token_usage"), Mapping):
        return seen_total
    running = info.get("total_token_usage")
    total = (count_of(running.get("total_tokens")) or 0) if isinstance(running, Mapping) else -1
    if total != seen_total:
        transcript.call(
            place,
            at_ns,
            model,
            "openai",
            (),
            input_tokens=count_of(last.get("input_tokens")),
            output_tokens=count_of(last.get("output_tokens")),
            cache_read_tokens=count_of(last.get("cached_input_tokens")),
            reasoning_tokens=count_of(last.get("reasoning_output_tokens")),
        )
    return total
