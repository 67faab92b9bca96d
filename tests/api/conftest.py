from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.api.read_server import ReadServer
from tests.stores import Stores


@pytest.fixture
def server(stores: Stores, workspace: str) -> Iterator[ReadServer]:
    served = ReadServer(stores.ledger, stores.events, workspace)
    yield served
    served.http.close()
