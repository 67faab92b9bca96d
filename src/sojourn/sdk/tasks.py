"""Questions to people: the body of a task and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sojourn.sdk.identity import new_id
from sojourn.sdk.native_lines import text, word

MAX_TITLE_CHARS = 500
MAX_INSTRUCTIONS_CHARS = 20_000
MAX_NAME_CHARS = 512


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said. `outcome` is the default outcome when nobody said anything."""

    task_id: str
    status: str  # completed, canceled, expired; refused or unavailable if it could not be asked at all
    outcome: Any = None
    completed_by: str = ""
    reason: str = ""

    @property
    def is_completed(self) -> bool:
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    instructions: str = ""
    form: Mapping[str, Any] | None = None  # JSON Schema of the answer
    kind: str = "question"  # approval, question, review or manual
    assignee: str | None = None
    group: str | None = None
    deadline: datetime | timedelta | None = None
    default_outcome: Any = None
    tool_call_id: str | None = None
    id: str = field(default_factory=new_id)

    def deadline_at(self, now: datetime) -> datetime | None:
        if self.deadline is None:
            return None
        if isinstance(self.deadline, timedelta):
            return now + self.deadline
        return self.deadline if self.deadline.tzinfo else self.deadline.astimezone(UTC)

    def body(self, session_key: str | None, now: datetime) -> dict[str, Any]:
        at = self.deadline_at(now)
        told = {
            "id": self.id,
            "session": session_key,
            "kind": self.kind,
            "title": text(self.title)[:MAX_TITLE_CHARS] or self.kind,
            "instructions": text(self.instructions)[:MAX_INSTRUCTIONS_CHARS] or None,
            "form": dict(self.form) if self.form is not None else None,
            "assignee": word(self.assignee)[:MAX_NAME_CHARS] if self.assignee else None,
            "group": word(self.group)[:MAX_NAME_CHARS] if self.group else None,
            "deadline_at": at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None,
            "default_outcome": self.default_outcome,
            "tool_call_id": self.tool_call_id,
        }
        return {name: value for name, value in told.items() if value is not None}


def read_answer(task: Mapping[str, Any]) -> Answer:
    return Answer(
        task_id=str(task.get("id") or ""),
        status=str(task.get("status") or ""),
        outcome=task.get("outcome"),
        completed_by=str(task.get("completed_by") or ""),
    )
