"""Questions while ingest is at its limit, compared with the same questions when it is idle; memory at rest and then."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import httpx

from bench.agent_load import build_load
from bench.sending import percentile, send_all
from bench.servers import Server, sojourn_server

SESSIONS_BEFORE, SESSIONS_DURING = 500, 2_500
TRIES = 40
ASKED = {
    "first page of the list": "/api/v1/sessions",
    "one session": "/api/v1/sessions/chat%3A40",
    "its timeline": "/api/v1/sessions/chat%3A40/events",
    "its conversation": "/api/v1/sessions/chat%3A40/conversation",
    "a word in content": "/api/v1/search?q=support",
    "tiles": "/api/v1/stats/overview",
}


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        at_rest_mb = server.memory_mb()
        before = build_load(SESSIONS_BEFORE, end_ns=time.time_ns())
        send_all(f"{server.url}/v1/traces", before.requests)
        time.sleep(5)
        idle = {name: ask(server, path) for name, path in ASKED.items()}
        load = build_load(SESSIONS_DURING, seed=8, first_number=SESSIONS_BEFORE, end_ns=time.time_ns())
        busy, highest_mb, seconds = ask_under_load(server, load.requests)
    lines = [
        "| what | idle p50 / p95 ms | under ingest p50 / p95 ms | ratio of p50 | tries |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in ASKED:
        if not busy[name]:
            continue
        quiet, loud = (
            f"{percentile(times, 0.5):,.0f} / {percentile(times, 0.95):,.0f}" for times in (idle[name], busy[name])
        )
        ratio = percentile(busy[name], 0.5) / percentile(idle[name], 0.5)
        lines.append(f"| {name} | {quiet} | {loud} | {ratio:.1f} | {len(busy[name])} |")
    lines.append(f"\nIngest meanwhile: {load.span_count / seconds:,.0f} spans/s. ")
    lines.append(f"Memory: {at_rest_mb:,.0f} MB at rest, {highest_mb:,.0f} MB at most under load.")
    return lines


def ask(server: Server, path: str) -> list[float]:
    times: list[float] = []
    while len(times) < TRIES:
        times.append(ask_once(server, path))
    return times


def ask_once(server: Server, path: str) -> float:
    begun = time.perf_counter()
    httpx.get(server.url + path, timeout=60).raise_for_status()
    return (time.perf_counter() - begun) * 1_000


def ask_under_load(server: Server, requests: list[bytes]) -> tuple[dict[str, list[float]], float, float]:
    """Times of each question while all requests are sent, the most memory, and how long the sending took."""
    took: list[float] = []
    sender = threading.Thread(target=lambda: took.append(send_all(f"{server.url}/v1/traces", requests).seconds))
    sender.start()
    time.sleep(1)
    times: dict[str, list[float]] = {name: [] for name in ASKED}
    highest_mb = 0.0
    while sender.is_alive():
        for name, path in ASKED.items():
            if sender.is_alive():
                times[name].append(ask_once(server, path))
                highest_mb = max(highest_mb, server.memory_mb())
    sender.join()
    return times, highest_mb, took[0]
