"""What happens without being asked: recovery after a crash, statuses that time changes, cleaning up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from sojourn.app.commits import Commits
from sojourn.app.lease import this_process
from sojourn.app.refresh import Refresh
from sojourn.domain.identity import SessionRef
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.prices import PriceOverride

log = structlog.get_logger(__name__)
NS = 1_000_000_000
CHECKPOINT_PREFIX = "rollups:"
CHECKPOINT_MARGIN_NS = 60 * NS  # the event store stamps rows with its own clock
CHECKPOINT_EVERY_NS = 5 * NS  # a busy server does not write it with every flush
CLEAN_AFTER_NS = 600 * NS  # an emptied session's content goes when no other process can still write to it
OVERRIDES_FOR_NS = 10 * NS  # how old remembered price overrides may be
MAX_CHANGES_KEPT = 100_000
LATE_PATCHES_KEPT_NS = 30 * 86_400 * NS  # how long an event may be corrected by its sender
MAX_DUE_A_TURN = 2_000
MAX_TRACES_A_TURN = 10_000
MAX_TOMBSTONES_A_TURN = 10_000
SWEEPER = "sweeper"  # the lease of the one process that looks after what is due
LEASE_NS = 20 * NS


class Upkeep:
    interval_s = 5.0

    def __init__(
        self, ledger: Ledger, events: EventStore, commits: Commits, refresh: Refresh, clock: Callable[[], int]
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._commits = commits
        self._refresh = refresh
        self._clock = clock
        self._checkpoint_name = f"{CHECKPOINT_PREFIX}{this_process()}"
        self._checkpointed_at_ns = 0
        self._emptied: dict[SessionRef, int] = {}
        self._overrides: dict[str, tuple[int, Sequence[PriceOverride]]] = {}

    def recover(self) -> None:
        """Finish interrupted deletions and moves, and recompute the sessions touched after the oldest checkpoint."""
        self._finish_deletions()
        touched = self._commits.settle_left_over(MAX_TRACES_A_TURN)
        with self._ledger.read() as conn:
            checkpoints = self._ledger.checkpoints.starting_with(conn, CHECKPOINT_PREFIX)
        since_ns = max(0, min(checkpoints.values(), default=0) - CHECKPOINT_MARGIN_NS)
        begun_at_ns = self._clock()
        for ref in self._events.touched_since(since_ns):
            touched.setdefault(ref, "")
        if touched:
            log.info("recovery.refreshing", sessions=len(touched))
            self.emptied(self._refresh.run(touched))
        with self._ledger.begin() as conn:
            self._ledger.checkpoints.set(conn, self._checkpoint_name, begun_at_ns)
            dead = [
                name
                for name, at_ns in checkpoints.items()
                if at_ns < begun_at_ns - CLEAN_AFTER_NS or not self._ledger.is_shared
            ]
            self._ledger.checkpoints.remove(conn, [name for name in dead if name != self._checkpoint_name])

    def _finish_deletions(self) -> None:
        with self._ledger.read() as conn:
            unerased = self._ledger.tombstones.unerased(conn, MAX_TOMBSTONES_A_TURN)
        if refs := [(tombstone.workspace_id, tombstone.session_id) for tombstone in unerased]:
            self._commits.erase(refs)
            with self._ledger.begin() as conn:
                self._ledger.tombstones.erased(conn, refs)

    def run(self, stale: Mapping[SessionRef, str]) -> None:
        """One turn: stale list rows, statuses that are due, old changes."""
        now_ns = self._clock()
        with self._ledger.begin() as conn:
            is_sweeper = self._ledger.leases.take(conn, SWEEPER, self._checkpoint_name, now_ns, LEASE_NS)
            due = self._ledger.sessions.due(conn, now_ns, MAX_DUE_A_TURN) if is_sweeper else []
        self.emptied(self._refresh.run({**stale, **{(row.workspace_id, row.id): row.key for row in due}}))
        with self._ledger.begin() as conn:
            self._ledger.changes.prune(conn, MAX_CHANGES_KEPT)
            self._ledger.late_patches.prune(conn, now_ns - LATE_PATCHES_KEPT_NS)

    def emptied(self, sessions: Iterable[SessionRef]) -> None:
        """Sessions whose rows have all moved away; their content is deleted a while later."""
        now_ns = self._clock()
        self._emptied.update({ref: now_ns for ref in sessions})

    def checkpoint(self, at_ns: int) -> None:
        """Everything written before `at_ns` has been rolled up."""
        if at_ns - self._checkpointed_at_ns < CHECKPOINT_EVERY_NS:
            return
        with self._ledger.begin() as conn:
            self._ledger.checkpoints.set(conn, self._checkpoint_name, at_ns)
        self._checkpointed_at_ns = at_ns

    def price_overrides(self, workspace_ids: Iterable[str]) -> dict[str, Sequence[PriceOverride]]:
        now_ns = self._clock()
        for workspace_id in workspace_ids:
            read_at_ns, _ = self._overrides.get(workspace_id, (0, ()))
            if now_ns - read_at_ns > OVERRIDES_FOR_NS:
                with self._ledger.read() as conn:
                    self._overrides[workspace_id] = (now_ns, self._ledger.prices.overrides(conn, workspace_id))
        return {workspace_id: found for workspace_id, (_, found) in self._overrides.items()}

    def clean(self) -> None:
        """Delete the content of sessions that have been empty for a while. Not while rows are being written."""
        now_ns = self._clock()
        ready = [ref for ref, at_ns in self._emptied.items() if now_ns - at_ns > CLEAN_AFTER_NS]
        still_empty = set(ready) - set(self._events.rollups(ready)) if ready else set()
        for ref in ready:
            del self._emptied[ref]
        self._commits.erase(list(still_empty))
