"""The zip that Inspect writes: samples, attachments, and what happens to a broken one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from sojourn.transcripts import inspect_archives
from sojourn.transcripts.reading import read_file

SHARED = Path(__file__).parents[3] / "shared" / "data" / "inspect-logs"
QUESTION = "Would you say that popularity matters to you?"


def sample(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "epoch": 1,
        "messages": [{"id": f"m{number}", "role": "user", "content": "attachment://a1"}],
        "events": [
            {
                "event": "model",
                "timestamp": "2026-01-01T00:00:00Z",
                "model": "openai/gpt-4o-mini",
                "input": [{"id": f"m{number}", "role": "user", "content": "attachment://a1"}],
                "output": {"model": "gpt-4o-mini", "usage": {"input_tokens": 60 + number, "output_tokens": 2}},
            }
        ],
        "attachments": {"a1": QUESTION},
    }


def archive(members: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return body.getvalue()


HEADER = orjson.dumps({"status": "success", "eval": {"run_id": "r", "task": "popularity"}, "plan": {}})


def test_each_sample_is_a_session_with_its_attachments_in_place(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    samples = {f"samples/{number}_epoch_1.json": orjson.dumps(sample(number)) for number in (1, 2)}
    path.write_bytes(archive({"header.json": HEADER, **samples}))

    found = [mapped for batch in read_file(path) for mapped in batch.mapped]

    assert {mapped.event.session_hint for mapped in found} == {"inspect:r:1:1", "inspect:r:2:1"}
    assert sum(mapped.event.input_tokens or 0 for mapped in found) == 61 + 62
    assert {block.text for mapped in found for block in mapped.blocks if block.role == "user"} == {QUESTION}


def test_a_log_that_was_cut_short_is_read_from_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(archive({"_journal/start.json": HEADER, "samples/1_epoch_1.json": orjson.dumps(sample(1))}))

    assert [mapped.event.type for batch in read_file(path) for mapped in batch.mapped] == ["message", "llm_call"]


def test_a_broken_sample_loses_only_itself() -> None:
    body = archive({"header.json": HEADER, "samples/1.json": b'{"id":', "samples/2.json": orjson.dumps(sample(2))})

    batches = list(inspect_archives.read(body))

    assert [problem.message.split(":")[0] for batch in batches for problem in batch.problems] == ["samples/1.json"]
    assert sum(len(batch.mapped) for batch in batches) == 2


@pytest.mark.parametrize("body", [b"PK\x03\x04 torn", archive({"readme.txt": b"hello"})])
def test_another_zip_is_a_problem_and_no_failure(body: bytes) -> None:
    assert [len(batch.problems) for batch in inspect_archives.read(body)] == [1]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not here")
def test_a_recorded_log_adds_up_to_its_own_statistics() -> None:
    path = next(SHARED.glob("*.eval"))
    with zipfile.ZipFile(path) as raw:
        told = orjson.loads(raw.read("header.json"))["stats"]["model_usage"]["openai/gpt-4o-mini"]

    found = [mapped.event for batch in read_file(path) for mapped in batch.mapped]

    assert len({event.session_hint for event in found}) == 10
    assert sum(event.input_tokens or 0 for event in found) == told["input_tokens"] == 620
    assert sum(event.output_tokens or 0 for event in found) == told["output_tokens"] == 20


def test_an_archive_that_was_cut_off_keeps_its_whole_samples(tmp_path: Path) -> None:
    header = orjson.dumps({"eval": {"task": "t"}, "plan": {}})
    members = {"_journal/start.json": header} | {
        f"samples/{number}_epoch_1.json": orjson.dumps(sample(number)) for number in range(4)
    }
    body = archive(members)
    path = tmp_path / "log.eval"
    path.write_bytes(body[: body.index(b"samples/3") + 40])

    found = list(read_file(path))

    assert len([declaration for batch in found for declaration in batch.declarations]) == 3
    assert "before the damage" in str(found[0].problems[0])
