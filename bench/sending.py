"""Sends a load as exporters do: several at once, gzip, trying again when the server is busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

MAX_ATTEMPTS = 60
HEADERS = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Sent:
    seconds: float
    latencies_ms: list[float]
    refusals: int


def send_all(url: str, requests: Sequence[bytes], senders: int = 4, headers: dict[str, str] | None = None) -> Sent:
    """All requests, each acknowledged with a 2xx. Raises if one is refused for good."""
    return asyncio.run(_send_all(url, requests, senders, {**HEADERS, **(headers or {})}))


async def _send_all(url: str, requests: Sequence[bytes], senders: int, headers: dict[str, str]) -> Sent:
    waiting = list(reversed(requests))
    latencies: list[float] = []
    refusals = 0

    async def send_some(client: httpx.AsyncClient) -> None:
        nonlocal refusals
        while waiting:
            body = waiting.pop()
            begun = time.perf_counter()
            for _ in range(MAX_ATTEMPTS):
                response = await client.post(url, content=body, headers=headers)
                if response.status_code < 300:
                    break
                if response.status_code not in (429, 502, 503, 504):
                    raise RuntimeError(f"{response.status_code}: {response.text[:300]}")
                refusals += 1
                await asyncio.sleep(float(response.headers.get("retry-after", 1)) / 4)
            else:
                raise RuntimeError("refused too often")
            latencies.append((time.perf_counter() - begun) * 1_000)

    begun = time.perf_counter()
    async with httpx.AsyncClient(timeout=120) as client:
        await asyncio.gather(*(send_some(client) for _ in range(senders)))
    return Sent(time.perf_counter() - begun, latencies, refusals)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
