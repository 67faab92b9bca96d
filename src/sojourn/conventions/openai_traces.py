"""Bodies that the OpenAI Agents SDK uploads to /v1/traces/ingest: traces and spans, not OpenTelemetry.

A `response` span names the stored response and holds no tokens; a `generation` holds its messages and usage. The group
of a trace is what its user calls a session. A trace and its spans may come in different uploads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.chat_messages import recognised_messages
from sojourn.conventions.draft import Draft
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.values import count_of, first_of, first_text, json_of, list_of, object_of, text_of

NAME = "openai_traces"
SCOPE = "openai.agents"
GROUP_TIER = 3
Data = Mapping[str, Any]


def read_upload(body: bytes, received_at_ns: int = 0) -> Decoded[Mapped]:
    """Events of an upload; items that are neither trace nor span are counted as rejected.

    `received_at_ns` is the time of a trace that comes without any of its spans, for it has none of its own.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"not JSON: {error}") from error
    return read_document(document, received_at_ns)


def is_upload(document: Any) -> bool:
    items = document.get("data") if isinstance(document, dict) else None
    return (
        isinstance(items, list)
        and bool(items)
        and all(isinstance(item, dict) and item.get("object") in ("trace", "trace.span") for item in items)
    )


def read_document(document: Any, received_at_ns: int = 0) -> Decoded[Mapped]:
    items = document.get("data") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise MalformedBody("an upload is an object with a list `data`")
    traces: dict[str, Data] = {}
    spans: list[Data] = []
    for item in items:
        if isinstance(item, dict) and item.get("object") == "trace" and item.get("id"):
            traces[text_of(item["id"])] = item
        elif _is_span(item):
            spans.append(item)
    agents = {text_of(span["id"]): _agent_of(span) for span in spans}
    began_at_ns: dict[str, int] = {}
    for span in spans:
        trace_id, at_ns = text_of(span.get("trace_id")), _nanoseconds(span.get("started_at"))
        began_at_ns[trace_id] = min(at_ns, began_at_ns.get(trace_id, at_ns))
    records = [
        _read_trace(trace, at_ns)
        for trace_id, trace in traces.items()
        if (at_ns := began_at_ns.get(trace_id, received_at_ns)) > 0
    ]
    records += [_read_span(span, traces.get(text_of(span.get("trace_id")), {}), agents) for span in spans]
    rejected = len(items) - len(traces) - len(spans)
    reason = f"{rejected} items are neither a trace nor a span with a start" if rejected else ""
    return Decoded(records, rejected, reason)


def _is_span(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get("object") == "trace.span"
        and bool(item.get("id"))
        and _nanoseconds(item.get("started_at")) > 0
    )


def _read_trace(trace: Data, began_at_ns: int) -> Mapped:
    """The trace itself, as a moment: when it ends nobody says."""
    trace_id = text_of(trace["id"])
    draft = Draft(
        name=first_text(trace, "workflow_name") or "trace",
        event_id=f"{trace_id}-trace",
        started_at_ns=began_at_ns,
        ended_at_ns=began_at_ns,
    )
    draft.details["operation"] = "invoke_workflow"
    _take_session(draft, trace)
    if metadata := object_of(trace.get("metadata")):
        draft.session_fields["metadata"] = metadata
    return assemble_draft(draft, attributes=trace, source="native", scope=SCOPE, trace_id=trace_id)


def _read_span(span: Data, trace: Data, agents: Mapping[str, str]) -> Mapped:
    data = object_of(span.get("span_data"))
    trace_id, parent_id = text_of(span.get("trace_id")), text_of(span.get("parent_id"))
    kind = text_of(data.get("type"))
    draft = Draft(
        name=first_text(data, "name") or kind,
        event_id=_event_id(trace_id, text_of(span["id"])),
        parent_event_id=_event_id(trace_id, parent_id),
        started_at_ns=_nanoseconds(span.get("started_at")),
        ended_at_ns=_nanoseconds(span.get("ended_at")) or None,
        agent=agents.get(parent_id, ""),
    )
    draft.details["operation"] = kind
    if draft.ended_at_ns is None:
        draft.status = "pending"
    _take_session(draft, trace)
    _take_error(draft, span.get("error"))
    READERS.get(kind, _take_custom)(draft, data)
    rest = {name: value for name, value in data.items() if name not in draft.consumed}
    return assemble_draft(draft, attributes={"span_data": rest}, source="span", scope=SCOPE, trace_id=trace_id)


def _event_id(trace_id: str, span_id: str) -> str:
    return f"{trace_id}-{span_id}" if span_id else ""


def _agent_of(span: Data) -> str:
    data = object_of(span.get("span_data"))
    return text_of(data.get("name")) if data.get("type") == "agent" else ""


def _take_session(draft: Draft, trace: Data) -> None:
    if group := first_text(trace, "group_id"):
        draft.session_tier, draft.session_key = GROUP_TIER, group
    draft.session_fields["origin"] = "openai-agents"


def _take_error(draft: Draft, error: Any) -> None:
    if not error:
        return
    said = error if isinstance(error, Mapping) else {"message": error}
    draft.error = first_text(said, "message") or text_of(error)
    draft.error_type = first_text(object_of(said.get("data")), "error_type", "type") or "error"
    draft.status = "error"


def _take_agent(draft: Draft, data: Data) -> None:
    draft.agent = draft.name
    draft.details["operation"] = "invoke_agent"


def _take_response(draft: Draft, data: Data) -> None:
    draft.type = "llm_call"
    draft.provider = "openai"
    draft.usage_kind = "call"
    draft.usage_key = first_text(data, "response_id")
    response = object_of(data.get("response"))
    draft.model_used = draft.model_requested = first_text(response, "model") or first_text(data, "model")
    draft.name = draft.model_used or "response"
    draft.inputs = recognised_messages(data.get("input")) or []
    draft.outputs = recognised_messages(first_of(response, "output") or data.get("output")) or []
    draft.tool_definitions = list_of(response.get("tools"))
    draft.consumed.update({"input", "output", "response"})
    _take_usage(draft, object_of(first_of(data, "usage") or response.get("usage")))


def _take_generation(draft: Draft, data: Data) -> None:
    _take_response(draft, data)
    draft.model_requested = draft.model_used = first_text(data, "model")
    draft.name = draft.model_used or "generation"
    if parameters := object_of(data.get("model_config")):
        draft.details["parameters"] = parameters


def _take_usage(draft: Draft, usage: Data) -> None:
    """Tokens in OpenAI's words: cached ones are part of the input, reasoning part of the output."""
    draft.input_tokens = count_of(first_of(usage, "input_tokens", "prompt_tokens"))
    draft.output_tokens = count_of(first_of(usage, "output_tokens", "completion_tokens"))
    given = object_of(first_of(usage, "input_tokens_details", "prompt_tokens_details"))
    made = object_of(first_of(usage, "output_tokens_details", "completion_tokens_details"))
    draft.cache_read_tokens = count_of(given.get("cached_tokens"))
    draft.reasoning_tokens = count_of(made.get("reasoning_tokens"))


def _take_turn(draft: Draft, data: Data) -> None:
    """Tasks and turns carry the sum of the calls under them."""
    draft.agent = first_text(data, "agent_name") or draft.agent
    usage = object_of(data.get("usage"))
    if usage:
        draft.usage_kind = "sum"
        _take_usage(draft, usage)


def _take_function(draft: Draft, data: Data) -> None:
    draft.type = "tool_call"
    draft.tool_name = first_text(data, "name")
    draft.tool_call_id = first_text(data, "call_id", "tool_call_id")
    draft.arguments, draft.result = json_of(data.get("input")), json_of(data.get("output"))
    draft.consumed.update({"input", "output"})


def _take_handoff(draft: Draft, data: Data) -> None:
    source, target = first_text(data, "from_agent"), first_text(data, "to_agent")
    draft.type = "handoff"
    draft.name = f"handoff to {target}" if target else "handoff"
    draft.agent = source or draft.agent
    draft.details |= {"from": source, "to": target, "inferred": False}


def _take_guardrail(draft: Draft, data: Data) -> None:
    draft.type = "guardrail_eval"
    draft.details |= {
        "guardrail": first_text(data, "name"),
        "result": "blocked" if data.get("triggered") is True else "passed",
    }


def _take_custom(draft: Draft, data: Data) -> None:
    held = data.get("data")
    if held:
        draft.input_value = held
        draft.consumed.add("data")


READERS: dict[str, Callable[[Draft, Data], None]] = {
    "agent": _take_agent,
    "response": _take_response,
    "generation": _take_generation,
    "function": _take_function,
    "handoff": _take_handoff,
    "guardrail": _take_guardrail,
    "task": _take_turn,
    "turn": _take_turn,
}


def _nanoseconds(value: Any) -> int:
    """Nanoseconds of an ISO time; 0 if it is none."""
    try:
        moment = datetime.fromisoformat(text_of(value))
    except ValueError:
        return 0
    return max(0, int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000)
