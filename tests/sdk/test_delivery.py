"""The server hangs, answers garbage or vanishes: the host neither fails nor waits, and nothing is lost unsaid."""

from __future__ import annotations

import dataclasses
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from tests.running_server import free_port
from tests.sdk.contract_server import ContractServer, contract_server

import sojourn
from sojourn.sdk import sender, spool
from sojourn.sdk.batches import Batch, Kind
from sojourn.sdk.client import current_client
from sojourn.sdk.drops import Drops

NOT_BLOCKED_S = 2.0  # for what takes far longer if the host waits for the server


def tell_much(key: str, events: int = 200) -> None:
    with sojourn.start_session(key, goal="much") as session:
        for number in range(events):
            session.set_state("step", number)
        with session.llm_call(model="m", input="hi") as call, session.tool_call("t"):
            call.record(output="ho")


def spool_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.batch") if path.parent.name != "corrupt")


@pytest.mark.parametrize("mode", ["hang", "garbage", "busy"])
def test_a_broken_server_neither_blocks_nor_fails_the_host(server: ContractServer, mode: str) -> None:
    server.mode = mode
    begun = time.monotonic()

    tell_much("s")

    assert time.monotonic() - begun < NOT_BLOCKED_S


@pytest.mark.parametrize("mode", ["garbage", "busy"])
def test_what_could_not_be_sent_is_sent_later(server: ContractServer, mode: str, tmp_path: Path) -> None:
    server.mode = mode
    tell_much("s")
    assert not sojourn.flush(1.0)
    assert spool_files(tmp_path)
    server.mode = "ok"

    server.record(session="s", status="completed")
    server.until(lambda: sum(record.get("type") == "state_change" for record in server.records) == 200)
    server.ended("execute_tool t")
    sojourn.flush()
    assert spool_files(tmp_path) == []
    assert sojourn.dropped().total == 0


def test_a_server_that_vanishes_and_comes_back_gets_everything_once(tmp_path: Path) -> None:
    port = free_port()
    with contract_server(port) as before:
        sojourn.configure(before.url, spool_dir=tmp_path)
        tell_much("first", 5)
        before.record(session="first", status="completed")
        sojourn.flush()
    tell_much("second", 5)
    sojourn.flush(1.0)
    with contract_server(port) as after:
        after.record(session="second", status="completed")
        after.until(lambda: sum(record.get("type") == "state_change" for record in after.records) >= 5)
        sojourn.shutdown()

    ids = [record["event_id"] for record in after.records if "event_id" in record]
    assert len(ids) == len(set(ids)) == 5


def test_without_any_server_everything_waits_on_disk_in_order(tmp_path: Path) -> None:
    port = free_port()
    sojourn.configure(f"http://127.0.0.1:{port}", spool_dir=tmp_path)
    for number in range(3):
        tell_much(f"s{number}", 1)
        sojourn.flush(1.0)
    assert not sojourn.shutdown(0.5)
    assert spool_files(tmp_path)

    with contract_server(port) as server:
        sojourn.configure(server.url, spool_dir=tmp_path)
        with sojourn.start_session("new"):
            server.record(session="new", status="running")
        sojourn.shutdown()

    opened = [record["session"] for record in server.records if record.get("status") == "running"]
    assert opened == ["s0", "s1", "s2", "new"]


def test_what_waits_for_one_server_never_reaches_another(tmp_path: Path) -> None:
    sojourn.configure(f"http://127.0.0.1:{free_port()}", spool_dir=tmp_path)
    tell_much("secret", 1)
    sojourn.shutdown(0.3)

    with contract_server() as server:
        sojourn.configure(server.url, spool_dir=tmp_path)
        tell_much("other", 1)
        server.record(session="other", status="completed")
        sojourn.shutdown()

    assert {record["session"] for record in server.records} == {"other"}
    assert spool_files(tmp_path)


def test_the_spool_is_for_its_owner_alone(tmp_path: Path) -> None:
    sojourn.configure(f"http://127.0.0.1:{free_port()}", spool_dir=tmp_path)
    tell_much("secret", 1)
    sojourn.shutdown(0.3)

    file = spool_files(tmp_path)[0]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_corrupt_spool_file_is_set_aside_and_the_others_arrive(tmp_path: Path) -> None:
    port = free_port()
    sojourn.configure(f"http://127.0.0.1:{port}", spool_dir=tmp_path)
    tell_much("s", 1)
    sojourn.shutdown(0.3)
    folder = spool_files(tmp_path)[0].parent
    (folder / f"{0:020d}-1-000000.batch").write_bytes(b"no spool file at all")
    torn = spool_files(tmp_path)[1].read_bytes()[:-3]
    (folder / f"{1:020d}-1-000000.batch").write_bytes(torn)

    with contract_server(port) as server:
        sojourn.configure(server.url, spool_dir=tmp_path)
        tell_much("new", 1)
        server.record(session="s", status="completed")
        server.record(session="new", status="completed")
        sojourn.shutdown()

    assert len(list((folder / "corrupt").iterdir())) == 2
    assert spool_files(tmp_path) == []


def test_a_full_spool_gives_up_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_SPOOL_BYTES", 3_000)
    monkeypatch.setattr(spool, "LOOKS_A_SPOOL", 3_000)
    drops = Drops()
    kept = spool.Spool(tmp_path / "spool", drops.add)

    for number in range(5):
        kept.keep(Batch(Kind.RECORDS, bytes(1_000), {f"s{number}": 2}))

    left = [kept.load(path) for path in spool_files(tmp_path)]
    assert [list(batch.sessions) for batch in left if batch] == [["s3"], ["s4"]]
    assert drops.seen().reasons == {"the spool is full": 6}


def test_a_spool_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    drops = Drops()

    kept = spool.Spool(tmp_path / "file" / "spool", drops.add).keep(Batch(Kind.RECORDS, b"", {"s": 3}))

    assert (kept, drops.seen().total) == (False, 3)


def test_a_full_queue_drops_counts_and_tells_when_the_server_is_back(
    server: ContractServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.mode = "hang"
    monkeypatch.setattr(sender, "MAX_QUEUED_ITEMS", 10)
    with caplog.at_level(logging.WARNING, "sojourn.sdk"), sojourn.start_session("s") as session:
        for number in range(100):
            session.set_state("step", number)
        dropped = sojourn.dropped()
        server.mode = "ok"
        server._released.set()
        told = server.record(type="error", name="sojourn.dropped")

    assert dropped.total >= 80
    assert dropped.reasons == {"the queue is full": dropped.total}
    assert (told["session"], told["details"]["dropped"]) == ("s", dropped.total)
    assert "sojourn dropped" in caplog.text


def test_what_the_server_refuses_is_counted_and_not_sent_again(server: ContractServer) -> None:
    server.mode = "refuse"
    with sojourn.start_session("s") as session:
        session.message("user", "hi")
        assert session.flush()
        count = sum(path == "/api/v1/events" for _, path, _ in server.requests)
        assert session.flush()

    assert sum(path == "/api/v1/events" for _, path, _ in server.requests) <= count + 1
    assert sojourn.dropped().total >= 2


class Hostile:
    """Nothing about it works."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


def test_whatever_the_host_hands_over_is_taken(server: ContractServer) -> None:
    circle: list[Any] = []
    circle.append(circle)

    @dataclasses.dataclass
    class Order:
        number: int

    with sojourn.start_session("s", tags={"a": 1}, metadata={"x": {1, 2}}) as session:  # type: ignore[dict-item]
        for value in (Hostile(), circle, float("nan"), {1: Hostile()}, b"bytes", "\ud800 lone", "nul \x00", Order(7)):
            session.set_state("value", value)
            session.message("user", value)
            with session.llm_call(model="m", input=value) as call:
                call.record(output=value)
            with session.tool_call("t", value) as tool:
                tool.result(value)
        session.decision(Hostile())  # type: ignore[arg-type]
        session.error(Hostile())  # type: ignore[arg-type]
        session.set_prompt("{a}", {"a": Hostile()})
        with session.turn(Hostile()):
            pass

    server.record(session="s", status="completed")
    changes = [record["details"]["new"] for record in server.records if record.get("type") == "state_change"]
    assert changes[0] == "<Hostile>"
    assert changes[2:] == ["nan", {"1": "<Hostile>"}, "<5 bytes>", "? lone", "nul \x00", {"number": 7}]
    assert sojourn.dropped().total == 0


def test_a_session_key_of_any_length_works(server: ContractServer) -> None:
    with sojourn.start_session("k" * 5_000) as one, sojourn.start_session("k" * 5_001) as other:
        pass

    assert len(one.key) <= 1_024
    assert one.key != other.key
    assert server.record(session=one.key, status="completed")


def test_one_span_that_cannot_be_encoded_takes_no_other_with_it(
    server: ContractServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sender.batches_of

    def fragile(items: Any) -> Any:
        if any(getattr(item.payload, "name", "") == "broken" for item in items):
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")
        return real(items)

    monkeypatch.setattr(sender, "batches_of", fragile)
    with sojourn.start_session("s"):
        for name in ("before", "broken", "after"):
            trace.get_tracer("foreign").start_span(name).end()

    server.ended("before")
    server.ended("after")
    assert sojourn.dropped().total >= 1


def test_flush_says_whether_everything_arrived(server: ContractServer) -> None:
    sojourn.start_session("s").close()

    assert sojourn.flush()
    assert server.statuses("s") == ["running", "completed"]


def test_a_disabled_sdk_does_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOJOURN_DISABLED", "true")
    with contract_server() as server:
        sojourn.configure(server.url, spool_dir=tmp_path)
        tell_much("s", 3)
        assert sojourn.flush()
        sojourn.shutdown()

    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_its_own_requests_are_no_spans(server: ContractServer) -> None:
    """An instrumentation of HTTP must not make the sender send what it has sent."""
    with sojourn.start_session("s"):
        pass
    sojourn.flush()

    assert {span.origin.scope_name for span in server.spans} == {"sojourn"}
    assert current_client().drops.seen().total == 0


def test_many_waiting_files_are_delivered_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long outage the folder is looked at now and then, not for every file."""
    drops = Drops()
    kept = spool.Spool(tmp_path / "spool", drops.add)
    for number in range(300):
        kept.keep(Batch(Kind.RECORDS, str(number).encode(), {"s": 1}))
    looks, seen = [], []
    look = kept._files
    monkeypatch.setattr(kept, "_files", lambda: looks.append(1) or look())

    while (path := kept.oldest()) is not None:
        batch = kept.load(path)
        seen.append(int(batch.body) if batch else -1)
        kept.forget(path)

    assert seen == list(range(300))
    assert kept.is_empty()
    assert len(looks) <= 3
