from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.postgres_server import postgres_server
from tests.stores import shared_stores

from sojourn.ledger.ledger import Ledger


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Both ledgers, each a real one."""
    if request.param == "sqlite":
        yield shared_stores().ledger
        return
    with postgres_server() as url:
        opened = Ledger.open(url)
        opened.migrate()
        yield opened
        opened.close()
