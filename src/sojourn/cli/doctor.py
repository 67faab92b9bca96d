"""`sojourn doctor`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from sojourn.cli.checks import FAILURE, OK, WARNING, findings
from sojourn.cli.client import Client, server_url
from sojourn.cli.output import clean, console, print_json
from sojourn.settings import read_settings

MARKS = {OK: ("✓", "green"), WARNING: ("!", "yellow"), FAILURE: ("✗", "red")}


def doctor(
    data_dir: Annotated[Path | None, typer.Option(help="Where the embedded stores keep their files")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Server to look at")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text")] = False,
) -> None:
    """What is wrong with this installation, and how to mend it. Exit code 1 if something is."""
    client = Client(server_url(url))
    found = list(findings(read_settings(os.environ, data_dir=data_dir), client))
    client.close()
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        screen = console()
        for finding in found:
            mark, style = MARKS[finding.level]
            screen.print(Text.assemble((f"{mark} ", style), (f"{finding.what:<16}", "bold"), clean(finding.message)))
            if finding.mend:
                screen.print(Text.assemble(f"  {'':<16}", ("→ ", style), clean(finding.mend)))
    raise typer.Exit(1 if any(finding.level == FAILURE for finding in found) else 0)
