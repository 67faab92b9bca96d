"""Any order, duplication, split into requests, any crash: the same sessions, counts, costs and conversations."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from bench.agent_load import build_load
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.stores import Stores

from sojourn.app.errors import StorageUnavailable
from sojourn.app.ingest import Ingest, IngestLimits
from sojourn.app.views.conversation import Page, conversation
from sojourn.app.views.reading import Reading, Recent
from sojourn.conventions import exports
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.otlp_protobuf import decode_traces
from sojourn.conventions.registry import read_span
from sojourn.domain.sessions import Session
from sojourn.events.store import EventStore
from sojourn.ledger.filters import SessionFilter
from sojourn.ledger.ledger import Ledger

DEMO = Path(__file__).parents[1] / "fixtures" / "demo"
LONG_AGO = 1_760_000_000_000_000_000  # so that no status depends on the time of the test
EXAMPLES = settings(
    max_examples=5,
    derandomize=True,  # the same examples in every run; raise max_examples to look for new ones
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
_workspaces = map("order-{}".format, itertools.count())


class Crash(Exception):
    """Stands for kill -9 between two steps of a flush."""


class Crashing:
    """A store that works until a given number of calls to it have been made."""

    def __init__(self, store: Any, names: frozenset[str], calls_left: int) -> None:
        self._store = store
        self._names = names
        self._calls_left = calls_left

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in self._names:
            return found

        def counted(*arguments: Any, **keywords: Any) -> Any:
            self._calls_left -= 1
            if self._calls_left < 0:
                raise Crash(name)
            return found(*arguments, **keywords)

        return counted


def load_records() -> list[Mapped]:
    """Three generated sessions: one with a subagent, all with history, tools and errors."""
    load = build_load(3, spans_a_request=1_000, seed=11, end_ns=LONG_AGO)
    return [read_span(span) for body in load.requests for span in decode_traces(gzip.decompress(body)).records]


def recorded(folder: str) -> list[Mapped]:
    """What real agents sent."""
    documents = [orjson.loads(gzip.decompress(path.read_bytes())) for path in sorted((DEMO / folder).rglob("*.gz"))]
    return [mapped for document in documents for mapped in exports.read(document)]


class Recording(list[Mapped]):
    """Records whose repr stays short when a property fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} records>"


RECORDINGS: dict[str, Callable[[], list[Mapped]]] = {
    "generated": load_records,
    "otel-captures": lambda: recorded("otel-captures"),
    "any-agent": lambda: recorded("any-agent"),
    "strands": lambda: recorded("strands"),
    "langfuse": lambda: recorded("langfuse"),
}


async def send(stores: Stores, workspace: str, requests: Sequence[Sequence[Mapped]]) -> None:
    ingest = Ingest(stores.ledger, stores.events, time.time_ns, IngestLimits(linger_s=0))
    await ingest.start()
    for request in requests:
        await ingest.submit(workspace, request)
    await ingest.drain()


async def send_until_crash(
    stores: Stores, workspace: str, requests: Sequence[Sequence[Mapped]], calls: int
) -> list[Sequence[Mapped]]:
    """Returns the requests that were not acknowledged when the process died."""
    steps = frozenset({"append", "move", "rollups", "begin"})
    events: EventStore = Crashing(stores.events, steps, calls)  # type: ignore[assignment]
    ledger: Ledger = Crashing(stores.ledger, steps, calls)  # type: ignore[assignment]
    unsent = list(requests)
    dying = Ingest(ledger, events, time.time_ns, IngestLimits(linger_s=0))
    try:
        await dying.start()
        while unsent:
            await dying.submit(workspace, unsent[0])
            unsent.pop(0)
    except (StorageUnavailable, Crash):
        unsent = unsent or []  # they go to the next process
    dying.stop()
    await asyncio.sleep(0)
    return unsent


def snapshot(stores: Stores, workspace: str) -> list[dict[str, Any]]:
    """Everything that a person sees of the workspace, without what may differ: ids of the workspace and revisions."""
    with stores.ledger.read() as conn:
        sessions = list(all_sessions(stores, conn, workspace))
    seen = []
    for session in sorted(sessions, key=lambda session: session.key):
        shown = conversation(Reading(stores.events, Recent(), session), Page(limit=500))
        row = asdict(replace(session, id="", workspace_id="", parent_session_id="", revision=0))
        seen.append({"session": row, "conversation": json.loads(json.dumps(shown, default=str))})
    return seen


def differences(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    """What differs, field by field."""
    keys = [[seen["session"]["key"] for seen in side] for side in (found, expected)]
    told = [f"sessions {keys[0]} instead of {keys[1]}"] if keys[0] != keys[1] else []
    for one, other in zip(found, expected, strict=False):
        name = one["session"]["key"][:30]
        told += [
            f"{name}.{field}: {value!r:.90} instead of {other['session'][field]!r:.90}"
            for field, value in one["session"].items()
            if value != other["session"][field]
        ]
        if one["conversation"] != other["conversation"]:
            told.append(f"{name}: the conversations differ")
    return told


def all_sessions(stores: Stores, conn: Any, workspace: str) -> Iterator[Session]:
    cursor = None
    while True:
        page = stores.ledger.sessions.list_page(conn, workspace, SessionFilter(), "-started_at", 500, cursor)
        yield from page.items
        if not (cursor := page.next_cursor):
            return


@pytest.fixture(scope="module", params=sorted(RECORDINGS))
def recording(request: pytest.FixtureRequest) -> list[Mapped]:
    records = Recording(RECORDINGS[request.param]())
    assert records
    return records


def schedule_of(seed: int, size: int) -> list[list[int]]:
    """Record numbers in any order, some twice, cut into requests anywhere."""
    source = random.Random(seed)
    numbers = source.sample(range(size), size) + source.choices(range(size), k=source.randint(0, 6))
    cuts = sorted(source.sample(range(1, len(numbers)), min(source.randint(0, 4), len(numbers) - 1)))
    return [numbers[start:end] for start, end in itertools.pairwise([0, *cuts, len(numbers)])]


@EXAMPLES
@given(seed=st.integers(0, 2**32))
def test_any_order_duplication_and_split_give_the_same_sessions(
    stores: Stores, recording: list[Mapped], seed: int
) -> None:
    straight, shuffled = next(_workspaces), next(_workspaces)
    schedule = schedule_of(seed, len(recording))

    asyncio.run(send(stores, straight, [recording]))
    asyncio.run(send(stores, shuffled, [[recording[number] for number in request] for request in schedule]))

    assert differences(snapshot(stores, shuffled), snapshot(stores, straight)) == []


@EXAMPLES
@given(seed=st.integers(0, 2**32), calls=st.integers(0, 12))
def test_a_crash_at_any_step_changes_nothing(stores: Stores, recording: list[Mapped], seed: int, calls: int) -> None:
    straight, crashed = next(_workspaces), next(_workspaces)
    schedule = schedule_of(seed, len(recording))

    asyncio.run(send(stores, straight, [recording]))
    requests = [[recording[number] for number in request] for request in schedule]
    unsent = asyncio.run(send_until_crash(stores, crashed, requests, calls))  # ends when its threads have ended
    asyncio.run(send(stores, crashed, unsent))

    assert differences(snapshot(stores, crashed), snapshot(stores, straight)) == []
