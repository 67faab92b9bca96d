"""The transactional store: what is true now. Every call blocks; run it in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from sojourn.ledger import (
    access,
    agent_marks,
    alerts,
    assessors,
    automations,
    changes,
    checkpoints,
    commands,
    decisions,
    declarations,
    experiment_sessions,
    experiments,
    holds,
    late_patches,
    leases,
    listing,
    owed_outcomes,
    policies,
    prices,
    runtimes,
    saved_views,
    sessions,
    signals,
    stats,
    status_changes,
    steering,
    tasks,
    tombstones,
    traces,
)
from sojourn.ledger.engines import Engines
from sojourn.ledger.migrating import migrate
from sojourn.ledger.waking import Waking

SESSION_LOCKS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(ref, 7437)) FROM unnest(CAST(:refs AS text[])) AS ref ORDER BY ref"
)


class Ledger:
    """One module a table; each takes the connection of the caller's transaction."""

    access = access
    agent_marks = agent_marks
    alerts = alerts
    assessors = assessors
    automations = automations
    sessions = sessions
    listing = listing
    stats = stats
    traces = traces
    declarations = declarations
    changes = changes
    status_changes = status_changes
    checkpoints = checkpoints
    prices = prices
    holds = holds
    runtimes = runtimes
    commands = commands
    steering = steering
    tasks = tasks
    tombstones = tombstones
    leases = leases
    owed_outcomes = owed_outcomes
    policies = policies
    signals = signals
    decisions = decisions
    experiments = experiments
    experiment_sessions = experiment_sessions
    late_patches = late_patches
    saved_views = saved_views

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._waking = Waking(engines)

    @classmethod
    def open(cls, url: str) -> Ledger:
        """`sqlite:///path/ledger.db` or `postgresql://user@host/database`."""
        return cls(Engines(url))

    @property
    def is_shared(self) -> bool:
        """Whether other processes may write to it: PostgreSQL, not SQLite."""
        return not self._engines.is_sqlite

    def migrate(self) -> None:
        migrate(self._engines)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction, committed at the end of the block, rolled back if it raises."""
        with self._engines.writing() as conn:
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: sees one state of the database throughout the block."""
        with self._engines.reading() as conn:
            yield conn

    def lock_sessions(self, conn: Connection, refs: Sequence[tuple[str, str]]) -> None:
        """Until the transaction ends no other process counts these sessions. SQLite has one writer anyway."""
        if self.is_shared:
            conn.execute(SESSION_LOCKS, {"refs": sorted("/".join(ref) for ref in refs)})

    def notify(self) -> None:
        """Wake everyone who waits for changes, in every process."""
        self._waking.notify()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (from some thread) whenever there may be new changes; returns how to stop that."""
        return self._waking.subscribe(callback)

    def health(self) -> None:
        """Raises if the database does not answer."""
        with self.read() as conn:
            conn.execute(text("SELECT 1"))

    def close(self) -> None:
        self._waking.close()
        self._engines.close()
