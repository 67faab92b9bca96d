"""OpenHands' event streams: actions, observations that name their cause, and the files that hold such streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.values import amount_of, count_of, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.transcripts.transcript import Batch, Transcript, time_of

NAME = "openhands"
ROLES = {"user": "user", "agent": "assistant"}
QUIET = frozenset({"", "null", "recall", "change_agent_state"})


def matches(document: Any) -> bool:
    """A bare stream, or a record that holds one as `history`."""
    if isinstance(document, Mapping):
        return _is_stream(document.get("history")) and "instruction" in document
    return _is_stream(document)


def _is_stream(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, Mapping) and "source" in first and ("action" in first or "observation" in first)


def read(document: Any) -> list[Batch]:
    record = document if isinstance(document, Mapping) else {}
    stream = [event for event in record.get("history", document) if isinstance(event, Mapping)]
    name = text_of(record.get("instance_id")) or content_id(
        NAME, text_of(stream[0].get("timestamp")), text_of(stream[0].get("message"))
    )
    transcript = Transcript(NAME, f"openhands:{name}", "openhands")
    transcript.fields["kind"] = "run"
    causes: dict[str, str] = {}
    for event in stream:
        _read_event(transcript, event, causes)
    _read_outcome(transcript, record)
    return [transcript.finish()]


def _read_event(transcript: Transcript, event: Mapping[str, Any], causes: dict[str, str]) -> None:
    place, at_ns = text_of(event.get("id")), time_of(event.get("timestamp"))
    action, observation = text_of(event.get("action")), text_of(event.get("observation"))
    _read_usage(transcript, at_ns, event)
    if observation:
        _read_observation(transcript, place, at_ns, event, causes)
    elif action == "message" or action == "system":
        role = "system" if action == "system" else ROLES.get(text_of(event.get("source")), "system")
        said = object_of(event.get("args")).get("content") or event.get("message")
        transcript.message(place, at_ns, role, [{"type": "text", "content": text_of(said)}])
    elif action in QUIET:
        transcript.unknown(place, at_ns, action or "event", event)
    else:
        given = object_of(event.get("args"))
        if thought := text_of(given.get("thought")):
            transcript.reasoning(place, at_ns, thought)
        call_id = text_of(object_of(event.get("tool_call_metadata")).get("tool_call_id")) or f"action-{place}"
        causes[place] = call_id = f"{call_id}:{place}"
        transcript.tool(call_id, at_ns, action, {name: value for name, value in given.items() if name != "thought"})
        if action in {"finish", "reject", "think"}:
            transcript.result(call_id, at_ns, event.get("message"))


def _read_observation(
    transcript: Transcript, place: str, at_ns: int, event: Mapping[str, Any], causes: dict[str, str]
) -> None:
    call_id = causes.pop(text_of(event.get("cause")), "")
    kind, content = text_of(event.get("observation")), event.get("content")
    extras = object_of(event.get("extras"))
    exit_code = object_of(extras.get("metadata")).get("exit_code", extras.get("exit_code"))
    error = text_of(content)[:2_000] if kind == "error" or (isinstance(exit_code, int) and exit_code > 0) else ""
    if call_id:
        transcript.result(call_id, at_ns, content, error, place)
    elif kind == "agent_state_changed":
        transcript.add(
            transcript.draft(
                "state_change",
                place,
                at_ns,
                name=kind,
                details={
                    "variable": "agent_state",
                    "old": None,
                    "new": text_of(extras.get("agent_state")),
                },
            ),
            dict(event),
        )
    elif kind == "error":
        transcript.add(transcript.draft("error", place, at_ns, name=kind, error=error, error_type="error"))
    else:
        transcript.unknown(place, at_ns, kind, event)


def _read_usage(transcript: Transcript, at_ns: int, event: Mapping[str, Any]) -> None:
    """Each model response once, from the event that it caused first."""
    response = object_of(object_of(event.get("tool_call_metadata")).get("model_response"))
    usage, name = object_of(response.get("usage")), text_of(response.get("id"))
    if not usage or event.get("observation"):
        return
    cached = object_of(usage.get("prompt_tokens_details")).get("cached_tokens")
    transcript.call(
        name or event.get("id"),
        at_ns,
        text_of(response.get("model")),
        "",
        (),
        usage_key=name,
        input_tokens=count_of(usage.get("prompt_tokens")),
        output_tokens=count_of(usage.get("completion_tokens")),
        cache_read_tokens=count_of(cached),
    )


def _read_outcome(transcript: Transcript, record: Mapping[str, Any]) -> None:
    if not record:
        return
    error = text_of(record.get("error"))
    transcript.fields |= {"status": "failed" if error else "completed", "status_reason": error or "the run ended"}
    cost = amount_of(object_of(record.get("metrics")).get("accumulated_cost"))
    if cost:
        transcript.fields["metadata"] = {"accumulated_cost_usd": cost}
