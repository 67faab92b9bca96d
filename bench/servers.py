"""Starts a server to be measured, and reads what it used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT_S = 120


@dataclass(slots=True)
class Server:
    name: str
    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def cpu_s(self) -> float:
        """User and system time of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mb(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"{self.name} reports no memory")

    def disk_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def sojourn_server(folder: Path, **environment: str) -> Iterator[Server]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "sojourn",
        "serve",
        "--port",
        str(port),
        "--otlp-port",
        "0",
        "--data-dir",
        str(folder),
    ]
    with _running("sojourn", command, f"http://127.0.0.1:{port}", "/readyz", folder, environment) as server:
        yield server


@contextmanager
def phoenix_server(folder: Path, python: Path) -> Iterator[Server]:
    """Arize Phoenix from PyPI, in an environment of its own, on SQLite."""
    port = free_port()
    environment = {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    command = [str(python.parent / "phoenix"), "serve"]
    with _running("phoenix", command, f"http://127.0.0.1:{port}", "/healthz", folder, environment) as server:
        yield server


@contextmanager
def _running(
    name: str, command: list[str], url: str, ready_path: str, folder: Path, environment: dict[str, str]
) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder.parent / f"{name}.log").open("wb")
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        _await_ready(process, url + ready_path, name)
        yield Server(name, url, process, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _await_ready(process: subprocess.Popen[bytes], url: str, name: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode} before it was ready; see its log")
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"{name} was not ready after {START_TIMEOUT_S} s")
