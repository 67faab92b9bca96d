"""A ClickHouse to test against over HTTP: SOJOURN_TEST_CLICKHOUSE_URL if set, else chDB behind our small endpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

URL_VARIABLE = "SOJOURN_TEST_CLICKHOUSE_URL"
ROOT = Path(__file__).parents[1]


@contextmanager
def clickhouse_server(data: Path) -> Iterator[str]:
    if own := os.environ.get(URL_VARIABLE):
        yield own
        return
    command = [sys.executable, "-m", "tests.clickhouse_endpoint", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(20)
