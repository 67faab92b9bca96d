from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.assessors.assessing import Assessed, Service
from tests.running_server import RunningServer, started


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("assessors") / "data"
    settings = {"SOJOURN_SUMMARISER_URL": f"{service.url}/v1", "SOJOURN_SUMMARISER_MODEL": "judge-1"}
    with started(folder, **settings) as running:
        yield running


@pytest.fixture
def assessed(server: RunningServer) -> Iterator[Assessed]:
    operator = Assessed(server)
    yield operator
    operator.dismiss()
