"""Exports of other tools come through with the numbers that a look into the raw files shows."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conventions.recordings import (
    FIXTURES,
    START_NS,
    details,
    inputs,
    named,
    of_type,
    only,
    outputs,
    recording,
    session_fields,
    tokens,
    types,
    values,
)

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.export_fields import hex_id, nanoseconds_of
from sojourn.conventions.exports import LANGFUSE, OPENAI, OTLP, SDK_SPANS, detect, read

LANGFUSE_TRACES = sorted(path.name for path in (FIXTURES / "langfuse_traces").iterdir())
SPAN_DUMPS = sorted(path.name for path in (FIXTURES / "span_dumps").iterdir())


def langfuse(name: str) -> list[Mapped]:
    found = next(file for file in LANGFUSE_TRACES if file.startswith(name))
    return list(read(recording(f"langfuse_traces/{found}")))


def dump(name: str) -> list[Mapped]:
    found = next(file for file in SPAN_DUMPS if file.startswith(name))
    return list(read(recording(f"span_dumps/{found}")))


def cost_usd(mapped: list[Mapped]) -> float:
    return round(sum(item.event.cost_usd or 0 for item in mapped if item.event.usage_kind == "call"), 9)


@pytest.mark.parametrize("name", LANGFUSE_TRACES)
def test_a_langfuse_trace_is_known(name: str) -> None:
    assert detect(recording(f"langfuse_traces/{name}")) == LANGFUSE


@pytest.mark.parametrize("name", SPAN_DUMPS)
def test_a_dump_of_spans_is_known(name: str) -> None:
    assert detect(recording(f"span_dumps/{name}")) == SDK_SPANS


@pytest.mark.parametrize(
    "document",
    [
        None,
        7,
        "text",
        [],
        {},
        {"trace": 1},
        [{"role": "user", "content": "hi"}],
        {"messages": []},
        {"resourceMetrics": []},
        {"spans": []},
        {"type": "user", "uuid": "1", "message": {}},
        {"trace": {"id": "x"}},
    ],
)
def test_other_documents_are_not_claimed(document: Any) -> None:
    assert detect(document) is None
    assert list(read(document)) == []


@pytest.mark.parametrize("name", LANGFUSE_TRACES)
def test_every_observation_and_score_becomes_one_event(name: str) -> None:
    document = recording(f"langfuse_traces/{name}")

    mapped = list(read(document))

    assert len(mapped) == len(document["observations"]) + len(document["trace"].get("scores") or [])
    assert len({item.event.event_id for item in mapped}) == len(mapped)


@pytest.mark.parametrize("name", SPAN_DUMPS)
def test_every_span_becomes_one_event(name: str) -> None:
    document = recording(f"span_dumps/{name}")
    spans = document if isinstance(document, list) else document["spans"]

    mapped = list(read(document))

    assert len({item.event.event_id for item in mapped}) == len(spans)


def test_otlp_in_a_file_is_read_as_over_the_wire() -> None:
    span = {
        "traceId": "tH12H+eb6IruQTQs3VJyaA==",
        "spanId": "ziprJqtLsl8=",
        "name": "ChatOpenAI",
        "startTimeUnixNano": "1751474840301046016",
        "endTimeUnixNano": "1751474840301361920",
        "attributes": [
            {"key": "openinference.span.kind", "value": {"stringValue": "LLM"}},
            {"key": "llm.token_count.prompt", "value": {"intValue": "629"}},
        ],
    }
    log = {
        "timeUnixNano": "1751474840301046016",
        "body": {"stringValue": "codex"},
        "attributes": [
            {"key": "event.name", "value": {"stringValue": "codex.sse_event"}},
        ],
    }
    document = [
        {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]},
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [log, {**log, "attributes": []}]}]}]},
    ]

    mapped = list(read(document))

    assert detect(document) == OTLP
    assert [(item.event.type, item.event.source) for item in mapped] == [("llm_call", "span"), ("span", "log")]
    assert mapped[0].event.trace_id == "b47d761fe79be88aee41342cdd527268"


# ---- Langfuse. Tokens and costs are the sums of usageDetails and costDetails over the raw observations.


@pytest.mark.parametrize(
    ("name", "calls", "sums", "cost"),
    [
        ("agno", 4, (1568 + 663 + 163 + 542, 423 + 225 + 20 + 235), 0.0009822),
        ("claude-agent", 4, (5 + 5 + 5 + 19, 94 + 56 + 53 + 29), 0.003582),
        ("crewai", 1, (190, 164), 0.0001269),
        ("google-gemini", 1, (6, 2055), 0.0051393),
        ("langgraph", 2, (60 + 108, 15 + 51), 0.000234),
        ("openai-agents", 2, (85 + 55, 29 + 15), 0.000632),
        ("pydantic-ai-2025", 1, (31, 96), 0.0010375),
        ("pydantic-ai-tools", 4, (417 + 131 + 502 + 265, 53 + 69 + 14 + 73), 0.00032265),
        ("support-chat", 1, (1115, 101), 0.00240375),
    ],
)
def test_calls_tokens_and_costs_are_those_of_the_raw_trace(
    name: str,
    calls: int,
    sums: tuple[int, int],
    cost: float,
) -> None:
    mapped = langfuse(name)

    assert len(of_type(mapped, "llm_call")) == calls
    assert tokens(mapped) == sums
    assert cost_usd(mapped) == pytest.approx(cost, abs=1e-8)


@pytest.mark.parametrize(
    ("name", "tier", "session"),
    [
        ("agno", 2, "35cc6c90-b657-4819-b66c-c931c03ad569"),
        ("pydantic-ai-2025", 2, "session_abc"),
        ("support-chat", 2, "chat_c32ff304-28ad-4a7d-a831-31641506b480"),
        ("langgraph", 3, "demo-thread-1"),
        ("claude-agent", 3, "6fb9b4b8-dd4d-4d41-8d4f-c0c0799a6559"),
    ],
)
def test_the_session_is_the_one_the_trace_names(name: str, tier: int, session: str) -> None:
    hints = {(item.event.session_tier, item.event.session_hint) for item in langfuse(name)} - {(0, "")}

    assert hints == {(tier, session)}


@pytest.mark.parametrize(
    ("name", "tools"),
    [
        ("agno", ["duckduckgo_search"]),
        ("claude-agent", ["mcp__weather__get_weather", "mcp__weather__get_weather"]),
        ("langgraph", ["Web-Search"]),
        ("openai-agents", ["get_weather"]),
        ("pydantic-ai-tools", ["get_dad_joke_suggestion", "get_one_liner_suggestion", "get_pun_suggestion"]),
    ],
)
def test_tools_are_told_also_where_langfuse_calls_them_spans(name: str, tools: list[str]) -> None:
    assert sorted(event.tool_name for event in of_type(langfuse(name), "tool_call")) == tools


def test_agents_of_a_langfuse_trace_are_named() -> None:
    agents = {item.event.agent_id for item in langfuse("pydantic-ai-tools")} - {""}

    assert agents == {"joke_agent", "evaluator_agent"}


def test_messages_come_from_the_instrumentation_below() -> None:
    answer = only(langfuse("openai-agents"), lambda event: event.input_tokens == 85)

    assert [message.role for message in inputs(answer)] == ["system", "user", "assistant", "tool"]
    assert outputs(answer)[0].parts[0]["content"].startswith("The weather in Tokyo is currently sunny.")


def test_a_tool_of_a_langfuse_trace_holds_arguments_and_result() -> None:
    tool = named(langfuse("openai-agents"), "get_weather")

    assert values(tool, tool.event.input_refs) == [{"city": "Tokyo"}]
    assert values(tool, tool.event.output_refs) == ["The weather in Tokyo is sunny."]


def test_a_score_is_an_assessment_at_its_time() -> None:
    scores = of_type(langfuse("support-chat"), "assessment")

    assert [details(score)["name"] for score in scores][:2] == ["error-analysis_OffTopic", "is_same_language"]
    assert details(scores[0])["score"] == 1
    assert details(scores[0])["explanation"].startswith("The agent politely redirects the user")
    assert scores[0].session_hint == "chat_c32ff304-28ad-4a7d-a831-31641506b480"


def test_the_outer_generation_is_a_sum_over_the_request_below() -> None:
    mapped = langfuse("support-chat")

    outer, inner = named(mapped, "ai.streamText"), named(mapped, "ai.streamText.doStream")

    assert (outer.event.usage_kind, inner.event.usage_kind) == ("sum", "call")
    assert inner.event.parent_event_id == outer.event.event_id
    assert inner.event.model_used == "gpt-5-2025-08-07"


def test_the_trace_says_who_spoke_and_how_it_is_tagged() -> None:
    said: dict[str, Any] = {}
    for item in langfuse("pydantic-ai-2025"):
        said |= session_fields(item.event)

    assert said["user_id"] == "user_123"
    assert said["tags"] == {"dev": "", "pydantic-ai": ""}
    assert said["metadata"]["trace_name"] == "pydantic-ai-qa-trace"


def test_an_observation_in_both_lists_is_read_with_its_content() -> None:
    observation = {"id": "a1", "type": "SPAN", "name": "step", "startTime": "2025-09-19T12:23:30.651Z", "traceId": "t1"}
    document = {
        "trace": {"id": "t1", "observations": [observation]},
        "observations": [{**observation, "input": "hello"}],
    }

    mapped = list(read(document))

    assert len(mapped) == 1
    assert values(mapped[0], mapped[0].event.input_refs) == ["hello"]


def test_several_traces_come_as_a_list_or_a_page() -> None:
    traces = [
        {"id": f"t{number}", "observations": [{"id": f"a{number}", "startTime": "2025-09-19T12:23:30.651Z"}]}
        for number in range(3)
    ]

    assert len(list(read(traces))) == len(list(read({"data": traces}))) == 3


def test_an_upload_of_openai_traces_may_be_a_file() -> None:
    document = recording("openai_traces/handoff-2.json")

    assert detect(document) == OPENAI
    assert types(list(read(document))) == {"llm_call": 2, "handoff": 1, "span": 1, "tool_call": 1}


def test_a_trace_may_come_without_a_wrapper() -> None:
    observation = {"id": "a1", "type": "SPAN", "name": "step", "startTime": "2025-09-19T12:23:30.651Z"}

    assert len(list(read({"id": "t1", "name": "x", "observations": [observation]}))) == 1


def test_a_failed_observation_is_an_error() -> None:
    observation = {
        "id": "a1",
        "type": "SPAN",
        "name": "step",
        "startTime": "2025-09-19T12:23:30.651Z",
        "level": "ERROR",
        "statusMessage": "no such order",
    }

    event = next(read({"id": "t1", "observations": [observation]})).event

    assert (event.status, event.error) == ("error", "no such order")


# ---- dumps. Tokens are the sums over spans of kind LLM or operation chat, call_llm, generate_content in the raw file.


@pytest.mark.parametrize(
    ("name", "kinds", "sums", "cost"),
    [
        ("GOOGLE", {"llm_call": 3, "tool_call": 3, "span": 1}, (672 + 770 + 809, 16 + 14 + 56), 0.0002509),
        ("SMOLAGENTS", {"llm_call": 3, "tool_call": 3, "span": 1}, (677 + 782 + 835, 16 + 14 + 57), 0.0002555),
        (
            "TINYAGENT",
            {"llm_call": 4, "tool_call": 3, "span": 1},
            (328 + 414 + 449 + 178, 16 + 14 + 43 + 83),
            0.0001837,
        ),
        ("autogen_live", {"span": 2, "tool_call": 1}, (0, 0), 0),
        ("claude_adot", {"tool_call": 4, "span": 4}, (0, 0), 0),
        (
            "openai_agents_openinference_adot",
            {"llm_call": 3, "tool_call": 1, "handoff": 1, "span": 11},
            (148 + 257 + 287, 47 + 19 + 41),
            0,
        ),
        ("openinference_adot", {"llm_call": 3, "tool_call": 1, "span": 4}, (0, 0), 0),
        ("pydantic_ai_live", {"llm_call": 2, "tool_call": 1, "span": 1}, (588 + 663, 53 + 25), 0.0054153),
        ("google_adk", {"llm_call": 4, "tool_call": 2, "handoff": 1, "span": 5}, (400, 40), 0),
        ("langgraph", {"llm_call": 2, "tool_call": 1, "span": 8}, (220, 15), 0),
        ("openai_agents.", {"handoff": 1, "tool_call": 1, "span": 7}, (0, 0), 0),
        ("pydantic_ai.", {"llm_call": 3, "tool_call": 1, "span": 2}, (51 + 52 + 53, 5 + 2 + 10), 0),
    ],
)
def test_a_dump_has_the_events_tokens_and_costs_of_the_raw_file(
    name: str,
    kinds: dict[str, int],
    sums: tuple[int, int],
    cost: float,
) -> None:
    mapped = dump(name)

    assert types(mapped) == kinds
    assert tokens(mapped) == sums
    assert cost_usd(mapped) == pytest.approx(cost, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("claude_adot", {(2, "e457cade-6652-42ad-b879-182dde7124c5")}),
        ("openai_agents_openinference_adot", {(2, "29fb7129-8624-4bd2-b37b-dea182f63ce8")}),
        ("langgraph", {(2, "thread-42")}),
        ("google_adk", {(4, "sess-9"), (0, "")}),
        ("GOOGLE", {(0, "")}),
        ("openai_agents.", {(0, "")}),
    ],
)
def test_a_dump_names_the_sessions_of_the_raw_file(name: str, hints: set[tuple[int, str]]) -> None:
    assert {(item.event.session_tier, item.event.session_hint) for item in dump(name)} == hints


@pytest.mark.parametrize(
    ("name", "agents"),
    [
        ("openai_agents_openinference_adot", {"coordinator", "math_specialist", "Agent workflow"}),
        ("google_adk", {"triage", "billing"}),
        ("GOOGLE", {"any_agent"}),
        ("autogen_live", {"math_assistant"}),
    ],
)
def test_a_dump_names_its_agents(name: str, agents: set[str]) -> None:
    assert {item.event.agent_id for item in dump(name)} - {""} == agents


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("openai_agents_openinference_adot", "coordinator", "math_specialist"),
        ("openai_agents.", "triage", "billing"),
        ("google_adk", "triage", "billing"),
    ],
)
def test_handoffs_say_from_whom_to_whom(name: str, source: str, target: str) -> None:
    handoff = of_type(dump(name), "handoff")[0]

    assert (details(handoff)["from"], details(handoff)["to"]) == (source, target)


def test_the_sum_of_a_claude_run_holds_its_cost() -> None:
    run = named(dump("claude_adot"), "ClaudeAgentSDK.query").event

    assert (run.usage_kind, run.cost_usd, run.output_tokens) == ("sum", 0.0712653, 767)


def test_ids_written_as_numbers_become_hexadecimal() -> None:
    mapped = dump("GOOGLE")

    parents = {item.event.parent_event_id.split("-")[-1] for item in mapped}
    assert {len(item.event.trace_id) for item in mapped} == {32}
    assert f"{16887867178883245156:016x}" in parents  # the parent of the first tool call in the raw file


def test_children_of_a_dump_hang_under_their_parents() -> None:
    mapped = dump("claude_adot")
    ids = {item.event.event_id for item in mapped}

    orphans = [item.event.name for item in mapped if item.event.parent_event_id not in ids]
    assert orphans == ["POST /invocations"]


def test_any_agents_tool_holds_arguments_and_output() -> None:
    tool = only(dump("GOOGLE"), lambda event: event.tool_name == "get_current_time")

    assert values(tool, tool.event.input_refs) == [{"timezone": "America/New_York"}]
    assert values(tool, tool.event.output_refs)[0]["is_dst"] is True


def test_any_agents_model_names_its_provider() -> None:
    call = of_type(dump("TINYAGENT"), "llm_call")[0]

    assert (call.provider, call.model_used) == ("mistral", "mistral-small-latest")
    assert call.preview.startswith("→ get_current_time(")


def test_bodies_of_the_aws_collector_are_messages_again() -> None:
    first = dump("openinference_adot")[0]

    assert inputs(first)[0].parts == ({"type": "text", "content": "What is the weather in Alaska?"},)
    assert outputs(first)[0].parts == (
        {"type": "text", "content": "Let me check the weather for you."},
        {"type": "tool_call", "id": "tc_01", "name": "get_weather", "arguments": {"city": "Alaska"}},
    )


def test_a_tool_body_of_the_aws_collector_is_a_tool_call() -> None:
    tool = of_type(dump("openinference_adot"), "tool_call")[0]

    assert (tool.tool_name, tool.tool_call_id) == ("get_weather", "tc_01")


def test_spans_without_times_get_an_order_with_callers_first() -> None:
    mapped = dump("pydantic_ai.")
    began = {item.event.event_id: item.event.started_at_ns for item in mapped}

    children = [item.event for item in mapped if item.event.parent_event_id]
    assert all(began[child.parent_event_id] < child.started_at_ns for child in children)


def test_undated_spans_happened_when_their_file_was_written() -> None:
    mapped = list(read(recording("span_dumps/pydantic_ai.native.json"), undated_at_ns=START_NS))

    assert min(item.event.started_at_ns for item in mapped) == START_NS


def test_a_document_may_name_the_session_of_its_spans() -> None:
    span = {"trace_id": "a" * 32, "span_id": "b" * 16, "name": "x", "attributes": {}}

    event = next(read({"session_id": "s-9", "spans": [span]})).event

    assert (event.session_tier, event.session_hint) == (2, "s-9")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"status_code": "ERROR", "description": "boom"}, ("error", "boom")),
        ({"code": "STATUS_CODE_ERROR"}, ("error", "")),
        ({"status_code": "StatusCode.ERROR"}, ("error", "")),
        ({"code": 2, "message": "boom"}, ("error", "boom")),
        ({"status_code": "UNSET"}, ("ok", "")),
        ("ERROR", ("error", "")),
        (None, ("ok", "")),
    ],
)
def test_a_status_is_understood_in_every_spelling(status: Any, expected: tuple[str, str]) -> None:
    span = {"trace_id": "a" * 32, "span_id": "b" * 16, "name": "x", "attributes": {}, "status": status}

    event = next(read([span])).event

    assert (event.status, event.error) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_758_026_586, 1_758_026_586_000_000_000),
        (1_758_026_586.5, 1_758_026_586_500_000_000),
        (1_758_026_586_341, 1_758_026_586_341_000_000),
        (1_758_026_586_341_103, 1_758_026_586_341_103_000),
        (1_758_026_586_341_103_000, 1_758_026_586_341_103_000),
        ("1758026586341103000", 1_758_026_586_341_103_000),
        ("2025-09-16T12:43:06.341103Z", 1_758_026_586_341_103_000),
        ("2025-09-16T12:43:06.341103", 1_758_026_586_341_103_000),
        ("2025-09-16T14:43:06.341103+02:00", 1_758_026_586_341_103_000),
        ("soon", 0),
        (None, 0),
        (2**70, 0),
    ],
)
def test_times_are_understood_in_every_unit(value: Any, expected: int) -> None:
    assert nanoseconds_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0x2AC3", "0000000000002ac3"),
        ("6a7a3f1922f7ce51", "6a7a3f1922f7ce51"),
        (255, "00000000000000ff"),
        (0, ""),
        ("0000000000000000", ""),
        (None, ""),
        ("", ""),
        (True, ""),
        (15531323892744358789, f"{15531323892744358789:016x}"),
    ],
)
def test_ids_are_understood_in_every_spelling(value: Any, expected: str) -> None:
    assert hex_id(value, 16) == expected


def test_an_id_that_is_no_number_keeps_its_identity() -> None:
    assert hex_id("llm-1", 16) == hex_id("llm-1", 16) != hex_id("llm-2", 16)
    assert len(hex_id("llm-1", 16)) == 16
