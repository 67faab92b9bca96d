"""Decorators for the functions that an agent calls: told as tool calls, and held until a person allows them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Literal, TypeVar, overload

from sojourn.sdk.approvals import Approval, allowed_call, approval_question, denial_of
from sojourn.sdk.arguments import call_of
from sojourn.sdk.asking import ask, ask_async
from sojourn.sdk.calls import ToolCall
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.identity import new_id
from sojourn.sdk.live_session import LiveSession
from sojourn.sdk.session import Session, current_session
from sojourn.sdk.tasks import Question

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Tool:
    """How a decorated function is told of."""

    name: str
    function: Callable[..., Any]  # as it was written
    approval: Approval | None = None


@overload
def tool(function: F) -> F: ...
@overload
def tool(*, name: str | None = None) -> Callable[[F], F]: ...
def tool(function: F | None = None, *, name: str | None = None) -> F | Callable[[F], F]:
    """Each call of the function is a tool call of the session in force; outside of any session nothing happens."""

    def decorate(function: F) -> F:
        told = _tool_of(function, name)
        return _wrapped(told, function)

    return decorate if function is None else decorate(function)


@overload
def require_approval(function: F) -> F: ...
@overload
def require_approval(
    *,
    title: str | None = None,
    instructions: str = "",
    name: str | None = None,
    assignee: str | None = None,
    group: str | None = None,
    deadline: datetime | timedelta | None = None,
    default_outcome: Any = None,
    on_denied: Literal["raise", "return"] = "raise",
) -> Callable[[F], F]: ...
def require_approval(
    function: F | None = None,
    *,
    title: str | None = None,
    instructions: str = "",
    name: str | None = None,
    assignee: str | None = None,
    group: str | None = None,
    deadline: datetime | timedelta | None = None,
    default_outcome: Any = None,
    on_denied: Literal["raise", "return"] = "raise",
) -> F | Callable[[F], F]:
    """The function is a tool (as with `tool`) that runs only when a person has approved its arguments.

    They may be edited on the way; then the edited ones are used. Whatever is not a clear yes denies: ApprovalDenied is
    raised, or with `on_denied="return"` its text is returned for the model to read. It also denies where Sojourn is
    disabled, as there is nobody to ask. While the server is away the call waits.
    """
    approval = Approval(title, instructions, assignee, group, deadline, default_outcome, on_denied)

    def decorate(function: F) -> F:
        told = _tool_of(function, name)
        return _wrapped(Tool(told.name, told.function, approval), function)

    return decorate if function is None else decorate(function)


def _tool_of(function: Callable[..., Any], name: str | None) -> Tool:
    """Decorators may stand on each other in any order: the function is told of once."""
    known = getattr(function, "__sojourn_tool__", None)
    if isinstance(known, Tool):
        return Tool(name or known.name, known.function, known.approval)
    return Tool(name or str(getattr(function, "__name__", type(function).__name__)), function)


def _wrapped(told: Tool, like: F) -> F:
    is_async = inspect.iscoroutinefunction(told.function)
    run = _async_runner(told) if is_async else _runner(told)
    run = wraps(told.function)(run)
    run.__sojourn_tool__ = told  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]


def _runner(told: Tool) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        session, call_id = current_session(), new_id()
        call = call_of(told.function, args, kwargs)
        running = session.tool_call(told.name, call.shown(), call_id) if session else None
        if told.approval is not None:
            question = approval_question(told.name, call, call_id, told.approval)
            try:
                with _announced(running, question):
                    call = allowed_call(told.name, call, ask(_live(session), question))
            except ApprovalDenied as denied:
                return denial_of(told.approval, denied)
        if running is None:
            return told.function(*call.args, **call.kwargs)
        if told.approval is not None:
            running.allow(call.shown())
        with running:
            result = told.function(*call.args, **call.kwargs)
            running.result(result)
            return result

    return run


def _async_runner(told: Tool) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> Any:
        session, call_id = current_session(), new_id()
        call = call_of(told.function, args, kwargs)
        running = session.tool_call(told.name, call.shown(), call_id) if session else None
        if told.approval is not None:
            question = approval_question(told.name, call, call_id, told.approval)
            try:
                with _announced(running, question):
                    call = allowed_call(told.name, call, await ask_async(_live(session), question))
            except ApprovalDenied as denied:
                return denial_of(told.approval, denied)
        if running is None:
            return await told.function(*call.args, **call.kwargs)
        if told.approval is not None:
            running.allow(call.shown())
        async with running:
            result = await told.function(*call.args, **call.kwargs)
            running.result(result)
            return result

    return run


@contextmanager
def _announced(running: ToolCall | None, question: Question) -> Iterator[None]:
    """The call stands on the timeline, and links to its task, while it waits."""
    if running is None:
        yield
        return
    running.announce(question.id)
    try:
        yield
    except BaseException as failure:
        running.give_up(failure)
        raise


def _live(session: Session | None) -> LiveSession | None:
    return None if session is None else session.live
