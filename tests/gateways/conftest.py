from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gateways.itential_clients import INSTALL_TIMEOUT_S, WANTED
from tests.running_server import RunningServer, started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("gateways") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def foreign_python(request: pytest.FixtureRequest) -> Path:
    """Installed once and kept with pytest's cache."""
    assert request.config.cache is not None
    home = request.config.cache.mkdir("-".join(WANTED).replace("==", "-"))
    python, mark = Path(home) / "venv" / "bin" / "python", Path(home) / "installed"
    if not mark.exists():
        commands = (
            [sys.executable, "-m", "venv", "--clear", str(python.parent.parent)],
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *WANTED],
        )
        for command in commands:
            subprocess.run(command, check=True, timeout=INSTALL_TIMEOUT_S, capture_output=True)
        mark.touch()
    return python
