"""`sojourn`, and `python -m sojourn`."""

from __future__ import annotations

import sys

HOW_TO_INSTALL = """This is the light SDK. The server and its commands need more:

  pip install 'sojourn[server]'

(missing: {name})"""


def main() -> None:
    try:
        from sojourn.cli.app import run  # noqa: PLC0415  it may be missing, and the SDK need not pay for it
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "sojourn":
            raise
        sys.exit(HOW_TO_INSTALL.format(name=error.name))
    run()


if __name__ == "__main__":
    main()
