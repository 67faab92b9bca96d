"""Traces: a request, a reply or a passive event of an AI service, as events of its session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views.sessions import find_session
from sojourn.domain.identity import session_id_of
from sojourn.domain.messages import dump_json
from sojourn.domain.resolution import bounded_key
from sojourn.domain.sessions import Session
from sojourn.domain.tasks import Task, TaskKind
from sojourn.gateways.velatir import senders
from sojourn.gateways.velatir.reviews import FORM, MAX_INSTRUCTIONS_CHARS, SOURCE
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
EVENT_OF = {"inlet": "message", "response": "message", "signal": "signal"}
ROLES = {"inlet": "user", "response": "assistant"}
SPOKEN = ("message", "prompt", "text", "input", "query", "content", "chatInput", "response", "output")
WANTS_REVIEW = ("requiresApproval", "requireApproval", "requiresReview", "requireReview")
TRACE_ID = re.compile(r"[0-9a-f]{32}")
MAX_TOOL_CALLS = 500
MAX_URL_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Trace:
    id: str  # 32 hex digits, as OpenTelemetry names traces
    session_key: str
    direction: str
    function_name: str
    args: Json
    metadata: Json
    tool_calls: tuple[Json, ...]
    title: str
    explanation: str
    webhook_url: str

    @property
    def event_id(self) -> str:
        return root_event_id(self.id)

    @property
    def wants_review(self) -> bool:
        """Senders may ask for a human themselves, whatever assessors think."""
        return any(self.metadata.get(name) is True for name in WANTS_REVIEW)


def root_event_id(trace_id: str) -> str:
    return f"{trace_id}-{trace_id}"


def trace_of(sent: Json, trace_id: str) -> Trace:
    metadata = senders.an_object(sent, "metadata")
    direction = (senders.text(sent, "direction") or "inlet").lower()
    if direction not in EVENT_OF:
        raise Invalid(f"direction must be one of: {', '.join(EVENT_OF)}")
    return Trace(
        id=trace_id,
        session_key=senders.session_key(sent, metadata) or f"{SOURCE}:{trace_id}",
        direction=direction,
        function_name=senders.needed_text(sent, "functionName", "function_name"),
        args=senders.an_object(sent, "args"),
        metadata=metadata,
        tool_calls=tuple(_tool_calls(sent.get("toolCalls"))),
        title=senders.text(sent, "title"),
        explanation=senders.text(sent, "llmExplanation", "llm_explanation", limit=MAX_INSTRUCTIONS_CHARS),
        webhook_url=_webhook_url(sent),
    )


def records(trace: Trace, is_new_session: bool) -> list[Json]:
    name = trace.title or trace.function_name
    root: Json = {
        "session": trace.session_key,
        "type": EVENT_OF[trace.direction],
        "event_id": trace.event_id,
        "trace_id": trace.id,
        "name": name,
        "input": _spoken(trace.args),
        "details": {"direction": trace.direction, "function_name": trace.function_name, "title": trace.title},
        "attributes": {"args": trace.args, "metadata": trace.metadata, "llm_explanation": trace.explanation},
    }
    if role := ROLES.get(trace.direction):
        root["role"] = role
    goal = trace.title if is_new_session else ""
    calls = [_call_record(trace, call, place) for place, call in enumerate(trace.tool_calls)]
    return [senders.session_record(trace.session_key, trace.metadata, goal), root, *calls]


def review_of(trace: Trace, workspace_id: str, actor: str, now_ns: int) -> Task:
    told = (trace.explanation, f"Arguments: {dump_json(trace.args)}")
    return Task(
        id=task_id_of(trace.id),
        workspace_id=workspace_id,
        kind=TaskKind.APPROVAL,
        title=f"Review {trace.title or trace.function_name}",
        instructions="\n\n".join(part for part in told if part).replace("\x00", "")[:MAX_INSTRUCTIONS_CHARS],
        created_at_ns=now_ns,
        session_id=session_id_of(workspace_id, bounded_key(trace.session_key)),
        session_key=trace.session_key,
        event_id=trace.event_id,
        form=FORM,
        created_by=actor,
        source=SOURCE,
    )


def task_id_of(trace_id: str) -> str:
    """The review that the sender itself asked for."""
    return "-".join((trace_id[:8], trace_id[8:12], trace_id[12:16], trace_id[16:20], trace_id[20:]))


def trace_id_of(text: str) -> str:
    if not TRACE_ID.fullmatch(text.lower()):
        raise NotFound("there is no such trace")
    return text.lower()


def known_session(ledger: Ledger, workspace_id: str, id_or_key: str) -> Session | None:
    try:
        return find_session(ledger, workspace_id, id_or_key)
    except NotFound:
        return None


def _call_record(trace: Trace, call: Json, place: int) -> Json:
    """OpenAI's form with a `function`, or flat."""
    told = call.get("function") if isinstance(call.get("function"), dict) else call
    assert isinstance(told, dict)
    name = senders.text(told, "name", "functionName", "toolName", "tool") or "tool"
    record: Json = {
        "session": trace.session_key,
        "type": "tool_call",
        "event_id": f"{trace.id}-{place}",
        "trace_id": trace.id,
        "parent_event_id": trace.event_id,
        "name": name,
        "seq": place + 1,
        "status": "ok",
        "input": next((told[key] for key in ("arguments", "args", "input", "parameters") if key in told), None),
        "output": next((call[key] for key in ("result", "output") if key in call), None),
        "attributes": {"tool_call": call},
    }
    if call_id := senders.text(call, "id", "toolCallId"):
        record["tool_call_id"] = call_id
    return record


def _tool_calls(sent: Any) -> Iterator[Json]:
    if sent is None:
        return
    if not isinstance(sent, list) or len(sent) > MAX_TOOL_CALLS:
        raise Invalid(f"toolCalls must be an array of at most {MAX_TOOL_CALLS}")
    for call in sent:
        if not isinstance(call, dict):
            raise Invalid("each of toolCalls must be an object")
        yield call


def _spoken(args: Json) -> Any:
    """The text among the arguments, if there is one; else all of them."""
    return next((args[name] for name in SPOKEN if isinstance(args.get(name), str) and args[name]), args)


def _webhook_url(sent: Json) -> str:
    url = sent.get("webhookUrl") or ""
    if not isinstance(url, str) or (url and not url.startswith(("http://", "https://"))) or len(url) > MAX_URL_CHARS:
        raise Invalid("webhookUrl must be an http or https address")
    return url
