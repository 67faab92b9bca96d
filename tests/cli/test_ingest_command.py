"""`sojourn ingest` through a server and without one."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.command_line import sojourn
from tests.otlp_requests import trace_json
from tests.running_server import RunningServer, free_port, started

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two readable dumps, one of them packed and deep, and one file that is nothing."""
    folder = tmp_path / "dumps"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "one.json").write_bytes(
        trace_json("file-one", startTimeUnixNano="1700000000000000000", endTimeUnixNano="1700000001000000000")
    )
    (folder / "deep" / "er" / "two.json.gz").write_bytes(gzip.compress(trace_json(f"file-{uuid4().hex}")))
    (folder / "nothing.bin").write_bytes(b"\x00\x01 nothing that we know")
    return folder


def summary(*arguments: str, **environment: str) -> dict[str, Any]:
    done = sojourn("ingest", "--json", *arguments, **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_files_go_through_the_running_server(server: RunningServer, files: Path) -> None:
    told = summary(str(files), SOJOURN_URL=server.url)

    assert (told["files"], told["read"], told["events"], len(told["sessions"])) == (3, 2, 2, 2)
    assert any("nothing.bin" in problem for problem in told["problems"])
    found = server.get("/api/v1/sessions/file-one")
    assert (found["started_at"], found["event_count"]) == ("2023-11-14T22:13:20Z", 1)


def test_doing_it_again_changes_nothing(server: RunningServer, files: Path) -> None:
    summary(str(files), SOJOURN_URL=server.url)
    before = server.get("/api/v1/sessions/file-one")

    summary(str(files / "one.json"), str(files / "one.json"), SOJOURN_URL=server.url)

    assert server.get("/api/v1/sessions/file-one") == before


def test_without_a_server_the_data_directory_is_opened(files: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"

    told = summary(str(files), SOJOURN_DATA_DIR=str(data_dir), SOJOURN_URL=NOBODY)

    assert told["events"] == 2
    with started(data_dir) as later:
        assert later.get("/api/v1/sessions")["total"] == 2


def test_a_data_directory_that_a_server_holds_is_not_opened(server: RunningServer, files: Path) -> None:
    done = sojourn("ingest", "--data-dir", str(server.data_dir), str(files))

    assert done.returncode == 1
    assert "is held by process" in done.stderr


def test_a_server_that_was_named_must_be_there(files: Path) -> None:
    done = sojourn("ingest", "--url", f"http://127.0.0.1:{free_port()}", str(files / "one.json"))

    assert done.returncode == 1
    assert "no server answers" in done.stdout


def test_when_nothing_can_be_read_the_exit_code_says_so(server: RunningServer, files: Path) -> None:
    done = sojourn("ingest", str(files / "nothing.bin"), SOJOURN_URL=server.url)

    assert done.returncode == 1
    assert "nothing.bin" in done.stdout
    assert "0 of 1 files read" in done.stdout


def test_the_summary_is_for_people(server: RunningServer, files: Path) -> None:
    done = sojourn("ingest", str(files), SOJOURN_URL=server.url)

    assert "2 of 3 files read: 2 sessions, 2 events, 1 problems" in done.stdout


def test_demo_fills_the_first_page(tmp_path: Path) -> None:
    with started(tmp_path / "data", "--demo") as server:
        wait_until(lambda: "files.ingested" in server.log() and server.get("/api/v1/sessions")["total"] >= 5)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "/etc/passwd", "a\\..\\b.json", "x" * 900 + ".json", "./a/./b//c.json"]
)
def test_a_file_name_cannot_leave_its_folder(server: RunningServer, name: str) -> None:
    answer = server.post("/api/v1/ingest/file", params={"name": name}, content=trace_json(f"name-{uuid4().hex}"))

    assert answer.status_code == 200
    assert answer.json()["events"] == 1


@pytest.mark.parametrize("name", ["", "..", "/", "a\x00b"])
def test_a_name_that_is_none_is_told(server: RunningServer, name: str) -> None:
    answer = server.post("/api/v1/ingest/file", params={"name": name}, content=b"{}")

    assert answer.status_code == 422


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with started(tmp_path / "data", SOJOURN_MAX_FILE_BYTES="1000") as server:
        answer = httpx.post(f"{server.url}/api/v1/ingest/file", params={"name": "big"}, content=bytes(5_000))

    assert answer.status_code == 413


def wait_until(is_so: Callable[[], bool], timeout_s: float = 60) -> None:
    until_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < until_s
        time.sleep(0.2)
