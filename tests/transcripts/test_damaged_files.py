"""Files from anywhere: cut short, shuffled, doubled, with wrong types. Nothing escapes; what is good is kept."""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.transcripts import reading
from sojourn.transcripts.reading import read_file
from sojourn.transcripts.transcript import Batch

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAX_BYTES = 120_000
MIN_BYTES = 2_000
MAX_LINES, MAX_ITEMS, MAX_CHARS = 30, 12, 300
SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = (None, True, -1, 1e300, float("nan"), "", "x", "\ud800", [], {}, [None], {"a": 1}, 2**70, "2025-13-45", [[]])
SEEDS = st.integers(0, 2**32)


def unpacked(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if body.startswith(reading.GZIP_MARK) else body


def small(value: Any) -> Any:
    """The same shape with fewer items and shorter texts."""
    if isinstance(value, str):
        return value[:MAX_CHARS]
    if isinstance(value, dict):
        return {name: small(held) for name, held in value.items()}
    return [small(held) for held in value[:MAX_ITEMS]] if isinstance(value, list) else value


def head_of(path: Path) -> bytes:
    body = unpacked(path)
    document = reading.parsed(body)
    if document is not None:
        return orjson.dumps(small(document), option=orjson.OPT_INDENT_2) if len(body) > MAX_BYTES else body
    if ".jsonl" not in path.name:
        return body
    return b"\n".join(orjson.dumps(small(orjson.loads(line))) for line in body.splitlines()[:MAX_LINES])


def samples() -> dict[str, bytes]:
    """One file of each format, a small one."""
    found: dict[str, bytes] = {}
    for folder in sorted(path for part in ("demo", "transcripts") for path in (FIXTURES / part).iterdir()):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".eval"]
        if bodies := [body for body in map(head_of, files) if len(body) > MIN_BYTES]:
            found[folder.name] = min(bodies, key=len)
    return found


SAMPLES = samples()
LINES = {name: body for name, body in SAMPLES.items() if body.count(b"\n") > 2 and reading.parsed(body.split(b"\n")[0])}


def read(tmp_path: Path, body: bytes) -> list[Batch]:
    path = tmp_path / "file"
    path.write_bytes(body)
    found = list(read_file(path))
    for batch in found:
        for mapped in batch.mapped:
            event = mapped.event
            assert 0 < event.started_at_ns < 2**63
            assert event.ended_at_ns is None or event.started_at_ns <= event.ended_at_ns < 2**63
            assert event.event_id
            for text in (
                event.name,
                event.session_hint,
                event.agent_id,
                event.tool_name,
                event.error,
                event.attributes,
            ):
                text.encode()
        for declaration in batch.declarations:
            assert declaration.key
            assert 0 < declaration.at_ns < 2**63
        assert all(problem.line >= 0 and problem.message for problem in batch.problems)
    return found


def ids(batches: list[Batch]) -> set[str]:
    return {mapped.event.event_id for batch in batches for mapped in batch.mapped}


def problems(batches: list[Batch]) -> list[str]:
    return [str(problem) for batch in batches for problem in batch.problems]


@pytest.fixture(autouse=True)
def _nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last net of read_file is taken away, so that what escapes a format shows."""
    monkeypatch.setattr(reading, "ODDITIES", ())


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, held in inner:
        yield (*path, name)
        yield from places_in(held, (*path, name))


def spoiled(document: Any, chance: random.Random) -> Any:
    """Fields go missing or hold something of another type; those near the root more often."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 3, 8))):
        places = sorted(places_in(document), key=len)
        if not places:
            break
        *way, last = places[int(len(places) * chance.random() ** 3)]
        held = document
        for step in way:
            held = held[step]
        if chance.random() < 0.3:
            del held[last]
        else:
            held[last] = copy.deepcopy(chance.choice(ODD))
    return document


def with_spoiled_content(body: bytes, chance: random.Random) -> bytes:
    if body.startswith(b"interactions"):
        return yaml.safe_dump(spoiled(yaml.safe_load(body), chance)).encode()
    document = reading.parsed(body)
    if document is not None:
        return json.dumps(spoiled(document, chance)).encode()
    lines = [orjson.loads(line) for line in body.splitlines()]
    return b"\n".join(json.dumps(spoiled(line, chance) if chance.random() < 0.4 else line).encode() for line in lines)


def cut_short(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body))]


def with_broken_bytes(body: bytes, chance: random.Random) -> bytes:
    broken = bytearray(body)
    for _ in range(chance.choice((1, 5, 50))):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def shuffled(body: bytes, chance: random.Random) -> bytes:
    lines = body.splitlines()
    chance.shuffle(lines)
    return b"\n".join(lines)


@pytest.mark.parametrize("damage", [with_spoiled_content, cut_short, with_broken_bytes, shuffled])
@pytest.mark.parametrize("name", sorted(SAMPLES))
@given(seed=SEEDS)
@SOME
def test_no_damage_makes_reading_fail(
    name: str, damage: Callable[[bytes, random.Random], bytes], seed: int, tmp_path: Path
) -> None:
    read(tmp_path, damage(SAMPLES[name], random.Random(seed)))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_byte_marks_line_ends_and_compression_change_nothing(name: str, tmp_path: Path) -> None:
    body = SAMPLES[name]
    whole = read(tmp_path, body)

    windows = b"\xef\xbb\xbf" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert ids(read(tmp_path, windows)) == ids(whole)
    assert ids(read(tmp_path, body.decode().encode("utf-16"))) == ids(whole)
    assert ids(read(tmp_path, gzip.compress(body[:99]) + gzip.compress(body[99:]))) == ids(whole)


@pytest.mark.parametrize("name", sorted(LINES))
@given(seed=SEEDS)
@SOME
def test_doubled_lines_change_nothing(name: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    lines = SAMPLES[name].splitlines()

    doubled = b"\n".join(line for line in lines for _ in range(chance.choice((1, 2))))

    assert ids(read(tmp_path, doubled)) <= ids(read(tmp_path, SAMPLES[name]))


@pytest.mark.parametrize("name", sorted(LINES))
@given(seed=SEEDS)
@SOME
def test_a_broken_line_is_named_and_loses_only_itself(name: str, seed: int, tmp_path: Path) -> None:
    lines = SAMPLES[name].splitlines()
    number = random.Random(seed).randrange(1, len(lines))

    found = read(
        tmp_path, b"\n".join([*lines[:number], lines[number][: len(lines[number]) // 2], *lines[number + 1 :]])
    )

    assert problems(found) == [f"line {number + 1}: not a JSON object"]
    assert ids(found)


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_line_of_a_sort_that_nobody_knows_is_kept(name: str, tmp_path: Path) -> None:
    strange = b'{"type": "from-the-future", "sessionId": "s", "timestamp": "2026-01-01T00:00:00Z", "payload": {"x": 1}}'

    found = read(tmp_path, SAMPLES[name] + b"\n" + strange)

    assert len(ids(found)) == len(ids(read(tmp_path, SAMPLES[name]))) + 1
    assert problems(found) == problems(read(tmp_path, SAMPLES[name]))


def test_a_document_that_ends_early_keeps_the_sessions_before(tmp_path: Path) -> None:
    chat = {"messages": [{"role": "user", "content": f"question {number}"} for number in range(40)]}
    body = json.dumps(chat, indent=1).encode()

    found = read(tmp_path, body[: len(body) // 2])

    assert len(ids(found)) >= 19
    (problem,) = problems(found)
    assert problem == "line 82: the document breaks off here; what stands before is read"


def test_numbers_that_are_none_do_not_spoil_a_document(tmp_path: Path) -> None:
    found = read(tmp_path, b'{"messages": [{"role": "user", "content": "hi", "score": NaN, "top": -Infinity}]}')

    assert len(ids(found)) == 1
    assert problems(found) == []


def test_a_compressed_file_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    body = b"\n".join(b'{"role": "user", "content": "%d"}' % number for number in range(5_000))
    packed = gzip.compress(body)

    found = read(tmp_path, packed[: len(packed) // 2])

    assert len(ids(found)) > 100
    assert "ends early" in problems(found)[0]
