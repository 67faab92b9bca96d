"""One session as its operators see it: its gate, its memory, and the commands that wait for a safe point."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from sojourn.sdk.commands import Command, Receipt, applied, refused
from sojourn.sdk.gate import Gate, GateState
from sojourn.sdk.memory import Compaction, Memory, Message

log = logging.getLogger("sojourn.sdk")
ResetHook = Callable[[], object]
CompactHook = Callable[[Compaction], object]
Fetch = Callable[[str], list[tuple[str, Message]] | None]
MAX_HOOKS = 100


class Steering:
    """Shared by every Session object of the same key in this process."""

    def __init__(self, key: str, kind: str, is_new: bool, settle: Callable[[Receipt], None], fetch: Fetch) -> None:
        self.key = key
        self.kind = kind
        self.gate = Gate(key, settle, may_be_older=not is_new)
        self.memory = Memory(is_new)
        self.openings = 0  # Session objects of this key; the registry counts them
        self._settle = settle
        self._fetch = fetch
        self._lock = threading.Lock()  # of what follows
        self._working = 0  # turns, model calls and tool calls that are open
        self._pending: deque[Command] = deque()
        self._is_applying = False
        self._reset_hooks: list[ResetHook] = []
        self._compact_hooks: list[CompactHook] = []
        self._applying = threading.RLock()  # held while memory changes; a hook may come back to us

    def history(self) -> list[Message]:
        self.memory.is_used = True
        self.memory.load(lambda: self._fetch(self.key))
        return self.memory.seen()

    def on_reset(self, hook: ResetHook) -> None:
        with self._lock:
            self._reset_hooks = [*self._reset_hooks, hook][-MAX_HOOKS:]

    def on_compact(self, hook: CompactHook) -> None:
        with self._lock:
            self._compact_hooks = [*self._compact_hooks, hook][-MAX_HOOKS:]

    def begin_work(self) -> None:
        with self._lock:
            self._working += 1

    def end_work(self) -> bool:
        """True if commands can be applied now that had to wait for this."""
        with self._lock:
            self._working = max(0, self._working - 1)
            return bool(self._pending) and self._working == 0

    def verbs(self) -> list[str]:
        """A reset that the agent would not notice is not offered."""
        owned = self.memory.is_used
        memory_verbs = [
            verb for verb, hooks in (("reset", self._reset_hooks), ("compact", self._compact_hooks)) if owned or hooks
        ]
        return ["pause", "resume", "cancel", *memory_verbs]

    def receive(self, command: Command) -> None:
        """Gate commands work at once; memory commands wait for `apply_pending` at a safe point."""
        gate_verbs = {"pause": self.gate.pause, "resume": self.gate.resume, "cancel": self.gate.cancel}
        if command.verb in gate_verbs:
            gate_verbs[command.verb](command)
        elif command.verb not in self.verbs():
            self._settle(refused(command, "this agent keeps its memory where Sojourn cannot change it"))
        else:
            with self._lock:
                self._pending.append(command)

    def is_resting(self) -> bool:
        """Nothing can be in the middle of using the memory: paused, or a conversation between two turns."""
        state, tools_in_flight = self.gate.look()
        if state is GateState.SHUT and not tools_in_flight:
            return True
        with self._lock:
            return self.kind == "conversation" and self._working == 0

    def has_pending(self) -> bool:
        """Also while one is being applied: who comes to a gate then must wait for its end."""
        with self._lock:
            return bool(self._pending) or self._is_applying

    def apply_pending(self) -> None:
        """At a safe point. A gate that comes meanwhile waits until the memory is whole again."""
        with self._applying:
            while True:
                with self._lock:
                    self._is_applying = bool(self._pending)
                    if not self._is_applying:
                        return
                    command = self._pending.popleft()
                self._settle(self._apply(command))

    def close(self, status: str) -> None:
        with self._lock:
            left, self._pending = self._pending, deque()
        for command in left:
            self._settle(refused(command, f"the session has ended ({status})"))

    def as_json(self, session_id: str) -> dict[str, Any]:
        gate_state, tools_in_flight = self.gate.look()
        with self._lock:
            is_idle = self.kind == "conversation" and self._working == 0
        verbs = self.verbs()
        return {
            "session": self.key,
            "session_id": session_id,
            "verbs": verbs,
            "state": _state_word(gate_state, tools_in_flight, is_idle),
            "tools_in_flight": tools_in_flight,
            "owns_memory": "reset" in verbs or "compact" in verbs,
        }

    def forget_parent_process(self) -> None:
        self._lock, self._applying = threading.Lock(), threading.RLock()
        self.gate.forget_parent_process()
        self.memory.forget_parent_process()

    def _apply(self, command: Command) -> Receipt:
        try:
            return self._reset(command) if command.verb == "reset" else self._compact(command)
        except Exception as error:
            log.exception("a %s hook of session %r failed", command.verb, self.key)
            return refused(command, f"its hook failed: {type(error).__name__}: {error}"[:500])

    def _reset(self, command: Command) -> Receipt:
        before = self.memory.reset()
        for hook in self._reset_hooks:
            hook()
        return applied(command, {"messages_before": before})

    def _compact(self, command: Command) -> Receipt:
        told = command.arguments
        summary, instructions = str(told.get("summary") or ""), str(told.get("instructions") or "")
        keep_turns = told.get("keep_turns")
        keep_turns = keep_turns if isinstance(keep_turns, int) and keep_turns >= 0 else 0
        if self.memory.is_used:
            self.memory.load(lambda: self._fetch(self.key))
        before, after = self.memory.compact(summary, keep_turns)
        compaction = Compaction(summary, keep_turns, instructions, tuple(self.memory.seen()))
        for hook in self._compact_hooks:
            hook(compaction)
        return applied(command, {"messages_before": before, "messages_after": after})


def _state_word(state: GateState, tools_in_flight: int, is_idle: bool) -> str:
    if state is GateState.CANCELED:
        return "canceled"
    if state is GateState.SHUT and not tools_in_flight:
        return "paused"
    return "idle" if is_idle else "running"
