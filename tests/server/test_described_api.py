"""The write side does what /openapi.json says of it: schemathesis makes requests of every kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.running_server import RunningServer, clean_environment

EXAMPLES = 20
PATHS = "^/(v1|api/public|api/v1/(events|ingest)|healthz|readyz|metrics)"  # /live never ends by itself


def test_schemathesis_finds_nothing(server: RunningServer, tmp_path: Path) -> None:
    events = [
        {"session": "described", "type": "message", "input": "hello"},
        {
            "session": "described",
            "type": "llm_call",
            "model": "gpt-4o",
            "input": "hello",
            "output": "hi",
            "input_tokens": 5,
        },
    ]
    assert server.post("/api/v1/events", json=events).status_code == 200
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{server.url}/openapi.json",
        "--include-path-regex",
        PATHS,
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
