"""Pages of a real browser that may not complain, and what axe finds in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from tests.running_server import RunningServer

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
REFUSED = "the server responded with a status of 4"  # Chromium reports refusals that the page expects and shows
SETTLED_MS = 500


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, server: RunningServer, **options: Any) -> Iterator[Page]:
    """Fails at the end if the page complained in the meantime."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900}, **options)
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and REFUSED not in message.text:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == [], complaints


def faults(page: Page) -> list[tuple[str, str]]:
    page.wait_for_timeout(SETTLED_MS)
    page.add_script_tag(path=str(AXE))
    violations = page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then((found) => found.violations)"
    )
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in violations]
