"""Words found in gigabytes of content, over HTTP. The blocks go straight into the event store, not through ingest."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.agent_load import Words
from bench.sending import percentile
from bench.servers import Server, sojourn_server
from sojourn.domain.messages import Block
from sojourn.events.chdb_transport import ChdbTransport
from sojourn.events.rows import StoredBlock
from sojourn.events.store import EventStore

CONTENT_GB = float(os.environ.get("BENCH_SEARCH_GB", "3"))  # of text, uncompressed
BLOCK_PARAGRAPHS = 6
AT_ONCE = 4_000
BLOCKS_A_SESSION = 40
RARE_EVERY = 20_000  # blocks
TRIES = 30
GOAL_MS = 400
WORKSPACE = "default"


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        begun = time.perf_counter()
        blocks, text_bytes = fill(data / "events")
        seconds = time.perf_counter() - begun
        with sojourn_server(data) as server:
            head = (
                f"{blocks:,} blocks, {text_bytes / (1 << 30):.1f} GB of text, "
                f"{server.disk_bytes() / (1 << 30):.2f} GB on disk with the index; filled in {seconds:,.0f} s.\n"
            )
            return [head, *measure(server)]


def fill(folder: Path) -> tuple[int, int]:
    """How many blocks and bytes of text were stored."""
    store = EventStore(ChdbTransport(folder))
    store.migrate()
    blocks = text_bytes = 0
    waiting: list[StoredBlock] = []
    for stored in made_blocks():
        waiting.append(stored)
        text_bytes += len(stored.block.text)
        blocks += 1
        if len(waiting) == AT_ONCE:
            store.append([], waiting)
            waiting = []
        if text_bytes > CONTENT_GB * (1 << 30):
            break
    store.append([], waiting)
    store.close()
    return blocks, text_bytes


def made_blocks() -> Iterator[StoredBlock]:
    random_source = random.Random(23)
    words = Words(random_source)
    paragraphs = [words.text(150) for _ in range(4_000)]
    number = 0
    while True:
        session_id = f"{random_source.getrandbits(128):032x}"
        session_id = "-".join((session_id[:8], session_id[8:12], session_id[12:16], session_id[16:20], session_id[20:]))
        for _ in range(BLOCKS_A_SESSION):
            text = "\n".join(random_source.choices(paragraphs, k=BLOCK_PARAGRAPHS)) + f"\nticket number{number}"
            text += " xylophone" if number % RARE_EVERY == 0 else ""
            block = Block(hashlib.blake2b(text.encode(), digest_size=16).digest(), "message", "tool", "", text, "")
            yield StoredBlock(WORKSPACE, session_id, block)
            number += 1


def measure(server: Server) -> list[str]:
    common = Words(random.Random(23)).text(2).split()
    asked = {
        "a word in nearly every block": common[0],
        "two common words": " ".join(common),
        "a word in one block of 20,000": "xylophone",
        "a word in one block": "number12345",
        "a rare and a common word": f"xylophone {common[0]}",
        "a word that is nowhere": "zzzznowhere",
    }
    lines = [f"| what | p50 ms | p95 ms | under {GOAL_MS} ms |", "| --- | --- | --- | --- |"]
    with httpx.Client(timeout=120) as client:
        for name, words in asked.items():
            times = []
            for _ in range(TRIES):
                begun = time.perf_counter()
                client.get(f"{server.url}/api/v1/search", params={"q": words}).raise_for_status()
                times.append((time.perf_counter() - begun) * 1_000)
            p95 = percentile(times, 0.95)
            answer = "yes" if p95 < GOAL_MS else "no"
            lines.append(f"| {name} | {percentile(times, 0.5):,.0f} | {p95:,.0f} | {answer} |")
    lines.append(f"\nMemory after all of them: {server.memory_mb():,.0f} MB.")
    return lines
