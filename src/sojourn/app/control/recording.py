"""Puts commands and tasks onto the timeline: each is one event whose later words replace the earlier ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sojourn.app.ingest import Ingest
from sojourn.app.turns import Turns
from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.domain.lifecycle import Verb
from sojourn.domain.messages import text_message
from sojourn.domain.sessions import Session
from sojourn.domain.steering import SETTLED, Command, CommandStatus
from sojourn.domain.tasks import Task, TaskStatus
from sojourn.ledger.ledger import Ledger

MAX_A_TURN = 500
INTERVAL_S = 5.0  # without news
SOURCE = "sojourn"
OWN_TIER = 1
FIRST_VERSION = 10
VERSIONS = {
    CommandStatus.REQUESTED: 10,
    CommandStatus.DELIVERED: 11,
    CommandStatus.UNREACHABLE: 12,
    CommandStatus.APPLIED: 14,
    CommandStatus.REFUSED: 14,
}
# What a compaction was to do; the runtime's own words on it win.
PLANNED = ("summarised_by", "keep_turns", "tokens_before", "tokens_after", "messages_before", "messages_after")
MARKERS = {Verb.RESET: "reset", Verb.COMPACT: "compaction"}


class Recording:
    def __init__(self, ledger: Ledger, ingest: Ingest) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._turns = Turns("control-recording", self.turn, "control.recording_failed", INTERVAL_S)

    def start(self) -> None:
        """What a crash left unrecorded is found again."""
        self._turns.start(self._ledger.on_change)

    async def close(self) -> None:
        """What was asked for last gets onto the timeline; what does not is found at the next start."""
        await self._turns.close()
        await self.turn()

    async def turn(self) -> bool:
        """Whether there is more to do."""
        commands, tasks, sessions = await asyncio.to_thread(self._load)
        by_workspace: dict[str, list[Mapped]] = {}
        for command in commands:
            session = sessions.get((command.workspace_id, command.session_id))
            if session is not None:
                by_workspace.setdefault(command.workspace_id, []).extend(events_of_command(command, session))
        for task in tasks:
            by_workspace.setdefault(task.workspace_id, []).append(event_of_task(task))
        for workspace_id, mapped in by_workspace.items():
            await self._ingest.submit(workspace_id, mapped)
        if commands or tasks:
            await asyncio.to_thread(self._mark, commands, tasks)
        return MAX_A_TURN in (len(commands), len(tasks))

    def _load(self) -> tuple[list[Command], list[Task], dict[tuple[str, str], Session]]:
        with self._ledger.read() as conn:
            commands = self._ledger.commands.unrecorded(conn, MAX_A_TURN)
            tasks = self._ledger.tasks.unrecorded(conn, MAX_A_TURN)
            refs = sorted({(command.workspace_id, command.session_id) for command in commands})
            return commands, tasks, self._ledger.sessions.get_many(conn, refs)

    def _mark(self, commands: Sequence[Command], tasks: Sequence[Task]) -> None:
        with self._ledger.begin() as conn:
            self._ledger.commands.recorded(conn, commands)
            self._ledger.tasks.recorded(conn, tasks)


def events_of_command(command: Command, session: Session) -> list[Mapped]:
    """The request itself, and for an applied reset or compact its marker."""
    is_over = command.status in SETTLED
    draft = _draft(f"command:{command.id}", "control", command.verb, session.key, command.requested_at_ns)
    draft.status = {CommandStatus.APPLIED: "ok", CommandStatus.REFUSED: "canceled"}.get(
        CommandStatus(command.status), "waiting"
    )
    draft.ended_at_ns = command.settled_at_ns if is_over else None
    draft.details = {
        "verb": command.verb,
        "actor": command.actor,
        "reason": command.reason,
        "status": command.status,
        "command_id": command.id,
        "correlation_id": command.correlation_id,
        **{name: value for name, value in command.detail.items() if name != "summary"},
    }
    draft.preview = f"{command.actor} asked to {command.verb}" + (f": {command.reason}" if command.reason else "")
    mapped = [_mapped(draft, VERSIONS[CommandStatus(command.status)])]
    if command.status == CommandStatus.APPLIED and command.verb in MARKERS:
        mapped.append(_marker(command, session))
    return mapped


def event_of_task(task: Task) -> Mapped:
    draft = _draft(f"task:{task.id}", "task", task.title, task.session_key, task.created_at_ns)
    draft.status = {TaskStatus.OPEN: "waiting", TaskStatus.CANCELED: "canceled"}.get(TaskStatus(task.status), "ok")
    draft.ended_at_ns = task.completed_at_ns
    draft.tool_call_id = task.tool_call_id
    draft.parent_event_id = task.event_id
    draft.input_value = {"instructions": task.instructions, "form": task.form}
    draft.output_value = task.outcome
    draft.details = {
        "task_id": task.id,
        "kind": task.kind,
        "status": task.status,
        "assignee": task.assignee,
        "group": task.group,
        "completed_by": task.completed_by,
    }
    draft.preview = f"{task.title} ({task.status})"
    return _mapped(draft, FIRST_VERSION if task.status == TaskStatus.OPEN else FIRST_VERSION + 4)


def _marker(command: Command, session: Session) -> Mapped:
    """Stands where the memory was reset or compacted; the command itself may have been asked long before."""
    kind = MARKERS[Verb(command.verb)]
    at_ns = command.settled_at_ns or command.requested_at_ns
    draft = _draft(f"{kind}:{command.id}", kind, kind, session.key, at_ns)
    draft.status, draft.ended_at_ns = "ok", at_ns
    planned = {name: command.arguments[name] for name in PLANNED if name in command.arguments}
    draft.details = {"actor": command.actor, "reason": command.reason, "trigger": "manual", **planned, **command.detail}
    if summary := command.arguments.get("summary"):
        draft.outputs = [text_message("system", str(summary))]
        draft.preview = str(summary)
    return _mapped(draft, FIRST_VERSION)


def _draft(event_id: str, kind: str, name: str, session_key: str, at_ns: int) -> Draft:
    return Draft(
        type=kind,
        name=name,
        event_id=event_id,
        started_at_ns=at_ns,
        session_tier=OWN_TIER,
        session_key=session_key,
    )


def _mapped(draft: Draft, version: int) -> Mapped:
    mapped = assemble_draft(draft, attributes={}, source=SOURCE, scope="")
    return mapped._replace(event=mapped.event._replace(version=version))
