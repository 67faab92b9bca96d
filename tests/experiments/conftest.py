from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.experiments.experimenter import Experimenter
from tests.running_server import RunningServer, started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("experiments") / "data") as running:
        yield running


@pytest.fixture
def experimenter(server: RunningServer) -> Experimenter:
    return Experimenter(server)
