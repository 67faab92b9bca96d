"""What a session counts when the same work is told twice, in the real event store."""

from __future__ import annotations

from collections.abc import Sequence

from tests.conventions.recordings import mapped_logs, mapped_spans, recording
from tests.stores import fresh_workspace, shared_stores

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.exports import read
from sojourn.domain.events import StoredEvent
from sojourn.domain.identity import session_id_of
from sojourn.domain.sessions import Rollup
from sojourn.events.rows import StoredBlock


def rolled_up(mapped: Sequence[Mapped]) -> Rollup:
    """One session of all these events."""
    store, workspace = shared_stores().events, fresh_workspace()
    session = session_id_of(workspace, "s")
    events = [StoredEvent(workspace, session, item.event) for item in mapped]
    blocks = [StoredBlock(workspace, session, block) for item in mapped for block in item.blocks]
    store.append(events, blocks)
    return store.rollups([(workspace, session)])[(workspace, session)]


def test_claude_codes_logs_and_spans_count_each_call_once() -> None:
    logs, both = (
        rolled_up(mapped_logs("claude_code/logs.json")),
        rolled_up(mapped_logs("claude_code/logs.json") + mapped_spans("claude_code/spans.json")),
    )

    for counted in (logs, both):
        assert (counted.llm_call_count, counted.input_tokens, counted.output_tokens) == (2, 17112 + 310, 180 + 45)
        assert counted.tool_call_count == 3
        assert counted.message_count == 3


def test_claude_codes_spans_alone_give_the_same_tokens() -> None:
    counted = rolled_up(mapped_spans("claude_code/spans.json"))

    assert (counted.llm_call_count, counted.input_tokens, counted.cache_read_tokens) == (2, 17422, 15000)


def test_gemini_clis_twin_records_count_once() -> None:
    counted = rolled_up(mapped_logs("gemini_cli/logs.json"))

    assert (counted.llm_call_count, counted.input_tokens, counted.output_tokens) == (1, 8000, 200)
    assert (counted.tool_call_count, counted.compactions, counted.message_count) == (3, 1, 2)


def test_codex_counts_completed_responses() -> None:
    counted = rolled_up(mapped_logs("codex/logs.json"))

    assert (counted.llm_call_count, counted.input_tokens, counted.output_tokens) == (1, 9120, 310)
    assert counted.tool_call_count == 2


def test_an_agents_sum_is_not_added_to_its_calls() -> None:
    counted = rolled_up(list(read(recording("pydantic_ai/version-6.json"))))

    assert (counted.llm_call_count, counted.input_tokens, counted.output_tokens) == (3, 53 + 58 + 56, 9 + 2 + 13)


def test_an_agents_sum_counts_where_no_call_is_told() -> None:
    counted = rolled_up(list(read(recording("span_dumps/claude_adot_spans.json.gz"))))

    assert (counted.output_tokens, counted.cost_usd) == (767, 0.0712653)


def test_a_framework_and_the_sdk_below_it_count_once() -> None:
    counted = rolled_up(list(read(recording("langfuse_traces/agno-2025-06-11.trace.json.gz"))))

    # OpenAIChat.invoke twice; the chat completions that the Langfuse SDK saw inside them are the same calls again.
    assert (counted.llm_call_count, counted.input_tokens, counted.output_tokens) == (2, 1568 + 542, 423 + 235)


def test_a_handoff_is_no_tool_call() -> None:
    counted = rolled_up(list(read(recording("span_dumps/google_adk.native.json"))))

    assert (counted.handoff_count, counted.tool_call_count, counted.llm_call_count) == (1, 2, 4)


def test_a_support_chat_counts_the_request_and_not_its_wrappers() -> None:
    counted = rolled_up(list(read(recording("langfuse_traces/support-chat.trace.json.gz"))))

    assert (counted.llm_call_count, counted.input_tokens, counted.output_tokens) == (1, 1115, 101)
    assert counted.cost_usd == 0.00240375
