"""Puts every arriving row into its session, and says which stored rows must follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sojourn.conventions.assemble import Mapped
from sojourn.domain.events import Event, StoredEvent
from sojourn.domain.identity import SessionRef, session_id_of
from sojourn.domain.messages import Block
from sojourn.domain.resolution import Member, bounded_key, merge_claims, resolve, session_key_of
from sojourn.domain.traces import TraceState
from sojourn.events.rows import Move, TraceMember

UNTRACED_KEY = "service:"  # rows of no trace that name no session go together by their service
Traced = tuple[str, str]  # workspace_id, trace_id


class Arrival(NamedTuple):
    """One record of one request, before it has a place."""

    workspace_id: str
    mapped: Mapped


Contents = dict[SessionRef, dict[bytes, Block]]  # content of sessions by hash


class Placed(NamedTuple):
    """What a flush writes, and what it knows of the sessions it touched."""

    events: list[StoredEvent]
    contents: Contents
    keys: dict[SessionRef, str]  # the key of every session that a row goes to


class Kept(NamedTuple):
    """A stored row that is remembered with its content."""

    stored: StoredEvent
    blocks: tuple[Block, ...]


class Followed(NamedTuple):
    """The kept rows of a trace after its session became known."""

    stayed: list[Kept]
    arrived: list[Kept]  # those that changed their session
    left: list[StoredEvent]  # the same, where they were
    keys: dict[SessionRef, str]  # of the sessions they came to


def newest(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """One record per event id, the highest version, and of equal versions the last."""
    chosen: dict[tuple[str, str], Arrival] = {}
    for arrival in arrivals:
        identity = (arrival.workspace_id, arrival.mapped.event.event_id)
        known = chosen.get(identity)
        if known is None or arrival.mapped.event.version >= known.mapped.event.version:
            chosen[identity] = arrival
    return list(chosen.values())


def claims_by_trace(arrivals: Iterable[Arrival]) -> dict[Traced, set[tuple[int, str]]]:
    claims: dict[Traced, set[tuple[int, str]]] = {}
    for workspace_id, (event, _) in arrivals:
        if not event.trace_id:
            continue
        known = claims.setdefault((workspace_id, event.trace_id), set())
        if event.session_tier:
            known.add((event.session_tier, event.session_hint))
    return claims


def advance(state: TraceState, claims: Iterable[tuple[int, str]]) -> TraceState:
    """The state after new claims; the same object if they change nothing. Unsettled until stored rows have followed."""
    merged = merge_claims(state.claims, claims)
    key = session_key_of(state.trace_id, merged)
    if key is None:  # structure decides; rows without a home of their own stay where the first of them went
        key = state.session_key or bounded_key(merged[0][1])
    session_id = session_id_of(state.workspace_id, key)
    changed = replace(
        state,
        claims=merged,
        session_id=session_id,
        session_key=key,
        placements=tuple(sorted({*state.placements, session_id})),
    )
    if state.placements and changed.placements != state.placements:
        changed = replace(changed, is_settled=False)
    return state if changed == state else changed


def is_structured(state: TraceState) -> bool:
    """Whether rows of the trace may belong to different sessions."""
    return session_key_of(state.trace_id, state.claims) is None


def homes_of(state: TraceState, members: Iterable[TraceMember], arrivals: Iterable[Event]) -> dict[str, str]:
    """The session key of each row of a structured trace, by event id."""
    rows = {
        row.event_id: Member(row.event_id, row.parent_event_id, row.started_at_ns, row.session_tier, row.session_hint)
        for row in members
    }
    for event in arrivals:
        rows[event.event_id] = Member(
            event.event_id, event.parent_event_id, event.started_at_ns, event.session_tier, event.session_hint
        )
    return resolve(state.trace_id, list(rows.values()))


def place(
    arrivals: Sequence[Arrival], states: Mapping[Traced, TraceState], homes: Mapping[Traced, Mapping[str, str]]
) -> Placed:
    """Each row to its home, else to its trace's session; rows of no trace to the session they name themselves."""
    events: list[StoredEvent] = []
    contents: Contents = {}
    keys: dict[SessionRef, str] = {}
    for workspace_id, (event, own_blocks) in arrivals:
        traced = (workspace_id, event.trace_id)
        state = states.get(traced) if event.trace_id else None
        if state is None:
            key = untraced_key(event)
        else:
            key = homes[traced][event.event_id] if traced in homes else state.session_key
        session_id = session_id_of(workspace_id, key)
        ref = (workspace_id, session_id)
        keys[ref] = key
        events.append(StoredEvent(workspace_id, session_id, event))
        held = contents.setdefault(ref, {})
        for block in own_blocks:
            held[block.hash] = block
    return Placed(events, contents, keys)


def follow(kept: Sequence[Kept], state: TraceState, homes: Mapping[str, str]) -> Followed:
    """Kept rows of a trace go where the trace, or its structure, now says."""
    followed = Followed([], [], [], {})
    for row in kept:
        workspace_id, session_id, event = row.stored
        key = homes.get(event.event_id, state.session_key)
        home_id = session_id_of(workspace_id, key)
        if home_id == session_id:
            followed.stayed.append(row)
        else:
            followed.left.append(row.stored)
            followed.arrived.append(Kept(StoredEvent(workspace_id, home_id, event), row.blocks))
            followed.keys[workspace_id, home_id] = key
    return followed


def joined(placed: Placed, followed: Iterable[Followed]) -> Placed:
    """What a flush writes, with the rows that follow; of equal versions the last counts, so new rows come after."""
    arrived = [row for trace in followed for row in trace.arrived]
    for (workspace_id, session_id, _), blocks in arrived:
        held = placed.contents.setdefault((workspace_id, session_id), {})
        held.update((block.hash, block) for block in blocks)
    keys = {ref: key for trace in followed for ref, key in trace.keys.items()}
    return Placed([*(row.stored for row in arrived), *placed.events], placed.contents, placed.keys | keys)


def members_of(kept: Iterable[Kept]) -> list[TraceMember]:
    """What the event store would tell of these rows: a later version after an earlier."""
    return [
        TraceMember(
            event.event_id,
            event.parent_event_id,
            event.started_at_ns,
            event.session_tier,
            event.session_hint,
            event.conversation_id,
            session_id,
        )
        for _, session_id, event in sorted(
            (row.stored for row in kept), key=lambda stored: (stored.event.version, stored.event.started_at_ns)
        )
    ]


def untraced_key(event: Event) -> str:
    return bounded_key(event.session_hint) if event.session_tier else UNTRACED_KEY + (event.scope or event.source)


def settle(
    state: TraceState, members: Sequence[TraceMember], homes: Mapping[str, str]
) -> tuple[TraceState, list[Move], dict[SessionRef, str]]:
    """The moves that bring stored rows of a trace home, the settled state, and the keys of the sessions they go to."""
    misplaced: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in members:
        home_id = session_id_of(state.workspace_id, homes.get(row.event_id, state.session_key))
        if row.session_id != home_id:
            misplaced[row.session_id, home_id].append(row.event_id)
    moves = [
        Move(old, new, state.trace_id, tuple(sorted(event_ids))) for (old, new), event_ids in sorted(misplaced.items())
    ]
    keys = {
        (state.workspace_id, session_id_of(state.workspace_id, key)): key
        for key in (*homes.values(), state.session_key)
    }
    placements = tuple(sorted({session_id for _, session_id in keys}))
    return replace(state, placements=placements, is_settled=True), moves, keys


def whole_moves(state: TraceState) -> list[Move]:
    """The moves of a trace all of whose rows belong to one session."""
    return [Move(old, state.session_id, state.trace_id, None) for old in state.placements if old != state.session_id]
