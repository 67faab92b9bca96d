"""A session: one complete piece of agent work, told of as it happens and steered from outside."""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self

from sojourn.sdk.asking import ask, ask_async
from sojourn.sdk.calls import LlmCall, ToolCall, Turn
from sojourn.sdk.client import current_client
from sojourn.sdk.endings import Ending, ending_of
from sojourn.sdk.errors import SessionCanceled
from sojourn.sdk.gate import GateState, current_call_id
from sojourn.sdk.identity import new_id, session_key
from sojourn.sdk.live_session import LiveSession
from sojourn.sdk.memory import Compaction, Message
from sojourn.sdk.metrics import Number, checked_metrics
from sojourn.sdk.native_lines import MAX_METADATA_TEXT_CHARS, word
from sojourn.sdk.open_spans import OpenSpan
from sojourn.sdk.plain_values import value_text
from sojourn.sdk.prompts import resolved_prompt
from sojourn.sdk.quiet import quiet
from sojourn.sdk.session_context import enter_session, leave_session
from sojourn.sdk.tasks import Answer, Question

log = logging.getLogger("sojourn.sdk")
KINDS = ("run", "conversation")
Kind = Literal["run", "conversation"]
Guardrail = Literal["passed", "blocked", "flagged"]
_current: ContextVar[Session | None] = ContextVar("sojourn_current_session", default=None)


def current_session() -> Session | None:
    """The session of the innermost `with` block around the code that runs now."""
    return _current.get()


class Session:
    """Made by `start_session`. Use it as a context manager, sync or async, or `close()` it yourself."""

    def __init__(self, key: str | None, kind: Kind, agent_id: str, fields: Mapping[str, Any]) -> None:
        self.key = session_key(key)
        self.session_id = current_client().session_id_of(self.key)
        self.kind = kind
        self.agent_id = agent_id
        self.live = LiveSession(self.key, kind, agent_id, key is None, self._close_at_exit)
        self._root = OpenSpan(self.key, f"invoke_agent {agent_id}".strip())
        self._leave: list[Callable[[], None]] = []
        self._state: dict[str, Any] = {}
        self._metrics: dict[str, Number] = {}
        self.live.say({"kind": kind, "status": "running", "origin": "sdk", **fields})

    # What happens

    def turn(self, user_text: Any = None) -> Turn:
        """One request of the user; a conversation is idle between its turns."""
        return Turn(self.live, user_text)

    def llm_call(
        self,
        *,
        model: str = "",
        provider: str = "",
        input: Any = None,
        system: Any = None,
        tools: Sequence[Any] | None = None,
        agent_id: str | None = None,
        **parameters: Any,
    ) -> LlmCall:
        """A request to a model. Without `input` it is the memory, as it is after the gate: see `call.messages`."""
        request = {"system": system, "tools": tools, "agent_id": agent_id, "parameters": parameters}
        return LlmCall(self.live, model, provider, input, request)

    def tool_call(
        self, name: str, arguments: Any = None, call_id: str | None = None, *, agent_id: str = ""
    ) -> ToolCall:
        """A tool runs. Tell its `result` before it ends; a pause waits for the end."""
        return ToolCall(self.live, name, arguments, call_id or new_id(), agent_id)

    def message(self, role: str, content: Any, **extra: Any) -> str:
        """Something said; it becomes part of `history()`. Returns the event's id."""
        return self.live.message(role, content, extra)

    @quiet(None)
    def decision(
        self, decision: str, *, options: Sequence[Any] | None = None, reason: str = "", policy: str = ""
    ) -> None:
        self._tell_details("decision", decision, decision=decision, options=options, reason=reason, policy=policy)

    @quiet(None)
    def handoff(self, to: str, *, from_agent: str | None = None, context: Any = None) -> None:
        giver = from_agent or self.agent_id
        self._tell_details("handoff", f"{giver} → {to}", **{"from": giver, "to": to, "context": context})

    @quiet(None)
    def guardrail(
        self, guardrail: str, result: Guardrail | str, *, score: float | None = None, explanation: str = ""
    ) -> None:
        self._tell_details(
            "guardrail_eval", guardrail, guardrail=guardrail, result=result, score=score, explanation=explanation
        )

    @quiet(None)
    def error(self, error: BaseException | str, *, retryable: bool | None = None, attempt: int | None = None) -> None:
        """A failure that does not end the session."""
        name = type(error).__name__ if isinstance(error, BaseException) else ""
        message = str(error) or name
        self._tell_details("error", name or "error", retryable=retryable, attempt=attempt, record={
            "error": message, "error_type": name or None, "status": "error",
        })  # fmt: skip

    @quiet(None)
    def set_state(self, name: str, value: Any) -> None:
        """A session variable got a new value."""
        old, self._state[name] = self._state.get(name), value
        self._tell_details("state_change", name, record={"details": {"variable": name, "old": old, "new": value}})

    def set_metrics(
        self, *, goal_completed: bool | None = None, score: float | None = None, **numbers: Number | None
    ) -> None:
        """`goal_completed`, a `score` of 0-1, and up to 10 numbers of your own; the 11th raises InvalidMetric."""
        told = checked_metrics(self._metrics, {"goal_completed": goal_completed, "score": score, **numbers})
        self._metrics.update(told)
        if told:
            self.live.say({"metrics": {word(name): value for name, value in told.items()}})

    def set_prompt(self, template: str, inputs: Mapping[str, Any] | None = None) -> str:
        """Returns the template with `{name}` and `{{name}}` replaced by the inputs; all three are kept."""
        resolved = resolved_prompt(template, inputs or {})
        self.live.say({
            "prompt_template": template,
            "prompt_inputs": dict(inputs or {}),
            "metadata": {"resolved_prompt": value_text(resolved)[:MAX_METADATA_TEXT_CHARS]},
        })  # fmt: skip
        return resolved

    # Steering

    def checkpoint(self) -> None:
        """A safe point: waits while paused, raises SessionCanceled once canceled, lets resets and compacts happen."""
        self.live.checkpoint()

    async def checkpoint_async(self) -> None:
        await self.live.checkpoint_async()

    def ask_human(
        self,
        title: str,
        instructions: str = "",
        form: Mapping[str, Any] | None = None,
        *,
        deadline: datetime | timedelta | None = None,
        default_outcome: Any = None,
        assignee: str | None = None,
        group: str | None = None,
        kind: str = "question",
    ) -> Answer:
        """Wait for a person's answer. Without a deadline for ever; SessionCanceled if the session is canceled."""
        call_id = current_call_id() or None
        question = Question(title, instructions, form, kind, assignee, group, deadline, default_outcome, call_id)
        return ask(self.live, question)

    async def ask_human_async(
        self,
        title: str,
        instructions: str = "",
        form: Mapping[str, Any] | None = None,
        *,
        deadline: datetime | timedelta | None = None,
        default_outcome: Any = None,
        assignee: str | None = None,
        group: str | None = None,
        kind: str = "question",
    ) -> Answer:
        """The same, without blocking the event loop."""
        call_id = current_call_id() or None
        question = Question(title, instructions, form, kind, assignee, group, deadline, default_outcome, call_id)
        return await ask_async(self.live, question)

    def history(self) -> list[Message]:
        """What the model should see now; of an older session fetched once, afterwards what message() was told."""
        return self.live.history()

    async def history_async(self) -> list[Message]:
        return await asyncio.to_thread(self.live.history)

    def on_reset(self, hook: Callable[[], object]) -> None:
        """Called at a safe point when an operator resets the session, after `history()` is empty."""
        self.live.steering.on_reset(_checked_hook(hook))
        current_client().control.wake()

    def on_compact(self, hook: Callable[[Compaction], object]) -> None:
        """Called at a safe point when an operator compacts the session, after `history()` is the shorter one."""
        self.live.steering.on_compact(_checked_hook(hook))
        current_client().control.wake()

    @property
    def is_canceled(self) -> bool:
        return self.live.gate.look()[0] is GateState.CANCELED

    # Life

    def heartbeat(self) -> None:
        """Say that the session lives. Open sessions of a living process say so by themselves."""
        current_client().heartbeat()

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything told so far has arrived; False if it has not."""
        return current_client().flush(timeout_s)

    async def flush_async(self, timeout_s: float = 5.0) -> bool:
        return await asyncio.to_thread(self.flush, timeout_s)

    def close(self, status: Literal["completed", "failed", "canceled", "idle"] | None = None, reason: str = "") -> None:
        """Once. Without a status a run is completed and a conversation idle."""
        self.live.end(Ending(status or self.live.clean_status, reason, "exception" if status == "failed" else "clean"))

    def __enter__(self) -> Self:
        session_token, current_token = enter_session(self.key), _current.set(self)
        self._leave.append(lambda: leave_session(session_token))
        self._leave.append(lambda: _leave_current(current_token))
        if self.kind == "run":
            self._root.start({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": self.agent_id})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_own_cancel = isinstance(failure, SessionCanceled) and failure.session_key == self.key
        if self.kind == "run":
            self._root.finish(failure)
        while self._leave:
            self._leave.pop()()
        self.live.end(ending_of(failure, is_own_cancel, self.live.clean_status))

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, failure, trace)

    def _close_at_exit(self) -> None:
        failure = getattr(sys, "last_value", None)  # what ended the program, if something did
        ending = ending_of(failure, False, self.live.clean_status)
        if self.kind == "run":
            self._root.finish(failure)
        self.live.end(Ending(ending.status, ending.reason or "the process exited", ending.end_reason))

    def _tell_details(self, kind: str, name: str, *, record: Mapping[str, Any] | None = None, **details: Any) -> None:
        said = {name: value for name, value in details.items() if value is not None and value != ""}
        self.live.tell({"type": kind, "name": name, **({"details": said} if said else {}), **(record or {})})


def _leave_current(token: Any) -> None:
    try:
        _current.reset(token)
    except (ValueError, RuntimeError):
        log.debug("a session was left in another context than it was entered in")


def _checked_hook(hook: Any) -> Any:
    if not callable(hook) or inspect.iscoroutinefunction(hook):
        raise TypeError("a hook is a plain function: it runs at a safe point, on whichever thread comes to it")
    return hook
