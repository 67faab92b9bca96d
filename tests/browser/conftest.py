"""A browser for each module, and a page at its `server` that may not complain.

One browser for all modules would not do: while Playwright's loop lives, pytest-asyncio cannot run in the same worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.opened_pages import launched, opened
from tests.running_server import RunningServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def page_options() -> dict[str, Any]:
    """What pages are opened with; a module may say something else."""
    return {}


@pytest.fixture
def page(browser: Browser, server: RunningServer, page_options: dict[str, Any]) -> Iterator[Page]:
    with opened(browser, server, **page_options) as shown:
        yield shown
