"""Real transcripts: what was counted in the raw files by other means is what comes out of them."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.domain.events import Event
from sojourn.transcripts.reading import read_file
from sojourn.transcripts.transcript import Batch, time_of

DEMO = Path(__file__).parents[1] / "fixtures" / "demo"
SHARED = Path(__file__).parents[3] / "shared" / "data"


def batches(path: Path) -> list[Batch]:
    return list(read_file(path))


def events(*paths: Path) -> list[Event]:
    return [mapped.event for path in paths for batch in batches(path) for mapped in batch.mapped]


def only(folder: str, pattern: str = "*.gz") -> Path:
    return next(iter(sorted((DEMO / folder).rglob(pattern))))


def counted(found: Sequence[Event]) -> dict[str, int]:
    return dict(Counter(event.type for event in found))


def tokens(found: Sequence[Event]) -> tuple[int, int]:
    calls = [event for event in found if event.usage_kind == "call"]
    return sum(event.input_tokens or 0 for event in calls), sum(event.output_tokens or 0 for event in calls)


def raw_lines(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines() if line.startswith(b"{")]


def test_claude_code_counts_each_api_message_once_with_its_cache() -> None:
    path = only("claude-code", "session-196820da*")
    said = [line["message"] for line in raw_lines(path) if line.get("type") == "assistant"]
    usage = {message["id"]: message["usage"] for message in said}  # type: ignore[index]
    expected = sum(
        one["input_tokens"] + one["cache_read_input_tokens"] + one["cache_creation_input_tokens"]
        for one in usage.values()
    )

    found = events(path)

    assert tokens(found)[0] == expected
    assert counted(found)["llm_call"] == len(usage)
    assert counted(found)["tool_call"] == 65
    assert {event.session_hint for event in found} == {"196820da-1026-4b6f-a513-a6aae42da1a6"}


def test_claude_code_tool_calls_hold_call_and_result() -> None:
    found = [event for event in events(only("claude-code", "session-196820da*")) if event.type == "tool_call"]

    assert all(event.input_refs and event.ended_at_ns is not None for event in found)
    assert {event.status for event in found} <= {"ok", "error"}


def test_claude_code_subagents_are_conversations_of_their_parent() -> None:
    files = sorted((DEMO / "claude-code" / "0ccf1a04-1b4c-43b6-8aa5-79e41db43a68").rglob("*.gz"))

    found = events(*files)

    assert {event.session_hint for event in found} == {"0ccf1a04-1b4c-43b6-8aa5-79e41db43a68"}
    assert len({event.conversation_id for event in found}) == len(files)


def test_claude_code_api_errors_are_errors() -> None:
    assert counted(events(DEMO / "claude-code" / "0ccf1a04-1b4c-43b6-8aa5-79e41db43a68.jsonl.gz"))["error"] == 9


def test_codex_usage_is_that_of_each_call() -> None:
    path = only("codex")
    counts = [
        line["payload"]["info"]["last_token_usage"]  # type: ignore[index]
        for line in raw_lines(path)
        if line["type"] == "event_msg" and line["payload"]["type"] == "token_count" and line["payload"]["info"]  # type: ignore[index]
    ]

    found = events(path)

    assert tokens(found) == (sum(one["input_tokens"] for one in counts), sum(one["output_tokens"] for one in counts))
    assert counted(found)["tool_call"] == 99 + 3 + 3
    assert counted(found)["message"] == 17


def test_gemini_thoughts_are_output() -> None:
    found = events(only("gemini-cli"))

    assert tokens(found) == (101_630, 4_227)
    assert counted(found)["tool_call"] == 10
    assert all(event.reasoning_tokens is not None for event in found if event.usage_kind == "call")


def test_pi_reports_its_cost() -> None:
    path = only("pi")
    reported = [
        line["message"]["usage"]["cost"]["total"]  # type: ignore[index]
        for line in raw_lines(path)
        if line["type"] == "message" and line["message"].get("usage")  # type: ignore[attr-defined]
    ]

    found = events(path)

    assert sum(event.cost_usd or 0 for event in found) == pytest.approx(sum(reported))
    assert any("aborted" in event.details for event in found if event.status == "canceled")


def test_tau2_sessions_carry_reward_cost_and_escalation() -> None:
    path = only("tau2-bench")
    document = orjson.loads(gzip.decompress(path.read_bytes()))

    found = events(path)
    declared = {one.key: one.fields for batch in batches(path) for one in batch.declarations}

    assert sum(event.cost_usd or 0 for event in found) == pytest.approx(
        sum(
            message["cost"] or 0
            for one in document["simulations"]
            for message in one["messages"]
            if message["role"] == "assistant"
        )
    )
    assert len(declared) == len(document["simulations"])
    assert sorted(fields["metrics"]["score"] for fields in declared.values()) == sorted(
        one["reward_info"]["reward"] for one in document["simulations"]
    )
    assert counted(found)["handoff"] == 1


def test_openhands_actions_are_closed_by_the_observations_they_caused() -> None:
    found = events(DEMO / "openhands" / "basic.json.gz")

    assert tokens(found) == (8_132, 1_312)
    assert all(event.status == "ok" for event in found if event.type == "tool_call")


def test_swe_agent_steps_are_thought_action_and_observation() -> None:
    found = events(only("swe-agent"))

    assert counted(found) == {"message": 2, "reasoning": 5, "tool_call": 5, "span": 1}
    assert [event.usage_kind for event in found if event.cost_usd] == ["sum"]


def test_inspect_samples_use_what_their_log_says() -> None:
    found = events(only("inspect"))

    assert tokens(found) == (15_235, 281)
    assert counted(found)["assessment"] == 1


def test_a_group_chat_has_its_speakers_and_who_spoke_to_whom(tmp_path: Path) -> None:
    chat = [
        {"role": "human", "content": "Which year?"},
        {"role": "Orchestrator (thought)", "content": "Ask the surfer."},
        {"role": "Orchestrator (-> WebSurfer)", "content": "Please look."},
        {"role": "WebSurfer", "content": "1980."},
    ]
    path = tmp_path / "chat.json"
    path.write_bytes(orjson.dumps(chat))

    found = events(path)

    assert [(event.type, event.agent_id) for event in found] == [
        ("message", ""),
        ("reasoning", "Orchestrator"),
        ("message", "Orchestrator"),
        ("handoff", "Orchestrator"),
        ("message", "WebSurfer"),
        ("handoff", "Orchestrator"),
    ]


def test_reading_a_file_again_gives_the_same_ids() -> None:
    path = only("claude-code", "session-196820da*")

    assert [event.event_id for event in events(path)] == [event.event_id for event in events(path)]


@pytest.mark.parametrize("folder", ["claude-code", "codex", "pi"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.02, 1), garbage=st.sampled_from([b"", b'{"type":', b"\xff\xfe\n", b"[1,2]\n"]))
def test_a_torn_file_loses_only_what_is_torn(tmp_path: Path, folder: str, share: float, garbage: bytes) -> None:
    body = gzip.decompress(only(folder).read_bytes())
    path = tmp_path / "torn.jsonl"
    path.write_bytes(body[: int(len(body) * share)] + b"\n" + garbage)
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(body)

    torn_ids = {event.event_id for event in events(path) if event.type in {"message", "reasoning"}}

    assert torn_ids <= {event.event_id for event in events(whole)}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    lines = gzip.decompress(only("pi").read_bytes()).splitlines()[:5]
    path = tmp_path / "torn.jsonl"
    path.write_bytes(b"\n".join([*lines[:3], b'{"type":"mess{"type"', *lines[3:]]))

    problems = [str(problem) for batch in batches(path) for problem in batch.problems]

    assert problems == ["line 4: not a JSON object"]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not here")
@pytest.mark.parametrize(
    ("name", "cost_usd", "compactions"),
    [("before-compaction", 42.60, 2), ("session", 19.87, 1)],
)
def test_pi_sessions_cost_what_their_source_says(name: str, cost_usd: float, compactions: int) -> None:
    found = events(SHARED / "pi-mono" / f"{name}.jsonl.gz")

    assert sum(event.cost_usd or 0 for event in found) == pytest.approx(cost_usd, abs=0.01)
    assert counted(found)["compaction"] == compactions


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-01T00:00:00Z", 1_767_225_600_000_000_000),
        (1_767_225_600, 1_767_225_600_000_000_000),
        (1_767_225_600_500, 1_767_225_600_500_000_000),
        ("soon", 0),
        (None, 0),
        (True, 0),
    ],
)
def test_times_are_read_in_every_spelling(value: object, expected: int) -> None:
    assert time_of(value) == expected
