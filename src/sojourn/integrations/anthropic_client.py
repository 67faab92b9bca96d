"""A hand-written loop around the `anthropic` client (messages) that an operator can steer.

memory = ChatMemory(session, system="You are a support agent.")
with memory.turn("Where is order 7?"):
    while True:
        answer = create(session, client, memory, model="claude-sonnet-4-5", max_tokens=1024, tools=TOOLS)
        if answer.stop_reason != "tool_use":
            break
        run_tools(session, memory, answer, FUNCTIONS, needs_approval={"refund"})

Every function that waits has a twin for AsyncAnthropic that ends with `_async`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from anthropic import Anthropic, AsyncAnthropic
from anthropic.types import Message as Answer
from anthropic.types import ToolUseBlock

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
PROVIDER = "anthropic"
ASK = Approval()


class ChatMemory:
    """The `messages` and the `system` of the next request; after a compact the summary is part of the system prompt."""

    def __init__(self, session: Session, system: str = "") -> None:
        self._system = system
        self._turns: TurnMemory[Message] = TurnMemory(session, _text_message, _starts_turn, system)

    def system(self) -> str:
        return self.request()[0]

    def messages(self) -> list[Message]:
        return self.request()[1]

    def request(self) -> tuple[str, list[Message]]:
        """System and messages of one moment."""
        summary, turns = self._turns.seen()
        return "\n\n".join(text for text in (self._system, summary) if text), turns

    def add(self, message: Answer | Mapping[str, Any]) -> None:
        if isinstance(message, Answer):
            kept: Message = {"role": "assistant", "content": [block.to_dict() for block in message.content]}
        else:
            kept = dict(message)
        said = "" if _holds_results(kept) else text_of(kept.get("content"))
        self._turns.add([kept], [(str(kept.get("role")), said)])

    @contextmanager
    def turn(self, user_text: str | None = None) -> Iterator[None]:
        """Around a question and everything until its answer; between two turns the session is idle."""
        with self._turns.turn():
            if user_text is not None:
                self.add(_text_message("user", user_text))
            yield


def create(
    session: Session, client: Anthropic, memory: ChatMemory, *, model: str, is_told: bool = True, **request: Any
) -> Answer:
    """Waits while paused, raises SessionCanceled once canceled; the answer becomes part of the memory.

    `is_told=False` if an OpenInference instrumentation tells of the call already.
    """
    session.checkpoint()
    with open_llm_call(session, is_told, **_told(memory, model, request)) as call:
        answer: Answer = client.messages.create(**_sent(memory, model, request))
        _record(call, answer)
    memory.add(answer)
    return answer


async def create_async(
    session: Session, client: AsyncAnthropic, memory: ChatMemory, *, model: str, is_told: bool = True, **request: Any
) -> Answer:
    await session.checkpoint_async()
    async with open_llm_call(session, is_told, **_told(memory, model, request)) as call:
        answer: Answer = await client.messages.create(**_sent(memory, model, request))
        _record(call, answer)
    memory.add(answer)
    return answer


def run_tools(
    session: Session,
    memory: ChatMemory,
    answer: Answer,
    functions: Mapping[str, Function],
    *,
    needs_approval: Collection[str] = (),
    approval: Approval = ASK,
    is_told: bool = True,
) -> None:
    """Run what the model asked for, one after the other; their results become part of the memory.

    None starts while paused. A tool that fails or is denied says so to the model.
    """
    results = []
    for wanted in _wanted(answer):
        arguments = dict(wanted.input)
        try:
            if wanted.name in needs_approval:
                arguments = approved_arguments_sync(session, wanted.name, arguments, wanted.id, approval)
            with open_tool_call(session, is_told, wanted.name, arguments, wanted.id) as running:
                result = functions[wanted.name](**arguments)
                running.result(result)
            results.append(_result_block(wanted, value_text(result)))
        except Exception as error:  # noqa: BLE001  the model reads it and may do better; a cancel is no Exception
            results.append(_failure_block(wanted, error))
    _remember_results(memory, results)


async def run_tools_async(
    session: Session,
    memory: ChatMemory,
    answer: Answer,
    functions: Mapping[str, Function],
    *,
    needs_approval: Collection[str] = (),
    approval: Approval = ASK,
    is_told: bool = True,
) -> None:
    """The functions are coroutine functions."""
    results = []
    for wanted in _wanted(answer):
        arguments = dict(wanted.input)
        try:
            if wanted.name in needs_approval:
                arguments = await approved_arguments(session, wanted.name, arguments, wanted.id, approval)
            async with open_tool_call(session, is_told, wanted.name, arguments, wanted.id) as running:
                result = await functions[wanted.name](**arguments)
                running.result(result)
            results.append(_result_block(wanted, value_text(result)))
        except Exception as error:  # noqa: BLE001  the model reads it and may do better; a cancel is no Exception
            results.append(_failure_block(wanted, error))
    _remember_results(memory, results)


def _told(memory: ChatMemory, model: str, request: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {name: value for name, value in request.items() if isinstance(value, str | int | float | bool)}
    system, messages = memory.request()
    return {
        **parameters, "model": model, "provider": PROVIDER, "input": messages, "system": system or None,
        "tools": request.get("tools"),
    }  # fmt: skip


def _sent(memory: ChatMemory, model: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Read after the gate: the memory may have changed while the session was paused."""
    system, messages = memory.request()
    return {**request, "model": model, "messages": messages, **({"system": system} if system else {})}


def _record(call: Any, answer: Answer) -> None:
    usage = answer.usage
    cache_read, cache_write = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    call.record(
        {"role": "assistant", "content": [block.to_dict() for block in answer.content]},
        model=str(answer.model),
        input_tokens=usage.input_tokens + cache_read + cache_write,  # Anthropic leaves the cache out of it.
        output_tokens=usage.output_tokens,
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        finish_reason=answer.stop_reason,
        response_id=answer.id,
    )


def _wanted(answer: Answer) -> list[ToolUseBlock]:
    return [block for block in answer.content if isinstance(block, ToolUseBlock)]


def _result_block(wanted: ToolUseBlock, text: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": wanted.id, "content": text}


def _failure_block(wanted: ToolUseBlock, error: Exception) -> dict[str, Any]:
    is_denied = isinstance(error, ApprovalDenied)
    text = str(error) if is_denied else f"{wanted.name} failed: {type(error).__name__}: {error}"
    return {**_result_block(wanted, text), "is_error": True}


def _remember_results(memory: ChatMemory, results: Sequence[Mapping[str, Any]]) -> None:
    if results:
        memory.add({"role": "user", "content": list(results)})


def _text_message(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def _starts_turn(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "user" and not _holds_results(message)


def _holds_results(message: Mapping[str, Any]) -> bool:
    """Anthropic sends them in the name of the user."""
    content = message.get("content")
    return isinstance(content, list) and any(
        isinstance(part, Mapping) and part.get("type") == "tool_result" for part in content
    )
