"""What lies beside sessions is passed over with a reason; what we do not know is a problem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sojourn.transcripts.reading import UNKNOWN, read_file
from sojourn.transcripts.transcript import Batch


def read(path: Path, body: bytes | str) -> Batch:
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    (batch,) = read_file(path)
    return batch


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("# Licence\n\nMIT, (c) 2024 Zoë\n", "plain text, no session"),
        ('# Format\n\n```\n{"type": "message"}\n```\nmore\nlines\n', "plain text, no session"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture, no session"),
        ("<!doctype html><p>hello", "a web page, no session"),
        ("[]", "empty"),
        ("17", "a bare value, no session"),
        (json.dumps({"$schema": "http://json-schema.org", "properties": {}}), "a JSON schema, no session"),
        (json.dumps([{"trajectory_id": 2, "failures": []}]), "labels of sessions that lie elsewhere"),
        (
            json.dumps({"agent:main:x": {"sessionId": "s", "updatedAt": 1}}),
            "a list of sessions whose transcripts lie elsewhere",
        ),
        (
            json.dumps({"toolUseId": "t", "agentType": "Explore"}),
            "facts about a subagent whose transcript lies beside it",
        ),
    ],
)
def test_a_file_that_is_no_session_says_why(tmp_path: Path, body: bytes | str, reason: str) -> None:
    batch = read(tmp_path / "file", body)

    assert batch == Batch([], [], [], (reason,))


def test_an_unknown_document_is_a_problem(tmp_path: Path) -> None:
    batch = read(tmp_path / "file.json", '{"some": {"other": ["tool"]}}')

    assert [str(problem) for problem in batch.problems] == [UNKNOWN]
