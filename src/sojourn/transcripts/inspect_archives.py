"""Inspect's .eval files: a zip of a header and one JSON document for each sample."""

from __future__ import annotations

import io
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
UNREADABLE = (KeyError, ValueError, NotImplementedError, RuntimeError, OSError, zipfile.BadZipFile, zlib.error)


def read(body: bytes) -> Iterator[Batch]:
    """A batch for each sample; one that is broken loses only itself."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except zipfile.BadZipFile as error:
        yield Batch([], [], [Problem(0, str(error))])
        return
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


def _document(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, Any], Problem | None]:
    """A member and what was wrong with it."""
    if archive.getinfo(name).file_size > MAX_SAMPLE_BYTES:
        return {}, Problem(0, f"{name}: larger than {MAX_SAMPLE_BYTES} bytes")
    try:
        found = orjson.loads(archive.read(name))
    except UNREADABLE as error:
        return {}, Problem(0, f"{name}: {type(error).__name__}: {error}")
    return (found, None) if isinstance(found, dict) else ({}, Problem(0, f"{name}: not an object"))
