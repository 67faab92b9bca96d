"""Inspect's .eval files: a zip of a header and one JSON document for each sample."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import orjson

from sojourn.transcripts import inspect_logs
from sojourn.transcripts.transcript import Batch, Problem

MARK = b"PK\x03\x04"
HEADER, JOURNAL = "header.json", "_journal/start.json"  # a log that was cut short has only the second
SAMPLES = "samples/"
MAX_SAMPLE_BYTES = 256 * 1024 * 1024
UNREADABLE = (
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)
LOCAL_HEADER = struct.Struct("<4s5H3I2H")  # what stands before each member, as far as it is needed
STORED, DEFLATED = 0, 8


def read(body: bytes) -> Iterator[Batch]:
    """A batch for each sample; one that is broken loses only itself."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except UNREADABLE as error:
        archive = rescued(body)
        if not archive.namelist():
            yield Batch([], [], [Problem(0, str(error))])
            return
        yield Batch([], [], [Problem(0, f"{error}; what stands before the damage is read")])
    names = archive.namelist()
    head = next((name for name in (HEADER, JOURNAL) if name in names), "")
    if not head:
        yield Batch([], [], [Problem(0, "a zip that is no Inspect log")])
        return
    header, problem = _document(archive, head)
    if problem:
        yield Batch([], [], [problem])
    for name in sorted(name for name in names if name.startswith(SAMPLES) and name.endswith(".json")):
        sample, problem = _document(archive, name)
        if problem:
            yield Batch([], [], [problem])
            continue
        yield from inspect_logs.read({**header, "samples": [sample]})


def rescued(body: bytes) -> zipfile.ZipFile:
    """An archive of the members that are whole in one without its table, which is written last."""
    archive = zipfile.ZipFile(io.BytesIO(), "w")
    start = body.find(MARK)
    while 0 <= start <= len(body) - LOCAL_HEADER.size:
        _, _, _, method, _, _, _, size, _, name_size, extra_size = LOCAL_HEADER.unpack_from(body, start)
        begin = start + LOCAL_HEADER.size + name_size + extra_size
        name = body[start + LOCAL_HEADER.size :][:name_size].decode("utf-8", "replace")
        start = body.find(MARK, start + 1)
        held = _member(body[begin:], method, size)
        if held is not None and name and name not in archive.namelist():
            archive.writestr(name, held)
    return archive


def _member(body: bytes, method: int, size: int) -> bytes | None:
    if method == STORED:
        return body[:size] if size <= len(body) else None
    inflater = zlib.decompressobj(wbits=-15)
    try:
        held = inflater.decompress(body, MAX_SAMPLE_BYTES) if method == DEFLATED else b""
    except zlib.error:
        return None
    return held if inflater.eof else None


def _document(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, Any], Problem | None]:
    """A member and what was wrong with it."""
    if archive.getinfo(name).file_size > MAX_SAMPLE_BYTES:
        return {}, Problem(0, f"{name}: larger than {MAX_SAMPLE_BYTES} bytes")
    try:
        found = orjson.loads(archive.read(name))
    except UNREADABLE as error:
        return {}, Problem(0, f"{name}: {type(error).__name__}: {error}")
    return (found, None) if isinstance(found, dict) else ({}, Problem(0, f"{name}: not an object"))
