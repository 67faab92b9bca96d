from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.access.people import Office
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def open_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server that asks who is there, with one admin."""
    running = RunningServer(tmp_path_factory.mktemp("access") / "data", SOJOURN_AUTH="password")
    office = Office(running)
    office.sojourn("users", "add", "ada@example.org", "--role", "admin", "--password-stdin", given=office.password)
    running.start()
    yield office
    office.admin.close()
    running.stop()


@pytest.fixture
def office(open_office: Office) -> Iterator[Office]:
    yield open_office
    open_office.close()
