"""Langfuse: its observation attributes, alone or laid over what another instrumentation wrote on the same span.

Where another convention knows the span, it says what the span is and Langfuse fills what that left open. Usage keys are
parts that add up (input without the cached tokens), unless a total shows that a part is already inside another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from sojourn.conventions import google_adk, logfire, openinference, otel_genai, traceloop, unknown, vercel
from sojourn.conventions.chat_messages import recognised_messages
from sojourn.conventions.draft import Draft
from sojourn.conventions.session_hints import METADATA_KEYS
from sojourn.conventions.values import amount_of, count_of, first_of, first_text, json_of, list_of, object_of, text_of
from sojourn.domain.messages import text_message
from sojourn.domain.telemetry import RawSpan

NAME = "langfuse"
OBSERVATION, TRACE = "langfuse.observation.", "langfuse.trace."
MARKS = frozenset(
    {
        OBSERVATION + "type",
        OBSERVATION + "input",
        OBSERVATION + "output",
        OBSERVATION + "level",
        TRACE + "name",
        TRACE + "tags",
        TRACE + "input",
        TRACE + "output",
        OBSERVATION + "model.name",
    }
)
CONTENT = frozenset({OBSERVATION + "input", OBSERVATION + "output", TRACE + "input", TRACE + "output"})
UNDERLYING: tuple[ModuleType, ...] = (vercel, openinference, logfire, google_adk, traceloop, otel_genai)
TYPES = {
    "generation": "llm_call",
    "embedding": "llm_call",
    "tool": "tool_call",
    "retriever": "retrieval",
    "guardrail": "guardrail_eval",
    "evaluator": "assessment",
}
METADATA = TRACE + "metadata."
CALL_EVIDENCE = frozenset(
    {
        OBSERVATION + "model.name",
        OBSERVATION + "usage_details",
        OBSERVATION + "cost_details",
    }
)
VENDOR_TIER = 3
OPERATIONS = {"agent": "invoke_agent", "embedding": "embeddings"}
CACHE_READS = (
    "cache_read_input_tokens",
    "input_cache_read",
    "input_cached_tokens",
    "prompt_details.cache_read",
    "cache_read",
)
CACHE_WRITES = (
    "cache_creation_input_tokens",
    "input_cache_creation",
    "input_cache_write",
    "prompt_details.cache_write",
    "cache_write",
)
REASONINGS = (
    "output_reasoning_tokens",
    "output_reasoning",
    "completion_details.reasoning",
    "reasoning_tokens",
    "reasoning",
)


def matches(span: RawSpan) -> bool:
    return not MARKS.isdisjoint(span.attributes)


def read(span: RawSpan) -> Draft:
    attributes = span.attributes
    reader = next((convention.read for convention in UNDERLYING if convention.matches(span)), unknown.read)
    draft: Draft = reader(span)
    is_known = draft.type != "span" or bool(draft.details.get("operation"))
    kind = text_of(attributes.get(OBSERVATION + "type")).lower()
    if not is_known:
        draft.type = TYPES.get(kind, "span")
        if kind not in {"", "span", "generation"}:
            draft.details["operation"] = OPERATIONS.get(kind, kind)
    if draft.type == "llm_call" and not is_known and not CALL_EVIDENCE.intersection(attributes):
        draft.type, draft.details["operation"] = "span", kind  # a step of the program that is only called a generation
    if draft.type == "span" and _is_tool_message(json_of(attributes.get(OBSERVATION + "output"))):
        draft.type = "tool_call"
    _take_identity(draft, attributes, kind, span.name)
    _take_thread(draft, attributes)
    _take_usage(draft, attributes, kind)
    _take_content(draft, attributes)
    _take_trace(draft, attributes)
    first_token_at = first_text(attributes, OBSERVATION + "completion_start_time").strip('"')
    if first_token_at and (elapsed_ms := ttft_ms(span.started_at_ns, first_token_at)) is not None:
        draft.details["ttft_ms"] = elapsed_ms
    if text_of(attributes.get(OBSERVATION + "level")).upper() == "ERROR":
        draft.error = draft.error or first_text(attributes, OBSERVATION + "status_message") or "error"
        draft.status = draft.status or "error"
    return draft


def _is_tool_message(output: Any) -> bool:
    """LangChain tools are plain spans here; their result is a message that answers a call."""
    return isinstance(output, Mapping) and output.get("type") == "tool" and "tool_call_id" in output


def _take_thread(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """A session that only the metadata names."""
    if 0 < draft.session_tier <= VENDOR_TIER:
        return
    for holder in (OBSERVATION, TRACE):
        if key := first_text(attributes, *(f"{holder}metadata.{name}" for name in METADATA_KEYS)):
            draft.session_tier, draft.session_key = VENDOR_TIER, key.strip('"')
            return


def _take_identity(draft: Draft, attributes: Mapping[str, Any], kind: str, name: str) -> None:
    if kind == "agent":
        draft.agent = draft.agent or name
    if draft.type == "tool_call":
        draft.tool_name = draft.tool_name or name
    if draft.type == "guardrail_eval":
        draft.details.setdefault("guardrail", name)
    if draft.type == "assessment":
        draft.details.setdefault("name", name)
    if draft.type != "llm_call":
        return
    model = first_text(attributes, OBSERVATION + "model.name")
    draft.model_requested = draft.model_requested or model
    draft.model_used = draft.model_used or model
    if parameters := object_of(attributes.get(OBSERVATION + "model.parameters")):
        draft.details.setdefault("parameters", parameters)
    if prompt := first_text(attributes, OBSERVATION + "prompt.name"):
        draft.details["prompt"] = {"name": prompt, "version": text_of(attributes.get(OBSERVATION + "prompt.version"))}


def _take_usage(draft: Draft, attributes: Mapping[str, Any], kind: str) -> None:
    usage = object_of(attributes.get(OBSERVATION + "usage_details"))
    if usage and draft.input_tokens is None and draft.output_tokens is None:
        take_usage_details(draft, usage)
    costs = object_of(attributes.get(OBSERVATION + "cost_details"))
    if costs and draft.reported_cost_usd is None:
        total = amount_of(costs.get("total"))
        parts = [cost for name, value in costs.items() if name != "total" and (cost := amount_of(value)) is not None]
        if total is not None or parts:
            draft.reported_cost_usd = sum(parts) if total is None else total
            draft.reported_cost_by = OBSERVATION + "cost_details"
    if draft.usage_kind == "" and draft.type == "llm_call":
        draft.usage_kind = "call"
    elif draft.usage_kind == "" and (draft.input_tokens or draft.output_tokens or draft.reported_cost_usd):
        draft.usage_kind = "sum"


def take_usage_details(draft: Draft, usage: Mapping[str, Any]) -> None:
    """Adds up parts, as far as they are parts of their own."""
    given, made = count_of(first_of(usage, "input", "prompt")), count_of(first_of(usage, "output", "completion"))
    total = count_of(usage.get("total"))
    read_tokens, write_tokens = (count_of(first_of(usage, *names)) for names in (CACHE_READS, CACHE_WRITES))
    reasoning = count_of(first_of(usage, *REASONINGS))
    cached = (read_tokens or 0) + (write_tokens or 0)
    left = None if total is None else total - (given or 0) - (made or 0)
    if cached and (left is None or left >= cached):
        given = (given or 0) + cached
        left = None if left is None else left - cached
    if reasoning and (left is None or left >= reasoning):
        made = (made or 0) + reasoning
    draft.input_tokens, draft.output_tokens = given, made
    draft.cache_read_tokens, draft.cache_write_tokens, draft.reasoning_tokens = read_tokens, write_tokens, reasoning


def _take_content(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """Input and output of the observation, else those of its trace; content that is already known stays."""
    draft.consumed.update(CONTENT)
    has_input = bool(draft.inputs) or draft.input_value is not None or draft.arguments is not None
    has_output = bool(draft.outputs) or draft.output_value is not None or draft.result is not None
    if has_input and has_output:
        return
    given = json_of(first_of(attributes, OBSERVATION + "input", TRACE + "input"))
    made = json_of(first_of(attributes, OBSERVATION + "output", TRACE + "output"))
    if draft.type == "tool_call":
        draft.arguments = given if draft.arguments is None else draft.arguments
        if _is_tool_message(made):
            draft.tool_call_id, made = draft.tool_call_id or text_of(made["tool_call_id"]), made.get("content")
        draft.result = made if draft.result is None else draft.result
        return
    if draft.type == "llm_call":
        if given is not None and not has_input:
            _take_request(draft, given)
        if made is not None and not has_output:
            found = recognised_messages(made)
            draft.outputs = found or ([text_message("assistant", made)] if isinstance(made, str) else [])
            draft.output_value = None if draft.outputs else made
        return
    if not has_input:
        draft.input_value = given
    if not has_output:
        draft.output_value = made
    if draft.type == "retrieval" and draft.input_value is not None:
        draft.details.setdefault("query", text_of(draft.input_value)[:2_000])


def _take_request(draft: Draft, given: Any) -> None:
    if isinstance(given, str):
        draft.inputs = [text_message("user", given)]
        return
    draft.inputs = recognised_messages(given) or []
    draft.input_value = None if draft.inputs else given
    if isinstance(given, dict) and not draft.tool_definitions:
        draft.tool_definitions = list_of(given.get("tools"))


def _take_trace(draft: Draft, attributes: Mapping[str, Any]) -> None:
    """What it says of its session."""
    said = draft.session_fields
    if tags := list_of(attributes.get(TRACE + "tags")):
        said["tags"] = {**said.get("tags", {}), **{text_of(tag): "" for tag in tags}}
    metadata = {
        name[len(METADATA) :]: json_of(value) for name, value in attributes.items() if name.startswith(METADATA)
    }
    for name, attribute in (
        ("trace_name", TRACE + "name"),
        ("release", "langfuse.release"),
        ("version", "langfuse.version"),
    ):
        if value := first_text(attributes, attribute):
            metadata[name] = value
    if metadata:
        said["metadata"] = {**said.get("metadata", {}), **metadata}


def ttft_ms(started_at_ns: int, first_token_at: str) -> int | None:
    """Time to the first token, from the moment that Langfuse records."""
    try:
        elapsed_ms = round(datetime.fromisoformat(first_token_at).timestamp() * 1_000) - started_at_ns // 1_000_000
    except (ValueError, OverflowError):
        return None
    return elapsed_ms if elapsed_ms >= 0 else None
