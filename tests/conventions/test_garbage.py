"""No attribute, however odd, makes a convention fail: telemetry comes from everywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conventions.recordings import START_NS, make_log, make_span

from sojourn.conventions import (
    any_agent,
    claude_code,
    codex,
    gemini_cli,
    google_adk,
    langfuse,
    logfire,
)
from sojourn.conventions.assemble import assemble_log, assemble_span
from sojourn.conventions.draft import Draft
from sojourn.conventions.exports import read as read_export
from sojourn.conventions.openai_traces import read_document, read_upload
from sojourn.conventions.otlp import MalformedBody
from sojourn.conventions.registry import read_log, read_span
from sojourn.domain.telemetry import RawLog, RawSpan, SpanEvent

FEW = settings(max_examples=40, deadline=None)
SPAN_READERS: list[Callable[[RawSpan], Draft]] = [
    claude_code.read,
    codex.read,
    gemini_cli.read,
    google_adk.read,
    langfuse.read,
    logfire.read,
    any_agent.read,
]
LOG_READERS: list[Callable[[RawLog], Draft | None]] = [claude_code.read_log, codex.read_log, gemini_cli.read_log]
NAMES = [
    "session.id",
    "gen_ai.operation.name",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.name",
    "gen_ai.usage.input_tokens",
    "gen_ai.output",
    "gen_ai.tool.args",
    "gen_ai.system_instructions",
    "event.name",
    "langfuse.observation.type",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.level",
    "langfuse.observation.completion_start_time",
    "langfuse.trace.tags",
    "langfuse.trace.metadata.thread_id",
    "langfuse.observation.model.name",
    "logfire.msg_template",
    "logfire.span_type",
    "logfire.level_num",
    "logfire.pending_parent_id",
    "all_messages_events",
    "pydantic_ai.all_messages",
    "events",
    "final_result",
    "group_id",
    "from_agent",
    "to_agent",
    "model_request_parameters",
    "tool_arguments",
    "tool_parameters",
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.llm_response",
    "gcp.vertex.agent.tool_call_args",
    "tool_input",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cost_usd",
    "duration_ms",
    "event.sequence",
    "success",
    "error",
    "error.message",
    "status_code",
    "prompt",
    "prompt_length",
    "response",
    "event.kind",
    "input_token_count",
    "output_token_count",
    "thoughts_token_count",
    "finish_reasons",
    "arguments",
    "output",
    "function_args",
    "function_name",
    "input-json",
    "output-json",
    "conversation.id",
    "span.type",
    "agent_id",
    "name",
]
OPERATIONS = st.sampled_from(
    [
        "chat",
        "execute_tool",
        "invoke_agent",
        "compact_events",
        "call_llm",
        "tool_call",
        "generation",
        "tool",
        "retriever",
        "event",
        "pending_span",
        "log",
        "response.completed",
        "response.failed",
        "Function: {name}",
        "Agent run: {name!r}",
    ]
)
TELLING = st.sampled_from(
    [
        "{}",
        "[]",
        "[[]]",
        "null",
        "{broken",
        '{"messages":[null]}',
        '{"contents":[{"parts":7}]}',
        '{"config":{"tools":{}}}',
        '[{"role":"user"}]',
        '[{"role":[],"content":{}}]',
        '{"input":"many","output":-1}',
        '{"total":1e999}',
        '[{"parts":[null]}]',
        '{"usage_metadata":{"prompt_token_count":"x"}}',
        '[{"event.name":7,"message":[]}]',
        '{"system_instruction":[1]}',
        '[{"type":"function_call"},{"type":"reasoning","summary":[7]}]',
        '{"generations":[[7]]}',
        "<REDACTED>",
        "NaN",
        "-1",
        '{"type":"tool","tool_call_id":{}}',
        "1e400",
        "true",
        "\ud800",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    TELLING,
    OPERATIONS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "parts", "type", "name", "id", "messages", "tool_calls", "kwargs"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=10)
SPAN_NAMES = st.sampled_from(
    [
        "claude_code.tool",
        "claude_code.llm_request",
        "claude_code.compaction",
        "claude_code.subagent.spawn",
        "chat",
        "",
        "call_llm",
        "agent_run [a]",
        "execute_tool x",
        "agent run",
        "Handoff: a → b",
    ]
)
SCOPES = st.sampled_from(["", "pydantic-ai", "logfire", "gcp.vertex.agent", "gemini-cli", "com.anthropic.claude_code"])
WORDS = st.sampled_from(
    [
        *(f"claude_code.{word}" for word in claude_code.LOG_READERS),
        *(f"codex.{word}" for word in codex.LOG_READERS),
        *(f"gemini_cli.{word}" for word in gemini_cli.LOG_READERS),
        gemini_cli.DETAILS,
        "",
        "other",
    ]
)


@pytest.mark.parametrize("reader", SPAN_READERS)
@FEW
@given(attributes=ATTRIBUTES, name=SPAN_NAMES)
def test_no_span_makes_a_reader_fail(
    reader: Callable[[RawSpan], Draft],
    attributes: dict[str, Any],
    name: str,
) -> None:
    span = make_span(attributes, name=name, events=[SpanEvent("tool.output", START_NS, attributes)])

    assemble_span(span, reader(span))


@pytest.mark.parametrize("reader", LOG_READERS)
@FEW
@given(attributes=ATTRIBUTES, event_name=WORDS, body=VALUES)
def test_no_log_record_makes_a_reader_fail(
    reader: Callable[[RawLog], Draft | None],
    attributes: dict[str, Any],
    event_name: str,
    body: Any,
) -> None:
    log = make_log(attributes, event_name=event_name, body=body)

    draft = reader(log)

    if draft is not None:
        assemble_log(log, draft)


@FEW
@given(attributes=ATTRIBUTES, name=SPAN_NAMES, scope=SCOPES, resource=ATTRIBUTES)
def test_no_span_makes_the_registry_fail(
    attributes: dict[str, Any],
    name: str,
    scope: str,
    resource: dict[str, Any],
) -> None:
    event = read_span(make_span(attributes, name=name, scope=scope, resource=resource, parent="00f067aa0ba902b8")).event

    assert event.ended_at_ns is None or event.ended_at_ns >= event.started_at_ns
    assert (event.input_tokens or 0) >= 0


@FEW
@given(attributes=ATTRIBUTES, event_name=WORDS, time_ns=st.integers(0, 2**63 - 1))
def test_no_log_record_makes_the_registry_fail(attributes: dict[str, Any], event_name: str, time_ns: int) -> None:
    mapped = read_log(make_log(attributes, event_name=event_name, time_ns=time_ns))

    assert mapped is None or 0 <= mapped.event.started_at_ns <= time_ns


SPAN_DATA = st.dictionaries(
    st.sampled_from(["type", "name", "input", "output", "usage", "response", "from_agent", "data", "triggered"]),
    VALUES | st.sampled_from(["agent", "response", "generation", "function", "handoff", "guardrail", "turn", "custom"]),
    max_size=6,
)
UPLOADED = st.fixed_dictionaries(
    {
        "object": st.sampled_from(["trace", "trace.span", "other"]),
        "id": VALUES,
        "trace_id": VALUES,
        "parent_id": VALUES,
        "started_at": st.just("2025-08-15T17:56:08.287474+00:00") | VALUES,
        "ended_at": VALUES,
        "span_data": SPAN_DATA | VALUES,
        "error": VALUES,
        "group_id": VALUES,
        "metadata": VALUES,
    }
)


@FEW
@given(items=st.lists(UPLOADED | VALUES, max_size=4))
def test_no_uploaded_item_makes_the_rest_fail(items: list[Any]) -> None:
    decoded = read_document({"data": items}, received_at_ns=1)

    assert decoded.rejected + len(decoded.records) <= len(items)


@FEW
@given(body=st.binary(max_size=40))
def test_no_body_fails_in_another_way_than_malformed(body: bytes) -> None:
    with contextlib.suppress(MalformedBody):
        read_upload(body)


EXPORTED = st.fixed_dictionaries(
    {"name": st.text(max_size=4), "attributes": ATTRIBUTES, "trace_id": SCALARS, "span_id": SCALARS},
    optional={
        "parent": VALUES,
        "parent_span_id": SCALARS,
        "start_time": SCALARS,
        "end_time": SCALARS,
        "status": VALUES,
        "span_events": st.lists(st.fixed_dictionaries({"body": VALUES, "attributes": VALUES}) | VALUES, max_size=2),
        "scope": VALUES,
        "resource": VALUES,
        "kind": VALUES,
        "links": VALUES,
    },
)
OBSERVED = st.fixed_dictionaries(
    {"id": VALUES, "startTime": SCALARS},
    optional={
        "type": SCALARS,
        "metadata": VALUES,
        "input": VALUES,
        "output": VALUES,
        "usageDetails": VALUES,
        "model": VALUES,
        "costDetails": VALUES,
        "parentObservationId": SCALARS,
        "level": SCALARS,
        "traceId": SCALARS,
        "endTime": SCALARS,
        "modelParameters": VALUES,
        "promptName": VALUES,
    },
)


@FEW
@given(spans=st.lists(EXPORTED, max_size=4))
def test_no_dumped_span_makes_an_export_fail(spans: list[Any]) -> None:
    assert len(list(read_export(spans))) == len(spans)


@FEW
@given(observations=st.lists(OBSERVED, max_size=3), scores=st.lists(VALUES, max_size=2), trace=ATTRIBUTES)
def test_no_observation_makes_an_export_fail(observations: list[Any], scores: list[Any], trace: dict[str, Any]) -> None:
    list(read_export({"trace": {**trace, "id": "t", "scores": scores}, "observations": observations}))
