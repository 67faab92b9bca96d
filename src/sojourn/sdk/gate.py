"""Where an agent stops: before a model call and before a tool call, never inside one.

The count of tool calls in flight and the state of the gate change under one lock, so a pause is confirmed only when
nothing runs and nothing can start.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

from sojourn.sdk.commands import Command, Receipt, applied, refused
from sojourn.sdk.errors import SessionCanceled

Waiter = Future[None]
FIRST_WORD_S = 1.0  # how long the first gate of a session that may be older waits for what was asked of it before


class GateState(StrEnum):
    OPEN = "open"
    SHUT = "shut"  # pausing while tools are in flight, paused when there are none
    CANCELED = "canceled"


@dataclass(slots=True, eq=False)
class Ticket:
    """A tool call in flight. What it calls inside itself belongs to it and passes a shut gate."""

    gate: Gate = field(repr=False)
    is_open: bool = True
    call_id: str = ""


_inside: ContextVar[Ticket | None] = ContextVar("sojourn_tool_ticket", default=None)


class Gate:
    def __init__(self, session_key: str, settle: Callable[[Receipt], None], may_be_older: bool = False) -> None:
        self._session_key = session_key
        self._unheard_until = time.monotonic() + FIRST_WORD_S if may_be_older else 0.0
        self._settle = settle
        self._lock = threading.Lock()
        self._state = GateState.OPEN
        self._tools_in_flight = 0
        self._unconfirmed: list[Command] = []  # pauses and cancels
        self._waiters: list[Waiter] = []
        self._canceled_by: Command | None = None

    def pause(self, command: Command) -> None:
        with self._lock:
            if self._state is GateState.CANCELED:
                self._settle(refused(command, "the session is canceled"))
                return
            self._state = GateState.SHUT
            self._unconfirmed.append(command)
            self._confirm()

    def resume(self, command: Command) -> None:
        with self._lock:
            if self._state is GateState.CANCELED:
                self._settle(refused(command, "the session is canceled"))
                return
            self._withdraw("resumed before it was paused")
            self._state = GateState.OPEN
            self._settle(applied(command))
            self._wake()

    def cancel(self, command: Command) -> None:
        with self._lock:
            if self._state is not GateState.CANCELED:
                self._withdraw("canceled before it was paused")
                self._state = GateState.CANCELED
                self._canceled_by = command
            self._unconfirmed.append(command)
            self._confirm()
            self._wake()

    def hear(self) -> None:
        """The server has told what stands for this session, or cannot be asked."""
        with self._lock:
            if self._unheard_until:
                self._unheard_until = 0.0
                self._wake()

    def is_unheard(self) -> bool:
        """A pause or cancel may stand from before this process began."""
        return time.monotonic() < self._unheard_until

    def wait(self) -> None:
        """Pass, wait, or raise SessionCanceled."""
        while (waiter := self._try_pass()) is not None:
            self._sleep(waiter)

    async def wait_async(self) -> None:
        while (waiter := self._try_pass()) is not None:
            await self._until_news(waiter)

    def start_tool(self) -> Ticket:
        while isinstance(ticket := self._try_start(), Future):
            self._sleep(ticket)
        return ticket

    async def start_tool_async(self) -> Ticket:
        while isinstance(ticket := self._try_start(), Future):
            await self._until_news(ticket)
        return ticket

    def end_tool(self, ticket: Ticket) -> None:
        with self._lock:
            if ticket.is_open:
                ticket.is_open = False
                self._tools_in_flight -= 1
                self._confirm()

    def raise_if_canceled(self) -> None:
        with self._lock:
            self._check()

    def waiter(self) -> Waiter:
        """Done with the next change of the gate; a wait elsewhere may end with it."""
        with self._lock:
            return self._new_waiter()

    def leave(self, waiter: Waiter) -> None:
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def look(self) -> tuple[GateState, int]:
        """State and tool calls in flight, of one moment."""
        with self._lock:
            return self._state, self._tools_in_flight

    def forget_parent_process(self) -> None:
        """In a forked child: the lock may be held by a thread that is not here."""
        self._lock = threading.Lock()
        self._waiters = []
        self._unconfirmed = []
        self._tools_in_flight = 0

    def _sleep(self, waiter: Waiter) -> None:
        with suppress(TimeoutError):
            waiter.result(self._patience_s())
        self.leave(waiter)

    async def _until_news(self, waiter: Waiter) -> None:
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s()):  # wait_for of 3.11 may lose a host's own cancel
                    await asyncio.wrap_future(waiter)
        finally:
            self.leave(waiter)

    def _patience_s(self) -> float | None:
        """A shut gate waits for as long as it takes; one that only waits for the first word does not."""
        return max(0.0, self._unheard_until - time.monotonic()) if self.is_unheard() else None

    def _try_pass(self) -> Waiter | None:
        with self._lock:
            return self._admission()

    def _try_start(self) -> Ticket | Waiter:
        with self._lock:
            waiter = self._admission()
            if waiter is not None:
                return waiter
            self._tools_in_flight += 1
            return Ticket(self)

    def _admission(self) -> Waiter | None:
        self._check()
        if (self._state is GateState.OPEN and not self.is_unheard()) or self._is_inside_tool():
            return None
        return self._new_waiter()

    def _check(self) -> None:
        if self._state is GateState.CANCELED:
            by = self._canceled_by
            raise SessionCanceled(self._session_key, by.actor if by else "", by.reason if by else "")

    def _is_inside_tool(self) -> bool:
        """A tool that runs must be able to end, or the pause would wait for it for ever."""
        ticket = _inside.get()
        return ticket is not None and ticket.gate is self and ticket.is_open

    def _new_waiter(self) -> Waiter:
        waiter: Waiter = Future()
        waiter.set_running_or_notify_cancel()  # From now on only we end it.
        self._waiters.append(waiter)
        return waiter

    def _confirm(self) -> None:
        if self._tools_in_flight:
            return
        for command in self._unconfirmed:
            self._settle(applied(command))
        self._unconfirmed = []

    def _withdraw(self, reason: str) -> None:
        for command in self._unconfirmed:
            self._settle(refused(command, reason))
        self._unconfirmed = []

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.set_result(None)


def current_call_id() -> str:
    """Of the tool call that runs here, "" outside of any."""
    ticket = _inside.get()
    return ticket.call_id if ticket is not None and ticket.is_open else ""


def enter_tool(ticket: Ticket) -> Callable[[], None]:
    """What runs from here on is part of this tool call; call what is returned to leave it."""
    before = _inside.get()
    _inside.set(ticket)

    def leave() -> None:
        _inside.set(before)

    return leave
