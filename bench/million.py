"""A ledger of 1,000,000 sessions: pages of the list by every sort and filter, tiles, charts and facets, over HTTP.

Filling takes minutes, so the filled ledger is kept in the folder for temporary files and used again.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx

from bench.agent_load import Words
from bench.sending import percentile
from bench.servers import Server, sojourn_server
from sojourn.domain.identity import session_id_of
from sojourn.domain.sessions import ModelUse, Session
from sojourn.ledger.ledger import Ledger

SESSIONS = 1_000_000
KEPT = Path(tempfile.gettempdir()) / "sojourn-bench-million"
AT_ONCE = 5_000
TRIES = 20
GOAL_MS = 100
WORKSPACE = "default"
NS = 1_000_000_000
DAY_S = 86_400
END_S = 1_795_000_000
AGENTS = tuple(f"{name}-{number}" for number in range(8) for name in ("support", "research", "coder", "triage"))
CHANNELS = ("web", "slack", "api", "cron", "email", "voice")
MODELS = (("openai", "gpt-4.1"), ("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-4o-mini"), ("mistral", "small-3"))
STATUSES = ("completed", "completed", "completed", "completed", "failed", "abandoned", "canceled", "idle", "running")


def report() -> list[str]:
    lines = []
    if not (KEPT / "ledger.db").exists():
        lines.append(f"Filled with {SESSIONS:,} sessions in {fill(KEPT):,.0f} s.\n")
    lines.append(f"ledger.db: {(KEPT / 'ledger.db').stat().st_size / (1 << 30):.1f} GB.\n")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        shutil.copy(KEPT / "ledger.db", data / "ledger.db")
        with sojourn_server(data) as server:
            return lines + measure(server)


def fill(folder: Path) -> float:
    """Seconds that it took."""
    being_filled = folder.with_suffix(".being-filled")
    shutil.rmtree(being_filled, ignore_errors=True)
    being_filled.mkdir(parents=True)
    ledger = Ledger.open(f"sqlite:///{being_filled / 'ledger.db'}")
    ledger.migrate()
    begun = time.perf_counter()
    made: list[Session] = []
    for session in sessions(SESSIONS):
        made.append(session)
        if len(made) == AT_ONCE:
            with ledger.begin() as conn:
                ledger.sessions.upsert(conn, made)
            made = []
    ledger.close()
    seconds = time.perf_counter() - begun
    shutil.rmtree(folder, ignore_errors=True)
    being_filled.rename(folder)
    return seconds


def sessions(count: int, seed: int = 17) -> Iterator[Session]:
    random_source = random.Random(seed)
    words = Words(random_source)
    phrases = [words.text(6) for _ in range(3_000)]
    for number in range(count):
        yield _session(number, count, random_source, phrases)


def _session(number: int, count: int, random_source: random.Random, phrases: Sequence[str]) -> Session:
    pick = random_source.choice
    key = f"{pick(CHANNELS)}:{random_source.getrandbits(48):x}:{number}"
    started_ns = (END_S - 90 * DAY_S) * NS + number * (90 * DAY_S * NS // count) + random_source.randrange(NS)
    duration_ms = int(random_source.lognormvariate(10, 1.5))
    status = pick(STATUSES)
    provider, model = pick(MODELS)
    calls = random_source.randint(1, 30)
    input_tokens, output_tokens = calls * random_source.randint(200, 9_000), calls * random_source.randint(20, 600)
    cost_usd = None if provider == "mistral" else input_tokens * 2e-6 + output_tokens * 8e-6
    errors = random_source.randint(1, 4) if random_source.random() < 0.12 else 0
    agent = pick(AGENTS)
    ended_ns = None if status in ("idle", "running") else started_ns + duration_ms * 1_000_000
    return Session(
        id=session_id_of(WORKSPACE, key), key=key, workspace_id=WORKSPACE,
        kind=pick(("conversation", "run", "observed")), goal=f"{pick(phrases)} {pick(phrases)}",
        agent_id=agent, agents=(agent,) if number % 4 else (agent, pick(AGENTS)),
        channel=key.partition(":")[0], environment=pick(("production", "production", "production", "staging", "dev")),
        service=pick(("agents-api", "agents-batch", "playground")), origin=pick(("otlp", "otlp", "native", "import")),
        user_id=f"user-{random_source.randrange(20_000)}", trigger_type=pick(("user", "schedule", "webhook", "agent")),
        trigger_source=pick(("app", "cron", "github")), status=status, status_since_ns=started_ns,
        attention="flagged" if number % 200 == 0 else "none", experiment_id="exp-1" if number % 50 == 0 else "",
        variant=pick(("a", "b")) if number % 50 == 0 else "", started_at_ns=started_ns, ended_at_ns=ended_ns,
        archived_at_ns=started_ns if number % 30 == 0 else None,
        last_activity_at_ns=started_ns + duration_ms * 1_000_000, duration_ms=duration_ms, message_count=calls * 2,
        trace_count=1, event_count=calls * 2 + 1, llm_call_count=calls, tool_call_count=calls - 1, error_count=errors,
        input_tokens=input_tokens, output_tokens=output_tokens, total_tokens=input_tokens + output_tokens,
        cost_usd=cost_usd,
        models=(ModelUse(model, provider, calls, 0, input_tokens, output_tokens, cost_usd=cost_usd),),
    )  # fmt: skip


SORTS = (
    "-started_at", "started_at", "-last_activity_at", "-duration_ms", "-cost_usd", "cost_usd", "-total_tokens",
    "-message_count", "-event_count", "-error_count", "-tool_call_count", "key", "agent_id", "status", "-status_since",
    "user_id", "goal", "-ended_at", "channel",
)  # fmt: skip
FILTERS: Mapping[str, dict[str, str]] = {
    "agent": {"agent": AGENTS[3]},
    "channel": {"channel": "slack"},
    "environment": {"environment": "staging"},
    "service": {"service": "playground"},
    "origin": {"origin": "import"},
    "user": {"user": "user-77"},
    "status": {"status": "failed"},
    "kind": {"kind": "run"},
    "attention": {"attention": "flagged"},
    "trigger type": {"trigger_type": "webhook"},
    "source": {"source": "github"},
    "model": {"model": "gpt-4o-mini"},
    "has errors": {"has_errors": "true"},
    "experiment": {"experiment": "exp-1"},
    "variant": {"variant": "a"},
    "started after": {"started_after": "2026-10-25T00:00:00Z"},
    "min duration": {"min_duration_ms": "600000"},
    "not archived": {"archived": "false"},
    "archived": {"archived": "true"},
    "key part": {"q": "key:slack:ab"},
    "goal part": {"q": "goal:bace"},
    "words": {"q": "slack:ab"},
    "common word": {"q": "production"},
    "words and agent": {"q": "fogu", "agent": AGENTS[3]},
    "status and sort": {"status": "failed", "sort": "-cost_usd"},
    "agent and sort": {"agent": AGENTS[3], "sort": "-duration_ms"},
    "model and sort": {"model": "gpt-4.1", "sort": "-total_tokens"},
    "environment, status, errors": {"environment": "staging", "status": "failed", "has_errors": "true"},
}
TOTALS: Mapping[str, str] = {
    "overview": "/stats/overview",
    "overview of an agent": f"/stats/overview?agent={AGENTS[3]}",
    "trends by day": "/stats/trends?bucket=day",
    "trends by day and status": "/stats/trends?bucket=day&by=status",
    "trends of 7 days by hour": "/stats/trends?bucket=hour&started_after=2026-11-11T00:00:00Z",
    "models": "/stats/models",
    "agents": "/stats/agents",
    **{
        f"facet {name}": f"/sessions/facets?field={name}"
        for name in ("agent", "channel", "status", "user", "model", "kind")
    },
    "facet user by prefix": "/sessions/facets?field=user&prefix=user-77",
}


def measure(server: Server) -> list[str]:
    base = f"{server.url}/api/v1"
    lines = [f"| what | p50 ms | p95 ms | under {GOAL_MS} ms |", "| --- | --- | --- | --- |"]
    with httpx.Client(timeout=120) as client:
        asked: list[tuple[str, str, dict[str, str]]] = [("first page", "/sessions", {})]
        cursor = client.get(f"{base}/sessions").json()["next_cursor"]
        asked.append(("second page by cursor", "/sessions", {"cursor": cursor}))
        asked += [(f"sort {sort}", "/sessions", {"sort": sort}) for sort in SORTS]
        asked += [(f"filter {name}", "/sessions", parameters) for name, parameters in FILTERS.items()]
        asked += [(name, path, {}) for name, path in TOTALS.items()]
        for name, path, parameters in asked:
            times = _times(client, base + path, parameters)
            p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
            lines.append(f"| {name} | {p50:,.0f} | {p95:,.0f} | {'yes' if p95 < GOAL_MS else 'no'} |")
        lines.append(f"\nMemory after all of them: {server.memory_mb():,.0f} MB.")
    return lines


def _times(client: httpx.Client, url: str, parameters: dict[str, str]) -> list[float]:
    """Milliseconds of each try; a slow question is asked less often."""
    times: list[float] = []
    begun_all = time.perf_counter()
    while len(times) < TRIES and (len(times) < 4 or time.perf_counter() - begun_all < 10):
        begun = time.perf_counter()
        answer = client.get(url, params=parameters or None)
        times.append((time.perf_counter() - begun) * 1_000)
        answer.raise_for_status()
    return times
