"""The resolver's output: actions, the observations that follow them, and what each step cost."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import orjson
import pytest

from sojourn.transcripts.reading import read_file

DEMO = Path(__file__).parents[1] / "fixtures" / "demo"
RESOLVED = DEMO / "openhands" / "output.jsonl.gz"


def test_every_action_is_closed_by_the_observation_that_follows_it() -> None:
    record = orjson.loads(gzip.decompress(RESOLVED.read_bytes()))

    (batch,) = read_file(RESOLVED)
    calls = [mapped.event for mapped in batch.mapped if mapped.event.type == "tool_call"]

    assert Counter(mapped.event.type for mapped in batch.mapped) == {
        "message": 1,
        "llm_call": 4,
        "reasoning": 4,
        "tool_call": 4,
    }
    assert [call.tool_name for call in calls] == ["run", "run_ipython", "run", "finish"]
    assert [call.tool_name for call in calls] == [
        step["action"] for step in record["history"][1:] if "observation" not in step
    ]
    assert all(call.status == "ok" and call.output_refs for call in calls)


def test_each_step_costs_what_the_record_says() -> None:
    record = orjson.loads(gzip.decompress(RESOLVED.read_bytes()))

    (batch,) = read_file(RESOLVED)

    assert [mapped.event.cost_usd for mapped in batch.mapped if mapped.event.cost_usd] == record["metrics"]["costs"]
    assert sum(mapped.event.cost_usd or 0 for mapped in batch.mapped) == pytest.approx(
        record["metrics"]["accumulated_cost"]
    )


def test_the_session_is_named_for_its_issue_and_says_how_it_ended() -> None:
    (batch,) = read_file(RESOLVED)
    (declared,) = batch.declarations

    assert declared.key == "openhands:neubig/pr-viewer#5"
    assert declared.fields["goal"] == "Add MIT license"
    assert declared.fields["status"] == "completed"
    assert declared.fields["metrics"] == {"goal_completed": True}


def test_a_command_that_fails_is_an_error_and_an_action_without_answer_at_the_end_stays_open(tmp_path: Path) -> None:
    record = {
        "instruction": "Fix it.",
        "history": [
            {"action": "message", "content": "Fix it."},
            {"action": "run", "command": "false", "thought": "Try."},
            {"observation": "run", "command": "false", "content": "no", "exit_code": 1},
            {"observation": "error", "content": "the container is gone"},
            {"action": "run", "command": "sleep 9"},
        ],
        "error": "the container is gone",
    }
    path = tmp_path / "output.jsonl"
    path.write_bytes(orjson.dumps(record))

    (batch,) = read_file(path)
    found = [mapped.event for mapped in batch.mapped]

    assert [(event.type, event.status) for event in found if event.type in {"tool_call", "error"}] == [
        ("tool_call", "error"),
        ("error", "error"),
        ("tool_call", "pending"),
    ]
    assert batch.declarations[0].fields["status"] == "failed"
