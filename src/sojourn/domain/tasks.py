"""Work for a human: an approval, a question, a review, a manual task."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class TaskKind(StrEnum):
    APPROVAL = "approval"  # may this tool call go on
    QUESTION = "question"  # an answer that the agent waits for
    REVIEW = "review"  # somebody should look at the session
    MANUAL = "manual"  # work that a person does


class TaskStatus(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    CANCELED = "canceled"  # its session was canceled, or it was withdrawn
    EXPIRED = "expired"  # its deadline passed; the outcome is its default


@dataclass(frozen=True, slots=True)
class Task:
    id: str
    workspace_id: str
    kind: str
    title: str
    created_at_ns: int
    session_id: str = ""  # "" for work that belongs to no session
    session_key: str = ""
    tool_call_id: str = ""  # the call that waits for it
    event_id: str = ""
    instructions: str = ""
    form: dict[str, Any] | None = None  # JSON Schema of the outcome
    assignee: str = ""
    group: str = ""
    claimed_by: str = ""
    claimed_at_ns: int | None = None
    deadline_at_ns: int | None = None
    default_outcome: Any = None  # given when the deadline passes
    status: str = TaskStatus.OPEN
    outcome: Any = None
    completed_by: str = ""
    completed_at_ns: int | None = None
    created_by: str = ""
    source: str = ""  # a workflow's name
    is_recorded: bool = False  # its event is in the event store
