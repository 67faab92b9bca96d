from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.alerts.alerted import Alerted
from tests.alerts.mailbox import Mailbox
from tests.alerts.receiver import Receiver
from tests.running_server import RunningServer, started


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox(auth_require_tls=False) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[RunningServer]:
    settings = {
        "SOJOURN_SMTP_URL": f"smtp://alerts:p%40ss%2Fword@127.0.0.1:{mailbox.port}",
        "SOJOURN_SMTP_FROM": "Sojourn <alerts@example.com>",
        "SOJOURN_PUBLIC_URL": "https://sojourn.example/",
    }
    with started(tmp_path_factory.mktemp("alerts") / "data", **settings) as running:
        yield running


@pytest.fixture
def alerted(server: RunningServer) -> Iterator[Alerted]:
    operator = Alerted(server)
    yield operator
    operator.close()
