"""Runs `sojourn` as a person would."""

from __future__ import annotations

import subprocess
import sys

from tests.running_server import clean_environment

TIMEOUT_S = 120


def sojourn(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sojourn", *arguments],
        env=clean_environment(COLUMNS="160", **environment),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
