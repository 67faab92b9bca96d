"""How log lines are written: JSON for machines, colours for a terminal; also those of the libraries that we use."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

QUIET_LIBRARIES = ("httpx", "alembic", "sse_starlette", "asyncio", "apscheduler", "urllib3")


def configure(level: str, form: str) -> None:
    """To stderr, so that a command's own output stays clean."""
    is_console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not is_console:
        shared.append(structlog.processors.format_exc_info)
    renderer: Any = structlog.dev.ConsoleRenderer() if is_console else structlog.processors.JSONRenderer(default=str)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [output]
    root.setLevel(level.upper())
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
