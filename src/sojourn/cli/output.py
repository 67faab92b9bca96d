"""What the commands print: clean text, tables, numbers that people read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Literal

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Content comes from anybody: what would move the cursor or rewrite the screen is shown as a replacement character.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
STATUS_STYLES = {
    "running": "cyan",
    "completed": "green",
    "failed": "red",
    "error": "red",
    "abandoned": "yellow",
    "paused": "yellow",
    "waiting": "yellow",
    "idle": "blue",
    "pausing": "yellow",
    "canceling": "magenta",
    "canceled": "magenta",
    "escalated": "red",
    "pending": "dim",
    "ok": "green",
}
UNKNOWN = "—"
PIPE_WIDTH = 200


def console() -> Console:
    """As wide as the terminal; a pipe has no width, and gets whole lines."""
    is_piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, markup=False, emoji=False, width=PIPE_WIDTH if is_piped else None)


def clean(text: Any) -> str:
    return CONTROL.sub("\ufffd", str(text).replace("\r\n", "\n"))


def print_json(value: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def table(columns: Sequence[str], *, right: Sequence[str] = ()) -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for column in columns:
        side: Literal["left", "right"] = "right" if column in right else "left"
        made.add_column(column, justify=side, overflow="fold", no_wrap=column != "goal")
    return made


def status_text(status: str) -> Text:
    return Text(clean(status), style=STATUS_STYLES.get(status, ""))


def one_line(text: Any, width: int) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= width else line[: width - 1] + "…"


def count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def money(usd: float | None) -> str:
    """Small amounts keep what tells them apart."""
    if usd is None:
        return UNKNOWN
    if usd >= 1 or usd == 0:
        return f"${usd:,.2f}"
    return f"${usd:.4f}" if usd >= 0.01 else f"${usd:.2g}" if usd >= 0.0001 else f"${usd:.1e}"


def duration(ms: float | None) -> str:
    if ms is None:
        return UNKNOWN
    if ms < 1_000:
        return f"{ms:.0f} ms"
    seconds = ms / 1_000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s"


def clock(time: str | None) -> str:
    """RFC 3339 as people read it, in UTC."""
    return UNKNOWN if not time else time[:19].replace("T", " ")
