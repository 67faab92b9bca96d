"""Google ADK agents that obey their session: `App(…, plugins=[SojournPlugin(session)])`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from google.adk.agents.callback_context import CallbackContext  # type: ignore[import-untyped, unused-ignore]
from google.adk.agents.invocation_context import InvocationContext  # type: ignore[import-untyped, unused-ignore]
from google.adk.events.event import Event  # type: ignore[import-untyped, unused-ignore]
from google.adk.events.event_actions import EventActions, EventCompaction  # type: ignore[import-untyped, unused-ignore]
from google.adk.models.llm_request import LlmRequest  # type: ignore[import-untyped, unused-ignore]
from google.adk.models.llm_response import LlmResponse  # type: ignore[import-untyped, unused-ignore]
from google.adk.plugins.base_plugin import BasePlugin  # type: ignore[import-untyped, unused-ignore]
from google.adk.tools.base_tool import BaseTool  # type: ignore[import-untyped, unused-ignore]
from google.adk.tools.tool_context import ToolContext  # type: ignore[import-untyped, unused-ignore]
from google.genai.types import Content, Part  # type: ignore[import-untyped, unused-ignore]

from sojourn.integrations import UntoldLlmCall, UntoldToolCall, approved_arguments, start_of_turns, text_of
from sojourn.sdk.approvals import Approval
from sojourn.sdk.errors import ApprovalDenied
from sojourn.sdk.memory import Compaction
from sojourn.sdk.session import Session, current_session
from sojourn.sdk.steering import Steering

MAX_CHANGES_HELD = 10_000  # sessions that one plugin remembers; the oldest go first
OTHER_AGENT = "For context:"  # how ADK begins what another agent said, which it gives the role of the user
_inside_tool: ContextVar[bool] = ContextVar("sojourn_google_adk_inside_tool", default=False)


class SojournPlugin(BasePlugin):  # type: ignore[misc, unused-ignore]
    """Waits while the session is paused, raises SessionCanceled once it is canceled, asks a person about tools.

    Without a session it serves the one in force (`with sojourn.start_session(…)`), and does nothing outside of any.
    The tools in `approve` run only when a person has allowed their arguments. ADK itself tells of its model and tool
    calls; the plugin adds what is said, as the session's conversation. An ADK session without events begins with the
    session's `history()`. Resets and compacts are written into the ADK session as its own compaction events; a reset
    forgets everything before the turn that runs.
    """

    def __init__(self, session: Session | None = None, *, approve: Collection[str] = (), name: str = "sojourn") -> None:
        super().__init__(name=name)
        self._session = session
        self._approve = frozenset(approve)
        self._lock = threading.Lock()
        self._changes: OrderedDict[str, Changes] = OrderedDict()
        self._hooked: WeakSet[Steering] = WeakSet()
        self._tool_calls: dict[str, tuple[UntoldToolCall, bool]] = {}  # and whether it runs inside another
        self._model_calls: dict[tuple[str, str], UntoldLlmCall] = {}

    async def on_user_message_callback(
        self, *, invocation_context: InvocationContext, user_message: Content
    ) -> Content | None:
        """A turn begins; an agent inside a tool has no turns of its own."""
        session = self._session_in_force()
        if session is None or _inside_tool.get():
            return None
        self._changes_of(session).invocation_id = invocation_context.invocation_id
        history = await session.history_async()
        text = _text(user_message)
        if history and history[-1].get("role") == "user" and text_of(history[-1].get("content")) == text:
            history = history[:-1]  # session.turn(text) has told of it
        elif text:
            session.message("user", text)
        if not invocation_context.session.events:
            for message in history:
                await _append(invocation_context, _remembered(message, invocation_context))
        return None

    async def before_model_callback(
        self, *, callback_context: CallbackContext, llm_request: LlmRequest
    ) -> LlmResponse | None:
        session = self._session_in_force()
        if session is None:
            return None
        call = UntoldLlmCall(session)
        await call.__aenter__()
        place = (callback_context.invocation_id, callback_context.agent_name)
        self._end_model_call(place)
        self._model_calls[place] = call
        if not _inside_tool.get():
            for change in self._changes_of(session).take():
                await _change_events(callback_context, change)
                llm_request.contents = changed(llm_request.contents, change, callback_context)
        llm_request.contents = [content for content in llm_request.contents if content.parts]
        return None

    async def after_model_callback(
        self, *, callback_context: CallbackContext, llm_response: LlmResponse
    ) -> LlmResponse | None:
        session = self._session_in_force()
        if session is None or llm_response.partial:
            return None
        self._end_model_call((callback_context.invocation_id, callback_context.agent_name))
        if (text := _text(llm_response.content)) and not _inside_tool.get():
            session.message("assistant", text)
        return None

    async def on_model_error_callback(
        self, *, callback_context: CallbackContext, llm_request: LlmRequest, error: Exception
    ) -> LlmResponse | None:
        self._end_model_call((callback_context.invocation_id, callback_context.agent_name))
        return None

    async def before_tool_callback(
        self, *, tool: BaseTool, tool_args: dict[str, Any], tool_context: ToolContext
    ) -> dict[str, Any] | None:
        session = self._session_in_force()
        if session is None:
            return None
        call_id = str(tool_context.function_call_id)
        if tool.name in self._approve:
            try:
                approved = await approved_arguments(session, tool.name, tool_args, call_id, Approval())
            except ApprovalDenied as denied:
                return {"error": str(denied)}
            tool_args.clear()
            tool_args.update(approved)
        call = UntoldToolCall(session)
        await call.__aenter__()
        self._tool_calls[call_id] = (call, _inside_tool.get())
        _inside_tool.set(True)
        return None

    async def after_tool_callback(
        self, *, tool: BaseTool, tool_args: dict[str, Any], tool_context: ToolContext, result: Any
    ) -> dict[str, Any] | None:
        self._end_tool_call(str(tool_context.function_call_id))
        return None

    async def on_tool_error_callback(
        self, *, tool: BaseTool, tool_args: dict[str, Any], tool_context: ToolContext, error: BaseException
    ) -> dict[str, Any] | None:
        self._end_tool_call(str(tool_context.function_call_id))
        return None

    async def after_run_callback(self, *, invocation_context: InvocationContext) -> None:
        self._end_model_calls(invocation_context.invocation_id)

    async def on_run_error_callback(self, *, invocation_context: InvocationContext, error: Exception) -> None:
        self._end_model_calls(invocation_context.invocation_id)

    def _session_in_force(self) -> Session | None:
        return self._session or current_session()

    def _changes_of(self, session: Session) -> Changes:
        with self._lock:
            changes = self._changes.setdefault(session.key, Changes())
            self._changes.move_to_end(session.key)
            while len(self._changes) > MAX_CHANGES_HELD:
                self._changes.popitem(last=False)
            is_hooked = session.live.steering in self._hooked
            self._hooked.add(session.live.steering)
        if not is_hooked:
            session.on_reset(changes.reset)
            session.on_compact(changes.compact)
        return changes

    def _end_tool_call(self, call_id: str) -> None:
        if (held := self._tool_calls.pop(call_id, None)) is not None:
            call, is_inside_another = held
            _inside_tool.set(is_inside_another)
            call.__exit__()

    def _end_model_call(self, place: tuple[str, str]) -> None:
        if (call := self._model_calls.pop(place, None)) is not None:
            call.__exit__()

    def _end_model_calls(self, invocation_id: str) -> None:
        for place in [place for place in self._model_calls if place[0] == invocation_id]:
            self._end_model_call(place)


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator did to the memory."""

    compaction: Compaction | None  # None: a reset
    invocation_id: str  # of the last turn that had begun

    def turns_kept(self, invocation_id: str) -> int:
        """Of those before the turn that runs, which itself always stays."""
        if self.compaction is None:
            return 0
        return self.compaction.keep_turns - (1 if self.invocation_id == invocation_id else 0)

    @property
    def summary(self) -> list[Part]:
        return [Part(text=self.compaction.summary)] if self.compaction and self.compaction.summary else []


class Changes:
    """What the ADK session of one session of ours still has to become."""

    def __init__(self) -> None:
        self.invocation_id = ""  # the turn that runs
        self._lock = threading.Lock()
        self._waiting: list[Change] = []

    def reset(self) -> None:
        with self._lock:
            self._waiting = [Change(None, self.invocation_id)]

    def compact(self, compaction: Compaction) -> None:
        with self._lock:
            self._waiting.append(Change(compaction, self.invocation_id))

    def take(self) -> list[Change]:
        with self._lock:
            taken, self._waiting = self._waiting, []
            return taken


def changed(contents: Sequence[Content], change: Change, context: CallbackContext) -> list[Content]:
    """The request as it is after the change; the turn that runs stays, or the agent would do again what it has done."""
    asked = _text(context.user_content)
    questions = [place for place, content in enumerate(contents) if _is_question(content)]
    same = [place for place in questions if _text(contents[place]) == asked]
    start = (same or questions or [len(contents)])[-1]
    earlier = list(contents[:start])
    kept = earlier[start_of_turns(earlier, change.turns_kept(context.invocation_id), _is_question) :]
    summary = [Content(role="model", parts=change.summary)] if change.summary else []
    return [*summary, *kept, *contents[start:]]


async def _change_events(context: CallbackContext, change: Change) -> None:
    """ADK leaves out what stands before the end of a compaction event, now and when the session is loaded again."""
    invocation = context.get_invocation_context()
    earlier = [event for event in invocation.session.events if event.invocation_id != context.invocation_id]
    end = start_of_turns(earlier, change.turns_kept(context.invocation_id), _is_user_event)
    if not end:
        return
    compaction = EventCompaction(
        start_timestamp=earlier[0].timestamp,
        end_timestamp=earlier[end - 1].timestamp,
        compacted_content=Content(role="model", parts=change.summary),
    )
    told = Event(author="user", invocation_id=Event.new_id(), actions=EventActions(compaction=compaction))
    await _append(invocation, told)


async def _append(invocation: InvocationContext, event: Event) -> None:
    await invocation.session_service.append_event(session=invocation.session, event=event)


def _remembered(message: Mapping[str, Any], invocation: InvocationContext) -> Event:
    role = "user" if message.get("role") == "user" else "model"
    content = Content(role=role, parts=[Part(text=text_of(message.get("content")))])
    author = "user" if role == "user" else invocation.agent.name
    return Event(author=author, invocation_id=Event.new_id(), content=content)


def _is_question(content: Content) -> bool:
    text = _text(content)
    return bool(content.role == "user" and text and not text.startswith(OTHER_AGENT))


def _is_user_event(event: Event) -> bool:
    return bool(event.author == "user" and _text(event.content))


def _text(content: Content | None) -> str:
    parts = (content.parts if content else None) or []
    return "\n".join(part.text for part in parts if part.text and not part.thought)
