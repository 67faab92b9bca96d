"""OpenClaw's agent database: Pi's lines in a table, under a stable session key that outlives resets (interop.md §6.4).

A reset opens a new window under the same key; here that is one session with a reset between its epochs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.values import count_of, text_of
from sojourn.domain.declarations import Declaration
from sojourn.transcripts import pi
from sojourn.transcripts.transcript import Batch, Problem, Transcript, time_of

NAME = "openclaw"
MARK = b"SQLite format 3\x00"
EVENTS, WINDOWS, NODES = "transcript_events", "session_windows", "session_nodes"
MAX_EVENT_BYTES = 4 * 1024 * 1024  # OpenClaw's own limit for one event
SAME_EPOCH = frozenset({"", "initial", "fork", "compaction"})  # reasons for a window that are no reset
ROLLBACK_JOURNAL = b"\x01\x01"  # a WAL database in memory has no log beside it and must say so
Row = Mapping[str, Any]
Lines = list[tuple[int, dict[str, Any]]]


def read(path: Path, body: bytes) -> Iterator[Batch]:
    """A batch for each window. `body` is the database's bytes, which differ from the file's if that is compressed."""
    try:
        with closing(_opened(path, body)) as database:
            database.row_factory = sqlite3.Row
            database.text_factory = lambda text: text.decode("utf-8", "replace")
            tables = {row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if EVENTS not in tables:
                yield Batch([], [], [Problem(0, "a SQLite database that is not OpenClaw's")])
                return
            nodes = _nodes(database) if NODES in tables else {}
            for window in _windows(database, tables):
                events = _rows(
                    database, "SELECT * FROM transcript_events WHERE session_id = ? ORDER BY seq", window["session_id"]
                )
                yield _window(window, nodes.get(text_of(window.get("session_key")), {}), events)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        yield Batch([], [], [Problem(0, f"SQLite: {error}")])


def _opened(path: Path, body: bytes) -> sqlite3.Connection:
    """Read only: the program that owns the file may be writing to it."""
    with path.open("rb") as file:
        if file.read(len(MARK)) == MARK:
            return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    database = sqlite3.connect(":memory:")
    database.deserialize(body[:18] + ROLLBACK_JOURNAL + body[20:])
    return database


def _rows(database: sqlite3.Connection, sql: str, *values: object) -> list[Row]:
    return [dict(row) for row in database.execute(sql, values)]


def _windows(database: sqlite3.Connection, tables: set[str]) -> list[Row]:
    """Oldest first, as far as they have times; events whose window has no row make one of their own."""
    known = _rows(database, "SELECT * FROM session_windows") if WINDOWS in tables else []
    named = {window.get("session_id") for window in known}
    told = _rows(database, "SELECT DISTINCT session_id FROM transcript_events")
    found = [*known, *(one for one in told if one["session_id"] not in named)]
    return sorted(found, key=lambda one: (time_of(one.get("created_at")), text_of(one.get("session_id"))))


def _nodes(database: sqlite3.Connection) -> dict[str, Row]:
    return {text_of(row["session_key"]): row for row in _rows(database, "SELECT * FROM session_nodes")}


def _window(window: Row, node: Row, events: Sequence[Row]) -> Batch:
    session_id = text_of(window["session_id"])
    key = text_of(window.get("session_key")) or session_id
    agent = _agent_of(key)
    lines, problems = _lines(session_id, events)
    batches = pi.read(lines)
    mapped = [_placed(one, key, agent) for batch in batches for one in batch.mapped]
    if reset := _reset(window, key, agent):
        mapped.insert(0, reset)
    told = [one for batch in batches for one in batch.declarations]
    fields = {**(told[0].fields if told else {}), **_fields(window, node, agent)}
    at_ns = told[0].at_ns if told else max(time_of(window.get("created_at")), 1)
    return Batch(mapped, [Declaration(key, fields, at_ns)] if mapped else [], problems)


def _agent_of(key: str) -> str:
    """Keys are `agent:<id>:…`."""
    steps = key.split(":")
    return steps[1] if len(steps) > 2 and steps[0] == "agent" else NAME


def _lines(session_id: str, events: Sequence[Row]) -> tuple[Lines, list[Problem]]:
    """Pi's lines below a header that names this window."""
    lines: Lines = [(0, {"type": "session", "id": session_id})]
    problems: list[Problem] = []
    for event in events:
        number = count_of(event["seq"]) or 0
        try:
            line = orjson.loads(_text(event))
        except (ValueError, OSError) as error:
            problems.append(Problem(number, f"{session_id}: {error}"))
            continue
        if not isinstance(line, dict):
            problems.append(Problem(number, f"{session_id}: not a JSON object"))
        elif line.get("type") == "session":
            lines[0] = (number, {**line, "id": session_id})
        else:
            lines.append((number, {"timestamp": event.get("created_at"), **line}))
    return lines, problems


def _text(event: Row) -> bytes | str:
    packed = event.get("event_zstd")
    if packed is None:
        return text_of(event.get("event_json"))
    return bytes(pa.input_stream(pa.BufferReader(packed), compression="zstd").read(MAX_EVENT_BYTES))


def _placed(mapped: Mapped, key: str, agent: str) -> Mapped:
    """Under the key that outlives resets. Ids stay those of the window, as in its file before the database."""
    event = mapped.event._replace(session_hint=key, agent_id=agent if mapped.event.agent_id else "", scope=NAME)
    return mapped._replace(event=event)


def _reset(window: Row, key: str, agent: str) -> Mapped | None:
    reason = text_of(window.get("reason"))
    if reason in SAME_EPOCH:
        return None
    at_ns = time_of(window.get("started_at") or window.get("created_at"))
    transcript = Transcript(NAME, key, agent)
    details = {"reason": reason, "previous": text_of(window.get("previous_session_id"))}
    transcript.add(transcript.draft("reset", text_of(window["session_id"]), at_ns, name="reset", details=details))
    return transcript.mapped[0]


def _fields(window: Row, node: Row, agent: str) -> dict[str, Any]:
    told = {
        "agent_id": agent,
        "service": NAME,
        "channel": text_of(window.get("channel")),
        "goal": text_of(node.get("label") or window.get("display_name") or node.get("display_name")),
        "parent_session_key": text_of(window.get("parent_session_key") or node.get("parent_session_key")),
    }
    return {name: value for name, value in told.items() if value}
