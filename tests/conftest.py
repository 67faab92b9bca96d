from __future__ import annotations

import gc

import pytest
from tests.stores import Stores, fresh_workspace, shared_stores

gc.set_threshold(50_000, 20, 20)  # thousands of tests stay in memory: looking for garbage among them takes minutes


@pytest.fixture(scope="session")
def stores() -> Stores:
    return shared_stores()


@pytest.fixture
def workspace() -> str:
    return fresh_workspace()
