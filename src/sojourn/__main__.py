"""`sojourn`, and `python -m sojourn`."""

from __future__ import annotations

import gc
import sys

HOW_TO_INSTALL = """This is the light SDK. The server and its commands need more:

  pip install 'sojourn[server]'

(missing: {name})"""
CLIENT_COMMANDS = frozenset({"sessions", "tail", "tasks", "version"})  # need none of the server's code


def main() -> None:
    gc.disable()  # what is imported stays: looking for garbage in it took a third of the time to start
    try:
        # They may be missing, the SDK need not pay for them, and a client not for the server.
        if len(sys.argv) > 1 and sys.argv[1] in CLIENT_COMMANDS:
            from sojourn.cli.client_commands import run  # noqa: PLC0415
        else:
            from sojourn.cli.app import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "sojourn":
            raise
        sys.exit(HOW_TO_INSTALL.format(name=error.name))
    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
