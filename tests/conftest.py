from __future__ import annotations

import pytest
from tests.stores import Stores, fresh_workspace, shared_stores


@pytest.fixture(scope="session")
def stores() -> Stores:
    return shared_stores()


@pytest.fixture
def workspace() -> str:
    return fresh_workspace()
