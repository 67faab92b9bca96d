"""OpenHands' resolver output: one run an issue, without times or ids; an observation follows its action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.values import amount_of, list_of, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.transcripts.transcript import SECOND, Batch, Transcript

NAME = "openhands_issues"
SYNTHETIC_START_NS = 1_704_067_200 * SECOND  # 2024-01-01: where a record without times is put, a step a second
NOT_ARGUMENTS = frozenset({"action", "thought", "is_confirmed", "action_risk", "keep_prompt", "kernel_init_code"})
ENDS = frozenset({"finish", "reject"})  # actions that nothing answers


def matches(document: Any) -> bool:
    history = document.get("history") if isinstance(document, Mapping) else None
    first = history[0] if isinstance(history, list) and history else None
    return (
        isinstance(first, Mapping)
        and "instruction" in document
        and "source" not in first
        and ("action" in first or "observation" in first)
    )


def read(document: Any) -> list[Batch]:
    issue = object_of(document.get("issue"))
    transcript = Transcript(NAME, _key_of(document, issue), "openhands")
    _describe(transcript, document, issue)
    steps = [step for step in document["history"] if isinstance(step, Mapping)]
    costs = _costs_of(document, steps)
    waiting = ""
    for number, step in enumerate(steps):
        at_ns = SYNTHETIC_START_NS + number * SECOND
        if "observation" in step:
            _read_observation(transcript, number, at_ns, step, waiting)
            waiting = ""
        elif text_of(step.get("action")) == "message":
            role = "user" if number == 0 else "assistant"
            if role == "assistant":
                _read_cost(transcript, number, at_ns, costs)
            transcript.message(number, at_ns, role, [{"type": "text", "content": text_of(step.get("content"))}])
        else:
            _read_cost(transcript, number, at_ns, costs)
            waiting = _read_action(transcript, number, at_ns, step)
    return [transcript.finish()]


def _key_of(document: Mapping[str, Any], issue: Mapping[str, Any]) -> str:
    if issue.get("number") is None:
        return f"openhands:{content_id(NAME, text_of(document.get('instruction')))}"
    return f"openhands:{text_of(issue.get('owner'))}/{text_of(issue.get('repo'))}#{text_of(issue['number'])}"


def _describe(transcript: Transcript, document: Mapping[str, Any], issue: Mapping[str, Any]) -> None:
    error, success = text_of(document.get("error")), document.get("success")
    explanation = text_of(document.get("result_explanation"))
    transcript.fields |= {
        "kind": "run",
        "service": "openhands",
        "goal": text_of(issue.get("title")),
        "status": "failed" if error or success is False else "completed",
        "status_reason": error or explanation[:500] or "the run ended",
        "metrics": {"goal_completed": success} if isinstance(success, bool) else {},
        "metadata": {"time_is_synthetic": True},
    }


def _costs_of(document: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> list[float | None]:
    """What each of the agent's steps cost; nothing if there are not as many costs as steps."""
    costs = [
        amount_of(cost.get("cost") if isinstance(cost, Mapping) else cost)
        for cost in list_of(object_of(document.get("metrics")).get("costs"))
    ]
    acts = [number for number, step in enumerate(steps) if "action" in step and "observation" not in step]
    by_agent = [number for number in acts if number > 0 or text_of(steps[0].get("action")) != "message"]
    return costs if len(costs) == len(by_agent) else []


def _read_cost(transcript: Transcript, number: int, at_ns: int, costs: list[float | None]) -> None:
    if costs:
        transcript.call(number, at_ns, "", "", (), reported_cost_usd=costs.pop(0), reported_cost_by="metrics.costs")


def _read_action(transcript: Transcript, number: int, at_ns: int, step: Mapping[str, Any]) -> str:
    """Returns the id of a call that waits for its observation; "" if none will come."""
    action, call_id = text_of(step.get("action")), f"action-{number}"
    transcript.reasoning(number, at_ns, text_of(step.get("thought")))
    transcript.tool(call_id, at_ns, action, {name: step[name] for name in step if name not in NOT_ARGUMENTS})
    if action in ENDS:
        transcript.result(call_id, at_ns, step.get("outputs"))
        return ""
    return call_id


def _read_observation(transcript: Transcript, number: int, at_ns: int, step: Mapping[str, Any], waiting: str) -> None:
    kind, content, exit_code = text_of(step.get("observation")), step.get("content"), step.get("exit_code")
    failed = kind == "error" or (isinstance(exit_code, int) and exit_code > 0)
    error = text_of(content)[:2_000] or "the tool failed" if failed else ""
    if waiting:
        transcript.result(waiting, at_ns, content, error, number)
    elif failed:
        transcript.add(transcript.draft("error", number, at_ns, name=kind, error=error, error_type=kind))
    else:
        transcript.unknown(number, at_ns, kind, step)
