"""Files become events and declarations, a batch at a time."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from sojourn.conventions import exports, otlp_json, otlp_protobuf
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.registry import read_span
from sojourn.domain.declarations import Declaration
from sojourn.domain.telemetry import RawSpan

GZIP_MARK = b"\x1f\x8b"
UNKNOWN = "no format that we know"


class Problem(NamedTuple):
    """What could not be read, and where. Line 0 is the whole file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class Batch(NamedTuple):
    mapped: list[Mapped]
    declarations: list[Declaration]
    problems: list[Problem]


def read_file(path: Path) -> Iterator[Batch]:
    """What the file holds, if it is an OTLP dump (JSON, JSON lines or protobuf) or another tool's export."""
    body = path.read_bytes()
    if body.startswith(GZIP_MARK):
        body = gzip.decompress(body)
    document = _json(body)
    if document is not None and exports.detect(document):
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


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _lines_or_protobuf(body: bytes) -> Decoded[RawSpan]:
    if body.lstrip()[:1] == b"{":
        return otlp_json.decode_traces(body)
    return otlp_protobuf.decode_traces(body)
