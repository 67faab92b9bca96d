"""Codex CLI's log events. Made from documentation, see LICENSES.md."""

from __future__ import annotations

import pytest
from tests.conventions.recordings import (
    START_NS,
    details,
    inputs,
    make_log,
    make_span,
    mapped_logs,
    of_type,
    only,
    recorded_logs,
    session_fields,
    types,
    values,
)

from sojourn.conventions.registry import read_log, read_span
from sojourn.domain.telemetry import SpanEvent

LOGS = "codex/logs.json"
CONVERSATION = "0199f1d2-7f3c-7b11-9c55-5a1f0c0a9e21"
MS = 1_000_000


def test_the_conversation_is_the_session() -> None:
    hints = {(item.event.session_tier, item.event.session_hint) for item in mapped_logs(LOGS)}

    assert hints == {(4, CONVERSATION)}
    assert {item.event.conversation_id for item in mapped_logs(LOGS)} == {CONVERSATION}


def test_log_events_get_the_types_of_a_timeline() -> None:
    assert types(mapped_logs(LOGS)) == {
        "span": 3,
        "message": 1,
        "llm_call": 1,
        "decision": 1,
        "tool_call": 2,
        "error": 2,
    }


def test_only_chunks_of_a_stream_are_dropped() -> None:
    dropped = [log.attributes["event.kind"] for log in recorded_logs(LOGS) if read_log(log) is None]

    assert dropped == ["response.created", "response.output_text.delta", "response.output_text.delta"]


def test_cached_tokens_are_part_of_the_input() -> None:
    call = of_type(mapped_logs(LOGS), "llm_call")[0]

    assert (call.input_tokens, call.output_tokens) == (9120, 310)
    assert (call.cache_read_tokens, call.reasoning_tokens) == (8192, 128)
    assert (call.usage_kind, call.model_used, call.provider) == ("call", "gpt-5.1-codex", "openai")


def test_a_tool_result_is_the_whole_tool_call() -> None:
    tool = only(mapped_logs(LOGS), lambda event: event.type == "tool_call" and event.tool_call_id == "call_A1")

    assert (tool.event.tool_name, tool.event.status) == ("shell", "ok")
    assert (tool.event.started_at_ns, tool.event.ended_at_ns) == (START_NS + 2260 * MS, START_NS + 2900 * MS)
    assert values(tool, tool.event.input_refs) == [{"command": ["git", "mv", "dates.py", "days.py"]}]
    assert values(tool, tool.event.output_refs) == ["ok"]


def test_a_failed_mcp_tool_names_its_server_and_its_error() -> None:
    tool = only(mapped_logs(LOGS), lambda event: event.type == "tool_call" and event.tool_call_id == "call_A2").event

    assert (tool.tool_name, tool.status, tool.error) == ("mcp__github__create_issue", "error", "forbidden")


def test_a_prompt_is_a_message_of_the_user() -> None:
    prompt = only(mapped_logs(LOGS), lambda event: event.type == "message")

    assert inputs(prompt)[0].parts[0]["content"] == "Rename module dates"
    assert len(prompt.event.message_keys) == 1


def test_an_approval_is_a_decision() -> None:
    decision = of_type(mapped_logs(LOGS), "decision")[0]

    assert details(decision) == {"operation": "tool_decision", "decision": "approved", "policy": "user"}
    assert decision.tool_call_id == "call_A1"


def test_a_request_that_failed_is_an_error_that_may_be_retried() -> None:
    failure = only(mapped_logs(LOGS), lambda event: event.error == "upstream unavailable").event

    assert failure.type == "error"
    assert details(failure) == {"operation": "api_request", "retryable": True, "attempt": 2}


def test_a_request_that_went_well_is_no_model_call_of_its_own() -> None:
    request = only(mapped_logs(LOGS), lambda event: event.name == "codex.api_request" and event.type == "span").event

    assert (request.usage_kind, request.status) == ("", "ok")


def test_a_broken_stream_is_an_error() -> None:
    failure = only(mapped_logs(LOGS), lambda event: event.error == "stream closed").event

    assert (failure.type, failure.error_type) == ("error", "response.failed")


def test_the_start_tells_what_the_session_may_do() -> None:
    fields = session_fields(mapped_logs(LOGS)[0].event)

    assert fields["agent_id"] == "codex"
    assert fields["metadata"]["approval_policy"] == "on-request"
    assert fields["service"] == "codex_cli_rs"


def test_a_hidden_prompt_counts_without_content() -> None:
    mapped = read_log(make_log({"event.name": "codex.user_prompt", "prompt": "[REDACTED]", "prompt_length": "7"}))

    assert mapped is not None
    assert mapped.event.preview == "content not captured (7 characters)"
    assert len(mapped.event.message_keys) == 1


@pytest.mark.parametrize("service", ["codex_cli_rs", "codex_exec", "codex-tui"])
def test_its_spans_stay_plain_and_add_no_tokens(service: str) -> None:
    span = make_span(
        {"gen_ai.usage.input_tokens": 9120, "codex.usage.total_tokens": 9430},
        name="handle_responses",
        resource={"service.name": service},
    )

    event = read_span(span).event

    assert (event.type, event.usage_kind, event.input_tokens) == ("span", "", None)


def test_another_service_that_begins_alike_is_not_taken_for_it() -> None:
    span = make_span(
        {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5},
        resource={"service.name": "codex_of_law"},
    )

    assert read_span(span).event.input_tokens == 5


def test_a_span_finds_its_conversation_in_its_events() -> None:
    happened = SpanEvent("event", START_NS, {"conversation.id": CONVERSATION})
    span = make_span({}, name="turn", events=[happened], resource={"service.name": "codex_cli_rs"})

    event = read_span(span).event

    assert (event.session_tier, event.session_hint) == (4, CONVERSATION)
