"""SWE-agent's .traj files: thought, action, observation. They have no times: a step a second from a fixed day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sojourn.conventions.values import amount_of, count_of, list_of, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.transcripts.transcript import SECOND, Batch, Transcript

NAME = "swe_agent"
SYNTHETIC_START_NS = 1_704_067_200 * SECOND
MAX_STEP_S = 7 * 86_400


def matches(document: Any) -> bool:
    return isinstance(document, Mapping) and isinstance(document.get("trajectory"), list) and "history" in document


def read(document: Any) -> list[Batch]:
    steps = [step for step in document["trajectory"] if isinstance(step, Mapping)]
    key = content_id(text_of(document.get("environment")), *_opening(document.get("history"), steps))
    transcript = Transcript(NAME, f"swe-agent:{key}", "swe-agent")
    info = object_of(document.get("info"))
    ended = text_of(info.get("exit_status"))
    transcript.fields |= {
        "kind": "run",
        "service": "swe-agent",
        "status": "completed" if ended.startswith("submitted") else "failed",
        "status_reason": ended or "the trajectory ended",
        "metadata": {"time_is_synthetic": True},
    }
    if not ended:
        transcript.fields["status"] = "completed"
    _read_history(transcript, document.get("history"))
    at_ns = SYNTHETIC_START_NS
    for number, step in enumerate(steps):
        at_ns += SECOND
        transcript.reasoning(number, at_ns, text_of(step.get("thought") or step.get("response")))
        call_id = f"step-{number}"
        transcript.tool(
            call_id, at_ns, (text_of(step.get("action")).split() or ["none"])[0], text_of(step.get("action"))
        )
        took_ns = int(min(amount_of(step.get("execution_time")) or 0.5, MAX_STEP_S) * SECOND)
        transcript.result(call_id, at_ns + took_ns, step.get("observation"))
    stats = object_of(info.get("model_stats"))
    if count_of(stats.get("tokens_sent")):
        transcript.add(
            transcript.draft(
                "span",
                "model_stats",
                at_ns,
                name="model_stats",
                usage_kind="sum",
                input_tokens=count_of(stats.get("tokens_sent")),
                output_tokens=count_of(stats.get("tokens_received")),
                reported_cost_usd=amount_of(stats.get("instance_cost")),
                reported_cost_by="info.model_stats.instance_cost",
            )
        )
    return [transcript.finish()]


def _opening(history: Any, steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """What names a run that has no id: its instructions and task, and how it began; a longer file begins the same."""
    given: list[str] = []
    for message in map(object_of, list_of(history)):
        if text_of(message.get("role")) not in {"system", "user"}:
            break
        given.append(text_of(message.get("content")))
    return given + [text_of(steps[0].get(name)) for name in ("response", "observation") if steps]


def _read_history(transcript: Transcript, history: Any) -> None:
    """What stood before the first step: the instructions and the task; the steps tell the rest."""
    for number, message in enumerate(history if isinstance(history, list) else ()):
        role = text_of(message.get("role")) if isinstance(message, Mapping) else ""
        if role not in {"system", "user"}:
            return
        content = [{"type": "text", "content": text_of(message.get("content"))}]
        transcript.message(f"history-{number}", SYNTHETIC_START_NS + number, role, content)
