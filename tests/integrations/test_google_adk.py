"""A real Google ADK agent, the one of examples/, with a scripted model, steered through a real server.

google-adk needs an older OpenTelemetry SDK than this project is tested with, so the agent runs in a virtual environment
of its own, as a process of its own. It is made once (25 s) and kept in the temporary directory; SOJOURN_ADK_PYTHON
names another interpreter that has google-adk.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.running_server import RunningServer, clean_environment, started

import sojourn

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "google_adk_steerable.py"
ADK = "google-adk==2.13.0"
NEEDED = [ADK, "httpx>=0.27", "opentelemetry-sdk>=1.30", "opentelemetry-exporter-otlp-proto-http>=1.30"]
SEEN_TIMEOUT_S = 30
SHORT_S = 0.8  # long enough for what must not happen


@pytest.fixture(scope="session")
def adk_python() -> str:
    if told := os.environ.get("SOJOURN_ADK_PYTHON"):
        return told
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = Path(tempfile.gettempdir()) / f"sojourn-{ADK.replace('==', '-')}-python{version}-{os.getuid()}"
    python, is_made = home / "bin" / "python", home / "is-made"
    with Path(f"{home}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_made.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *NEEDED], check=True)
            is_made.touch()
    return str(python)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("adk") / "data") as running:
        yield running


class Agent:
    """The example as a process, and what it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, text: str, start: int = 0) -> int:
        """The place behind the first line from `start` that has this text."""
        return int(until(lambda: next((n + 1 for n, line in enumerate(self.lines) if n >= start and text in line), 0)))

    def starts(self) -> list[str]:
        """The tool calls that have started."""
        return [line.split("]")[1].strip() for line in self.lines if line.startswith("[tool]") and "starts" in line]

    def reads(self, start: int = 0) -> list[str]:
        """What the model was asked, one line a request."""
        return [line for line in self.lines[start:] if line.startswith("[model] reads")]

    def finish(self) -> int:
        code = self.process.wait(SEEN_TIMEOUT_S)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())


@contextmanager
def working(
    adk_python: str, server: RunningServer, key: str, orders: int, seconds: float, tmp_path: Path
) -> Iterator[Agent]:
    environment = clean_environment(
        SOJOURN_URL=server.url, SOJOURN_SPOOL_DIR=str(tmp_path / "spool"), PYTHONPATH=str(ROOT / "src")
    )
    command = [adk_python, str(EXAMPLE), "--key", key, "--orders", str(orders), "--seconds", str(seconds)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
    ) as process:
        agent = Agent(process)
        try:
            yield agent
        finally:
            process.kill()
            agent.finish()


def until(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + SEEN_TIMEOUT_S
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


def act(server: RunningServer, key: str, verb: str, **body: Any) -> dict[str, Any]:
    """The command, settled."""

    def ask() -> str:
        told = server.post(f"/api/v1/sessions/{key}/actions/{verb}", json=body)
        return str(told.json()["command"]["id"]) if told.status_code == 202 else ""

    found: dict[str, Any] = server.get(f"/api/v1/commands/{until(ask)}", wait_s=10)
    return found


def session_of(server: RunningServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/api/v1/sessions/{key}")
    return found


def answer(server: RunningServer, key: str, outcome: Any) -> dict[str, Any]:
    """Completes the open task."""
    task: dict[str, Any] = until(lambda: server.get("/api/v1/tasks", status="open", session=key)["items"])[0]
    told = server.post(f"/api/v1/tasks/{task['id']}/complete", json={"outcome": outcome})
    assert told.status_code == 200, told.text
    return task


def test_while_paused_no_tool_starts_and_after_resume_the_agent_goes_on(
    adk_python: str, server: RunningServer, tmp_path: Path
) -> None:
    with working(adk_python, server, "adk-pause", 1, 1.0, tmp_path) as agent:
        agent.until("look_up_order(1001) starts")
        command = act(server, "adk-pause", "pause")
        assert command["status"] == "applied", command
        assert "look_up_order(1001) ends" in agent.lines[-1]
        assert session_of(server, "adk-pause")["status"] == "paused"
        paused_at = len(agent.lines)
        time.sleep(SHORT_S)
        assert agent.lines[paused_at:] == []
        act(server, "adk-pause", "resume")
        assert agent.finish() == 0, agent.lines

    told = session_of(server, "adk-pause")
    assert "[agent] Order 1001: paid." in agent.lines
    assert (told["status"], told["message_count"], told["tool_call_count"], told["llm_call_count"]) == ("idle", 2, 1, 2)
    assert told["input_tokens"] == 20


def test_after_a_cancel_no_tool_starts_and_the_session_is_canceled(
    adk_python: str, server: RunningServer, tmp_path: Path
) -> None:
    with working(adk_python, server, "adk-cancel", 3, 1.0, tmp_path) as agent:
        agent.until("look_up_order(1001) starts")
        act(server, "adk-cancel", "cancel", reason="enough")
        assert agent.finish() == 0, agent.lines

    assert agent.starts() == ["look_up_order(1001) starts"]
    assert "Stopped" in agent.lines[-1]
    assert "enough" in agent.lines[-1]
    assert session_of(server, "adk-cancel")["status"] == "canceled"


def test_a_tool_runs_as_a_person_approved_it_and_not_at_all_when_denied(
    adk_python: str, server: RunningServer, tmp_path: Path
) -> None:
    with working(adk_python, server, "adk-approve", 5, 0.02, tmp_path) as agent:
        agent.until("wants refund_order(1002, 50)")
        task = answer(server, "adk-approve", {"approved": True, "arguments": {"order": 1002, "amount": 20}})
        agent.until("wants refund_order(1005, 50)")
        answer(server, "adk-approve", {"approved": False, "reason": "too much"})
        assert agent.finish() == 0, agent.lines

    refunds = [line for line in agent.starts() if "refund" in line]
    assert (task["kind"], task["title"]) == ("approval", "Allow refund_order?")
    assert refunds == ["refund_order(1002, 20) starts"]
    assert "[agent] Order 1005: the call of refund_order was denied: too much." in agent.lines


def test_after_a_reset_the_model_reads_nothing_older(adk_python: str, server: RunningServer, tmp_path: Path) -> None:
    with working(adk_python, server, "adk-reset", 5, 0.5, tmp_path) as agent:
        agent.until("wants refund_order(1002")
        answer(server, "adk-reset", {"approved": True})
        agent.until("look_up_order(1003) starts")
        act(server, "adk-reset", "pause")
        command = act(server, "adk-reset", "reset")
        reset_at = len(agent.lines)
        act(server, "adk-reset", "resume")
        agent.until("check order 1004", reset_at)
        reads = agent.reads(reset_at)

    assert command["status"] == "applied"
    assert reads[0] == "[model] reads 1 messages: Please check order 1003."
    assert reads[1] == (
        "[model] reads 3 messages: Please check order 1003. | Order 1003: paid. | Please check order 1004."
    )


def test_after_a_compact_the_model_reads_a_summary_and_the_last_turns(
    adk_python: str, server: RunningServer, tmp_path: Path
) -> None:
    with working(adk_python, server, "adk-compact", 7, 0.3, tmp_path) as agent:
        agent.until("wants refund_order(1002")
        answer(server, "adk-compact", {"approved": False})
        agent.until("look_up_order(1004) starts")
        act(server, "adk-compact", "pause")
        command = act(server, "adk-compact", "compact", keep_turns=2)
        compacted_at = len(agent.lines)
        act(server, "adk-compact", "resume")
        agent.until("wants refund_order(1005", compacted_at)
        reads = agent.reads(compacted_at)

    assert command["status"] == "applied", command
    first, later = reads[0].split(" | "), reads[-1].split(" | ")
    assert "1001" in first[0]
    assert first[1:] == ["Please check order 1003.", "Order 1003: paid.", "Please check order 1004."]
    assert later[0].split(": ", 1)[1] == first[0].split(": ", 1)[1]
    assert later[1:3] == ["Please check order 1003.", "Order 1003: paid."]


def test_a_new_process_goes_on_from_what_sojourn_remembers(
    adk_python: str, server: RunningServer, tmp_path: Path
) -> None:
    sojourn.configure(server.url, spool_dir=tmp_path / "spool-of-before")
    with sojourn.start_session("adk-memory", kind="conversation") as session, session.turn("hello") as turn:
        turn.reply("hi")
    sojourn.shutdown()

    with working(adk_python, server, "adk-memory", 1, 0.02, tmp_path) as agent:
        assert agent.finish() == 0, agent.lines

    assert agent.reads()[0] == "[model] reads 3 messages: hello | hi | Please check order 1001."
