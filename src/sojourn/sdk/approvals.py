"""Asking a person whether a tool may run, and reading the answer: only a clear yes is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sojourn.sdk.arguments import Call
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.plain_values import json_text
from sojourn.sdk.tasks import Answer, Question

MAX_SHOWN_CHARS = 10_000  # the form holds all of it


@dataclass(frozen=True, slots=True)
class Approval:
    title: str | None = None
    instructions: str = ""
    assignee: str | None = None
    group: str | None = None
    deadline: datetime | timedelta | None = None
    default_outcome: Any = None
    on_denied: Literal["raise", "return"] = "raise"


def approval_question(tool: str, call: Call, call_id: str, approval: Approval) -> Question:
    arguments = json.loads(json_text(call.shown()))
    shown = json.dumps(arguments, ensure_ascii=False, indent=2)[:MAX_SHOWN_CHARS]
    return Question(
        title=approval.title or f"Allow {tool}?",
        instructions=f"{approval.instructions}\n\n{shown}".strip(),
        form=approval_form(arguments),
        kind="approval",
        assignee=approval.assignee,
        group=approval.group,
        deadline=approval.deadline,
        default_outcome=approval.default_outcome,
        tool_call_id=call_id,
    )


def approval_form(arguments: Any) -> dict[str, Any]:
    """The arguments stand in it as a default, for whoever wants to edit them."""
    return {
        "type": "object",
        "required": ["approved"],
        "properties": {
            "approved": {"type": "boolean"},
            "reason": {"type": "string"},
            "arguments": {"type": "object", "default": arguments},
        },
    }


def allowed_call(tool: str, call: Call, answer: Answer) -> Call:
    """The call as it was approved; raises ApprovalDenied."""
    outcome = answer.outcome if isinstance(answer.outcome, Mapping) else {}
    if outcome.get("approved") is not True or answer.status not in {"completed", "expired"}:
        reason = str(outcome.get("reason") or answer.reason or "")
        if not reason and answer.status != "completed":
            reason = f"the approval is {answer.status}"
        raise ApprovalDenied(tool, reason, answer.task_id)
    edited = outcome.get("arguments")
    if not isinstance(edited, Mapping):
        return call
    try:
        return call.edited(edited)
    except TypeError as error:
        raise ApprovalDenied(tool, f"the edited arguments do not fit: {error}", answer.task_id) from error


def denial_of(approval: Approval, denied: ApprovalDenied) -> str:
    if approval.on_denied == "raise":
        raise denied
    return str(denied)
