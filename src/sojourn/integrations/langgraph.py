"""LangChain and LangGraph agents that obey: `create_agent(…, middleware=[SojournMiddleware(session)])`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_openai_messages,
)
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.types import Command

from sojourn.integrations import (
    UntoldLlmCall,
    approved_arguments,
    approved_arguments_sync,
    open_llm_call,
    open_tool_call,
    text_of,
)
from sojourn.sdk.approvals import Approval
from sojourn.sdk.calls import LlmCall
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.memory import Compaction, Message
from sojourn.sdk.session import Session, current_session
from sojourn.sdk.steering import Steering

MAX_THREADS = 10_000  # sessions that one middleware remembers; the oldest go first
SUMMARY = {"lc_source": "summarization"}  # as LangChain's own SummarizationMiddleware marks its summaries
SUMMARY_TEXT = "Here is a summary of the conversation to date:\n\n"
ToolResult = ToolMessage | Command[Any]
ModelHandler = Callable[[ModelRequest[Any]], ModelResponse[Any]]
AsyncModelHandler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]


class SojournMiddleware(AgentMiddleware[Any, Any, Any]):
    """Waits while the session is paused, raises SessionCanceled once it is canceled, asks a person about tools.

    Without a session it serves the one in force (`with sojourn.start_session(…)`), and does nothing outside of any.
    The tools in `approve` run only when a person has allowed their arguments. What is said becomes the session's
    conversation; a thread that the checkpointer knows nothing of begins with the session's `history()`. A reset forgets
    everything before the turn that runs. Say `is_main=False` for an agent that works inside another one: it obeys and
    is told of, but the conversation is not its own; `is_told=False` if an OpenInference or OpenLLMetry instrumentation
    tells of model and tool calls already.
    """

    def __init__(
        self,
        session: Session | None = None,
        *,
        approve: Collection[str] = (),
        is_main: bool = True,
        is_told: bool = True,
    ) -> None:
        super().__init__()
        self.tools: Sequence[Any] = []
        self._session = session
        self._approve = frozenset(approve)
        self._is_main = is_main
        self._is_told = is_told
        self._lock = threading.Lock()
        self._threads: OrderedDict[str, Thread] = OrderedDict()
        self._hooked: WeakSet[Steering] = WeakSet()

    # The conversation

    def before_agent(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        session = self._session_in_force()
        if session is None:
            return None
        return self._begin_turn(session, state["messages"], session.history() if self._is_main else [])

    async def abefore_agent(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        session = self._session_in_force()
        if session is None:
            return None
        history = await session.history_async() if self._is_main else []
        return self._begin_turn(session, state["messages"], history)

    def before_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        session = self._session_in_force()
        if session is None:
            return None
        session.checkpoint()
        return self._thread_of(session).update(state["messages"])

    async def abefore_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        session = self._session_in_force()
        if session is None:
            return None
        await session.checkpoint_async()
        return self._thread_of(session).update(state["messages"])

    def after_model(self, state: Any, runtime: Any) -> None:
        session = self._session_in_force()
        said = state["messages"][-1]
        if session is not None and self._is_main and isinstance(said, AIMessage) and said.text:
            session.message("assistant", said.text)

    async def aafter_model(self, state: Any, runtime: Any) -> None:
        self.after_model(state, runtime)

    # Model calls

    def wrap_model_call(self, request: ModelRequest[Any], handler: ModelHandler) -> ModelResponse[Any]:
        session = self._session_in_force()
        if session is None:
            return handler(request)
        session.checkpoint()
        thread = self._thread_of(session)
        with _llm_call(session, self._is_told, thread.seen(request)) as call:
            response = handler(thread.seen(request))
            _record(call, response)
            return response

    async def awrap_model_call(self, request: ModelRequest[Any], handler: AsyncModelHandler) -> ModelResponse[Any]:
        session = self._session_in_force()
        if session is None:
            return await handler(request)
        await session.checkpoint_async()
        thread = self._thread_of(session)
        async with _llm_call(session, self._is_told, thread.seen(request)) as call:
            response = await handler(thread.seen(request))
            _record(call, response)
            return response

    # Tool calls

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolResult]) -> ToolResult:
        session = self._session_in_force()
        if session is None:
            return handler(request)
        if request.tool_call["name"] in self._approve:
            try:
                request = _with_arguments(request, approved_arguments_sync(session, *_asked(request)))
            except ApprovalDenied as denied:
                return _denial(request, denied)
        call = request.tool_call
        with open_tool_call(session, self._is_told, call["name"], call["args"], call["id"]) as running:
            result = handler(request)
            running.result(_told_result(result))
            return result

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolResult]]
    ) -> ToolResult:
        session = self._session_in_force()
        if session is None:
            return await handler(request)
        if request.tool_call["name"] in self._approve:
            try:
                request = _with_arguments(request, await approved_arguments(session, *_asked(request)))
            except ApprovalDenied as denied:
                return _denial(request, denied)
        call = request.tool_call
        async with open_tool_call(session, self._is_told, call["name"], call["args"], call["id"]) as running:
            result = await handler(request)
            running.result(_told_result(result))
            return result

    def _session_in_force(self) -> Session | None:
        return self._session or current_session()

    def _thread_of(self, session: Session) -> Thread:
        with self._lock:
            thread = self._threads.setdefault(session.key, Thread())
            self._threads.move_to_end(session.key)
            while len(self._threads) > MAX_THREADS:
                self._threads.popitem(last=False)
            is_hooked = session.live.steering in self._hooked
            self._hooked.add(session.live.steering)
        if not is_hooked:
            session.on_reset(thread.reset)
            session.on_compact(thread.compact)
        return thread

    def _begin_turn(
        self, session: Session, messages: Sequence[AnyMessage], history: list[Message]
    ) -> dict[str, Any] | None:
        """`history` is what Sojourn remembers; a checkpointer that remembers the thread itself comes first."""
        new = _new_messages(messages)
        self._thread_of(session).turn_id = str(new[0].id) if new else ""
        if not self._is_main:
            return None
        if new and history and history[-1].get("role") == "user" and history[-1].get("content") == new[-1].text:
            history = history[:-1]  # session.turn(text) has told of it
        else:
            for message in new:
                session.message("system" if isinstance(message, SystemMessage) else "user", message.text)
        if not history or len(new) < len(messages):
            return None
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *map(_remembered, history), *new]}


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator did to the memory."""

    compaction: Compaction | None  # None: a reset
    turn_id: str  # of the last turn that had begun


class Thread:
    """What the graph's messages of one session still have to become."""

    def __init__(self) -> None:
        self.turn_id = ""  # of the first message of the turn that runs
        self._lock = threading.Lock()
        self._changes: list[Change] = []

    def reset(self) -> None:
        with self._lock:
            self._changes = [Change(None, self.turn_id)]

    def compact(self, compaction: Compaction) -> None:
        with self._lock:
            self._changes.append(Change(compaction, self.turn_id))

    def update(self, messages: Sequence[AnyMessage]) -> dict[str, Any] | None:
        """The update of the graph's state that makes the changes."""
        with self._lock:
            changes, self._changes = self._changes, []
        if not changes:
            return None
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *changed(messages, changes, self.turn_id)]}

    def seen(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        """A change may come after the state was updated, while the model call waits at the gate."""
        with self._lock:
            changes = list(self._changes)
        return request.override(messages=changed(request.messages, changes, self.turn_id)) if changes else request


def changed(messages: Sequence[AnyMessage], changes: Sequence[Change], turn_id: str) -> list[AnyMessage]:
    """The turn that runs stays: without its tool results the agent would do again what it has done."""
    for change in changes:
        start = _turn_start(messages, turn_id)
        earlier, this_turn = messages[:start], messages[start:]
        if change.compaction is None:
            messages = this_turn
            continue
        turns = change.compaction.keep_turns - (1 if change.turn_id == turn_id else 0)
        summary = [_summary(change.compaction.summary)] if change.compaction.summary else []
        messages = [*summary, *_last_turns(earlier, turns), *this_turn]
    return list(messages)


def _turn_start(messages: Sequence[AnyMessage], turn_id: str) -> int:
    starts = [place for place, message in enumerate(messages) if message.id == turn_id]
    return starts[0] if starts else max(_user_places(messages), default=len(messages))


def _last_turns(messages: Sequence[AnyMessage], turns: int) -> Sequence[AnyMessage]:
    starts = _user_places(messages)
    return messages[starts[-min(turns, len(starts))] :] if turns > 0 and starts else []


def _user_places(messages: Sequence[AnyMessage]) -> list[int]:
    return [
        place
        for place, message in enumerate(messages)
        if isinstance(message, HumanMessage) and message.additional_kwargs.get("lc_source") != SUMMARY["lc_source"]
    ]


def _new_messages(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    """What was given to this run: all that stands behind the last answer."""
    answers = [place for place, message in enumerate(messages) if isinstance(message, AIMessage | ToolMessage)]
    new = messages[answers[-1] + 1 :] if answers else messages
    is_old = [message.additional_kwargs.get("lc_source") == SUMMARY["lc_source"] for message in new]
    return new[is_old.count(True) :]


def _summary(text: str) -> HumanMessage:
    return HumanMessage(SUMMARY_TEXT + text, additional_kwargs=dict(SUMMARY))


def _remembered(message: Message) -> AnyMessage:
    text = text_of(message.get("content"))
    if message.get("role") == "assistant":
        return AIMessage(text)
    return HumanMessage(text) if message.get("role") == "user" else _summary(text)


def _llm_call(session: Session, is_told: bool, request: ModelRequest[Any]) -> LlmCall | UntoldLlmCall:
    model = request.model
    return open_llm_call(
        session,
        is_told,
        model=str(getattr(model, "model_name", "") or getattr(model, "model", "") or model._llm_type),
        input=convert_to_openai_messages(request.messages),
        system=request.system_message.text if request.system_message else None,
        tools=[_described(tool) for tool in request.tools] or None,
    )


def _described(tool: Any) -> Any:
    return tool if isinstance(tool, dict) else {"name": tool.name, "description": tool.description}


def _record(call: LlmCall | UntoldLlmCall, response: ModelResponse[Any]) -> None:
    answer = next((message for message in response.result if isinstance(message, AIMessage)), None)
    if answer is None:
        return
    usage: Mapping[str, Any] = answer.usage_metadata or {}
    of_input, of_output = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    told = answer.response_metadata
    call.record(
        convert_to_openai_messages([answer]),
        model=told.get("model_name") or told.get("model"),
        input_tokens=usage.get("input_tokens"),
        output_tokens=usage.get("output_tokens"),
        cache_read_tokens=of_input.get("cache_read"),
        cache_write_tokens=of_input.get("cache_creation"),
        reasoning_tokens=of_output.get("reasoning"),
        finish_reason=told.get("finish_reason") or told.get("stop_reason"),
        response_id=told.get("id"),
    )


def _asked(request: ToolCallRequest) -> tuple[str, dict[str, Any], str, Approval]:
    call = request.tool_call
    return call["name"], call["args"], str(call["id"]), Approval()


def _with_arguments(request: ToolCallRequest, arguments: dict[str, Any]) -> ToolCallRequest:
    return request.override(tool_call={**request.tool_call, "args": arguments})


def _denial(request: ToolCallRequest, denied: ApprovalDenied) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(str(denied), tool_call_id=str(call["id"]), name=call["name"], status="error")


def _told_result(result: ToolResult) -> Any:
    return result.content if isinstance(result, ToolMessage) else result
