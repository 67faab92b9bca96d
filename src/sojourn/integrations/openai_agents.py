"""OpenAI Agents SDK runs that an operator can steer.

memory = SojournMemory(session)
result = await run_steered(agent, "Where is order 7?", session, memory)

Tools with `needs_approval` become tasks of the Work Center; a cancel ends the run with SessionCanceled. For streams
and other loops of your own use the parts: a SojournHooks for a run, its `run_config`, `decided`, and the memory as
`session=`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from typing import Any, cast

from agents import Agent, ModelResponse, RunConfig, RunContextWrapper, RunHooks, Runner, RunResult, Tool
from agents.items import ToolApprovalItem, TResponseInputItem
from agents.memory import Session as SessionProtocol
from agents.memory import SessionSettings
from agents.result import RunResultBase
from agents.run_config import CallModelData, ModelInputData
from agents.run_state import RunState
from agents.tool_context import ToolContext

from sojourn.integrations import (
    TurnMemory,
    approved_arguments,
    open_llm_call,
    open_tool_call,
    start_of_turns,
    text_of,
)
from sojourn.sdk.approvals import Approval
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.session import Session

Item = TResponseInputItem
PROVIDER = "openai"
ASK = Approval()


class SojournMemory(SessionProtocol):
    """The Agents SDK's Session protocol: `Runner.run(..., session=memory)`."""

    session_settings: SessionSettings | None = None

    def __init__(self, session: Session) -> None:
        self.session_id = session.key
        self.turns: TurnMemory[Item] = TurnMemory(session, _text_item, _starts_turn)

    async def get_items(self, limit: int | None = None) -> list[Item]:
        items = _with_summary(*await asyncio.to_thread(self.turns.seen))
        return items if limit is None else items[-limit:] if limit > 0 else []

    async def add_items(self, items: list[Item]) -> None:
        said = [(str(item.get("role")), text_of(item.get("content"))) for item in items]
        await asyncio.to_thread(self.turns.add, items, said)

    async def pop_item(self) -> Item | None:
        return await asyncio.to_thread(self.turns.pop)

    async def clear_session(self) -> None:
        self.turns.clear()

    def input_now(self, items: list[Item], new_turns: int) -> list[Item]:
        """A model's input without what was reset or compacted since the run began."""
        if not self.turns.has_changed_in_turn():
            return items
        return [*_with_summary(*self.turns.before_turn()), *items[start_of_turns(items, new_turns, _starts_turn) :]]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A call between two hooks. The framework runs each in another task, so it has a context of its own."""

    call: Any  # LlmCall, ToolCall, or what stands for them
    context: Context

    def close(self, failure: BaseException | None = None) -> None:
        self.context.run(self.call.__exit__, type(failure) if failure else None, failure, None)


async def _opened(call: Any) -> _Opened:
    context = copy_context()
    await asyncio.create_task(call.__aenter__(), context=context)
    return _Opened(call, context)


class SojournHooks(RunHooks[Any]):
    """Waits at the session's gates and tells of model and tool calls. One object for one run at a time.

    `is_told=False` if an OpenInference instrumentation tells of the calls already. An agent that runs as a tool of
    another needs no hooks: it is part of that tool call, and would wait at a gate that waits for its end.
    """

    def __init__(self, session: Session, memory: SojournMemory | None = None, is_told: bool = True) -> None:
        self.session = session
        self.memory = memory
        self.new_turns = 1  # user messages that the run began with
        self._is_told = is_told
        self._is_past_gate = False  # this model call, in our run_config
        self._llm_call: _Opened | None = None
        self._tool_calls: dict[str, _Opened] = {}

    def run_config(self, config: RunConfig | None = None) -> RunConfig:
        """With it a reset and a compact reach a run that is under way."""
        config = config or RunConfig()
        filter_before = config.call_model_input_filter

        async def filtered(data: CallModelData[Any]) -> ModelInputData:
            told = data.model_data
            if filter_before is not None:
                answer = filter_before(data)
                told = answer if isinstance(answer, ModelInputData) else await answer
            return await self._pass_gate(data.agent, told)

        return replace(config, call_model_input_filter=filtered)

    async def on_llm_start(
        self, context: RunContextWrapper[Any], agent: Agent[Any], system_prompt: str | None, input_items: list[Item]
    ) -> None:
        is_past_gate, self._is_past_gate = self._is_past_gate, False
        if not is_past_gate:
            await self._begin_llm_call(agent, system_prompt, input_items)

    async def on_llm_end(self, context: RunContextWrapper[Any], agent: Agent[Any], response: ModelResponse) -> None:
        opened, self._llm_call = self._llm_call, None
        if opened is not None:
            usage = response.usage
            opened.call.record(
                _told_items(response.to_input_items()),
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_tokens=usage.input_tokens_details.cached_tokens,
                reasoning_tokens=usage.output_tokens_details.reasoning_tokens,
                response_id=response.response_id,
            )
            opened.close()

    async def on_tool_start(self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool) -> None:
        arguments = _json(context.tool_arguments) if isinstance(context, ToolContext) else None
        call = open_tool_call(self.session, self._is_told, tool.name, arguments, _call_id(context))
        self._tool_calls[_call_key(context, tool)] = await _opened(call)

    async def on_tool_end(self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool, result: object) -> None:
        opened = self._tool_calls.pop(_call_key(context, tool), None)
        if opened is not None:
            opened.call.result(result)
            opened.close()

    async def on_handoff(self, context: RunContextWrapper[Any], from_agent: Agent[Any], to_agent: Agent[Any]) -> None:
        self.session.handoff(to_agent.name, from_agent=from_agent.name)

    def close(self, failure: BaseException | None = None) -> None:
        """After the run: the framework does not tell the end of calls that failed."""
        left = [*self._tool_calls.values(), *([self._llm_call] if self._llm_call else [])]
        self._tool_calls, self._llm_call = {}, None
        for opened in left:
            opened.close(failure)

    async def _pass_gate(self, agent: Agent[Any], told: ModelInputData) -> ModelInputData:
        await self.session.checkpoint_async()
        await self._begin_llm_call(agent, told.instructions, self._now(told.input))
        self._is_past_gate = True
        return replace(told, input=self._now(told.input))

    def _now(self, items: list[Item]) -> list[Item]:
        return items if self.memory is None else self.memory.input_now(items, self.new_turns)

    async def _begin_llm_call(self, agent: Agent[Any], instructions: str | None, items: Sequence[Item]) -> None:
        if self._llm_call is not None:  # The request before failed and is tried again.
            self._llm_call.close()
            self._llm_call = None
        model = agent.model if isinstance(agent.model, str) else getattr(agent.model, "model", "")
        call = open_llm_call(
            self.session, self._is_told, model=str(model or ""), provider=PROVIDER, input=_told_items(items),
            system=instructions, agent_id=agent.name,
        )  # fmt: skip
        self._llm_call = await _opened(call)


async def run_steered(
    agent: Agent[Any],
    input: str | list[Item] | RunState[Any],
    session: Session,
    memory: SojournMemory | None = None,
    *,
    hooks: SojournHooks | None = None,
    run_config: RunConfig | None = None,
    approval: Approval = ASK,
    **options: Any,
) -> RunResult:
    """`Runner.run` to its answer, with the approvals that it asks for on the way."""
    hooks = hooks or SojournHooks(session, memory)
    hooks.new_turns = max(1, sum(map(_starts_turn, input))) if isinstance(input, list) else 1
    options |= {"hooks": hooks, "session": memory, "run_config": hooks.run_config(run_config)}
    try:
        with memory.turns.turn() if memory is not None else nullcontext():
            result = await Runner.run(agent, input, **options)
            while result.interruptions:
                result = await Runner.run(agent, await decided(session, result, approval), **options)
            session.live.gate.raise_if_canceled()
            return result
    except BaseException as failure:
        hooks.close(failure)
        raise


async def decided(session: Session, result: RunResultBase, approval: Approval = ASK) -> RunState[Any]:
    """Ask a person for every interruption of a run; the state to go on with."""
    state: RunState[Any] = cast(Any, result).to_state()
    asked = state.get_interruptions()
    for item, denied in zip(
        asked, await asyncio.gather(*(_denial(session, item, approval) for item in asked)), strict=True
    ):
        if denied:
            state.reject(item, rejection_message=denied)
        else:
            state.approve(item)
    return state


async def _denial(session: Session, item: ToolApprovalItem, approval: Approval) -> str:
    """Why not; empty if the tool may run. The framework ties an approval to its arguments: edited ones go back."""
    arguments = _json(item.arguments or "{}")
    try:
        allowed = await approved_arguments(session, item.name or "a tool", arguments, _item_call_id(item), approval)
    except ApprovalDenied as denied:
        return str(denied)
    if allowed != arguments:
        return f"the call of {item.name} was not allowed as it is; call it with {json.dumps(allowed)}"
    return ""


def _item_call_id(item: ToolApprovalItem) -> str:
    raw = item.raw_item
    return str((raw.get("call_id") if isinstance(raw, dict) else getattr(raw, "call_id", "")) or "")


def _call_id(context: RunContextWrapper[Any]) -> str | None:
    return context.tool_call_id if isinstance(context, ToolContext) else None


def _call_key(context: RunContextWrapper[Any], tool: Tool) -> str:
    return _call_id(context) or tool.name


def _json(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {"arguments": text}
    return told if isinstance(told, dict) else {"arguments": told}


def _with_summary(summary: str, items: list[Item]) -> list[Item]:
    return [_text_item("system", summary), *items] if summary else items


def _text_item(role: str, text: str) -> Item:
    return cast(Item, {"role": role, "content": text})


def _starts_turn(item: Item) -> bool:
    return item.get("role") == "user"


def _told_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    """As the timeline shows them: a role, a text, and the tools that were asked for."""
    return [_told_item(item) for item in items]


def _told_item(item: Mapping[str, Any]) -> dict[str, Any]:
    if item.get("type") == "function_call":
        call = {"type": "tool_call", "id": item.get("call_id"), "name": item.get("name")}
        return {"role": "assistant", "parts": [{**call, "arguments": item.get("arguments")}]}
    if item.get("type") == "function_call_output":
        answer = {"type": "tool_call_response", "id": item.get("call_id"), "response": item.get("output")}
        return {"role": "tool", "parts": [answer]}
    if "role" in item:
        return {"role": item["role"], "content": text_of(item.get("content")) or item.get("content")}
    return {"role": "assistant", "parts": [dict(item)]}
