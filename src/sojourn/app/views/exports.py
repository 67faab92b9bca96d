"""Sessions as files: written piece by piece, so that their size does not matter.

Each piece is a query of its own and not one long stream: a slow reader must not hold a connection of the event store.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from sojourn.app.views.content import content_of, missing_content
from sojourn.app.views.events import event_json
from sojourn.app.views.reading import Reading
from sojourn.app.views.session_rows import session_json
from sojourn.app.views.transcript import SpineRow
from sojourn.domain.events import Event
from sojourn.domain.messages import Block
from sojourn.domain.sessions import Session
from sojourn.events.columns import event_of

Json = dict[str, Any]
EVENTS_A_QUERY = 200
BLOCKS_A_QUERY = 64
BLOCK_LIMIT_CHARS = 16 * 1024 * 1024  # of one block in a file
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def session_lines(reading: Reading) -> Iterator[bytes]:
    """JSON lines: {"session": …}, then {"event": …} for each event in order, with its content."""
    yield _line({"session": session_json(reading.session)})
    for event in session_events(reading):
        yield from _event_line(reading, event)


def session_events(reading: Reading) -> Iterator[Event]:
    """All events of the session in order, a query at a time."""
    rows = sorted(reading.spine().rows, key=lambda row: (row.started_at_ns, row.seq, row.event_id))
    for part in events_of(reading, rows):
        yield from part


def events_of(reading: Reading, rows: Sequence[SpineRow]) -> Iterator[list[Event]]:
    """The events of these rows in the order of the rows, as many at a time as one query reads."""
    for start in range(0, len(rows), EVENTS_A_QUERY):
        part = rows[start : start + EVENTS_A_QUERY]
        starts = [row.started_at_ns for row in part]
        found = reading.query(
            "conversation_export",
            event_ids=[row.event_id for row in part],
            from_ns=min(starts),
            to_ns=max(starts),
        )
        by_id = {row["event_id"]: row for row in found}
        yield [event_of(by_id[row.event_id]) for row in part if row.event_id in by_id]


def event_blocks(reading: Reading, hashes: Sequence[bytes]) -> Iterator[tuple[bytes, Block | None, int]]:
    """Blocks in the order of their hashes, some at a time; None where content is gone."""
    session = reading.session
    for start in range(0, len(hashes), BLOCKS_A_QUERY):
        part = hashes[start : start + BLOCKS_A_QUERY]
        found = reading.events.blocks(session.workspace_id, session.id, list(dict.fromkeys(part)), BLOCK_LIMIT_CHARS)
        for digest in part:
            block, full_chars = found.get(digest, (None, 0))
            yield digest, block, full_chars


def _event_line(reading: Reading, event: Event) -> Iterator[bytes]:
    yield b'{"event":' + orjson.dumps(event_json(event))[:-1]
    for name, hashes in (("input", event.input_refs), ("output", event.output_refs)):
        yield f',"{name}":['.encode()
        for index, (digest, block, full_chars) in enumerate(event_blocks(reading, hashes)):
            content = missing_content(digest) if block is None else content_of(block, full_chars, BLOCK_LIMIT_CHARS)
            yield (b"," if index else b"") + orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
        yield b"]"
    yield b"}}\n"


def list_lines(pages: Iterator[Sequence[Session]]) -> Iterator[bytes]:
    """JSON lines, one a session."""
    for page in pages:
        yield b"".join(_line(session_json(session)) for session in page)


def list_csv(pages: Iterator[Sequence[Session]]) -> Iterator[bytes]:
    """A header and one row a session. Objects and lists are JSON in their cell."""
    yield _csv_row(CSV_COLUMNS)
    for page in pages:
        yield b"".join(_csv_row([_cell(read(row)) for read in CSV_COLUMNS.values()]) for row in map(session_json, page))


def _column(name: str) -> Callable[[Json], Any]:
    return lambda row: row[name]


CSV_COLUMNS: dict[str, Callable[[Json], Any]] = {
    **{
        name: _column(name)
        for name in (
            "id",
            "key",
            "workspace_id",
            "kind",
            "is_derived",
            "goal",
            "agent_id",
            "agent_name",
            "agent_version",
            "agents",
            "channel",
            "environment",
            "service",
            "origin",
            "user_id",
        )
    },
    "trigger_type": lambda row: row["trigger"]["type"],
    "trigger_source": lambda row: row["trigger"]["source"],
    **{
        name: _column(name)
        for name in (
            "parent_session_id",
            "experiment_id",
            "variant",
            "status",
            "status_since",
            "status_reason",
            "status_evidence",
            "attention",
            "waiting_on",
            "end_reason",
            "archived_at",
            "started_at",
            "last_activity_at",
            "ended_at",
            "duration_ms",
            "message_count",
            "trace_count",
            "event_count",
            "llm_call_count",
            "tool_call_count",
            "error_count",
            "handoff_count",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "reasoning_tokens",
            "total_tokens",
            "cost_usd",
            "unpriced_calls",
            "compactions",
            "resets",
            "revived_count",
            "models",
            "metrics",
            "tags",
            "metadata",
            "prompt_template",
            "prompt_inputs",
            "resolved_prompt",
            "revision",
        )
    },
}


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"  # a spreadsheet would run it
    return value


def _csv_row(cells: Any) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _line(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
