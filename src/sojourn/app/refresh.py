"""Brings list rows up to date with the event store: recompute, fold, write, publish.

Nothing is ever incremented, so running this again, or for a session that did not change, does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from sojourn.app.control.settling import end, settle_hold
from sojourn.app.placement import UNTRACED_KEY
from sojourn.domain.folding import NOT_STEERED, fold
from sojourn.domain.identity import SessionRef, derived_key, session_id_of
from sojourn.domain.lifecycle import TERMINAL
from sojourn.domain.sessions import Rollup, Session, SessionStatus
from sojourn.domain.status import SILENCE_NS
from sojourn.domain.steering import Steering
from sojourn.events.store import EventStore
from sojourn.ledger.changes import NewChange
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.status_changes import StatusChange

MAX_SESSIONS_A_REFRESH = 500  # bounds one grouped query and one ledger transaction
MAX_GENERATIONS = 20  # of callers that come back with one that they called
SYSTEM_ACTOR = "sojourn"


class Refresh:
    def __init__(
        self, ledger: Ledger, events: EventStore, clock: Callable[[], int], silence_ns: int = SILENCE_NS
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._clock = clock
        self._silence_ns = silence_ns  # after which a session that should be heard is given up
        self._turn = Lock()  # one refresh at a time, so that older counts never replace newer ones

    def run(self, sessions: Mapping[SessionRef, str]) -> list[SessionRef]:
        """Recompute these sessions (a key may be "" when only the id is known). Returns those with nothing left."""
        emptied: list[SessionRef] = []
        refs = sorted(sessions)
        callers: set[SessionRef] = set()
        for start in range(0, len(refs), MAX_SESSIONS_A_REFRESH):
            part = {ref: sessions[ref] for ref in refs[start : start + MAX_SESSIONS_A_REFRESH]}
            emptied += self._run_part(part, callers)
        for _ in range(MAX_GENERATIONS):  # a caller that was given up lives again with one that it called
            given_up = self._given_up(callers - sessions.keys())
            if not given_up:
                break
            callers = set()
            self._run_part(given_up, callers)
        return emptied

    def _given_up(self, callers: set[SessionRef]) -> dict[SessionRef, str]:
        if not callers:
            return {}
        with self._ledger.read() as conn:
            found = self._ledger.sessions.get_many(conn, sorted(callers)[:MAX_SESSIONS_A_REFRESH])
        return {ref: caller.key for ref, caller in found.items() if caller.status == SessionStatus.ABANDONED}

    def _run_part(self, keys: Mapping[SessionRef, str], callers: set[SessionRef]) -> list[SessionRef]:
        """Adds to `callers` those of sessions that are open."""
        refs = list(keys)
        begun_at_ns = self._clock()
        with self._turn, self._counted(refs) as (conn, counted):
            rollups = self._without_deleted(conn, counted, begun_at_ns)
            prior = self._ledger.sessions.get_many(conn, refs)
            declared = self._ledger.declarations.load(conn, refs)
            now_ns = self._clock()
            steering = self._steering(conn, refs, now_ns)
            folded = [
                self._folded(conn, ref, key, facts, declared.get(ref, ()), prior.get(ref), steering, now_ns)
                for ref in refs
                if (facts := rollups.get(ref) or _declared_only(ref, declared)) is not None
                and (key := keys[ref] or self._known_key(ref, prior.get(ref)))
            ]
            changed = [session for session in folded if session != prior.get((session.workspace_id, session.id))]
            kept = {(session.workspace_id, session.id) for session in folded}
            callers |= {
                (session.workspace_id, session.parent_session_id)
                for session in changed
                if session.parent_session_id and session.status not in TERMINAL
            }
            removed = [ref for ref in refs if ref not in kept and ref in prior]
            self._ledger.sessions.upsert(conn, changed)
            self._ledger.sessions.remove(conn, removed)
            self._ledger.status_changes.append(conn, _status_changes(changed, prior, steering))
            self._ledger.changes.append(
                conn,
                [
                    *(NewChange(session.workspace_id, session.id, _kind(session, prior)) for session in changed),
                    *(NewChange(*ref, "session.removed", self._merged_into(conn, prior[ref])) for ref in removed),
                ],
            )
        if changed or removed:
            self._ledger.notify()
        return [ref for ref in refs if ref not in kept]

    def _steering(self, conn: Connection, refs: Sequence[SessionRef], now_ns: int) -> dict[SessionRef, Steering]:
        return {
            ref: settle_hold(conn, self._ledger, ref, found, now_ns)
            for ref, found in self._ledger.steering.load(conn, refs).items()
        }

    def _folded(
        self,
        conn: Connection,
        ref: SessionRef,
        key: str,
        facts: Rollup,
        declared: Sequence[tuple[int, Mapping[str, Any]]],
        prior: Session | None,
        steering: dict[SessionRef, Steering],
        now_ns: int,
    ) -> Session:
        known = steering.get(ref, NOT_STEERED)
        session = fold(ref[0], key, facts, declared, prior, now_ns, known, self._silence_ns)
        if session.status == SessionStatus.ABANDONED and session.end_reason == "heartbeat_timeout":
            heard_at_ns = self._ledger.steering.descendants_heard_at(conn, *ref)
            if heard_at_ns > known.heartbeat_at_ns:  # a caller lives as long as one of those that it called
                known = replace(known, heartbeat_at_ns=min(heard_at_ns, now_ns))
                session = fold(ref[0], key, facts, declared, prior, now_ns, known, self._silence_ns)
        if session.status in TERMINAL and (known.hold.status or known.open_tasks):
            known = end(conn, self._ledger, session, known, now_ns)
        if known is not NOT_STEERED:
            steering[ref] = known
        return session

    @contextmanager
    def _counted(self, refs: Sequence[SessionRef]) -> Iterator[tuple[Connection, dict[SessionRef, Rollup]]]:
        """A transaction and counts that no other writer can overtake with older ones."""
        if not self._ledger.is_shared:
            rollups = self._events.rollups(refs)
            with self._ledger.begin() as conn:
                yield conn, rollups
            return
        with self._ledger.begin() as conn:
            self._ledger.lock_sessions(conn, refs)
            yield conn, self._events.rollups(refs)

    def _without_deleted(
        self, conn: Connection, rollups: Mapping[SessionRef, Rollup], begun_at_ns: int
    ) -> dict[SessionRef, Rollup]:
        """Counts without those of rows that a deletion is taking away, or has since they were counted."""
        deleted = self._ledger.tombstones.get_many(conn, rollups)
        return {
            ref: facts
            for ref, facts in rollups.items()
            if ref not in deleted or deleted[ref].deleted_at_ns < min(begun_at_ns, facts.started_at_ns)
        }

    def _merged_into(self, conn: Connection, gone: Session) -> str:
        """The session that holds the rows of a derived one now; "" if they are nowhere else."""
        if not gone.is_derived:
            return ""
        trace_id = gone.key.removeprefix(derived_key(""))
        trace = self._ledger.traces.load(conn, gone.workspace_id, [trace_id], lock=False).get(trace_id)
        return trace.session_id if trace is not None and trace.session_id != gone.id else ""

    def _known_key(self, ref: SessionRef, prior: Session | None) -> str:
        """The key of a session of which only the id is known: after a crash, before its list row was written."""
        if prior is not None:
            return prior.key
        workspace_id, session_id = ref
        for row in self._events.rows("session_keys", workspace_id=workspace_id, session_id=session_id):
            candidates = [
                *row["hints"],
                *map(derived_key, row["trace_ids"]),
                *(UNTRACED_KEY + name for name in row["senders"]),
            ]
            for key in candidates:
                if session_id_of(workspace_id, key) == session_id:
                    return str(key)
        with self._ledger.read() as conn:
            return str(self._ledger.traces.key_of(conn, workspace_id, session_id))


def _declared_only(
    ref: SessionRef, declared: Mapping[SessionRef, Sequence[tuple[int, Mapping[str, Any]]]]
) -> Rollup | None:
    """A session that was announced and has no event yet."""
    times = [at_ns for at_ns, _ in declared.get(ref, ())]
    if not times:
        return None
    return Rollup(ref[1], started_at_ns=min(times), last_activity_at_ns=max(times))


def _kind(session: Session, prior: Mapping[SessionRef, Session]) -> str:
    return "session.updated" if (session.workspace_id, session.id) in prior else "session.created"


def _status_changes(
    sessions: Sequence[Session], prior: Mapping[SessionRef, Session], steering: Mapping[SessionRef, Steering]
) -> list[StatusChange]:
    changes: list[StatusChange] = []
    for session in sessions:
        before = prior.get((session.workspace_id, session.id))
        if before is None or before.status != session.status:
            hold = steering.get((session.workspace_id, session.id), NOT_STEERED).hold
            is_asked = session.status == hold.status
            changes.append(
                StatusChange(
                    workspace_id=session.workspace_id,
                    session_id=session.id,
                    from_status=before.status if before else "",
                    to_status=session.status,
                    actor=hold.actor if is_asked else SYSTEM_ACTOR,
                    reason=session.status_reason,
                    evidence=session.status_evidence,
                    correlation_id=hold.command_id if is_asked else "",
                    at_ns=session.status_since_ns,
                )
            )
    return changes
