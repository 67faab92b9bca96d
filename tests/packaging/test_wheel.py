"""The wheel as a stranger gets it: built, installed in a clean environment, started."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest
from tests.running_server import clean_environment, free_port

pytestmark = pytest.mark.xdist_group("packaging")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: the checkout's own ui/node_modules and ui/dist may be in use by another test or person."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    not_sources = shutil.ignore_patterns(".git", ".venv", "node_modules", "dist", "static", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, source, ignore=not_sources)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout[-3_000:] + built.stderr[-3_000:]
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_web_app_its_statements_and_the_samples(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert "sojourn/web/static/index.html" in names
    assert "sojourn/events/sql/rollup_counts.sql" in names
    assert "sojourn/events/migrations/0001_events.sql" in names
    assert "sojourn/ledger/migrations/env.py" in names
    assert "sojourn/demo/LICENSES.md" in names
    assert not [name for name in names if "node_modules" in name or name.startswith("tests")]


def test_the_base_install_is_the_light_sdk(wheel: Path) -> None:
    metadata = next(name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("METADATA"))
    base = [
        line
        for line in zipfile.ZipFile(wheel).read(metadata).decode().splitlines()
        if line.startswith("Requires-Dist:") and "extra ==" not in line
    ]

    assert {line.split()[1].split(">")[0] for line in base} == {
        "httpx",
        "opentelemetry-sdk",
        "opentelemetry-exporter-otlp-proto-http",
    }


def test_the_installed_wheel_starts_and_serves(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    install = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", f"{wheel}[server]"]
    subprocess.run(install, check=True, capture_output=True)
    port = free_port()
    command = [
        str(environment / "bin" / "sojourn"),
        "serve",
        "--port",
        str(port),
        "--otlp-port",
        "0",
        "--data-dir",
        str(tmp_path / "data"),
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            await_ready(url)
            page = httpx.get(f"{url}/").text
            asset = re.search(r'src="(/assets/[^"]+)"', page)
            assert asset is not None
            assert httpx.get(url + asset[1]).status_code == 200
            assert httpx.get(f"{url}/readyz").json()["status"] == "ready"
        finally:
            process.terminate()
            process.wait(30)


def await_ready(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the installed server is not ready after 60 s")
