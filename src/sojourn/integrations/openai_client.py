"""A hand-written loop around the `openai` client (chat completions) that an operator can steer.

memory = ChatMemory(session, system="You are a support agent.")
with memory.turn("Where is order 7?"):
    while True:
        answer = complete(session, client, memory, model="gpt-5", tools=TOOLS)
        if not answer.tool_calls:
            break
        run_tools(session, memory, answer, FUNCTIONS, needs_approval={"refund"})

Every function that waits has a twin for AsyncOpenAI that ends with `_async`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessage, ChatCompletionMessageToolCallUnion

from sojourn.integrations import (
    TurnMemory,
    approved_arguments,
    approved_arguments_sync,
    open_llm_call,
    open_tool_call,
    text_of,
)
from sojourn.sdk.approvals import Approval
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.plain_values import value_text
from sojourn.sdk.session import Session

Message = dict[str, Any]
Function = Callable[..., Any]
PROVIDER = "openai"
ASK = Approval()


class ChatMemory:
    """The `messages` of the next request: the system prompt, the summary after a compact, and the turns."""

    def __init__(self, session: Session, system: str = "") -> None:
        self._system = system
        self._turns: TurnMemory[Message] = TurnMemory(session, _text_message, _starts_turn, system)

    def messages(self) -> list[Message]:
        system, turns = self.parts()
        return [_text_message("system", text) for text in system] + turns

    def parts(self) -> tuple[list[str], list[Message]]:
        """The system messages and the turns, of one moment."""
        summary, turns = self._turns.seen()
        return [text for text in (self._system, summary) if text], turns

    def add(self, message: ChatCompletionMessage | Mapping[str, Any]) -> None:
        told = message.to_dict() if isinstance(message, ChatCompletionMessage) else dict(message)
        kept = {name: value for name, value in told.items() if value is not None}
        self._turns.add([kept], [(str(kept.get("role")), text_of(kept.get("content")))])

    @contextmanager
    def turn(self, user_text: str | None = None) -> Iterator[None]:
        """Around a question and everything until its answer; between two turns the session is idle."""
        with self._turns.turn():
            if user_text is not None:
                self.add(_text_message("user", user_text))
            yield


def complete(
    session: Session, client: OpenAI, memory: ChatMemory, *, model: str, is_told: bool = True, **request: Any
) -> ChatCompletionMessage:
    """Waits while paused, raises SessionCanceled once canceled; the answer becomes part of the memory.

    `is_told=False` if an OpenInference instrumentation tells of the call already.
    """
    session.checkpoint()
    with open_llm_call(session, is_told, **_told(memory, model, request)) as call:
        answer = client.chat.completions.create(**_sent(memory, model, request))
        _record(call, answer)
    return _remembered(memory, answer)


async def complete_async(
    session: Session, client: AsyncOpenAI, memory: ChatMemory, *, model: str, is_told: bool = True, **request: Any
) -> ChatCompletionMessage:
    await session.checkpoint_async()
    async with open_llm_call(session, is_told, **_told(memory, model, request)) as call:
        answer = await client.chat.completions.create(**_sent(memory, model, request))
        _record(call, answer)
    return _remembered(memory, answer)


def run_tools(
    session: Session,
    memory: ChatMemory,
    answer: ChatCompletionMessage,
    functions: Mapping[str, Function],
    *,
    needs_approval: Collection[str] = (),
    approval: Approval = ASK,
    is_told: bool = True,
) -> None:
    """Run what the model asked for, one after the other; their results become part of the memory.

    None starts while paused. A tool that fails or is denied says so to the model.
    """
    for wanted in answer.tool_calls or ():
        name, arguments = _name_and_arguments(wanted)
        try:
            if name in needs_approval:
                arguments = approved_arguments_sync(session, name, arguments, wanted.id, approval)
            with open_tool_call(session, is_told, name, arguments, wanted.id) as running:
                result = functions[name](**arguments)
                running.result(result)
        except Exception as error:  # noqa: BLE001  the model reads it and may do better; a cancel is no Exception
            result = _failure(name, error)
        memory.add(_tool_message(wanted, result))


async def run_tools_async(
    session: Session,
    memory: ChatMemory,
    answer: ChatCompletionMessage,
    functions: Mapping[str, Function],
    *,
    needs_approval: Collection[str] = (),
    approval: Approval = ASK,
    is_told: bool = True,
) -> None:
    """The functions are coroutine functions."""
    for wanted in answer.tool_calls or ():
        name, arguments = _name_and_arguments(wanted)
        try:
            if name in needs_approval:
                arguments = await approved_arguments(session, name, arguments, wanted.id, approval)
            async with open_tool_call(session, is_told, name, arguments, wanted.id) as running:
                result = await functions[name](**arguments)
                running.result(result)
        except Exception as error:  # noqa: BLE001  the model reads it and may do better; a cancel is no Exception
            result = _failure(name, error)
        memory.add(_tool_message(wanted, result))


def _told(memory: ChatMemory, model: str, request: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {name: value for name, value in request.items() if isinstance(value, str | int | float | bool)}
    system, turns = memory.parts()
    return {
        **parameters, "model": model, "provider": PROVIDER, "input": turns, "system": "\n\n".join(system) or None,
        "tools": request.get("tools"),
    }  # fmt: skip


def _sent(memory: ChatMemory, model: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Read after the gate: the memory may have changed while the session was paused."""
    return {**request, "model": model, "messages": memory.messages()}


def _record(call: Any, answer: ChatCompletion) -> None:
    usage = answer.usage
    details = usage.prompt_tokens_details if usage else None
    call.record(
        [choice.message.to_dict() for choice in answer.choices],
        model=answer.model,
        input_tokens=usage.prompt_tokens if usage else None,
        output_tokens=usage.completion_tokens if usage else None,
        cache_read_tokens=details.cached_tokens if details else None,
        finish_reason=answer.choices[0].finish_reason if answer.choices else None,
        response_id=answer.id,
    )


def _remembered(memory: ChatMemory, answer: ChatCompletion) -> ChatCompletionMessage:
    message = answer.choices[0].message
    memory.add(message)
    return message


def _name_and_arguments(wanted: ChatCompletionMessageToolCallUnion) -> tuple[str, dict[str, Any]]:
    if wanted.type != "function":
        return wanted.custom.name, {"input": wanted.custom.input}
    try:
        arguments = json.loads(wanted.function.arguments or "{}")
    except json.JSONDecodeError:  # Models do this; the function will say what it misses.
        arguments = {}
    return wanted.function.name, arguments if isinstance(arguments, dict) else {}


def _failure(name: str, error: Exception) -> str:
    if isinstance(error, ApprovalDenied):
        return str(error)
    return f"{name} failed: {type(error).__name__}: {error}"


def _tool_message(wanted: ChatCompletionMessageToolCallUnion, result: Any) -> Message:
    return {"role": "tool", "tool_call_id": wanted.id, "content": value_text(result)}


def _text_message(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def _starts_turn(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "user"
