"""Writes one group of arrivals: place, append, bring misplaced rows home. Durable when it returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sojourn.app.placement import Arrival, SessionRef, Traced, advance, claims_by_trace, newest, place, settle
from sojourn.app.recent_blocks import RecentBlocks
from sojourn.domain.traces import TraceState
from sojourn.events.rows import Move
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

MAX_ROWS_AN_APPEND = 20_000   # bounds the memory of one insert


class Commits:
    """Used by one thread at a time, so that a flush finds the rows of the one before it stored."""

    def __init__(self, ledger: Ledger, events: EventStore) -> None:
        self._ledger = ledger
        self._events = events
        self._recent = RecentBlocks()

    def write(self, arrivals: Sequence[Arrival]) -> dict[SessionRef, str]:
        """Store the arrivals; returns the sessions whose rows changed, with their keys."""
        touched: dict[SessionRef, str] = {}
        for start in range(0, len(arrivals), MAX_ROWS_AN_APPEND):
            touched |= self._write_part(newest(arrivals[start : start + MAX_ROWS_AN_APPEND]))
        return touched

    def settle_left_over(self, limit: int) -> dict[SessionRef, str]:
        """Finish moves that a crash interrupted; returns the sessions whose rows changed, with their keys."""
        with self._ledger.read() as conn:
            unsettled = self._ledger.traces.unsettled(conn, limit)
        return self._settle([(state.workspace_id, state.trace_id) for state in unsettled])

    def forget(self, session: SessionRef) -> None:
        """The session's content was deleted, so that the same content must be written again."""
        self._recent.forget(session)

    def _write_part(self, rows: Sequence[Arrival]) -> dict[SessionRef, str]:
        before = self._load(claims := claims_by_trace(rows))
        states = self._advance(before, claims)
        placed = place(rows, states)
        fresh = self._recent.unseen(placed.blocks)
        self._events.append(placed.events, fresh)
        self._recent.remember(fresh)
        moved = self._settle([traced for traced, state in states.items() if not state.is_settled])
        moved |= self._settle(self._overtaken(states))
        return placed.keys | moved

    def _load(self, traces: Iterable[Traced]) -> dict[Traced, TraceState]:
        ids_by_workspace: dict[str, list[str]] = defaultdict(list)
        for workspace_id, trace_id in traces:
            ids_by_workspace[workspace_id].append(trace_id)
        found: dict[Traced, TraceState] = {}
        with self._ledger.read() as conn:
            for workspace_id, trace_ids in ids_by_workspace.items():
                for trace_id, state in self._ledger.traces.load(conn, workspace_id, trace_ids, lock=False).items():
                    found[workspace_id, trace_id] = state
        return found

    def _advance(
        self, before: Mapping[Traced, TraceState], claims: Mapping[Traced, Collection[tuple[int, str]]]
    ) -> dict[Traced, TraceState]:
        """The states after the new claims. What changes is decided again under a lock and saved before any row is."""
        states: dict[Traced, TraceState] = {}
        changing: dict[str, list[str]] = defaultdict(list)
        for traced, new in claims.items():
            state = before.get(traced)
            if state is not None and advance(state, new) == state:
                states[traced] = state
            else:
                changing[traced[0]].append(traced[1])
        if not changing:
            return states
        with self._ledger.begin() as conn:
            for workspace_id, trace_ids in changing.items():
                locked = self._ledger.traces.load(conn, workspace_id, trace_ids, lock=True)
                advanced = {
                    trace_id: advance(locked.get(trace_id) or TraceState(workspace_id, trace_id), claims[workspace_id, trace_id])
                    for trace_id in trace_ids
                }
                self._ledger.traces.save(conn, list(advanced.values()))
                states.update({(workspace_id, trace_id): state for trace_id, state in advanced.items()})
        return states

    def _overtaken(self, states: Mapping[Traced, TraceState]) -> list[Traced]:
        """Traces that another process sent elsewhere while we were writing their rows."""
        if not self._ledger.is_shared:
            return []
        return [traced for traced, state in self._load(states).items() if state.session_id != states[traced].session_id]

    def _settle(self, traces: Sequence[Traced]) -> dict[SessionRef, str]:
        touched: dict[SessionRef, str] = {}
        for workspace_id, trace_id in traces:
            with self._ledger.begin() as conn:
                state = self._ledger.traces.load(conn, workspace_id, [trace_id], lock=True)[trace_id]
                members = self._events.trace_members(workspace_id, state.placements, trace_id)
                settled, moves, keys = settle(state, members)
                self._move(workspace_id, moves)
                self._ledger.traces.save(conn, [settled])
            touched |= keys
            touched |= {(workspace_id, move.from_session_id): "" for move in moves if (workspace_id, move.from_session_id) not in touched}
        return touched

    def _move(self, workspace_id: str, moves: Sequence[Move]) -> None:
        if not moves:
            return
        self._events.move(workspace_id, moves)
        for move in moves:
            self._recent.forget((workspace_id, move.from_session_id))
