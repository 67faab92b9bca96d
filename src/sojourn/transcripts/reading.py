"""Files become events and declarations, a batch at a time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from sojourn.conventions import exports, otlp_json, otlp_protobuf
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.registry import read_span
from sojourn.domain.telemetry import RawSpan
from sojourn.transcripts import (
    bystanders,
    cassettes,
    chat_lines,
    chat_messages,
    claude_code,
    claude_recordings,
    claude_streams,
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
    tau_voice,
)
from sojourn.transcripts.json_texts import parsed, rescued
from sojourn.transcripts.transcript import Batch, Problem

GZIP_MARK = b"\x1f\x8b"
ZSTD_MARK = b"\x28\xb5\x2f\xfd"
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
MAX_BYTES = 2 << 30  # of a file when it is unpacked
# Formats of one JSON object a line, and of one document. To add one, add it here; the plainest come last.
LINE_FORMS = (codex, pi, gemini_cli, claude_code, claude_streams, chat_lines)
DOCUMENT_FORMS = (
    cassettes,
    claude_recordings,
    tau_bench,
    tau_voice,
    openhands,
    openhands_issues,
    swe_agent,
    inspect_logs,
    chat_messages,
    group_chats,
)
UNKNOWN = "no format that we know"
# What odd records may raise where nobody thought of them: the file then tells of it and the others are read.
ODDITIES = (TypeError, AttributeError, LookupError, ArithmeticError, ValueError, RecursionError)
Lines = list[tuple[int, dict[str, Any]]]


def read_file(path: Path) -> Iterator[Batch]:
    """What the file holds: an OTLP dump (JSON, JSON lines or protobuf), another tool's export, or a transcript.

    A file that holds no session because it is none, like a licence, gives a note and no problem.
    """
    body, problem = _unpacked(path.read_bytes())
    if problem:
        yield Batch([], [], [problem])
    try:
        yield from _read_body(path, _as_utf8(body))
    except ODDITIES as error:
        yield Batch([], [], [Problem(0, f"not as this format should be: {type(error).__name__}: {error}"[:500])])


def _read_body(path: Path, body: bytes) -> Iterable[Batch]:
    if body.startswith(inspect_archives.MARK):
        return inspect_archives.read(body)
    if body.startswith(openclaw_sqlite.MARK):
        return openclaw_sqlite.read(path, body)
    if cassettes.is_yaml(body):
        return cassettes.read_yaml(body)
    document = parsed(body)
    found: Iterable[Batch] | None = _transcript(body, document)
    if found is None and document is None:
        found = otlp_dumps.read(body) or _rescue(body)
    if found is None and (note := bystanders.reason_of(body, document)):
        return [Batch([], [], [], (note,))]
    return _export(body, document) if found is None else found


def _export(body: bytes, document: Any) -> list[Batch]:
    if document is not None and (kind := exports.detect(document)):
        if kind == exports.SDK_SPANS:
            document = json.loads(body)  # their ids are whole numbers of 128 bits, which orjson rounds
        return [Batch(list(exports.read(document)), [], [])]
    try:
        decoded = otlp_json.decode_traces(body) if document is not None else _lines_or_protobuf(body)
    except MalformedBody as error:
        return [Batch([], [], [Problem(0, str(error))])]
    problems = [Problem(0, decoded.reason)] if decoded.rejected else []
    if not decoded.records and not problems:
        problems.append(Problem(0, UNKNOWN))
    return [Batch([read_span(span) for span in decoded.records], [], problems)]


def _unpacked(body: bytes) -> tuple[bytes, Problem | None]:
    """The file without its compression. One that ends early gives what is there."""
    if body.startswith(ZSTD_MARK):
        try:
            return bytes(pa.input_stream(pa.BufferReader(body), compression="zstd").read(MAX_BYTES)), None
        except (OSError, ValueError) as error:
            return b"", Problem(0, f"zstd: {error}")
    found: list[bytes] = []
    left = MAX_BYTES
    while body.startswith(GZIP_MARK) and left > 0:
        member = zlib.decompressobj(wbits=31)
        try:
            found.append(member.decompress(body, left))
        except zlib.error as error:
            return b"".join(found), Problem(0, f"gzip: {error}")
        if not member.eof:
            return b"".join(found), Problem(0, "gzip: the file ends early; what is there is read")
        left -= len(found[-1])
        body = member.unused_data
    return (b"".join(found) if found else body), None


def _as_utf8(body: bytes) -> bytes:
    if body.startswith(UTF16_MARKS):
        return body.decode("utf-16", "replace").encode("utf-8", "replace")
    return body.removeprefix(UTF8_MARK)


def _rescue(body: bytes) -> list[Batch] | None:
    """What stands before the damage in a document that ends early or breaks off."""
    start = body.lstrip()[:1]
    if start not in (b"{", b"[") or (found := rescued(body)) is None:
        return None
    batches = _transcript(body, found.document)
    if batches is None:
        batches = [Batch(list(exports.read(found.document)), [], [])] if exports.detect(found.document) else []
    if not any(batch.mapped for batch in batches):
        return None
    return [*batches, Batch([], [], [Problem(found.line, "the document breaks off here; what stands before is read")])]


def _transcript(body: bytes, document: Any) -> list[Batch] | None:
    """A document or lines of a format that we know; None if it is none. A line that is broken loses only itself."""
    if document is not None and (form := next((form for form in DOCUMENT_FORMS if form.matches(document)), None)):
        return list(form.read(document))
    lines, problems = _lines(body) if document is None else (_one_line(document), [])
    line_form = next((form for form in LINE_FORMS if any(form.matches(line) for _, line in lines)), None)
    if line_form is not None:
        return [*line_form.read(lines), Batch([], [], problems)]
    batches: list[Batch] = []
    for number, line in lines:
        form = next((form for form in DOCUMENT_FORMS if form.matches(line)), None)
        if form is None:
            problems.append(Problem(number, UNKNOWN))
        else:
            batches += form.read(line)
    return [*batches, Batch([], [], problems)] if batches else None


def _one_line(document: Any) -> Lines:
    return [(1, document)] if isinstance(document, dict) else []


def _lines(body: bytes) -> tuple[Lines, list[Problem]]:
    """The objects of a file with one a line; none if most of it is something else."""
    lines: Lines = []
    problems: list[Problem] = []
    told: set[bytes] = set()
    for number, text in enumerate(body.splitlines(), 1):
        text = text.strip()
        if not text or text.startswith(b"//"):
            continue
        if b'"timestamp"' in text:
            if text in told:
                continue  # the same at the same moment: written twice
            told.add(text)
        line = parsed(text)
        if isinstance(line, dict):
            lines.append((number, line))
        else:
            problems.append(Problem(number, "not a JSON object"))
    begins_well = bool(lines) and (not problems or lines[0][0] < problems[0].line)
    return (lines, problems) if begins_well or len(lines) > len(problems) else ([], [])


def _lines_or_protobuf(body: bytes) -> Decoded[RawSpan]:
    if body.lstrip()[:1] == b"{":
        return otlp_json.decode_traces(body)
    return otlp_protobuf.decode_traces(body)
