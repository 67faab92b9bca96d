"""Files become events and declarations, a batch at a time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from sojourn.conventions import exports, otlp_json, otlp_protobuf
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.registry import read_span
from sojourn.domain.telemetry import RawSpan
from sojourn.transcripts import (
    chat_lines,
    chat_messages,
    claude_code,
    codex,
    gemini_cli,
    group_chats,
    inspect_archives,
    inspect_logs,
    openclaw_sqlite,
    openhands,
    openhands_issues,
    otlp_dumps,
    pi,
    swe_agent,
    tau_bench,
)
from sojourn.transcripts.transcript import Batch, Problem

GZIP_MARK = b"\x1f\x8b"
ZSTD_MARK = b"\x28\xb5\x2f\xfd"
LINES_LOOKED_AT = 20
# Formats of one JSON object a line, and of one document. To add one, add it here; the plainest come last.
LINE_FORMS = (codex, pi, gemini_cli, claude_code, chat_lines)
DOCUMENT_FORMS = (tau_bench, openhands, openhands_issues, swe_agent, inspect_logs, chat_messages, group_chats)
UNKNOWN = "no format that we know"


def read_file(path: Path) -> Iterator[Batch]:
    """What the file holds: an OTLP dump (JSON, JSON lines or protobuf), another tool's export, or a transcript."""
    body = path.read_bytes()
    if body.startswith(GZIP_MARK):
        body = gzip.decompress(body)
    elif body.startswith(ZSTD_MARK):
        body = bytes(pa.input_stream(pa.BufferReader(body), compression="zstd").read())
    if body.startswith(inspect_archives.MARK):
        yield from inspect_archives.read(body)
        return
    if body.startswith(openclaw_sqlite.MARK):
        yield from openclaw_sqlite.read(path, body)
        return
    document = _json(body)
    if (batches := _transcript(body, document)) is not None:
        yield from batches
        return
    if document is None and (dumped := otlp_dumps.read(body)) is not None:
        yield from dumped
        return
    if document is not None and (kind := exports.detect(document)):
        if kind == exports.SDK_SPANS:
            document = json.loads(body)  # their ids are whole numbers of 128 bits, which orjson rounds
        yield Batch(list(exports.read(document)), [], [])
        return
    try:
        decoded = otlp_json.decode_traces(body) if document is not None else _lines_or_protobuf(body)
    except MalformedBody as error:
        yield Batch([], [], [Problem(0, str(error))])
        return
    problems = [Problem(0, decoded.reason)] if decoded.rejected else []
    if not decoded.records and not problems:
        problems.append(Problem(0, UNKNOWN))
    yield Batch([read_span(span) for span in decoded.records], [], problems)


def _transcript(body: bytes, document: Any) -> list[Batch] | None:
    """A document or lines of a format that we know; None if it is none. A line that is broken loses only itself."""
    if document is not None and (form := next((form for form in DOCUMENT_FORMS if form.matches(document)), None)):
        return list(form.read(document))
    if document is not None and isinstance(document, dict):
        lines: list[tuple[int, dict[str, Any]]] = [(1, document)]
        problems: list[Problem] = []
    elif document is None and body.lstrip()[:1] in (b"{", b"/"):
        lines, problems = _lines(body)
    else:
        return None
    looked_at = [line for _, line in lines[:LINES_LOOKED_AT]]
    form = next((form for form in LINE_FORMS if any(map(form.matches, looked_at))), None)
    if form is None:
        documents = [(line, kind) for _, line in lines for kind in DOCUMENT_FORMS if kind.matches(line)]
        return [batch for line, kind in documents for batch in kind.read(line)] or None
    return [*form.read(lines), Batch([], [], problems)]


def _lines(body: bytes) -> tuple[list[tuple[int, dict[str, Any]]], list[Problem]]:
    lines: list[tuple[int, dict[str, Any]]] = []
    problems: list[Problem] = []
    for number, text in enumerate(body.splitlines(), 1):
        if not text.strip() or text.startswith(b"//"):
            continue
        line = _json(text)
        if isinstance(line, dict):
            lines.append((number, line))
        else:
            problems.append(Problem(number, "not a JSON object"))
    return lines, problems


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _lines_or_protobuf(body: bytes) -> Decoded[RawSpan]:
    if body.lstrip()[:1] == b"{":
        return otlp_json.decode_traces(body)
    return otlp_protobuf.decode_traces(body)
