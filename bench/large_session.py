"""A session of 100,000 events: its first window, any window of it, its conversation, its detail."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import orjson

from bench.sending import percentile
from bench.servers import Server, sojourn_server

EVENTS = 100_000
KEY = "bench:large"
TRIES, FEW_TRIES = 40, 10
AFTER_CHANGE = "first window of the conversation, cold"


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        fill(server)
        return measure(server)


def fill(server: Server) -> None:
    random_source = random.Random(3)
    for start in range(0, EVENTS, 5_000):
        records = [_record(number, random_source) for number in range(start, start + 5_000)]
        body = b"\n".join(map(orjson.dumps, records))
        answer = httpx.post(
            f"{server.url}/api/v1/events", content=body, headers={"content-type": "application/x-ndjson"}, timeout=120
        )
        answer.raise_for_status()


def _record(number: int, random_source: random.Random) -> dict[str, object]:
    at = 1_780_000_000 + number
    kind = ("message", "llm_call", "tool_call")[number % 3]
    text = " ".join(
        random_source.choices(["plan", "flight", "error", "table", "index", "user", "answer", "retry"], k=60)
    )
    record: dict[str, object] = {
        "session": KEY,
        "event_id": f"bench-{number}",
        "type": kind,
        "name": kind,
        "started_at": at,
        "ended_at": at + 0.5,
        "status": "error" if number % 500 == 0 else "ok",
    }
    if kind == "message":
        record |= {"role": "user" if number % 2 else "assistant", "input": f"{number} {text}"}
    elif kind == "tool_call":
        record |= {"tool_name": "search", "tool_call_id": f"c{number}", "input": {"q": text[:40]}, "output": text}
    else:
        record |= {"model": "gpt-4.1", "provider": "openai", "input_tokens": 900, "output_tokens": 40, "output": text}
    return record


def _new_message(number: int) -> dict[str, object]:
    at = 1_780_000_000 + EVENTS + number
    return {"session": KEY, "type": "message", "role": "user", "input": f"one more: {number}", "started_at": at}


def measure(server: Server) -> list[str]:
    base = f"{server.url}/api/v1/sessions/{KEY.replace(':', '%3A')}"
    random_source = random.Random(5)
    asked: dict[str, Callable[[], str]] = {
        "detail": lambda: base,
        "first window of 100 events": lambda: f"{base}/events?limit=100",
        "any window of 100 events": lambda: f"{base}/events?limit=100&offset={random_source.randrange(EVENTS)}",
        "errors only": lambda: f"{base}/events?limit=100&status=error",
        AFTER_CHANGE: lambda: f"{base}/conversation?limit=50",
        "first window of the conversation, again": lambda: f"{base}/conversation?limit=50",
        "metrics": lambda: f"{base}/metrics",
    }
    lines = ["| what | p50 ms | p95 ms | largest answer |", "| --- | --- | --- | --- |"]
    with httpx.Client(timeout=60) as client:
        for name, url in asked.items():
            times, sizes = [], []
            for number in range(FEW_TRIES if name == AFTER_CHANGE else TRIES):
                if name == AFTER_CHANGE:  # nothing that was computed before is of use then, as after a start
                    client.post(f"{server.url}/api/v1/events", json=_new_message(number)).raise_for_status()
                begun = time.perf_counter()
                answer = client.get(url())
                times.append((time.perf_counter() - begun) * 1_000)
                answer.raise_for_status()
                sizes.append(len(answer.content))
            lines.append(
                f"| {name} | {percentile(times, 0.5):,.0f} | {percentile(times, 0.95):,.0f} "
                f"| {max(sizes) / 1024:,.0f} KB |"
            )
    return lines
