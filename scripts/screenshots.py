"""Takes the pictures of docs/screenshots from a server with the samples: each screen, light and dark.

    sojourn serve --demo --port 7555 --otlp-port 0 --data-dir /tmp/pictures
    python scripts/screenshots.py http://127.0.0.1:7555

What the samples lack (a task, a policy that fires, an experiment) is told to the server first.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1440, "height": 900}
SETTLED_MS = 2_500
VARIANTS = {"short prompt": (0.012, 2_400, 0.82), "long prompt": (0.019, 3_100, 0.9)}
POLICIES: list[dict[str, Any]] = [
    {
        "type": "cost_limit",
        "name": "No run costs more than two cents",
        "condition": {"cost_exceeded": 0.02},
        "action": {"type": "notify"},
    },
    {
        "type": "repeated_tool_calls",
        "name": "The same call again and again",
        "condition": {"times": 5},
        "action": {"type": "require_approval"},
    },
]


def main(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as server:
        tell(server)
        shown = dict(places(server))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for theme in ("light", "dark"):
            page = browser.new_context(base_url=url, viewport=SIZE, color_scheme=theme).new_page()  # type: ignore[arg-type]
            for name, place in shown.items():
                take(page, place, FOLDER / f"{name}-{theme}.png")
        browser.close()


def tell(server: httpx.Client) -> None:
    if server.get("/api/v1/policies").json()["items"]:
        return  # told before
    for policy in POLICIES:
        server.post("/api/v1/policies", json=policy).raise_for_status()
    chance = random.Random(7)
    records: list[dict[str, Any]] = []
    for variant, (cost, length_ms, success) in VARIANTS.items():
        for number in range(60):
            key = f"support-{variant.split()[0]}-{number}"
            began = datetime(2024, 3, 1, 9, tzinfo=UTC) + timedelta(hours=number * 7)  # behind the real samples
            ended = began + timedelta(milliseconds=length_ms * chance.uniform(0.6, 1.7))
            records.append(
                {
                    "session": key,
                    "agent_id": "support",
                    "goal": f"Answer ticket {number}",
                    "status": "completed",
                    "started_at": began.isoformat(),
                    "ended_at": ended.isoformat(),
                    "experiment_id": "prompt-length",
                    "variant": variant,
                    "metrics": {"resolved": int(chance.random() < success)},
                }
            )
            records.append(
                {
                    "session": key,
                    "type": "llm_call",
                    "model": "gpt-4.1-mini",
                    "cost_usd": round(cost * chance.uniform(0.5, 1.6), 5),
                    "started_at": began.isoformat(),
                    "ended_at": ended.isoformat(),
                    "input_tokens": int(chance.uniform(600, 3_000)),
                    "output_tokens": int(chance.uniform(80, 500)),
                }
            )
    server.post("/api/v1/events", json=records).raise_for_status()
    server.post(
        "/api/v1/assessors",
        json={"name": "Secrets and personal data", "kind": "detector", "role": "observer", "config": {}},
    ).raise_for_status()
    for name, role in (("support agent in production", "agent"), ("collector", "sender")):
        server.post("/api/v1/api-keys", json={"name": name, "roles": [role]}).raise_for_status()
    server.post(
        "/api/v1/tasks",
        json={
            "kind": "manual",
            "title": "Call the customer back about order 1138",
            "instructions": "They asked for a person. Say what was agreed.",
            "session": "support-short-3",
            "form": {
                "type": "object",
                "required": ["agreed"],
                "properties": {
                    "agreed": {"type": "string", "title": "What was agreed"},
                    "refund": {"type": "number", "title": "Refund, in dollars", "minimum": 0},
                },
            },
        },
    ).raise_for_status()


def places(server: httpx.Client) -> Iterator[tuple[str, str]]:
    longest, traced = (
        server.get("/api/v1/sessions", params={"sort": sort, "limit": 1}).json()["items"][0]["id"]
        for sort in ("-tool_call_count", "-trace_count")
    )
    task = server.get("/api/v1/tasks", params={"kind": "manual"}).json()["items"][0]["id"]
    yield "sessions", "/sessions"
    yield "trends", "/sessions?trends=cost&by=model"
    for tab in ("conversation", "timeline", "agents", "context", "metrics", "state"):
        yield tab if tab != "agents" else "session-agents", f"/sessions/{longest}?tab={tab}"
    yield "traces", f"/sessions/{traced}?tab=traces"
    yield "work-center", f"/tasks?task={task}"
    yield "agents", "/agents"
    yield "signals", "/signals"
    yield "policies", "/policies"
    yield "assessors", "/assessors"
    yield "experiments", "/experiments/prompt-length"
    yield "api-keys", "/settings/keys"


def take(page: Page, place: str, path: Path) -> None:
    page.goto(place)
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=path)


if __name__ == "__main__":
    main(sys.argv[1])
