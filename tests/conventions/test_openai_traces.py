"""What the OpenAI Agents SDK uploads, as recorded in test cassettes and as its span types are declared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from tests.conventions.recordings import (
    FIXTURES,
    details,
    inputs,
    named,
    of_type,
    outputs,
    session_fields,
    types,
    values,
)

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.openai_traces import read_document, read_upload
from sojourn.conventions.otlp import MalformedBody

TRACE = {
    "object": "trace",
    "id": "trace_1",
    "workflow_name": "Support",
    "group_id": "thread-9",
    "metadata": {"plan": "pro"},
}
STARTED, ENDED = "2025-08-15T17:56:08.287474+00:00", "2025-08-15T17:56:12.477388+00:00"
HANDOFF_TRACE = "trace_db0186bb863d426e9e4486699cb8418a"


def uploaded(name: str) -> list[Mapped]:
    return read_upload((FIXTURES / "openai_traces" / f"{name}.json").read_bytes()).records


def span_of(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "object": "trace.span",
        "id": "span_1",
        "trace_id": "trace_1",
        "parent_id": None,
        "started_at": STARTED,
        "ended_at": ENDED,
        "span_data": data,
        "error": None,
        **fields,
    }


def read_one(data: dict[str, Any], **fields: Any) -> Mapped:
    return read_document({"data": [span_of(data, **fields)]}).records[0]


def test_a_recorded_handoff_becomes_a_timeline() -> None:
    assert types(uploaded("handoff-2")) == {"llm_call": 2, "handoff": 1, "span": 1, "tool_call": 1}


def test_a_handoff_names_both_agents() -> None:
    handoff = of_type(uploaded("handoff-2"), "handoff")[0]

    assert handoff.name == "handoff to Symphony Composer"
    assert (details(handoff)["from"], details(handoff)["to"]) == ("Orchestra Conductor", "Symphony Composer")


def test_times_keep_their_microseconds() -> None:
    handoff = of_type(uploaded("handoff-2"), "handoff")[0]
    began = datetime(2025, 8, 15, 17, 56, 51, tzinfo=UTC)

    assert handoff.started_at_ns == int(began.timestamp()) * 10**9 + 689_172_000
    assert handoff.ended_at_ns == handoff.started_at_ns + 251_000


def test_a_span_hangs_under_its_parent_and_bears_its_agent() -> None:
    call = named(uploaded("handoff-2"), "compose_music").event
    first, *_ = of_type(uploaded("handoff-2"), "llm_call")

    assert call.parent_event_id == f"{HANDOFF_TRACE}-span_e6a4e759a5db4b7aafeec6e3"
    assert first.agent_id == "Orchestra Conductor"


def test_a_function_is_a_tool_call_with_arguments_and_result() -> None:
    tool = named(uploaded("function-tool-1"), "get_weather")

    assert values(tool, tool.event.input_refs) == [{"city": "London"}]
    assert values(tool, tool.event.output_refs) == ["It's cloudy with 15°C"]


def test_a_response_is_a_call_known_by_its_id_without_tokens() -> None:
    call = of_type(uploaded("function-tool-1"), "llm_call")[0]

    assert call.usage_key == "resp_689f74b98be8819ead89b1c91c2819b20a8b48c839804f1e"
    assert (call.provider, call.input_tokens) == ("openai", None)


def test_a_trace_is_a_moment_at_the_start_of_its_first_span() -> None:
    trace = named(uploaded("city-info-1"), "Agent workflow").event

    assert (trace.started_at_ns, trace.ended_at_ns) == (trace.started_at_ns, trace.started_at_ns)
    assert trace.started_at_ns == min(item.event.started_at_ns for item in uploaded("city-info-1"))


def test_uploads_without_a_group_name_no_session() -> None:
    assert {item.event.session_tier for item in uploaded("handoff-2")} == {0}


def test_the_group_is_the_session_of_the_trace_and_its_spans() -> None:
    records = read_document({"data": [TRACE, span_of({"type": "agent", "name": "triage"})]}).records

    assert {(item.event.session_tier, item.event.session_hint) for item in records} == {(3, "thread-9")}
    assert session_fields(records[0].event)["metadata"] == {"plan": "pro"}


def test_a_trace_without_spans_happened_when_it_was_received() -> None:
    body = orjson.dumps({"data": [TRACE]})

    assert read_upload(body).records == []
    assert read_upload(body, received_at_ns=7).records[0].event.started_at_ns == 7


def test_every_agent_of_a_recording_is_an_agent_run() -> None:
    runs = [event for event in of_type(uploaded("recipes-1"), "span") if details(event)["operation"] == "invoke_agent"]

    assert [run.agent_id for run in runs] == ["Symphony Composer", "Main Chat Agent"]


def test_a_generation_holds_messages_tokens_and_parameters() -> None:
    mapped = read_one(
        {
            "type": "generation",
            "model": "gpt-4o",
            "model_config": {"temperature": 0.1},
            "input": [{"role": "user", "content": "Hi"}],
            "output": [{"role": "assistant", "content": "Hello"}],
            "usage": {
                "input_tokens": 30,
                "output_tokens": 4,
                "input_tokens_details": {"cached_tokens": 20},
                "output_tokens_details": {"reasoning_tokens": 1},
            },
        }
    )

    assert (mapped.event.model_used, mapped.event.input_tokens, mapped.event.output_tokens) == ("gpt-4o", 30, 4)
    assert (mapped.event.cache_read_tokens, mapped.event.reasoning_tokens) == (20, 1)
    assert (inputs(mapped)[0].role, outputs(mapped)[0].role) == ("user", "assistant")
    assert details(mapped.event)["parameters"] == {"temperature": 0.1}


def test_the_older_names_of_tokens_are_known() -> None:
    event = read_one({"type": "generation", "usage": {"prompt_tokens": 3, "completion_tokens": 2}}).event

    assert (event.input_tokens, event.output_tokens) == (3, 2)


def test_a_response_may_carry_its_content() -> None:
    mapped = read_one(
        {
            "type": "response",
            "response_id": "resp_1",
            "input": [{"role": "user", "content": "Hi"}],
            "response": {
                "model": "gpt-4.1",
                "usage": {"input_tokens": 9, "output_tokens": 2},
                "output": [
                    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "greet"}]},
                    {"type": "function_call", "call_id": "c1", "name": "greet", "arguments": "{}"},
                ],
            },
        }
    )

    assert (mapped.event.name, mapped.event.input_tokens) == ("gpt-4.1", 9)
    assert [part["type"] for message in outputs(mapped) for part in message.parts] == ["reasoning", "tool_call"]


def test_a_turn_holds_a_sum_and_not_one_more_call() -> None:
    event = read_one({"type": "turn", "agent_name": "triage", "usage": {"input_tokens": 9, "output_tokens": 2}}).event

    assert (event.type, event.usage_kind, event.agent_id) == ("span", "sum", "triage")


@pytest.mark.parametrize(("triggered", "result"), [(True, "blocked"), (False, "passed")])
def test_a_guardrail_says_whether_it_stepped_in(triggered: bool, result: str) -> None:
    event = read_one({"type": "guardrail", "name": "no_math", "triggered": triggered}).event

    assert event.type == "guardrail_eval"
    assert details(event)["result"] == result


@pytest.mark.parametrize("kind", ["custom", "mcp_tools", "speech"])
def test_other_spans_are_kept_whole(kind: str) -> None:
    event = read_one({"type": kind, "name": "step", "data": {"a": 1}, "server": "github"}).event

    assert (event.type, details(event)["operation"]) == ("span", kind)
    assert "github" in event.attributes


def test_an_error_is_told_with_its_message() -> None:
    event = read_one({"type": "function", "name": "f"}, error={"message": "Tool failed", "data": {"tool": "f"}}).event

    assert (event.status, event.error) == ("error", "Tool failed")


def test_a_span_that_has_not_ended_is_open() -> None:
    event = read_one({"type": "agent", "name": "triage"}, ended_at=None).event

    assert (event.status, event.ended_at_ns) == ("pending", None)


def test_items_that_are_neither_trace_nor_span_are_counted() -> None:
    decoded = read_document({"data": [span_of({"type": "agent"}), {"object": "other"}, 7, span_of({}, started_at="x")]})

    assert (len(decoded.records), decoded.rejected) == (1, 3)
    assert "3 items" in decoded.reason


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'{"data":{}}', b'"text"'])
def test_a_body_that_is_no_upload_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read_upload(body)


def test_the_same_upload_twice_is_the_same_events() -> None:
    assert uploaded("handoff-2") == uploaded("handoff-2")
