"""The real stores for tests: SQLite and chDB, one pair for a test process; tests keep apart by workspace."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sojourn.events.chdb_transport import ChdbTransport
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Stores:
    ledger: Ledger
    events: EventStore


@cache
def shared_stores() -> Stores:
    """chDB takes one data directory for the life of a process, so every test of a process has the same."""
    folder = Path(tempfile.mkdtemp(prefix="sojourn-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}")
    ledger.migrate()
    events = EventStore(ChdbTransport(folder / "events"))
    events.migrate()
    return Stores(ledger, events)


def fresh_workspace() -> str:
    return f"workspace-{next(_numbers)}"
