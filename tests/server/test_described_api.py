"""The server does what /openapi.json says of it: schemathesis makes requests of every kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.running_server import RunningServer, clean_environment

EXAMPLES = 20
LIVE = "/api/v1/live"
EVENTS = [
    {"session": "described", "type": "message", "input": "hello"},
    {
        "session": "described",
        "event_id": "described-call",
        "type": "llm_call",
        "model": "gpt-4o",
        "input": "hello",
        "output": "hi",
        "input_tokens": 5,
    },
]
# Random ids find nothing; these two would never be asked for anything that is there.
KNOWN_PLACES = """
[[operations]]
include-path = "/api/v1/sessions/{{id}}/context/{{event_id}}"
parameters = {{ id = "described", event_id = "described-call" }}

[[operations]]
include-path = "/api/v1/sessions/{{id}}/blocks/{{hash}}"
parameters = {{ id = "described", hash = "{hash}" }}
"""


def test_schemathesis_finds_nothing(server: RunningServer, tmp_path: Path) -> None:
    assert server.post("/api/v1/events", json=EVENTS).status_code == 200
    block = server.get("/api/v1/sessions/described/events/described-call")["input"][0]["hash"]
    (tmp_path / "schemathesis.toml").write_text(KNOWN_PLACES.format(hash=block))
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{server.url}/openapi.json",
        "--exclude-path",
        LIVE,  # it never ends; see below
        "--checks",
        "all",
        "--max-examples",
        str(EXAMPLES),
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "7437",
    ]

    done = subprocess.run(
        command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=500, check=False
    )

    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert server.get("/readyz")["status"] == "ready"


@pytest.mark.parametrize("headers", [{}, {"last-event-id": "0"}, {"last-event-id": "no number"}])
@pytest.mark.parametrize("parameters", [{}, {"session": "described"}, {"session": "no such session"}])
def test_the_live_stream_answers_as_described(
    server: RunningServer, headers: dict[str, str], parameters: dict[str, str]
) -> None:
    with httpx.stream("GET", server.url + LIVE, headers=headers, params=parameters, timeout=10) as answer:
        first = next(answer.iter_lines())

    described = server.get("/openapi.json")["paths"][LIVE]["get"]["responses"]["200"]["content"]
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] in described
    assert first.startswith(("event: ", "id: "))


def test_the_live_stream_refuses_as_described(server: RunningServer) -> None:
    too_long = httpx.get(server.url + LIVE, params={"session": "x" * 5_000})
    wrong_method = httpx.post(server.url + LIVE)

    assert (too_long.status_code, too_long.json()["code"]) == (422, "invalid")
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "GET")
