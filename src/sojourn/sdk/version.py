"""The version that the SDK tells the server: that of the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("sojourn")
    except PackageNotFoundError:
        return "0"


VERSION = _installed()
