"""Ingest until readable: the same load into Sojourn and into Phoenix, one after the other, on the same machine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.agent_load import Load, build_load
from bench.sending import percentile, send_all
from bench.servers import Server, phoenix_server, sojourn_server

PHOENIX_FOLDER = Path(tempfile.gettempdir()) / "sojourn-bench-phoenix"
READABLE_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Figures:
    name: str
    spans: int
    seconds: float  # from the first byte sent until the last span can be read
    cpu_ms_a_span: float
    disk_bytes_a_span: float
    disk_share_of_raw: float  # of the uncompressed OTLP
    memory_mb: float
    ack_p95_ms: float

    @property
    def spans_a_second(self) -> float:
        return self.spans / self.seconds


def measure_sojourn(sessions: int = 2_500) -> Figures:
    load = build_load(sessions, end_ns=time.time_ns())
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        return _measure(server, load, "/v1/traces", _sojourn_events)


def measure_phoenix(sessions: int = 250) -> Figures:
    """A small load: Phoenix queues at most 20,000 spans and drops what comes after."""
    load = build_load(sessions, end_ns=time.time_ns())
    with tempfile.TemporaryDirectory() as folder, phoenix_server(Path(folder) / "data", _phoenix_python()) as server:
        return _measure(server, load, "/v1/traces", _phoenix_spans)


def _measure(server: Server, load: Load, path: str, count) -> Figures:  # type: ignore[no-untyped-def]
    cpu_before, disk_before = server.cpu_s(), server.disk_bytes()
    begun = time.perf_counter()
    sent = send_all(server.url + path, load.requests)
    deadline = begun + READABLE_TIMEOUT_S
    while (seen := count(server)) < load.span_count:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{server.name} shows {seen} of {load.span_count} spans after {READABLE_TIMEOUT_S} s")
        time.sleep(0.05)
    seconds = time.perf_counter() - begun
    cpu_s = server.cpu_s() - cpu_before
    memory_mb = server.memory_mb()
    time.sleep(20)  # let merges settle before weighing the disk
    disk = server.disk_bytes() - disk_before
    return Figures(
        server.name,
        load.span_count,
        seconds,
        cpu_s * 1_000 / load.span_count,
        disk / load.span_count,
        disk / load.raw_bytes,
        memory_mb,
        percentile(sent.latencies_ms, 0.95),
    )


def _sojourn_events(server: Server) -> int:
    events: int = httpx.get(f"{server.url}/api/v1/stats/overview", timeout=30).json()["events"]
    return events


def _phoenix_spans(server: Server) -> int:
    query = "{ projects { edges { node { recordCount } } } }"
    answer = httpx.post(f"{server.url}/graphql", json={"query": query}, timeout=30).json()
    return sum(edge["node"]["recordCount"] for edge in answer["data"]["projects"]["edges"])


def _phoenix_python() -> Path:
    python = PHOENIX_FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PHOENIX_FOLDER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "arize-phoenix"], check=True)
    return python


def report() -> list[str]:
    own, peer = measure_sojourn(), measure_phoenix()
    lines = [
        "| | spans | readable spans/s | CPU ms a span | disk bytes a span | of raw OTLP | memory MB | ack p95 ms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.name} | {row.spans:,} | {row.spans_a_second:,.0f} | {row.cpu_ms_a_span:.3f} "
        f"| {row.disk_bytes_a_span:,.0f} "
        f"| {row.disk_share_of_raw:.1%} | {row.memory_mb:,.0f} | {row.ack_p95_ms:,.0f} |"
        for row in (own, peer)
    ]
    lines.append(f"\nRatio of readable spans/s: {own.spans_a_second / peer.spans_a_second:,.0f} times Phoenix.")
    return lines
