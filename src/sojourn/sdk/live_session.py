"""An open session inside this process: its voice to the server and its safe points."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sojourn.sdk.client import current_client
from sojourn.sdk.endings import Ending
from sojourn.sdk.gate import Gate, GateState
from sojourn.sdk.identity import new_id
from sojourn.sdk.memory import Message
from sojourn.sdk.native_lines import now_ns
from sojourn.sdk.open_spans import place_in_trace
from sojourn.sdk.quiet import quiet
from sojourn.sdk.steering import Steering


class LiveSession:
    """Shared by a Session and the turns, model calls and tool calls that it opens."""

    def __init__(self, key: str, kind: str, agent_id: str, is_new: bool, close: Callable[[], None]) -> None:
        self.key = key
        self.kind = kind
        self.agent_id = agent_id
        self.tells_messages = False  # one by one; then the calls that repeat them are not counted
        self.steering: Steering = current_client().attach(key, kind, is_new, id(self), close)
        self._open_turns = 0

    @property
    def gate(self) -> Gate:
        return self.steering.gate

    @property
    def clean_status(self) -> str:
        return "idle" if self.kind == "conversation" else "completed"

    def checkpoint(self) -> None:
        self.gate.wait()
        if self.steering.has_pending():
            self.steering.apply_pending()

    async def checkpoint_async(self) -> None:
        await self.gate.wait_async()
        if self.steering.has_pending():
            await asyncio.to_thread(self.steering.apply_pending)

    @quiet("")
    def tell(self, record: Mapping[str, Any]) -> str:
        """One native event, now; returns its id."""
        event_id = new_id()
        at_ns = now_ns()
        told = {"event_id": event_id, "started_at": at_ns, "agent_id": self.agent_id or None, **place_in_trace()}
        current_client().record(self.key, {**told, **record})
        return event_id

    @quiet(None)
    def say(self, fields: Mapping[str, Any]) -> None:
        """What is true of the session from now on."""
        told = {name: value for name, value in fields.items() if value is not None and value != ""}
        current_client().record(self.key, {**told, "at": now_ns()})

    @quiet("")
    def message(self, role: str, content: Any, extra: Mapping[str, Any]) -> str:
        side = "input" if role in {"user", "system"} else "output"
        event_id = self.tell({"type": "message", "role": role, side: content})
        if role in {"user", "assistant"}:
            self.tells_messages = True
        self.steering.memory.add({"role": role, "content": content, **extra}, event_id)
        return event_id

    def history(self) -> list[Message]:
        is_first_use = not self.steering.memory.is_used
        messages = self.steering.history()
        if is_first_use:
            current_client().control.wake()  # From now on a reset can be offered.
        return messages

    def memory_in_use(self) -> list[Message] | None:
        return self.history() if self.steering.memory.is_used else None

    def begin_turn(self) -> None:
        self.begin_work()
        self._open_turns += 1
        if self.kind == "conversation" and self._open_turns == 1:
            self.say({"status": "running", "status_reason": "a turn began"})

    def end_turn(self) -> None:
        self._open_turns -= 1
        if self.kind == "conversation" and not self._open_turns and self.gate.look()[0] is GateState.OPEN:
            self.say({"status": "idle", "status_reason": "the turn ended"})
        self.end_work()

    def begin_work(self) -> None:
        self.steering.begin_work()

    def end_work(self) -> None:
        if self.steering.end_work():
            current_client().control.apply_if_resting(self.steering)

    @quiet(None)
    def end(self, ending: Ending) -> None:
        """Once; of several Session objects with one key the last ends the session."""
        client = current_client()
        if client.detach(self.steering, ending.status, id(self)):
            told = {"status": ending.status, "status_reason": ending.reason, "end_reason": ending.end_reason}
            client.control.leave(self.steering, lambda: self.say(told))
