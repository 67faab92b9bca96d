"""Pages of a real browser that may not complain, and what axe finds in them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright
from tests.running_server import RunningServer

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RULES = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
REFUSED = "the server responded with a status of 4"  # Chromium reports refusals that the page expects and shows
UNREACHABLE = "net::ERR_"  # and that nobody answers
SEEN_MS = 15_000  # whatever is expected, on a machine that does much else
SOON_S = 30
THEMES = ("light", "dark")
# Whatever a page asked for is drawn: nothing in it has changed for a tenth of a second, or it never comes to rest.
SETTLED = """() => new Promise((done) => {
  const watcher = new MutationObserver(() => { clearTimeout(quiet); quiet = setTimeout(finish, 100); });
  const finish = () => { watcher.disconnect(); clearTimeout(quiet); clearTimeout(latest); done(); };
  let quiet = setTimeout(finish, 100);
  const latest = setTimeout(finish, 3000);
  watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})"""


@contextmanager
def launched() -> Iterator[Browser]:
    expect.set_options(timeout=SEEN_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def new_context(browser: Browser, server: RunningServer, **options: Any) -> BrowserContext:
    """What slides and fades stands still: a press would wait for it, and axe would measure faint text."""
    usual: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    return browser.new_context(base_url=server.url, **{**usual, **options})


@contextmanager
def opened(browser: Browser, server: RunningServer, *, expects: Sequence[str] = (), **options: Any) -> Iterator[Page]:
    """Fails at the end if the page complained in the meantime of anything but what is expected."""
    context = new_context(browser, server, **options)
    page = context.new_page()
    complaints = complaints_of(page, expects)
    yield page
    context.close()
    assert complaints == [], complaints


def complaints_of(page: Page, expects: Sequence[str] = ()) -> list[str]:
    """Errors of the page and of its console, as they come."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in expects):
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def soon(page: Page, seen: Locator, step_ms: int) -> None:
    """It is seen in time by a page whose clock was installed and runs ahead, so that nobody waits for its timers."""
    until_s = time.monotonic() + SOON_S
    while not seen.is_visible():
        assert time.monotonic() < until_s, f"it was not seen within {SOON_S} s and many times {step_ms} ms of its clock"
        page.clock.fast_forward(step_ms)
        time.sleep(0.2)  # what it asked for comes


def faults(page: Page) -> list[tuple[str, str, str]]:
    """What is wrong with the page as it stands for those who cannot see or point well, in both themes."""
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        violations = page.evaluate(f"{RULES}.then((found) => found.violations)")
        found += [(theme, one["id"], one["nodes"][0]["html"][:200]) for one in violations]
    return found


@cache
def _axe() -> str:
    return AXE.read_text()
