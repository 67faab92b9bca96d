"""`sojourn ingest`: files and folders, through the running server or straight into the data directory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sojourn import server
from sojourn.app.errors import SojournError
from sojourn.app.files import files_below, ingest_file
from sojourn.cli.client import Client, chunks_of, server_url
from sojourn.cli.errors import Unreachable
from sojourn.cli.output import clean, console, count, one_line, print_json
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.settings import read_settings

Json = dict[str, Any]
Send = Callable[[Path, str], Awaitable[Json]]  # a file and its name; what became of it
MAX_PROBLEMS_SHOWN = 20
FOLDERS_IN_NAME = 5  # what the server is told of where a file lay


@dataclass(slots=True)
class Summary:
    files: int = 0
    read: int = 0
    events: int = 0
    sessions: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, report: Json) -> None:
        self.files += 1
        self.read += 1 if report["events"] or report["session_count"] else 0
        self.events += report["events"]
        self.sessions.update(report["sessions"])
        self.problem_count += report["problem_count"]
        self.problems.extend(f"{report['name']}: {problem}" for problem in report["problems"])
        self.notes.extend(f"{report['name']}: {note}" for note in report["notes"])


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders whose files are all tried", exists=True)],
    url: Annotated[
        str | None, typer.Option("--url", help="Server to send to; if none runs, the data directory is opened")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory to open if no server runs")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text")] = False,
) -> None:
    """Transcripts, OTLP dumps and exports become sessions with their original times. Doing it again changes nothing."""
    files = found_files(paths)
    summary = asyncio.run(_ingest(files, url, data_dir, is_quiet=as_json))
    _print(summary, as_json)
    raise typer.Exit(0 if summary.read else 1)


def found_files(paths: Iterable[Path]) -> list[Path]:
    """Each file once, in a stable order."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = files_below(path) if path.is_dir() else [path]
        found.update(dict.fromkeys(file.absolute() for file in inside))
    return list(found)


async def _ingest(files: list[Path], url: str | None, data_dir: Path | None, *, is_quiet: bool) -> Summary:
    summary = Summary()
    async with _way_in(url, data_dir) as send:
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=is_quiet,
            transient=True,
        ) as progress:
            bar = progress.add_task("", total=len(files))
            for path in files:
                progress.update(bar, description=one_line(path.name, 40))
                summary.add(await _sent(send, path))
                progress.advance(bar)
    return summary


@asynccontextmanager
async def _way_in(url: str | None, data_dir: Path | None) -> AsyncIterator[Send]:
    """A server that answers takes the files; else this process opens the data directory itself."""
    client = Client(server_url(url))
    try:
        if url or (data_dir is None and client.is_there()):
            yield lambda path, name: asyncio.to_thread(
                client.post, "/api/v1/ingest/file", {"name": name}, chunks_of(path)
            )
            return
    finally:
        client.close()
    async with server.opened(read_settings(os.environ, data_dir=data_dir), "ingest") as services:
        yield lambda path, name: _read_here(services.ingest, path, name)


async def _read_here(ingest: Any, path: Path, name: str) -> Json:
    return (await ingest_file(ingest, DEFAULT_WORKSPACE, path, name)).answer()


async def _sent(send: Send, path: Path) -> Json:
    """One file that cannot be read does not stop the others."""
    name = "/".join(path.parts[-FOLDERS_IN_NAME:])
    try:
        return {**await send(path, name), "name": str(path)}
    except (OSError, SojournError, Unreachable) as error:
        nothing = {"events": 0, "session_count": 0, "sessions": []}
        return {**nothing, "name": str(path), "problem_count": 1, "problems": [str(error)], "notes": []}


def _print(summary: Summary, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "files": summary.files,
                "read": summary.read,
                "events": summary.events,
                "sessions": sorted(summary.sessions),
                "problem_count": summary.problem_count,
                "problems": summary.problems,
                "notes": summary.notes,
            }
        )
        return
    screen = console()
    for note in summary.notes[:MAX_PROBLEMS_SHOWN]:
        screen.print(clean(note), style="dim")
    for problem in summary.problems[:MAX_PROBLEMS_SHOWN]:
        screen.print(clean(problem), style="yellow")
    if summary.problem_count > MAX_PROBLEMS_SHOWN:
        more = count(summary.problem_count - MAX_PROBLEMS_SHOWN)
        screen.print(f"… {more} problems more; --json has them", style="yellow")
    screen.print(
        f"{count(summary.read)} of {count(summary.files)} files read: {count(len(summary.sessions))} sessions, "
        f"{count(summary.events)} events, {count(summary.problem_count)} problems"
    )
