"""OpenClaw's database: a key that outlives a reset, branches that were left, compressed events, a file in use."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from sojourn.domain.events import Event
from sojourn.transcripts.reading import read_file

TABLES = """
CREATE TABLE session_nodes (session_key TEXT PRIMARY KEY, label TEXT, parent_session_key TEXT);
CREATE TABLE session_windows (session_id TEXT PRIMARY KEY, session_key TEXT, previous_session_id TEXT, reason TEXT,
  created_at INTEGER, started_at INTEGER, channel TEXT, display_name TEXT);
CREATE TABLE transcript_events (session_id TEXT, seq INTEGER, event_json TEXT, created_at INTEGER, event_zstd BLOB,
  PRIMARY KEY (session_id, seq));
"""
KEY = "agent:main:slack:group:C1"
START_MS = 1_790_000_000_000


def said(name: str, parent: str | None, role: str, text: str, **message: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {
        "type": "message",
        "id": name,
        "parentId": parent,
        "timestamp": f"2026-09-21T14:13:2{name[-1]}.000Z",
        "message": {"role": role, "content": content, **message},
    }


USAGE = {"input": 1200, "output": 300, "cacheRead": 8000, "cacheWrite": 500, "cost": {"total": 0.05}}
FIRST = [
    {"type": "session", "id": "w1", "cwd": "/home/alice", "timestamp": "2026-09-21T14:13:20.000Z"},
    said("m1", None, "user", "Fix the upload test"),
    said("m2", "m1", "assistant", "Fixed.", usage=USAGE, model="claude-sonnet-5", provider="anthropic"),
    said("x3", "m2", "user", "Also bump the version"),
    {"type": "leaf", "id": "l4", "parentId": "x3", "targetId": "m2"},
    said("m5", "l4", "user", "Thanks, that works"),
]
SECOND = [said("m1", None, "user", "A new day")]


def stored(path: Path, mode: str = "delete") -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA journal_mode = {mode}")
    database.executescript(TABLES)
    database.execute("INSERT INTO session_nodes VALUES (?, 'Upload fix', NULL)", (KEY,))
    for name, before, reason, at in (("w1", None, "initial", 0), ("w2", "w1", "reset", 90_000)):
        database.execute(
            "INSERT INTO session_windows VALUES (?, ?, ?, ?, ?, ?, 'slack', NULL)",
            (name, KEY, before, reason, START_MS + at, START_MS + at),
        )
    for name, lines in (("w1", FIRST), ("w2", SECOND)):
        for number, line in enumerate(lines, 1):
            insert(database, name, number, orjson.dumps(line))
    database.commit()
    return database


def insert(database: sqlite3.Connection, name: str, number: int, line: bytes) -> None:
    is_packed = number % 2 == 0
    packed = pa.compress(line, codec="zstd", asbytes=True) if is_packed else None
    row = (name, number, None if is_packed else line.decode(), START_MS + number * 1_000, packed)
    database.execute("INSERT INTO transcript_events VALUES (?, ?, ?, ?, ?)", row)


def events(path: Path) -> list[Event]:
    return [mapped.event for batch in read_file(path) for mapped in batch.mapped]


def of_type(found: Sequence[Event], kind: str) -> list[Event]:
    return [event for event in found if event.type == kind]


def test_windows_of_one_key_are_one_session_with_a_reset_between(tmp_path: Path) -> None:
    stored(tmp_path / "agent.sqlite").close()

    found = events(tmp_path / "agent.sqlite")
    (reset,) = of_type(found, "reset")

    assert {event.session_hint for event in found} == {KEY}
    assert {event.agent_id for event in found} == {"main"}
    assert reset.started_at_ns == (START_MS + 90_000) * 1_000_000
    assert len({event.event_id for event in found}) == len(found)


def test_a_branch_that_was_left_is_no_message(tmp_path: Path) -> None:
    stored(tmp_path / "agent.sqlite").close()

    found = events(tmp_path / "agent.sqlite")

    assert [event.preview for event in of_type(found, "message")] == [
        "Fix the upload test",
        "Fixed.",
        "Thanks, that works",
        "A new day",
    ]
    assert [event.preview for event in found if "abandoned" in event.details] == ["Also bump the version"]


def test_usage_includes_the_cache_and_its_cost_is_the_reported_one(tmp_path: Path) -> None:
    stored(tmp_path / "agent.sqlite").close()

    (call,) = of_type(events(tmp_path / "agent.sqlite"), "llm_call")

    assert (call.input_tokens, call.output_tokens, call.cost_usd) == (9_700, 300, 0.05)


def test_the_session_says_its_channel_and_label(tmp_path: Path) -> None:
    stored(tmp_path / "agent.sqlite").close()

    declared = [one for batch in read_file(tmp_path / "agent.sqlite") for one in batch.declarations]

    assert {one.key for one in declared} == {KEY}
    assert declared[0].fields["channel"] == "slack"
    assert declared[0].fields["goal"] == "Upload fix"


def test_a_database_in_use_is_read_with_what_is_only_in_its_log(tmp_path: Path) -> None:
    path = tmp_path / "agent.sqlite"
    owner = stored(path, "wal")
    insert(owner, "w2", 3, orjson.dumps(said("m6", "m1", "user", "Still there?")))
    owner.commit()

    found = [event.preview for event in of_type(events(path), "message")]
    owner.close()

    assert found[-1] == "Still there?"


def test_a_compressed_database_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "agent.sqlite"
    stored(path, "wal").close()
    packed = tmp_path / "agent.sqlite.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    assert [event.event_id for event in events(packed)] == [event.event_id for event in events(path)]


def test_a_broken_event_loses_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "agent.sqlite"
    owner = stored(path)
    insert(owner, "w2", 5, b'{"type":"mess')
    owner.commit()
    owner.close()

    problems = [problem for batch in read_file(path) for problem in batch.problems]

    assert [problem.line for problem in problems] == [5]
    assert len(of_type(events(path), "message")) == 4


@pytest.mark.parametrize("sql", ["CREATE TABLE other (a)", ""])
def test_another_database_or_a_torn_one_is_a_problem(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "other.sqlite"
    if sql:
        other = sqlite3.connect(path)
        other.execute(sql)
        other.close()
    else:
        path.write_bytes(b"SQLite format 3\x00 torn")

    assert [len(batch.problems) for batch in read_file(path)] == [1]


def test_an_older_database_has_fewer_columns_and_windows_without_a_row(tmp_path: Path) -> None:
    path = tmp_path / "openclaw-agent.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE session_windows (session_id TEXT PRIMARY KEY, session_key TEXT)")
        database.execute(
            "CREATE TABLE transcript_events (session_id TEXT, seq INTEGER, event_json TEXT, created_at TEXT)"
        )
        database.execute("INSERT INTO session_windows VALUES ('w1', 'agent:main:main')")
        for window, text in (("w1", "hello"), ("w2", "nobody knows me")):
            line = orjson.dumps(said("m1", None, "user", text)).decode()
            database.execute(
                "INSERT INTO transcript_events VALUES (?, 1, ?, '2026-09-08T06:45:57.000Z')", (window, line)
            )

    found = events(path)

    assert {(event.session_hint, event.preview) for event in found if event.type == "message"} == {
        ("agent:main:main", "hello"),
        ("w2", "nobody knows me"),
    }
