from __future__ import annotations

import pytest
from tests.stores import Stores

from sojourn.events.store import EventStore


@pytest.fixture
def store(stores: Stores) -> EventStore:
    return stores.events
