"""`sojourn sessions …` against a real server."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from uuid import uuid4

import pytest
from tests.command_line import sojourn
from tests.running_server import RunningServer, free_port

START = 1_700_000_000


@pytest.fixture(scope="module")
def refund(server: RunningServer) -> str:
    """A session with everything that a transcript shows."""
    key = f"refund/{uuid4().hex[:8]}"
    call = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": '{"order": 1138}'}}
    events = [
        {"session": key, "goal": "Refund order 1138", "agent": "support", "channel": "email"},
        {"session": key, "type": "message", "role": "user", "input": "Where is my refund?", "started_at": START},
        {
            "session": key,
            "type": "llm_call",
            "model": "gpt-4o",
            "provider": "openai",
            "agent": "support",
            "input": [{"role": "user", "content": "Where is my refund?"}],
            "input_tokens": 1_200,
            "output_tokens": 34,
            "output": {"role": "assistant", "content": "I look it up.", "tool_calls": [call]},
            "started_at": START + 1,
            "ended_at": START + 2,
        },
        {
            "session": key,
            "type": "tool_call",
            "tool_name": "lookup",
            "tool_call_id": "c1",
            "input": {"order": 1138},
            "output": "shipped " + "x" * 3_000,
            "started_at": START + 3,
            "ended_at": START + 4,
        },
        {"session": key, "type": "handoff", "details": {"from": "support", "to": "billing"}, "started_at": START + 5},
        {
            "session": key,
            "type": "compaction",
            "details": {"trigger": "auto", "tokens_before": 9_000},
            "started_at": START + 6,
        },
        {
            "session": key,
            "type": "error",
            "error": {"type": "Timeout", "message": "no answer"},
            "started_at": START + 7,
        },
        {
            "session": key,
            "type": "message",
            "role": "assistant",
            "output": "Done \x1b[2J\x07and well",
            "started_at": START + 8,
        },
    ]
    assert server.post("/api/v1/events", json=events).json()["rejected"] == []
    return key


def ask(server: RunningServer, *arguments: str) -> str:
    done = sojourn("sessions", *arguments, SOJOURN_URL=server.url)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_list_is_a_table(server: RunningServer, refund: str) -> None:
    told = ask(server, "list", "--q", "1138")

    row = next(line for line in told.splitlines() if refund in line)
    assert "Refund order 1138" in row
    assert "support" in row
    assert "1,234" in row
    assert "1 of 1 sessions" in told


def test_the_list_takes_the_filters_of_the_api(server: RunningServer, refund: str) -> None:
    found = json.loads(ask(server, "list", "--json", "-f", "agent=support", "-f", "channel=email", "--sort", "goal"))
    none = json.loads(ask(server, "list", "--json", "--filter", "agent=nobody"))

    assert refund in [session["key"] for session in found["items"]]
    assert none == {"items": [], "total": 0}


def test_a_filter_that_is_none_is_told(server: RunningServer) -> None:
    done = sojourn("sessions", "list", "--filter", "agent", SOJOURN_URL=server.url)

    assert done.returncode != 0
    assert "name=value" in done.stderr


def test_a_transcript_tells_who_said_what_and_what_it_cost(server: RunningServer, refund: str) -> None:
    told = ask(server, "show", refund)

    for expected in (
        "Refund order 1138",
        "Where is my refund?",
        "I look it up.",
        "gpt-4o",
        "1,200 → 34 tokens",
        "$0.0033",
        "→ lookup",
        '{"order":1138}',
        "= shipped",
        "handoff: from support, to billing",
        "compaction: trigger auto",
        "error: error type Timeout, error no answer",
    ):
        assert expected in told, told
    assert (
        told.index("Where is my refund?") < told.index("I look it up.") < told.index("→ lookup") < told.index("handoff")
    )


def test_a_transcript_cuts_long_results_unless_all_is_asked_for(server: RunningServer, refund: str) -> None:
    assert "x" * 1_000 in ask(server, "show", refund)
    assert "--full shows them" in ask(server, "show", refund)
    assert "--full shows them" not in ask(server, "show", refund, "--full")


def test_content_cannot_move_the_cursor(server: RunningServer, refund: str) -> None:
    told = ask(server, "show", refund)

    assert "Done" in told
    assert "\x1b[2J" not in told
    assert "\x07" not in told


def test_a_transcript_as_json_has_every_item(server: RunningServer, refund: str) -> None:
    found = json.loads(ask(server, "show", refund, "--json"))

    assert found["session"]["key"] == refund
    assert len(found["items"]) == server.get(f"/api/v1/sessions/{found['session']['id']}/conversation")["total"]


def test_search_shows_the_passage(server: RunningServer, refund: str) -> None:
    told = ask(server, "search", "where", "refund")

    assert refund in told
    assert "Where is my refund?" in told
    assert json.loads(ask(server, "search", "--json", "nothinglikeit"))["items"] == []


def test_a_session_is_exported_to_a_file(server: RunningServer, refund: str, tmp_path: Path) -> None:
    target = tmp_path / "session.jsonl"

    ask(server, "export", refund, "--output", str(target))

    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert lines[0]["session"]["key"] == refund
    assert len(lines) == 1 + 7


def test_a_list_is_exported_as_a_table(server: RunningServer, refund: str) -> None:
    rows = list(csv.DictReader(ask(server, "export", "--q", "1138").splitlines()))

    assert [row["key"] for row in rows] == [refund]


@pytest.mark.parametrize("command", [("show", "no-such-key"), ("export", "no-such-key")])
def test_a_key_that_names_nothing_is_told_in_a_sentence(server: RunningServer, command: tuple[str, ...]) -> None:
    done = sojourn("sessions", *command, SOJOURN_URL=server.url)

    assert (done.returncode, done.stderr.strip()) == (1, "sojourn: there is no such session")


def test_no_server_is_told_in_a_sentence() -> None:
    done = sojourn("sessions", "list", "--url", f"http://127.0.0.1:{free_port()}")

    assert done.returncode == 1
    assert "no server answers" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_url_that_is_none_is_told_in_a_sentence() -> None:
    done = sojourn("sessions", "list", "--url", "http://[")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
