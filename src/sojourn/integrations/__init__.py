"""Adapters: frameworks that obey the gates of a session and keep their conversation where an operator can change it.

A module each, imported only by those who have the framework. What they share stands here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from sojourn.sdk.approvals import Approval, allowed_call, approval_question
from sojourn.sdk.arguments import Call, call_of
from sojourn.sdk.asking import ask, ask_async
from sojourn.sdk.calls import LlmCall, ToolCall
from sojourn.sdk.gate import Ticket, enter_tool
from sojourn.sdk.memory import Compaction
from sojourn.sdk.session import Session

Item = TypeVar("Item")
SAID_ROLES = frozenset({"user", "assistant"})


class TurnMemory(Generic[Item]):
    """A session's conversation in a framework's own words.

    A reset leaves nothing but the turn that is being worked on; a compact a summary and the last turns. An older
    session is read from the server once: its texts, not its tool calls.
    """

    def __init__(
        self,
        session: Session,
        item_of: Callable[[str, str], Item],
        starts_turn: Callable[[Item], bool],
        system: str = "",
    ) -> None:
        self.changes = 0  # resets and compacts so far
        self._session = session
        self._item_of = item_of  # of a role and a text
        self._starts_turn = starts_turn
        self._system = system
        self._lock = threading.RLock()
        self._items: list[Item] = []
        self._summary = ""
        self._is_loaded = False
        self._changes_before_turn = 0
        self._open_from: int | None = None  # where the turn that is being worked on begins
        session.on_reset(self.clear)
        session.on_compact(self._compact)

    def seen(self) -> tuple[str, list[Item]]:
        """The summary, if there was a compact, and a copy of what stands behind it."""
        with self._lock:
            self._load()
            return self._summary, list(self._items)

    def before_turn(self) -> tuple[str, list[Item]]:
        """The same without the turn that is being worked on."""
        with self._lock:
            summary, items = self.seen()
            return summary, items if self._open_from is None else items[: self._open_from]

    def has_changed_in_turn(self) -> bool:
        """A reset or a compact came after the turn began: what the framework read then is too much."""
        return self.changes != self._changes_before_turn

    def add(self, items: Sequence[Item], said: Sequence[tuple[str, str]] = ()) -> None:
        """`said` is what of it belongs on the timeline: roles and texts."""
        with self._lock:
            self._load()
            self._items.extend(items)
        for role, text in said:
            if role in SAID_ROLES and text:
                self._session.message(role, text)

    def pop(self) -> Item | None:
        with self._lock:
            self._load()
            return self._items.pop() if self._items else None

    def replace_turn(self, items: Sequence[Item]) -> None:
        """The turn that is being worked on, as it turned out."""
        with self._lock:
            if self._open_from is not None:
                self._items[self._open_from :] = items

    def clear(self) -> None:
        """A turn that is being worked on stays: without its question the agent could not go on."""
        with self._lock:
            self._items = [] if self._open_from is None else self._items[self._open_from :]
            self._open_from = None if self._open_from is None else 0
            self._summary = ""
            self._is_loaded = True
            self.changes += 1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """From a question to its answer. A turn inside a turn is part of it."""
        with self._lock:
            self._load()
            is_outer = self._open_from is None
            if is_outer:
                self._open_from, self._changes_before_turn = len(self._items), self.changes
        try:
            with self._session.turn():
                yield
        finally:
            if is_outer:
                with self._lock:
                    self._open_from = None

    def _compact(self, compaction: Compaction) -> None:
        with self._lock:
            self._load()
            start = start_of_turns(self._items, compaction.keep_turns, self._starts_turn)
            if self._open_from is not None:
                start = min(start, self._open_from)
                self._open_from -= start
            self._items = self._items[start:]
            self._summary = compaction.summary or self._summary
            self.changes += 1

    def _load(self) -> None:
        if self._is_loaded:
            return
        self._is_loaded = True
        for place, message in enumerate(self._session.history()):
            text = text_of(message.get("content"))
            if message["role"] == "system":  # A system prompt that was told with a model call may stand here too.
                self._summary = text if not place and text != self._system else self._summary
            elif message["role"] in SAID_ROLES and text:
                self._items.append(self._item_of(message["role"], text))


def start_of_turns(items: Sequence[Item], turns: int, starts_turn: Callable[[Item], bool]) -> int:
    """The place of the n-th last item that starts a turn."""
    starts = [place for place, item in enumerate(items) if starts_turn(item)]
    if turns <= 0:
        return len(items)
    return starts[-turns] if turns <= len(starts) else 0


def text_of(content: Any) -> str:
    """The text of a content, be it text or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    texts = [part.get("text") or part.get("content") for part in content if isinstance(part, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str))


async def approved_arguments(
    session: Session, tool: str, arguments: Mapping[str, Any], call_id: str, approval: Approval
) -> dict[str, Any]:
    """What a person allowed, as edited; raises ApprovalDenied."""
    call = _call_with(arguments)
    answer = await ask_async(session.live, approval_question(tool, call, call_id, approval))
    return allowed_call(tool, call, answer).kwargs


def approved_arguments_sync(
    session: Session, tool: str, arguments: Mapping[str, Any], call_id: str, approval: Approval
) -> dict[str, Any]:
    call = _call_with(arguments)
    answer = ask(session.live, approval_question(tool, call, call_id, approval))
    return allowed_call(tool, call, answer).kwargs


def _call_with(arguments: Mapping[str, Any]) -> Call:
    def any_tool(**arguments: Any) -> None: ...

    return call_of(any_tool, (), dict(arguments))


class UntoldLlmCall:
    """A model call that only obeys the gate: something else tells of it."""

    def __init__(self, session: Session) -> None:
        self._live = session.live

    def record(self, *_: Any, **__: Any) -> None:
        """Nothing: someone else records it."""

    def __enter__(self) -> Self:
        self._live.checkpoint()
        self._live.begin_work()
        return self

    async def __aenter__(self) -> Self:
        await self._live.checkpoint_async()
        self._live.begin_work()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.end_work()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__()


class UntoldToolCall:
    """A tool call that only obeys the gate: something else tells of it."""

    def __init__(self, session: Session) -> None:
        self._live = session.live
        self._ticket: Ticket | None = None
        self._leave: Callable[[], None] | None = None

    def result(self, value: Any) -> None:
        """Nothing: someone else records it."""

    def __enter__(self) -> Self:
        return self._begin(self._live.gate.start_tool())

    async def __aenter__(self) -> Self:
        return self._begin(await self._live.gate.start_tool_async())

    def __exit__(self, *_: object) -> None:
        if self._leave is not None and self._ticket is not None:
            self._leave()
            self._live.gate.end_tool(self._ticket)
            self._live.end_work()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__()

    def _begin(self, ticket: Ticket) -> Self:
        self._ticket = ticket
        self._live.begin_work()
        self._leave = enter_tool(ticket)
        return self


def open_llm_call(session: Session, is_told: bool, **request: Any) -> LlmCall | UntoldLlmCall:
    return session.llm_call(**request) if is_told else UntoldLlmCall(session)


def open_tool_call(
    session: Session, is_told: bool, name: str, arguments: Any, call_id: str | None
) -> ToolCall | UntoldToolCall:
    return session.tool_call(name, arguments, call_id) if is_told else UntoldToolCall(session)
