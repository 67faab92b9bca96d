"""Rows whose root comes later follow it out of memory, in the insert that brings the root."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from bench.agent_load import build_load
from tests.stores import Stores, fresh_workspace, shared_stores

from sojourn.app.commits import Commits
from sojourn.app.open_traces import OpenTraces
from sojourn.app.placement import Arrival, Placed
from sojourn.conventions.otlp_protobuf import decode_traces
from sojourn.conventions.registry import read_span
from sojourn.domain.events import Event, StoredEvent
from sojourn.domain.identity import derived_key, session_id_of
from sojourn.events.store import EventStore

WINDOW_NS = 1_760_000_000_000_000_000


@pytest.fixture
def stores() -> Stores:
    return shared_stores()


def session_rows(workspace: str) -> list[Arrival]:
    """One session of 21 spans with a subagent; the root is the last."""
    load = build_load(1, end_ns=WINDOW_NS)
    spans = decode_traces(gzip.decompress(load.requests[0])).records
    return [Arrival(workspace, read_span(span)) for span in spans]


class Unmoved:
    """An event store whose rows cannot be read again nor moved."""

    def __init__(self, events: EventStore) -> None:
        self._events = events

    def __getattr__(self, name: str) -> Any:
        if name in {"move", "trace_members"}:
            raise AssertionError(f"{name} was called")
        return getattr(self._events, name)


def counts(stores: Stores, workspace: str, *keys: str) -> list[int]:
    refs = [(workspace, session_id_of(workspace, key)) for key in keys]
    rollups = stores.events.rollups(refs)
    return [rollups[ref].event_count if ref in rollups else 0 for ref in refs]


def test_kept_rows_follow_their_root_without_being_read(stores: Stores) -> None:
    workspace = fresh_workspace()
    rows = session_rows(workspace)
    commits = Commits(stores.ledger, Unmoved(stores.events))  # type: ignore[arg-type]
    key = rows[-1].mapped.event.session_hint
    trace_key = derived_key(rows[-1].mapped.event.trace_id)

    commits.write(rows[:5])
    before = counts(stores, workspace, trace_key, key)
    commits.write(rows[5:12])  # the subagent names a conversation of its own
    touched = commits.write(rows[12:])

    assert before == [5, 0]
    assert counts(stores, workspace, trace_key, f"{key}/helper", key) == [0, 0, 21]
    assert {session_id_of(workspace, key), session_id_of(workspace, f"{key}/helper")} <= {ref[1] for ref in touched}


def test_content_comes_along(stores: Stores) -> None:
    workspace = fresh_workspace()
    rows = session_rows(workspace)
    commits = Commits(stores.ledger, stores.events)

    commits.write(rows[:5])
    commits.write(rows[5:])

    session_id = session_id_of(workspace, rows[-1].mapped.event.session_hint)
    said = [block.hash for row in rows for block in row.mapped.blocks]
    assert set(stores.events.blocks(workspace, session_id, said)) == set(said)


def test_a_failed_insert_is_not_remembered(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = fresh_workspace()
    rows = session_rows(workspace)
    commits = Commits(stores.ledger, stores.events)
    commits.write(rows[:5])
    append = stores.events.append

    def written_but_not_heard_of(*arguments: Any) -> None:
        append(*arguments)
        raise OSError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(stores.events, "append", written_but_not_heard_of)
        with pytest.raises(OSError, match="no answer"):
            commits.write(rows[5:9])
    commits.write(rows[9:])

    key = rows[-1].mapped.event.session_hint
    assert counts(stores, workspace, key, derived_key(rows[0].mapped.event.trace_id)) == [21, 0]


def row(trace_id: str, number: int, parent: str = "p") -> StoredEvent:
    event = Event(f"{trace_id}-{number}", "span", "n", "ok", 1, trace_id=trace_id, parent_event_id=parent)
    return StoredEvent("w", f"s-{trace_id}", event)


def keep(traces: OpenTraces, *rows: StoredEvent) -> None:
    begun = {("w", stored.event.trace_id) for stored in rows}
    traces.keep(Placed(list(rows), {(row.workspace_id, row.session_id): {} for row in rows}, {}), {}, begun)


def test_the_oldest_open_traces_go_first() -> None:
    traces = OpenTraces(max_rows=3)

    keep(traces, row("a", 1), row("a", 2))
    keep(traces, row("b", 1), row("b", 2))

    assert (("w", "a") in traces, ("w", "b") in traces) == (False, True)


def test_a_trace_with_its_root_is_not_kept() -> None:
    traces = OpenTraces()

    keep(traces, row("a", 1), row("a", 2, parent=""))

    assert ("w", "a") not in traces


def test_a_trace_with_deleted_rows_is_not_kept() -> None:
    traces = OpenTraces()
    keep(traces, row("a", 1), row("b", 1))

    traces.drop_session(("w", "s-a"))

    assert (("w", "a") in traces, ("w", "b") in traces) == (False, True)
