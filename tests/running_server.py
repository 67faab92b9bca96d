"""A real `sojourn serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading certificates anew takes longer than most requests


class RunningServer:
    """Use `started`, or start and stop it yourself to see what survives."""

    def __init__(self, data_dir: Path, *arguments: str, otlp_port: int = 0, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.otlp_port = otlp_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = data_dir.parent / f"{data_dir.name}-{self.port}.log"
        self._arguments = arguments
        self._environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> RunningServer:
        command = [
            sys.executable,
            "-m",
            "sojourn",
            "serve",
            "--port",
            str(self.port),
            "--otlp-port",
            str(self.otlp_port),
            "--data-dir",
            str(self.data_dir),
            *self._arguments,
        ]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, env=clean_environment(**self._environment), stdout=log, stderr=log)
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        until_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until_s:
            if self.process is None or self.process.poll() is not None:
                raise AssertionError(f"the server did not start:\n{self.log()}")
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5, verify=NO_TLS).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the server is not ready:\n{self.log()}")

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_S)

    def kill(self) -> None:
        """SIGKILL: nothing can be finished."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_TIMEOUT_S)

    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    def get(self, path: str, **parameters: Any) -> Any:
        answer = httpx.get(f"{self.url}{path}", params=parameters, timeout=30, verify=NO_TLS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **request: Any) -> httpx.Response:
        return self.request("POST", path, **request)

    def request(self, method: str, path: str, **request: Any) -> httpx.Response:
        return httpx.request(method, f"{self.url}{path}", timeout=60, verify=NO_TLS, **request)

    def memory_bytes(self) -> int:
        """Resident now."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def started(data_dir: Path, *arguments: str, otlp_port: int = 0, **environment: str) -> Iterator[RunningServer]:
    server = RunningServer(data_dir, *arguments, otlp_port=otlp_port, **environment)
    try:
        yield server.start()
    finally:
        server.kill()


def clean_environment(**extra: str) -> dict[str, str]:
    """This environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOJOURN_", "OTEL_"))}
    return {**kept, **extra}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
