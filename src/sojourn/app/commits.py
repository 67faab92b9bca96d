"""Writes one group of arrivals: place, append, bring misplaced rows home. Durable when it returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from sojourn.app.open_traces import OpenTraces
from sojourn.app.placement import (
    Arrival,
    Followed,
    Placed,
    Traced,
    advance,
    claims_by_trace,
    follow,
    homes_of,
    is_structured,
    joined,
    members_of,
    newest,
    place,
    settle,
    whole_moves,
)
from sojourn.app.recent_blocks import RecentBlocks
from sojourn.domain.events import Event
from sojourn.domain.identity import SessionRef
from sojourn.domain.traces import TraceState
from sojourn.events.rows import Move, TraceMember
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
MAX_ROWS_AN_APPEND = 20_000  # bounds the memory of one insert


class Commits:
    """Used by one thread at a time, so that a flush finds the rows of the one before it stored."""

    def __init__(self, ledger: Ledger, events: EventStore) -> None:
        self._ledger = ledger
        self._events = events
        self._recent = RecentBlocks()
        self._seen_tombstones: dict[SessionRef, int] = {}
        self._open = OpenTraces()

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
        return self._resettle({(state.workspace_id, state.trace_id): state.placements for state in unsettled})

    def erase(self, sessions: Sequence[SessionRef]) -> None:
        """Their events and content are gone when this returns."""
        self._events.delete_sessions(sessions)
        for session in sessions:
            self.forget(session)

    def forget(self, session: SessionRef) -> None:
        """The session's content was deleted, so that the same content must be written again."""
        self._recent.forget(session)
        self._open.drop_session(session)

    def _write_part(self, rows: Sequence[Arrival]) -> dict[SessionRef, str]:
        before = self._load(claims := claims_by_trace(rows))
        states = self._advance(before, claims)
        structured = {traced: state for traced, state in states.items() if is_structured(state)}
        members = self._members({traced: before[traced] for traced in structured if traced in before})
        homes = self._homes(structured, members, rows)
        followed = {
            traced: follow(self._open.rows(traced), state, homes.get(traced, {}))
            for traced, state in states.items()
            if traced in self._open
        }
        placed = self._without_deleted(joined(place(rows, states, homes), followed.values()))
        self._append(placed, followed)
        if not self._ledger.is_shared:  # else other processes may write rows of the same traces
            begun = states.keys() - before.keys()
            self._open.keep(placed, {traced: trace.stayed for traced, trace in followed.items()}, begun)
        moved = self._settle(states, homes, members, followed) | self._resettle(self._overtaken(states))
        return moved | placed.keys

    def _without_deleted(self, placed: Placed) -> Placed:
        """What was deleted stays deleted: rows from before it, sent again or late, are not stored."""
        with self._ledger.read() as conn:
            found = self._ledger.tombstones.get_many(conn, list(placed.keys))
        if not found:
            return placed
        deleted_at = {ref: tombstone.deleted_at_ns for ref, tombstone in found.items()}
        for ref, at_ns in deleted_at.items():
            if self._seen_tombstones.get(ref) != at_ns:  # another process may have deleted what we remember as stored
                self._recent.forget(ref)
                self._seen_tombstones[ref] = at_ns
        kept = [
            row
            for row in placed.events
            if row.event.started_at_ns > deleted_at.get((row.workspace_id, row.session_id), -1)
        ]
        named = {
            (row.workspace_id, row.session_id, digest)
            for row in kept
            for digest in (*row.event.input_refs, *row.event.output_refs)
        }
        contents = {
            ref: held
            if ref not in deleted_at
            else {digest: block for digest, block in held.items() if (*ref, digest) in named}
            for ref, held in placed.contents.items()
        }
        log.info("ingest.deleted_rows_dropped", rows=len(placed.events) - len(kept))
        return placed._replace(events=kept, contents=contents)

    def _append(self, placed: Placed, followed: Mapping[Traced, Followed]) -> None:
        """New rows, and kept rows that follow them into another session, in one insert."""
        fresh = self._recent.unseen(placed.contents)
        left = [stored for trace in followed.values() for stored in trace.left]
        try:
            self._events.append(placed.events, fresh, left)
        except Exception:
            for traced in followed:  # who knows what was written: the next time they are read
                self._open.drop(traced)
            raise
        self._recent.remember(fresh)
        for stored in left:
            self._recent.forget((stored.workspace_id, stored.session_id))

    def _members(self, states: Mapping[Traced, TraceState]) -> dict[Traced, list[TraceMember]]:
        """The stored rows of traces whose structure decides."""
        return {
            traced: members_of(self._open.rows(traced))
            if traced in self._open
            else self._events.trace_members(traced[0], state.placements, traced[1])
            for traced, state in states.items()
        }

    def _homes(
        self,
        structured: Mapping[Traced, TraceState],
        members: Mapping[Traced, Sequence[TraceMember]],
        rows: Sequence[Arrival],
    ) -> dict[Traced, dict[str, str]]:
        arriving: dict[Traced, list[Event]] = defaultdict(list)
        for workspace_id, mapped in rows:
            if (workspace_id, mapped.event.trace_id) in structured:
                arriving[workspace_id, mapped.event.trace_id].append(mapped.event)
        return {
            traced: homes_of(state, members.get(traced, ()), arriving[traced]) for traced, state in structured.items()
        }

    def _settle(
        self,
        states: Mapping[Traced, TraceState],
        homes: Mapping[Traced, Mapping[str, str]],
        members: Mapping[Traced, Sequence[TraceMember]],
        followed: Mapping[Traced, Followed],
    ) -> dict[SessionRef, str]:
        """Stored rows follow where the new ones went; one insert for all moves of a workspace."""
        if self._ledger.is_shared:  # another process may be changing the same traces: decide again under their locks
            unsettled = [traced for traced, state in states.items() if not state.is_settled or members.get(traced)]
            return self._resettle({traced: states[traced].placements for traced in unsettled})
        settled: list[TraceState] = []
        moves: dict[str, list[Move]] = defaultdict(list)
        touched: dict[SessionRef, str] = {}
        for traced, state in states.items():
            is_home = traced in followed
            if traced in homes:
                done, own_moves, keys = settle(state, () if is_home else members.get(traced, ()), homes[traced])
                touched |= keys if own_moves else {}
            elif not state.is_settled:
                own_moves = [] if is_home else whole_moves(state)
                done = replace(state, placements=(state.session_id,), is_settled=True)
            else:
                continue
            moves[traced[0]] += own_moves
            if done != state:
                settled.append(done)
        touched = self._move(moves) | touched
        for trace in followed.values():
            touched |= {(stored.workspace_id, stored.session_id): "" for stored in trace.left}
        if settled:
            with self._ledger.begin() as conn:
                self._ledger.traces.save(conn, settled)
        return touched

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
                    trace_id: advance(
                        locked.get(trace_id) or TraceState(workspace_id, trace_id), claims[workspace_id, trace_id]
                    )
                    for trace_id in trace_ids
                }
                self._ledger.traces.save(conn, list(advanced.values()))
                states.update({(workspace_id, trace_id): state for trace_id, state in advanced.items()})
        return states

    def _overtaken(self, states: Mapping[Traced, TraceState]) -> dict[Traced, Sequence[str]]:
        """Traces that another process sent elsewhere while we were writing their rows, and where we wrote them."""
        if not self._ledger.is_shared:
            return {}
        return {
            traced: states[traced].placements
            for traced, state in self._load(states).items()
            if state.session_id != states[traced].session_id
        }

    def _resettle(self, traces: Mapping[Traced, Sequence[str]]) -> dict[SessionRef, str]:
        """Decide again where the rows of these traces belong; each is told with sessions that may hold some of them."""
        touched: dict[SessionRef, str] = {}
        for (workspace_id, trace_id), written_to in traces.items():
            with self._ledger.begin() as conn:
                state = self._ledger.traces.load(conn, workspace_id, [trace_id], lock=True)[trace_id]
                members = self._events.trace_members(workspace_id, {*state.placements, *written_to}, trace_id)
                homes = homes_of(state, members, ()) if is_structured(state) else {}
                settled, moves, keys = settle(state, members, homes)
                touched |= self._move({workspace_id: moves}) | keys
                self._ledger.traces.save(conn, [settled])
        return touched

    def _move(self, moves: Mapping[str, Sequence[Move]]) -> dict[SessionRef, str]:
        """Returns the sessions that rows left or came to; of those they left, only the id may be known."""
        touched: dict[SessionRef, str] = {}
        for workspace_id, own_moves in moves.items():
            if own_moves:
                self._events.move(workspace_id, own_moves)
            for move in own_moves:
                self._recent.forget((workspace_id, move.from_session_id))
                touched[workspace_id, move.from_session_id] = ""
        return touched
