"""What an agent with Niitaka's client waits for while ingest is at its limit: it gives a heartbeat 2 s and its
configuration, without which no session starts, 5 s."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import httpx

from bench.agent_load import build_load
from bench.sending import percentile, send_all
from bench.servers import Server, sojourn_server

SESSIONS = 5_000
SENDERS = 32  # so many requests always wait that the queue is never empty
IDLE_TRIES = 40
LEAD_S = 3  # until the senders have begun
HEARTBEAT_GOAL_MS, CONFIG_GOAL_MS = 2_000, 5_000
EXPERIMENT, AGENT, RUN = "bench-experiment", "bench-agent", str(uuid4())
VARIANTS = [{"name": "a", "config": {"model": "gpt-5"}}, {"name": "b", "config": {"model": "gpt-5-mini"}}]
Call = Callable[[httpx.Client], httpx.Response]
CALLS: dict[str, tuple[Call, int]] = {
    "heartbeat": (lambda client: client.post(f"/sessions/{RUN}/heartbeat"), HEARTBEAT_GOAL_MS),
    "first heartbeat of a session": (lambda client: client.post(f"/sessions/{uuid4()}/heartbeat"), HEARTBEAT_GOAL_MS),
    "configuration of an agent": (
        lambda client: client.get("/runtime-config", params={"agent_id": AGENT}),
        CONFIG_GOAL_MS,
    ),
    "variant for a new session": (
        lambda client: client.get("/runtime-config", params={"experiment_id": EXPERIMENT, "session_id": str(uuid4())}),
        CONFIG_GOAL_MS,
    ),
    "policies of an agent": (lambda client: client.get(f"/policies/{AGENT}"), CONFIG_GOAL_MS),
}


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        prepare(server)
        load = build_load(SESSIONS, end_ns=time.time_ns())
        idle = asked(server, lambda rounds: rounds < IDLE_TRIES)
        busy, seconds = asked_under_load(server, load.requests)
    lines = [
        "| call | idle p50 / p95 / worst ms | under ingest p50 / p95 / worst ms | goal ms | tries |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, (_, goal_ms) in CALLS.items():
        quiet, loud = (
            f"{percentile(took, 0.5):,.0f} / {percentile(took, 0.95):,.0f} / {max(took):,.0f}"
            for took in (idle[name], busy[name])
        )
        lines.append(f"| {name} | {quiet} | {loud} | {goal_ms:,} | {len(busy[name])} |")
    return [*lines, f"\nIngest meanwhile, {SENDERS} senders: {load.span_count / seconds:,.0f} spans/s."]


def prepare(server: Server) -> None:
    with niitaka(server) as client:
        client.post("/experiments", json={"id": EXPERIMENT, "variants": VARIANTS}).raise_for_status()
        client.put(f"/agents/{AGENT}/config", json={"model": "gpt-5"}).raise_for_status()
        client.post("/sessions", json={"session_id": RUN, "agent_id": AGENT}).raise_for_status()


def niitaka(server: Server) -> httpx.Client:
    return httpx.Client(base_url=f"{server.url}/niitaka", timeout=60)


def asked(server: Server, goes_on: Callable[[int], bool]) -> dict[str, list[float]]:
    """How long each call took, all of them in turn, one at a time."""
    took_ms: dict[str, list[float]] = {name: [] for name in CALLS}
    rounds = 0
    with niitaka(server) as client:
        while goes_on(rounds):
            for name, (call, _) in CALLS.items():
                begun_s = time.perf_counter()
                call(client).raise_for_status()
                took_ms[name].append(1_000 * (time.perf_counter() - begun_s))
            rounds += 1
    return took_ms


def asked_under_load(server: Server, requests: list[bytes]) -> tuple[dict[str, list[float]], float]:
    """The same while another process sends all requests, and how long the sending took."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as senders:
        sending = senders.submit(send_all, f"{server.url}/v1/traces", requests, SENDERS)
        time.sleep(LEAD_S)
        took_ms = asked(server, lambda _: not sending.done())
        return took_ms, sending.result().seconds
