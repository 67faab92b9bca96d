"""A real server, agents in processes of their own, and a network between them that can be cut."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.running_server import RunningServer, clean_environment

ROOT = Path(__file__).parents[2]


class Agent:
    """See steered_agent.py."""

    def __init__(self, folder: Path, url: str, key: str, tools: int = 10_000, tool_s: float = 0.2) -> None:
        self.log = folder / f"{key}-{time.time_ns()}.log"
        command = [sys.executable, "-m", "tests.faults.steered_agent", key, str(self.log), str(tools), str(tool_s)]
        environment = clean_environment(SOJOURN_URL=url, SOJOURN_SPOOL_DIR=str(folder / "spool"))
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def lines(self) -> list[tuple[float, str]]:
        if not self.log.exists():
            return []
        return [
            (float(at), word) for at, _, word in (line.partition(" ") for line in self.log.read_text().split("\n")[:-1])
        ]

    def starts(self, after: float = 0.0, before: float = float("inf")) -> list[float]:
        """When tools started."""
        return [at for at, word in self.lines() if word == "start" and after < at < before]

    def has(self, word: str) -> bool:
        return any(said == word for _, said in self.lines())

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


class Network:
    """A TCP relay on loopback; while it is cut, connections break and new ones are refused."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for each in list(self._open):
            with contextlib.suppress(OSError):  # the other end may have gone
                each.shutdown(socket.SHUT_RDWR)  # closing alone would leave both ends waiting
            each.close()
        self._open.clear()

    def heal(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(source, target), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            for each in (source, target):
                each.close()
                self._open.discard(each)


def session(server: RunningServer, key: str) -> dict[str, Any]:
    answer = server.request("GET", f"/api/v1/sessions/{key}")
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {"status": "", "controllable": False}
    return found


def act(server: RunningServer, key: str, verb: str, **body: Any) -> dict[str, Any]:
    answer = server.post(f"/api/v1/sessions/{key}/actions/{verb}", json=body)
    assert answer.status_code == 202, answer.text
    command: dict[str, Any] = answer.json()["command"]
    return command


def until(holds: Callable[[], Any], what: str, timeout_s: float = 30) -> float:
    """When it held first."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if holds():
            return time.time()
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def until_status(server: RunningServer, key: str, *statuses: str, timeout_s: float = 30) -> float:
    return until(lambda: session(server, key)["status"] in statuses, f"{key} is {' or '.join(statuses)}", timeout_s)


def until_working(server: RunningServer, key: str, agent: Agent) -> None:
    """It has started tools, and the server hears it."""
    until(lambda: session(server, key)["controllable"] and len(agent.starts()) >= 2, f"{key} works", 60)
