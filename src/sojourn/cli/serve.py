"""`sojourn serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sojourn import server
from sojourn.api import log_output
from sojourn.cli.demo import demo_folder
from sojourn.settings import read_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback only until there are logins")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the web app, the API and OTLP (7437)")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the embedded stores keep their files")] = None,
    otlp_port: Annotated[
        int | None, typer.Option(help="Second port, where OTLP exporters send by default (4318); 0 for none")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error")] = None,
    gateway_root: Annotated[
        str | None, typer.Option(help="Gateway that answers at the root, too, for clients without a prefix: niitaka, …")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Put sample sessions of real agents into it")] = False,
) -> None:
    """Serve the web app, the API and OpenTelemetry until SIGTERM or Ctrl-C. docs/settings.md has every setting."""
    settings = read_settings(
        os.environ,
        host=host,
        port=port,
        data_dir=data_dir,
        otlp_port=otlp_port,
        log_level=log_level,
        gateway_root=gateway_root,
    )
    log_output.configure(settings.log_level, settings.log_format)
    server.serve(settings, demo_folder() if demo else None)
