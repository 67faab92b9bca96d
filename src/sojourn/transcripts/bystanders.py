"""Files that lie beside sessions and hold none: licences, read-mes, schemas, labels, indexes. They are no failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

TEXT_LOOKED_AT = 65_536
MEDIA = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"<svg": "a picture",
    b"RIFF": "sound or film",
    b"ID3": "sound",
    b"OggS": "sound",
    b"fLaC": "sound",
    b"%PDF": "a PDF document",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
}
NO_TEXT = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})
Item = Mapping[str, Any]


def reason_of(body: bytes, document: Any) -> str:
    """Why a file holds no session; "" if one cannot tell. `document` is what it holds if that is JSON."""
    return _reason_of_bytes(body) if document is None else _reason_of_document(document)


def _reason_of_bytes(body: bytes) -> str:
    start = body[:TEXT_LOOKED_AT].lstrip()
    if not start:
        return "empty"
    for mark, kind in MEDIA.items():
        if start[: len(mark)].lower() == mark.lower():
            return f"{kind}, no session"
    if start[:1] in (b"{", b"[") or start.translate(None, NO_TEXT) != start or not _is_utf8(start):
        return ""
    return "plain text, no session"


def _reason_of_document(document: Any) -> str:
    first = document[0] if isinstance(document, list) and document else document
    if document in ({}, []):
        return "empty"
    if not isinstance(first, Mapping):
        return "" if isinstance(document, list) else "a bare value, no session"
    return next((reason for reason, is_one in REASONS.items() if is_one(first)), "")


def _is_utf8(start: bytes) -> bool:
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4 and len(start) >= TEXT_LOOKED_AT - 4  # a character cut in two
    return True


def _is_schema(item: Item) -> bool:
    return isinstance(item.get("$schema"), str) and not {"messages", "events", "spans"} & item.keys()


def _is_session_index(item: Item) -> bool:
    """OpenClaw's sessions.json: a row for each session key, which names its transcript."""
    rows = list(item.values())
    return bool(rows) and all(isinstance(row, Mapping) and "sessionId" in row and "updatedAt" in row for row in rows)


REASONS: dict[str, Callable[[Item], bool]] = {
    "a JSON schema, no session": _is_schema,
    "labels of sessions that lie elsewhere": lambda item: "trajectory_id" in item and "failures" in item,
    "settings of an experiment whose sessions lie elsewhere": lambda item: {"info", "tasks"} <= item.keys(),
    "a list of sessions whose transcripts lie elsewhere": _is_session_index,
    "facts about a subagent whose transcript lies beside it": lambda item: (
        bool({"toolUseId", "parentAgentId", "agentType"} & item.keys()) and "type" not in item
    ),
    "a program's package, no session": lambda item: {"name", "version"} <= item.keys() and "dependencies" in item,
}
