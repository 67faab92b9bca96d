"""One process owns a data directory. The embedded engine would corrupt its files if two opened them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sojourn.app.errors import Conflict, StorageUnavailable

LOCK_NAME = "owner.lock"
MAX_NOTE_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a data directory, as it wrote itself into the lock file."""

    pid: int
    since: str  # RFC 3339
    host: str  # where it serves, "" if it does not
    port: int
    purpose: str  # the command it runs

    def sentence(self) -> str:
        served = f", serving http://{self.host}:{self.port}" if self.host else ""
        return f"process {self.pid} (sojourn {self.purpose}, since {self.since}{served})"


@contextmanager
def owned(data_dir: Path, owner: Owner) -> Iterator[None]:
    """Holds the data directory. The kernel drops the lock with the process, so a dead owner never blocks."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageUnavailable(f"the data directory {data_dir} cannot be used: {error.strerror}") from error
    try:
        _lock(descriptor, data_dir)
        _write_note(descriptor, owner)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def owner_of(data_dir: Path) -> Owner | None:
    """Who holds it now; None if nobody does, whatever the file says."""
    try:
        descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_note(descriptor)
    finally:
        os.close(descriptor)
    return None


def _lock(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = _read_note(descriptor)
        message = f"the data directory {data_dir} is held by {owner.sentence()}; stop it or use another --data-dir"
        raise Conflict(message, asdict(owner)) from error


def _write_note(descriptor: int, owner: Owner) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(owner)).encode(), 0)


def _read_note(descriptor: int) -> Owner:
    try:
        return Owner(**json.loads(os.pread(descriptor, MAX_NOTE_BYTES, 0)))
    except (ValueError, TypeError):
        return Owner(pid=0, since="just now", host="", port=0, purpose="starting")
