"""What each policy type's condition and action look like: JSON Schemas that check what is sent, and make forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sojourn.domain.policies import LADDER, MAX_STEPS, PolicyType

Schema = dict[str, Any]


def _object(required: Sequence[str] = (), **properties: Any) -> Schema:
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


def _told(title: str, description: str = "", **schema: Any) -> Schema:
    return {"title": title, **({"description": description} if description else {}), **schema}


def _window(title: str, description: str, default: int) -> Schema:
    return _told(title, description, type="integer", minimum=2, maximum=MAX_STEPS // 4, default=default)


_ERRORS = _told(
    "Only after these errors",
    "Types as the SDK tells them, for example RateLimitError. None means any error.",
    type="array",
    items={"type": "string", "maxLength": 120},
    maxItems=100,
)
_FAILED = _told("When a call has failed", type="boolean", default=True)
_RUNG = _object(("type",), type=_told("What happens", type="string", enum=[str(rung) for rung in LADDER]))
CONDITIONS: Mapping[PolicyType, Schema] = {
    PolicyType.COST_LIMIT: _object(
        ("cost_exceeded",),
        cost_exceeded=_told(
            "Cost in US dollars", "It fires when the session has cost more.", type="number", exclusiveMinimum=0
        ),
    ),
    PolicyType.STEP_LIMIT: _object(
        ("steps_exceeded",),
        steps_exceeded=_told(
            "Steps", "It fires at this many model and tool calls of the session.", type="integer", minimum=1
        ),
    ),
    PolicyType.RETRY: _object(("on_error",), on_error=_FAILED),
    PolicyType.FALLBACK: _object(("on_error",), on_error=_FAILED),
    PolicyType.COST_SPIKE: _object(
        factor=_told(
            "Times the average",
            "It fires when the latest call costs more than this many times the average of those before it.",
            type="number",
            exclusiveMinimum=1,
            default=3,
        ),
        window=_window("Calls", "How many of the latest calls with a cost are looked at.", 5),
    ),
    PolicyType.ERROR_SPIKE: _object(
        rate=_told(
            "Share that failed",
            "Between 0 and 1. It fires when a larger share of the steps failed.",
            type="number",
            minimum=0,
            exclusiveMaximum=1,
            default=0.5,
        ),
        window=_window("Steps", "How many of the latest steps are looked at.", 10),
    ),
    PolicyType.REPEATED_TOOL_CALLS: _object(
        times=_window("Times in a row", "The same tool with the same arguments.", 3)
    ),
    PolicyType.NO_PROGRESS: _object(
        steps=_window("Tool calls in a row", "That failed, or gave what an earlier one gave.", 10)
    ),
    PolicyType.CONDITION: _object(
        ("cel",),
        cel=_told(
            "Condition (CEL)",
            "It fires when this is true of the session, for example: "
            "session.cost_usd > 2.0 && session.error_count >= 3",
            type="string",
            format="cel",
            minLength=1,
            maxLength=2_000,
        ),
    ),
}
ACTIONS: Mapping[PolicyType, Schema] = {
    **dict.fromkeys(PolicyType, _RUNG),
    PolicyType.RETRY: _object(
        ("max_retries",),
        max_retries=_told("Tries", "How often a failed call is tried again.", type="integer", minimum=1, maximum=10),
        backoff_seconds=_told("Pause in seconds", "Before the first try.", type="number", minimum=0),
        backoff=_told("How the pause grows", type="string", enum=["linear", "exponential"]),
        on_errors=_ERRORS,
    ),
    PolicyType.FALLBACK: _object(
        ("fallback_model",),
        fallback_model=_told("Model", "With which the SDK goes on.", type="string", minLength=1, maxLength=120),
        on_errors=_ERRORS,
    ),
}
