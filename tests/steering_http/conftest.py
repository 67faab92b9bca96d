from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Operator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("steering") / "data") as running:
        yield running


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)
