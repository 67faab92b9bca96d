from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn.events.chdb_transport import ChdbTransport
from sojourn.events.store import EventStore


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    folder: Path = tmp_path_factory.mktemp("events")
    events = EventStore(ChdbTransport(folder))
    events.migrate()
    yield events
    events.close()
