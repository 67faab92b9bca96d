"""The server does what /openapi.json says of it: schemathesis makes requests of every kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.running_server import RunningServer, clean_environment

EXAMPLES = 8
LIVE = "/api/v1/live"  # it never ends; see the tests below
STEERING = "/(runtimes|tasks|actions|commands|bulk)"
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

[[operations]]
include-path = "/api/v1/sessions/{{id}}/actions/{{verb}}"
parameters = {{ id = "described" }}

[[operations]]
include-path-regex = "/(commands/.command_id|tasks/.id).$"
include-method = "GET"
parameters = {{ wait_s = 0 }}

# What a policy's condition or an assessor's config holds depends on its type (/policy-types, /assessor-kinds), and so
# does what an alert channel needs.
# Assessments are asked for by session, trace or both; variants have names of their own.
[[operations]]
include-path-regex = "/(polic(ies|y-replays|y-batches)|assessors|assessments|experiments|alert-channels)"

[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]

# An address, a role or a password is right or wrong by more than its form, and in local mode nobody logs in.
[[operations]]
include-path-regex = "/(login|me/password|members|roles|api-keys|workspaces)"

[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "404", "409", "422", "429"]
"""


def test_schemathesis_finds_nothing(server: RunningServer, tmp_path: Path) -> None:
    finds_nothing(server, tmp_path, f"^{LIVE}$|{STEERING}")


def test_schemathesis_finds_nothing_in_steering(server: RunningServer, tmp_path: Path) -> None:
    finds_nothing(server, tmp_path, f"^(?!.*{STEERING})|/poll$")  # a poll waits for up to 30 seconds


def finds_nothing(server: RunningServer, folder: Path, excluded: str) -> None:
    assert server.post("/api/v1/events", json=EVENTS).status_code == 200
    block = server.get("/api/v1/sessions/described/events/described-call")["input"][0]["hash"]
    (folder / "schemathesis.toml").write_text(KNOWN_PLACES.format(hash=block))
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{server.url}/openapi.json",
        "--exclude-path-regex",
        excluded,
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
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=500, check=False
    )

    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert server.get("/readyz")["status"] == "ready"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/sessions/described", "DELETE, GET"),
        ("/api/v1/sessions/described/agents", "GET"),
        ("/api/v1/sessions/a%2Fagents", "DELETE, GET"),
        ("/api/v1/sessions/export", "GET"),
        ("/v1/traces", "POST"),
    ],
)
def test_a_refused_method_is_told_those_of_the_path_that_was_meant(
    server: RunningServer, path: str, methods: str
) -> None:
    answer = httpx.options(server.url + path)

    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


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
