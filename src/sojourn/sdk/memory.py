"""What the model should see of a conversation: nothing older than a reset; after a compact a summary and some turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]  # role, content, and whatever else belongs to it
MAX_MESSAGES = 100_000  # of one session in this process; the oldest go first


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a compact hook is told."""

    summary: str
    keep_turns: int  # user turns at the end that stay as they are
    instructions: str
    messages: Sequence[Message]  # the memory as it is now: the summary first


class Memory:
    """Filled from the server once, if the session is older than this process; by message() afterwards."""

    def __init__(self, is_new: bool) -> None:
        self._loading = threading.Lock()  # may take as long as the server
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self._own_event_ids: set[str] = set()
        self.is_loaded = is_new
        self.is_used = False

    def add(self, message: Message, event_id: str) -> None:
        with self._lock:
            self._messages.append(message)
            if not self.is_loaded:
                self._own_event_ids.add(event_id)
            if len(self._messages) > MAX_MESSAGES:
                del self._messages[0]

    def load(self, fetch: Callable[[], list[tuple[str, Message]] | None]) -> None:
        """`fetch` gives event ids and messages; None if the server cannot say now: then the next use asks again."""
        with self._loading:
            if self.is_loaded:
                return
            earlier = fetch()
            if earlier is not None:
                self._begin_with(earlier)

    def seen(self) -> list[Message]:
        """A copy: the host may append its own."""
        with self._lock:
            return [dict(message) for message in self._messages]

    def reset(self) -> int:
        """How many messages there were."""
        with self._lock:
            count = len(self._messages)
            self._messages.clear()
            self.is_loaded = True
            return count

    def compact(self, summary: str, keep_turns: int) -> tuple[int, int]:
        """How many messages there were, and are."""
        with self._lock:
            before = len(self._messages)
            kept = self._messages[_start_of_turns(self._messages, keep_turns) :]
            self._messages = [{"role": "system", "content": summary}, *kept] if summary else kept
            return before, len(self._messages)

    def _begin_with(self, earlier: list[tuple[str, Message]]) -> None:
        with self._lock:
            if not self.is_loaded:  # else a reset came meanwhile
                self._messages[:0] = [message for event_id, message in earlier if event_id not in self._own_event_ids]
                self._own_event_ids.clear()
                self.is_loaded = True

    def forget_parent_process(self) -> None:
        self._loading, self._lock = threading.Lock(), threading.Lock()


def _start_of_turns(messages: Sequence[Message], turns: int) -> int:
    starts = [place for place, message in enumerate(messages) if message.get("role") == "user"]
    if turns <= 0:
        return len(messages)
    return starts[-turns] if turns <= len(starts) else 0
