"""Files that lie on disk become sessions. Reading one again changes nothing: its records keep their ids and times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import structlog

from sojourn.app.errors import Overloaded, SojournError
from sojourn.conventions.assemble import Mapped
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import derived_key
from sojourn.transcripts.reading import read_file
from sojourn.transcripts.transcript import Batch

log = structlog.get_logger(__name__)
MAX_PROBLEMS_TOLD = 100
MAX_SESSIONS_TOLD = 10_000
MAX_WAITS = 120  # for a busy ingest, each as long as it asks for
ROWS_A_SUBMIT = 2_000


class Accepts(Protocol):
    """What of Ingest is used here."""

    async def submit(self, workspace_id: str, mapped: Sequence[Mapped]) -> None: ...
    async def declare(self, workspace_id: str, declarations: Sequence[Declaration]) -> None: ...


@dataclass(slots=True)
class FileReport:
    """What became of one file."""

    name: str
    events: int = 0
    sessions: set[str] = field(default_factory=set)  # keys
    problems: list[str] = field(default_factory=list)  # the first ones, by line
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)  # why nothing of it is a session, if so on purpose

    def note(self, problem: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS_TOLD:
            self.problems.append(problem)

    def answer(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "events": self.events,
            "session_count": len(self.sessions),
            "sessions": sorted(self.sessions)[:MAX_SESSIONS_TOLD],
            "problem_count": self.problem_count,
            "problems": self.problems,
            "notes": self.notes[:MAX_PROBLEMS_TOLD],
        }


async def ingest_file(ingest: Accepts, workspace_id: str, path: Path, name: str) -> FileReport:
    """Everything that can be read is stored and readable; the report says what could not be."""
    report = FileReport(name)
    batches = iter(read_file(path))
    while True:
        batch = await asyncio.to_thread(_next, batches, report)
        if batch is None:
            return report
        for start in range(0, len(batch.mapped), ROWS_A_SUBMIT):
            await _patiently(ingest, workspace_id, batch.mapped[start : start + ROWS_A_SUBMIT], ())
        await _patiently(ingest, workspace_id, (), batch.declarations)
        report.events += len(batch.mapped)
        report.sessions.update(_key_of(mapped) for mapped in batch.mapped)
        report.sessions.update(declaration.key for declaration in batch.declarations)
        report.notes.extend(map(str, batch.notes[:MAX_PROBLEMS_TOLD]))
        for problem in batch.problems:
            report.note(str(problem))


async def ingest_folder(ingest: Accepts, workspace_id: str, folder: Path) -> None:
    """Every file below a folder; what cannot be read is logged."""
    for path in await asyncio.to_thread(files_below, folder):
        name = str(path.relative_to(folder))
        try:
            report = await ingest_file(ingest, workspace_id, path, name)
        except SojournError as error:
            log.warning("files.not_ingested", name=name, reason=error.message)
            continue
        log.info("files.ingested", name=name, events=report.events, problems=report.problem_count)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _next(batches: Iterator[Batch], report: FileReport) -> Batch | None:
    try:
        return next(batches, None)
    except (OSError, ValueError) as error:
        report.note(f"{type(error).__name__}: {error}")
        return None


async def _patiently(
    ingest: Accepts, workspace_id: str, mapped: Sequence[Mapped], declarations: Sequence[Declaration]
) -> None:
    """A file can wait where an exporter cannot."""
    for _ in range(MAX_WAITS):
        try:
            if mapped:
                await ingest.submit(workspace_id, mapped)
            if declarations:
                await ingest.declare(workspace_id, declarations)
            return
        except Overloaded as busy:
            await asyncio.sleep(busy.retry_after_s)
    raise Overloaded()


def _key_of(mapped: Mapped) -> str:
    return mapped.event.session_hint or derived_key(mapped.event.trace_id)
