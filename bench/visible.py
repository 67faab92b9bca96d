"""How long from sending a span until an open live stream tells of its session, with the server otherwise idle."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import httpx

from bench.agent_load import build_load
from bench.sending import HEADERS, percentile
from bench.servers import Server, sojourn_server

ROUNDS = 100


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        delays_ms = measure(server)
    return [
        f"{len(delays_ms)} sessions sent one by one; sent until told by the live stream: "
        f"p50 {percentile(delays_ms, 0.5):,.0f} ms, p95 {percentile(delays_ms, 0.95):,.0f} ms, "
        f"max {max(delays_ms):,.0f} ms."
    ]


def measure(server: Server) -> list[float]:
    heard = threading.Semaphore(0)
    is_listening = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{server.url}/api/v1/live", timeout=120) as response:
            for line in response.iter_lines():
                is_listening.set()
                if line.startswith("event: session."):
                    heard.release()

    threading.Thread(target=listen, daemon=True).start()
    is_listening.wait(10)
    delays_ms = []
    for number in range(ROUNDS):
        load = build_load(1, seed=number, first_number=number, end_ns=time.time_ns())
        while heard.acquire(blocking=False):
            pass
        begun = time.perf_counter()
        httpx.post(f"{server.url}/v1/traces", content=load.requests[0], headers=HEADERS, timeout=30).raise_for_status()
        if not heard.acquire(timeout=30):
            raise RuntimeError("the live stream said nothing for 30 s")
        delays_ms.append((time.perf_counter() - begun) * 1_000)
    return delays_ms
