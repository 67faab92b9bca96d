from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sdk.contract_server import ContractServer, contract_server

import sojourn


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ContractServer]:
    """The SDK of this process speaks to it, from a clean start to a clean end."""
    with contract_server() as running:
        sojourn.configure(running.url, spool_dir=tmp_path / "spool")
        yield running
        running.mode = "ok"
        sojourn.shutdown(1.0)
