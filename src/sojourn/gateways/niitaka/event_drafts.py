"""Niitaka's four types of events in our words."""

from __future__ import annotations

from typing import Any

from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.chat_messages import recognised_messages
from sojourn.conventions.draft import Draft
from sojourn.domain.messages import Message, dump_json, text_message
from sojourn.domain.sessions import Session
from sojourn.gateways.niitaka.fields import Sent, an_object, count, number, text

OWN_TIER = 1
SCOPE = "niitaka"
MAX_LATENCY_S = 86_400.0
TYPES = {"llm": "llm_call", "tool": "tool_call", "decision": "decision", "error": "error"}
MAX_TOOL_NAME_CHARS = 80
FAILED = frozenset({"error"})


def mapped_of(sent: Sent, event_id: str, session: Session, now_ns: int) -> Mapped:
    kind = text(sent, "type") or "event"
    data = an_object(sent, "data")
    meta = data.get("meta") if isinstance(data.get("meta"), dict) else {}
    assert isinstance(meta, dict)
    latency_s = min(max(number(meta, "latency") or 0.0, 0.0), MAX_LATENCY_S)
    draft = Draft(
        type=TYPES.get(kind, kind if kind.isidentifier() else "event"),
        event_id=event_id,
        started_at_ns=now_ns - int(latency_s * 1e9),
        ended_at_ns=now_ns,
        seq=count(sent, "sequence_num") or 0,
        session_tier=OWN_TIER,
        session_key=session.key,
        agent=text(sent, "agent_id") or session.agent_id,
        parent_event_id=text(sent, "parent_event_id", 256),
    )
    FILLS.get(kind, _fill_other)(draft, data, meta)
    _set_cost(draft, kind, data)
    attributes = {
        "niitaka.type": kind,
        "niitaka.sequence_num": sent.get("sequence_num"),
        "niitaka.parent_event_id": sent.get("parent_event_id"),
        "niitaka.meta": data.get("meta"),
        **{f"niitaka.{name}": value for name, value in data.items() if name not in ("input", "output", "cost", "meta")},
    }
    kept = {name: value for name, value in attributes.items() if value is not None}
    return assemble_draft(draft, attributes=kept, source="native", scope=SCOPE)


def _set_cost(draft: Draft, kind: str, data: Sent) -> None:
    """The sum over events is the sum of the session: what costs does not lie inside another that does."""
    cost_usd = number(data, "cost")
    if cost_usd is not None and cost_usd >= 0:
        draft.reported_cost_usd, draft.reported_cost_by = cost_usd, "niitaka data.cost"
    if kind == "llm":
        draft.usage_kind = "call"
        draft.parent_event_id = ""
    elif cost_usd:
        draft.usage_kind = "sum"
        draft.parent_event_id = ""


def _fill_llm(draft: Draft, data: Sent, meta: Sent) -> None:
    draft.model_used = text(meta, "model")
    draft.model_requested = text(meta, "original_model") or draft.model_used
    draft.name = draft.model_used or "llm"
    draft.provider = text(meta, "provider")
    draft.input_tokens, draft.output_tokens = count(meta, "prompt_tokens"), count(meta, "completion_tokens")
    draft.inputs, draft.outputs = _messages(data.get("input"), "user"), _messages(data.get("output"), "assistant")
    status = text(meta, "status")
    draft.error_type = text(meta, "error_type")
    if status in FAILED:
        draft.error = _plain(data.get("output")) or draft.error_type or "error"
        draft.status = "error"
    elif data.get("output") is None:  # its end is told in a patch
        draft.status, draft.ended_at_ns = "pending", None
    else:
        draft.status = "canceled" if status == "stop" else "ok"
    draft.details = {name: meta[name] for name in ("attempt", "fallback_used", "slot") if meta.get(name) is not None}


def _fill_tool(draft: Draft, data: Sent, meta: Sent) -> None:
    sent = data.get("input")
    draft.tool_name = _tool_name(sent)
    draft.name = draft.tool_name
    draft.arguments, draft.result = sent, data.get("output")
    draft.status = "error" if text(meta, "status") in FAILED or text(data, "status") in FAILED else "ok"
    if meta.get("description"):
        draft.details = {"description": text(meta, "description")}


def _fill_error(draft: Draft, data: Sent, meta: Sent) -> None:
    draft.error = _plain(data.get("output")) or "error"
    draft.name, draft.status = "error", "error"
    draft.output_value = data.get("output")


def _fill_other(draft: Draft, data: Sent, meta: Sent) -> None:
    draft.name = draft.type
    draft.input_value, draft.output_value = data.get("input"), data.get("output")
    draft.status = "error" if text(data, "status") in FAILED else "ok"


FILLS = {"llm": _fill_llm, "tool": _fill_tool, "error": _fill_error}


def _messages(value: Any, role: str) -> list[Message]:
    if value is None:
        return []
    found = recognised_messages(value)
    return found if found is not None else [text_message(role, _plain(value))]


def _tool_name(sent: Any) -> str:
    """The SDK names a tool by its input: a step's name, or an object that has one."""
    if isinstance(sent, dict):
        named = next((sent[name] for name in ("tool", "name", "tool_name", "function") if sent.get(name)), "tool")
        return str(named)[:MAX_TOOL_NAME_CHARS]
    name = _plain(sent).partition("(")[0].strip()
    return name if 0 < len(name) <= MAX_TOOL_NAME_CHARS and " " not in name else "tool"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dump_json(value)
