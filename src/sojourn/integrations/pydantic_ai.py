"""Pydantic AI agents that an operator can steer.

memory = SojournMemory(session)
agent = Agent("openai:gpt-5", capabilities=[SojournSteering(session, memory)])
result = await agent.run("Where is order 7?", message_history=memory.messages())

Tools with `requires_approval=True`, and those that raise ApprovalRequired, become tasks of the Work Center.
A cancel ends the run with SessionCanceled. Without a memory, resets and compacts are not offered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.capabilities import (
    AbstractCapability,
    ReinjectSystemPrompt,
    WrapModelRequestHandler,
    WrapRunHandler,
    WrapToolExecuteHandler,
)
from pydantic_ai.exceptions import ApprovalRequired, CallDeferred
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestContext
from pydantic_ai.run import AgentRunResult
from pydantic_ai.tools import DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDefinition, ToolDenied

from sojourn.integrations import TurnMemory, approved_arguments, open_llm_call, open_tool_call
from sojourn.sdk.approvals import Approval
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.session import Session

Decision = ToolApproved | ToolDenied
SUMMARY_TITLE = "Summary of the conversation so far:"


class SojournMemory:
    """What to pass as `message_history`; a SojournSteering with this memory keeps it up to date."""

    def __init__(self, session: Session) -> None:
        self.turns: TurnMemory[ModelMessage] = TurnMemory(session, _text_message, _starts_turn)

    def messages(self) -> list[ModelMessage]:
        return _with_summary(*self.turns.seen())

    def before_run(self) -> list[ModelMessage]:
        return _with_summary(*self.turns.before_turn())


@dataclass
class SojournSteering(AbstractCapability[Any]):
    """Stops the agent at the session's gates, asks people for approvals, and tells of model and tool calls.

    `is_told=False` if an OpenInference instrumentation tells of the calls already.
    """

    session: Session
    memory: SojournMemory | None = None
    approval: Approval = field(default_factory=Approval)
    is_told: bool = True

    async def wrap_run(self, ctx: RunContext[Any], *, handler: WrapRunHandler) -> AgentRunResult[Any]:
        if self.memory is None:
            with self.session.turn():
                return await handler()
        turns = self.memory.turns
        await asyncio.to_thread(turns.seen)  # Its first use may ask the server.
        with turns.turn():
            question = prompt_text(ctx.prompt)
            if ctx.prompt is not None:
                turns.add([ModelRequest(parts=[UserPromptPart(ctx.prompt)])], [("user", question)])
            result = await handler()
            self.session.live.gate.raise_if_canceled()
            turns.replace_turn(result.new_messages())
            if isinstance(result.output, str):
                self.session.message("assistant", result.output)
            return result

    async def before_model_request(
        self, ctx: RunContext[Any], request_context: ModelRequestContext
    ) -> ModelRequestContext:
        """After the gate, as late as can be: a reset may have come while the session was paused."""
        self._forget_what_was_reset(ctx, request_context)
        if self.memory is None:
            return request_context
        # A history that was cut or read from the server has lost the agent's system prompt.
        return await ReinjectSystemPrompt[Any]().before_model_request(ctx, request_context)

    async def wrap_model_request(
        self, ctx: RunContext[Any], *, request_context: ModelRequestContext, handler: WrapModelRequestHandler
    ) -> ModelResponse:
        await self.session.checkpoint_async()
        told = self._forget_what_was_reset(ctx, request_context)
        model = request_context.model
        async with open_llm_call(
            self.session, self.is_told, model=model.model_name, provider=model.system, input=plain_messages(told)
        ) as call:
            response = await handler(request_context)
            usage = response.usage
            call.record(
                plain_messages([response]),
                model=response.model_name,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_tokens=usage.cache_read_tokens,
                cache_write_tokens=usage.cache_write_tokens,
                finish_reason=response.finish_reason,
                response_id=response.provider_response_id,
            )
            return response

    async def wrap_tool_execute(
        self,
        ctx: RunContext[Any],
        *,
        call: ToolCallPart,
        tool_def: ToolDefinition,
        args: dict[str, Any],
        handler: WrapToolExecuteHandler,
    ) -> Any:
        deferred: ApprovalRequired | CallDeferred | None = None
        async with open_tool_call(self.session, self.is_told, tool_def.name, args, call.tool_call_id) as running:
            try:
                result = await handler(args)
                running.result(result)
                return result
            except (ApprovalRequired, CallDeferred) as asked:  # It is no failure: the tool runs later.
                deferred = asked
                running.result("waits for an approval" if isinstance(asked, ApprovalRequired) else "runs elsewhere")
        raise deferred

    async def handle_deferred_tool_calls(
        self, ctx: RunContext[Any], *, requests: DeferredToolRequests
    ) -> DeferredToolResults | None:
        if not requests.approvals:
            return None
        decisions = await asyncio.gather(*(self._decision(call) for call in requests.approvals))
        calls = (call.tool_call_id for call in requests.approvals)
        return requests.build_results(approvals=dict(zip(calls, decisions, strict=True)))

    async def _decision(self, call: ToolCallPart) -> Decision:
        arguments = call.args_as_dict()
        try:
            allowed = await approved_arguments(
                self.session, call.tool_name, arguments, call.tool_call_id, self.approval
            )
        except ApprovalDenied as denied:
            return ToolDenied(str(denied))
        return ToolApproved(override_args=allowed if allowed != arguments else None)

    def _forget_what_was_reset(
        self, ctx: RunContext[Any], request_context: ModelRequestContext
    ) -> Sequence[ModelMessage]:
        """Persistent history and this request, both of them: the run goes on with less."""
        if self.memory is None or not self.memory.turns.has_changed_in_turn():
            return request_context.messages
        messages = [*self.memory.before_run(), *_of_this_run(request_context.messages, ctx.run_id)]
        request_context.messages = messages
        ctx.messages[:] = messages
        return messages


def plain_messages(messages: Sequence[ModelMessage]) -> list[dict[str, Any]]:
    """As the timeline shows them: a role, a text, and the tools that were asked for."""
    return [part for message in messages for part in _plain_parts(message)]


def prompt_text(prompt: Any) -> str:
    if isinstance(prompt, str):
        return prompt
    return "\n".join(part for part in prompt or () if isinstance(part, str))


def _plain_parts(message: ModelMessage) -> list[dict[str, Any]]:
    [told] = ModelMessagesTypeAdapter.dump_python([message], mode="json")
    if isinstance(message, ModelRequest):
        return [_plain_request_part(part) for part in told["parts"]]
    parts = []
    for part in told["parts"]:
        if part["part_kind"] == "tool-call":
            name, arguments = part["tool_name"], part["args"]
            parts.append({"type": "tool_call", "id": part["tool_call_id"], "name": name, "arguments": arguments})
        elif part.get("content"):
            kind = "reasoning" if part["part_kind"] == "thinking" else "text"
            parts.append({"type": kind, "content": part["content"]})
    return [{"role": "assistant", "parts": parts}]


def _plain_request_part(part: dict[str, Any]) -> dict[str, Any]:
    kind, content = part["part_kind"], part.get("content")
    if kind == "tool-return" or (kind == "retry-prompt" and part.get("tool_name")):
        answer = {"type": "tool_call_response", "id": part["tool_call_id"], "response": content}
        return {"role": "tool", "parts": [answer]}
    return {"role": "system" if kind == "system-prompt" else "user", "content": content}


def _of_this_run(messages: Sequence[ModelMessage], run_id: str | None) -> Sequence[ModelMessage]:
    """Before the first request of a run its question has no run id yet, and is the last."""
    own = [place for place, message in enumerate(messages) if message.run_id == run_id]
    return messages[own[0] :] if own else messages[-1:]


def _with_summary(summary: str, turns: list[ModelMessage]) -> list[ModelMessage]:
    """Not as a system prompt: it would be taken for the agent's own."""
    return [_text_message("user", f"{SUMMARY_TITLE}\n{summary}"), *turns] if summary else turns


def _text_message(role: str, text: str) -> ModelMessage:
    if role == "assistant":
        return ModelResponse(parts=[TextPart(text)])
    return ModelRequest(parts=[UserPromptPart(text)])


def _starts_turn(message: ModelMessage) -> bool:
    return isinstance(message, ModelRequest) and any(isinstance(part, UserPromptPart) for part in message.parts)
