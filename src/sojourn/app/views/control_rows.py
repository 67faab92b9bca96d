"""Commands and tasks in the contract's JSON."""

from __future__ import annotations

from typing import Any

from sojourn.app.control.delivery import Delivered
from sojourn.app.control.requests import Answer
from sojourn.app.views.session_rows import session_json
from sojourn.app.views.times import rfc3339
from sojourn.domain.steering import Command
from sojourn.domain.tasks import Task

Json = dict[str, Any]


def command_json(command: Command) -> Json:
    return {
        "id": command.id,
        "verb": command.verb,
        "session_id": command.session_id,
        "status": command.status,
        "changed": command.changed,
        "actor": command.actor,
        "reason": command.reason,
        "correlation_id": command.correlation_id,
        "requested_at": rfc3339(command.requested_at_ns),
        "delivered_at": rfc3339(command.delivered_at_ns),
        "settled_at": rfc3339(command.settled_at_ns),
        "arguments": command.arguments,
        "detail": command.detail,
    }


def answer_json(answer: Answer) -> Json:
    left = [{"id": one.id, "key": one.key, "status": one.status} for one in answer.still_running]
    return {
        "command": {**command_json(answer.command), "still_running": left},
        "session": session_json(answer.session),
    }


def delivered_json(delivered: Delivered, accepted: list[str]) -> Json:
    """What a poll answers."""
    commands = [
        {
            "id": command.id,
            "session_id": command.session_id,
            "session": key,
            "verb": command.verb,
            "actor": command.actor,
            "reason": command.reason,
            "correlation_id": command.correlation_id,
            "requested_at": rfc3339(command.requested_at_ns),
            "arguments": command.arguments,
        }
        for command, key in delivered.commands
    ]
    return {
        "commands": commands,
        "tasks": [task_json(task) for task in delivered.tasks],
        "receipts_accepted": accepted,
    }


def task_json(task: Task) -> Json:
    return {
        "id": task.id,
        "session_id": task.session_id,
        "session_key": task.session_key,
        "tool_call_id": task.tool_call_id,
        "event_id": task.event_id,
        "kind": task.kind,
        "title": task.title,
        "instructions": task.instructions,
        "form": task.form,
        "assignee": task.assignee,
        "group": task.group,
        "claimed_by": task.claimed_by,
        "claimed_at": rfc3339(task.claimed_at_ns),
        "deadline_at": rfc3339(task.deadline_at_ns),
        "default_outcome": task.default_outcome,
        "status": task.status,
        "outcome": task.outcome,
        "completed_by": task.completed_by,
        "completed_at": rfc3339(task.completed_at_ns),
        "created_at": rfc3339(task.created_at_ns),
        "created_by": task.created_by,
        "source": task.source,
    }
