"""What a session does, each from its start to its end: turns, model calls, tool calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from opentelemetry.trace import SpanKind

from sojourn.sdk.gate import Ticket, enter_tool
from sojourn.sdk.live_session import LiveSession
from sojourn.sdk.memory import Message
from sojourn.sdk.open_spans import OpenSpan
from sojourn.sdk.plain_values import json_text, value_text
from sojourn.sdk.quiet import quiet

MS_PER_S = 1_000


class Turn:
    """One request of the user and everything until it is answered."""

    def __init__(self, session: LiveSession, user_text: Any) -> None:
        self._session = session
        self._user_text = user_text
        self._span = OpenSpan(session.key, f"turn {session.agent_id}".strip())

    def reply(self, content: Any) -> None:
        """What the agent said; it becomes part of the conversation's memory."""
        self._session.message("assistant", content, {})

    @property
    def event_id(self) -> str:
        return self._span.event_id

    def __enter__(self) -> Self:
        self._session.begin_turn()
        self._span.start({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": self._session.agent_id})
        if self._user_text is not None:
            self._session.message("user", self._user_text, {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.finish(failure)
        self._session.end_turn()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, failure, trace)


class LlmCall:
    """One request to a model. Entering it is a safe point: it may wait, or raise SessionCanceled."""

    def __init__(self, session: LiveSession, model: str, provider: str, given: Any, request: Mapping[str, Any]) -> None:
        self._session = session
        self._given = given
        self._request = request
        self._model = model
        self._provider = provider
        self._span = OpenSpan(session.key, f"chat {model}".strip(), SpanKind.CLIENT)
        self.messages: list[Message] = []

    @property
    def event_id(self) -> str:
        return self._span.event_id

    @quiet(None)
    def record(
        self,
        output: Any = None,
        *,
        model: str | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        cost_usd: float | None = None,
        finish_reason: str | None = None,
        response_id: str | None = None,
        ttft_ms: float | None = None,
    ) -> None:
        """What came back. `input_tokens` include cache reads and writes, `output_tokens` include reasoning."""
        told = {
            "gen_ai.output.messages": None if output is None else json_text(_messages(output, "assistant")),
            "gen_ai.response.model": model,
            "gen_ai.usage.input_tokens": input_tokens,
            "gen_ai.usage.output_tokens": output_tokens,
            "gen_ai.usage.cache_read.input_tokens": cache_read_tokens,
            "gen_ai.usage.cache_creation.input_tokens": cache_write_tokens,
            "gen_ai.usage.reasoning.output_tokens": reasoning_tokens,
            "gen_ai.usage.cost": cost_usd,
            "gen_ai.response.finish_reasons": None if finish_reason is None else [finish_reason],
            "gen_ai.response.id": response_id,
            "gen_ai.response.time_to_first_chunk": None if ttft_ms is None else ttft_ms / MS_PER_S,
        }
        self._span.set(told)

    def __enter__(self) -> Self:
        self._session.checkpoint()
        return self._begin()

    async def __aenter__(self) -> Self:
        await self._session.checkpoint_async()
        return self._begin()

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.finish(failure)
        self._session.end_work()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, failure, trace)

    def _begin(self) -> Self:
        self._session.begin_work()
        self._start()
        return self

    @quiet(None)
    def _start(self) -> None:
        given = self._given if self._given is not None else self._session.memory_in_use()
        told = _messages(given, "user") if given is not None else []
        self.messages = told if isinstance(told, list) else [told]
        system, tools = self._request.get("system"), self._request.get("tools")
        parameters = self._request.get("parameters") or {}
        self._span.start(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": self._provider,
                "gen_ai.request.model": self._model,
                "gen_ai.agent.name": self._request.get("agent_id") or self._session.agent_id,
                "gen_ai.input.messages": json_text(told) if told else None,
                "gen_ai.system_instructions": None if system is None else json_text(_instructions(system)),
                "gen_ai.tool.definitions": None if tools is None else json_text(tools),
                **{f"gen_ai.request.{name}": _attribute(value) for name, value in parameters.items()},
            },
            # Messages that were told one by one are not counted again with the call that repeats them.
            {"counts_messages": False} if self._session.tells_messages else None,
        )


class ToolCall:
    """One execution of a tool. Entering it is a safe point; once in, a pause waits for its end."""

    def __init__(self, session: LiveSession, name: str, arguments: Any, call_id: str, agent_id: str) -> None:
        self._session = session
        self._name = name
        self._arguments = arguments
        self._agent_id = agent_id
        self._span = OpenSpan(session.key, f"execute_tool {name}")
        self._ticket: Ticket | None = None
        self._leave: Callable[[], None] | None = None
        self._is_announced = False
        self.call_id = call_id

    @property
    def event_id(self) -> str:
        return self._span.event_id

    @quiet(None)
    def result(self, value: Any) -> None:
        self._span.set({"gen_ai.tool.call.result": value_text(value)})

    def announce(self, task_id: str) -> None:
        """Tell of the call before it may run: it waits for a person. Nothing is in flight yet."""
        self._is_announced = True
        self._start({"task_id": task_id})

    def allow(self, arguments: Any) -> None:
        """It may run, with these arguments."""
        self._arguments = arguments
        self._span.set({"gen_ai.tool.call.arguments": None if arguments is None else value_text(arguments)})

    def give_up(self, failure: BaseException) -> None:
        """An announced call that does not run after all."""
        self._span.finish(failure)

    def __enter__(self) -> Self:
        try:
            return self._begin(self._session.gate.start_tool())
        except BaseException as failure:
            self._give_up_if_announced(failure)
            raise

    async def __aenter__(self) -> Self:
        try:
            return self._begin(await self._session.gate.start_tool_async())
        except BaseException as failure:
            self._give_up_if_announced(failure)
            raise

    def _give_up_if_announced(self, failure: BaseException) -> None:
        if self._is_announced:
            self.give_up(failure)

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leave is not None:
            self._leave()
        self._span.finish(failure)
        if self._ticket is not None:
            self._session.gate.end_tool(self._ticket)
        self._session.end_work()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, failure, trace)

    def _begin(self, ticket: Ticket) -> Self:
        self._ticket = ticket
        ticket.call_id = self.call_id
        self._session.begin_work()
        if not self._is_announced:
            self._start({})
        self._leave = enter_tool(ticket)
        return self

    @quiet(None)
    def _start(self, details: Mapping[str, Any]) -> None:
        told = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": self._name,
            "gen_ai.tool.call.id": self.call_id,
            "gen_ai.tool.call.arguments": None if self._arguments is None else value_text(self._arguments),
            "gen_ai.agent.name": self._agent_id or self._session.agent_id,
        }
        self._span.start(told, details)


def _messages(told: Any, role: str) -> Any:
    """Text is one message of `role`; messages stay as they are."""
    if isinstance(told, str):
        return [{"role": role, "content": told}]
    if isinstance(told, Mapping):
        return [told]
    return list(told) if isinstance(told, Sequence) and not isinstance(told, bytes) else [told]


def _instructions(system: Any) -> Any:
    return [{"type": "text", "content": system}] if isinstance(system, str) else system


def _attribute(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float) else json_text(value)
