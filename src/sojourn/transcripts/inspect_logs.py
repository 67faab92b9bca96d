"""Inspect's evaluation logs: each sample is a session, told by its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.genai_messages import message_of_any
from sojourn.conventions.values import count_of, list_of, object_of, text_of
from sojourn.domain.messages import Message
from sojourn.transcripts.transcript import Batch, Transcript, time_of

NAME = "inspect"
ATTACHMENT = "attachment://"  # a long text stands once in the sample's attachments
MAX_DEPTH = 64
STATUSES = {"success": "completed", "cancelled": "canceled", "error": "failed"}


def matches(document: Any) -> bool:
    return isinstance(document, Mapping) and "eval" in document and "plan" in document


def read(document: Any) -> list[Batch]:
    evaluation = object_of(document.get("eval"))
    samples = document.get("samples")
    return [
        _sample(document, evaluation, resolved(sample, object_of(sample.get("attachments"))))
        for sample in (samples if isinstance(samples, list) else ())
        if isinstance(sample, Mapping)
    ]


def resolved(value: Any, attachments: Mapping[str, Any], depth: int = 0) -> Any:
    """The value with each attachment:// address replaced by what it stands for."""
    if isinstance(value, str):
        return attachments.get(value.removeprefix(ATTACHMENT), value) if value.startswith(ATTACHMENT) else value
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [resolved(item, attachments, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: resolved(item, attachments, depth + 1) for name, item in value.items() if name != "attachments"}
    return value


def _sample(document: Mapping[str, Any], evaluation: Mapping[str, Any], sample: Mapping[str, Any]) -> Batch:
    name = (
        text_of(sample.get("uuid"))
        or f"{text_of(evaluation.get('run_id'))}:{text_of(sample.get('id'))}:{text_of(sample.get('epoch'))}"
    )
    transcript = Transcript(NAME, f"inspect:{name}", text_of(evaluation.get("task")) or "inspect")
    transcript.fields |= {
        "kind": "run",
        "service": "inspect",
        "status": STATUSES.get(text_of(document.get("status")), "completed"),
        "status_reason": text_of(document.get("status")),
        "tags": {"task": text_of(evaluation.get("task"))},
    }
    start_ns = time_of(evaluation.get("created"))
    messages = sample.get("messages")
    events = [event for event in list_of(sample.get("events")) if isinstance(event, Mapping)]
    times = _message_times(events)
    for number, raw in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(raw, Mapping):
            at_ns = times.get(text_of(raw.get("id")), start_ns + number)
            _read_message(transcript, text_of(raw.get("id")) or number, at_ns, raw)
    for number, event in enumerate(events):
        _read_event(transcript, number, event)
    return transcript.finish()


def _message_times(events: list[Mapping[str, Any]]) -> dict[str, int]:
    """When each message was first seen: in a model's input, or as its answer."""
    times: dict[str, int] = {}
    for event in events:
        if event.get("event") != "model":
            continue
        choices = object_of(event.get("output")).get("choices")
        answers = [object_of(choice).get("message") for choice in choices] if isinstance(choices, list) else []
        begun, ended = (
            time_of(event.get("timestamp")),
            time_of(event.get("completed")) or time_of(event.get("timestamp")),
        )
        for at_ns, said in ((begun, event.get("input")), (ended, answers)):
            for message in said if isinstance(said, list) else ():
                times.setdefault(text_of(object_of(message).get("id")), at_ns)
    return times


def _read_message(transcript: Transcript, place: object, at_ns: int, raw: Mapping[str, Any]) -> None:
    message: Message = message_of_any({**raw, "tool_calls": []})
    calls = raw.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        told = object_of(call)
        transcript.tool(text_of(told.get("id")), at_ns, text_of(told.get("function")), told.get("arguments"))
    if message.role == "tool":
        error = text_of(object_of(raw.get("error")).get("message"))
        transcript.result(text_of(raw.get("tool_call_id")), at_ns, raw.get("content"), error, place)
        return
    transcript.message(place, at_ns, message.role, [part for part in message.parts if part.get("content") != ""])


def _read_event(transcript: Transcript, number: int, event: Mapping[str, Any]) -> None:
    kind, at_ns = text_of(event.get("event")), time_of(event.get("timestamp"))
    if kind == "model":
        output = object_of(event.get("output"))
        usage = object_of(output.get("usage"))
        transcript.call(
            number,
            at_ns,
            text_of(output.get("model")) or text_of(event.get("model")),
            text_of(event.get("model")).split("/")[0],
            (),
            ended_at_ns=time_of(event.get("completed")) or at_ns,
            model_requested=text_of(event.get("model")),
            input_tokens=count_of(usage.get("input_tokens")),
            output_tokens=count_of(usage.get("output_tokens")),
            cache_read_tokens=count_of(usage.get("input_tokens_cache_read")),
            reasoning_tokens=count_of(usage.get("reasoning_tokens")),
        )
    elif kind == "score":
        score = object_of(event.get("score"))
        transcript.add(
            transcript.draft(
                "assessment",
                number,
                at_ns,
                name="score",
                details={
                    "name": "score",
                    "label": text_of(score.get("value")),
                    "explanation": text_of(score.get("explanation"))[:2_000],
                },
            )
        )
    elif kind == "error":
        message = text_of(object_of(event.get("error")).get("message")) or "error"
        transcript.add(transcript.draft("error", number, at_ns, name="error", error=message, error_type="error"))
    elif kind not in {"tool", "span_begin", "span_end", "step"}:
        transcript.unknown(number, at_ns, kind, {name: value for name, value in event.items() if name != "events"})
