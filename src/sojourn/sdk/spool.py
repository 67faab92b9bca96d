"""Batches on disk while the server is away, a file each, delivered oldest first by whichever process comes next.

Two processes may deliver the same file at the same time: that does no harm, since every event has its own id.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sojourn.sdk.batches import Batch, Kind

MAX_SPOOL_BYTES = 256 * 1024 * 1024
LOOKS_A_SPOOL = 64  # how often the size is looked at while it fills: each look costs time for every file
MAX_SET_ASIDE_FILES = 20
FORMAT = "sojourn-spool-1"
SUFFIX = ".batch"
SET_ASIDE = "corrupt"


class Spool:
    """A folder for one destination, in which other processes write and deliver, too."""

    def __init__(self, folder: Path, on_drop: Callable[[str, Mapping[str, int]], None]) -> None:
        self._folder = folder
        self._on_drop = on_drop
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._waiting: deque[Path] = deque()  # files seen at the last look, the oldest first
        self._bytes_until_look = 0

    def keep(self, batch: Batch) -> bool:
        """Write the batch down; False if it could not be written (it is counted as dropped)."""
        with self._lock:
            try:
                self._write(batch)
            except OSError as error:
                self._on_drop(f"it could not be spooled ({error.strerror or type(error).__name__})", batch.sessions)
                return False
            self._bytes_until_look -= len(batch.body)
            if self._bytes_until_look < 0:
                self._make_room()
                self._bytes_until_look = MAX_SPOOL_BYTES // LOOKS_A_SPOOL
            return True

    def oldest(self) -> Path | None:
        """Looks at the folder only when all files of the last look are gone."""
        for _ in range(2):
            while self._waiting:
                if self._waiting[0].exists():
                    return self._waiting[0]
                self._waiting.popleft()
            self._waiting.extend(self._files())
        return None

    def load(self, path: Path) -> Batch | None:
        """None if somebody else has delivered it meanwhile, or if it is corrupt: then it is set aside."""
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError:
            self._set_aside(path)
            return None
        batch = _parsed(head, body)
        if batch is None:
            self._set_aside(path)
        return batch

    def forget(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            self._set_aside(path)

    def is_empty(self) -> bool:
        try:
            with os.scandir(self._folder) as entries:
                return not any(map(_is_batch, entries))
        except OSError:
            return True

    def _write(self, batch: Batch) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {"format": FORMAT, "kind": batch.kind, "sessions": batch.sessions, "digest": _digest(batch.body)}
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self._numbers):06d}{SUFFIX}"
        unfinished = self._folder / f".{name}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + batch.body)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / name)

    def _make_room(self) -> None:
        """The oldest go first: what happened last is worth most to whoever looks."""
        sizes = {path: _size(path) for path in self._files()}
        excess = sum(sizes.values()) - MAX_SPOOL_BYTES
        for path, size in sizes.items():
            if excess <= 0:
                return
            batch = self.load(path)
            self.forget(path)
            if batch:
                self._on_drop("the spool is full", batch.sessions)
            excess -= size

    def _files(self) -> list[Path]:
        try:
            with os.scandir(self._folder) as entries:
                return sorted(Path(entry.path) for entry in entries if _is_batch(entry))
        except OSError:
            return []

    def _set_aside(self, path: Path) -> None:
        """Kept for whoever wants to look, but never tried again."""
        aside = self._folder / SET_ASIDE
        try:
            aside.mkdir(mode=0o700, exist_ok=True)
            path.rename(aside / path.name)
            for old in sorted(aside.iterdir())[:-MAX_SET_ASIDE_FILES]:
                old.unlink(missing_ok=True)
        except OSError:
            self._on_drop("a spool file can be neither read nor moved", {"": 0})
            path.unlink(missing_ok=True)


def _is_batch(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(SUFFIX) and not entry.name.startswith(".")


def _parsed(head: bytes, body: bytes) -> Batch | None:
    try:
        told: dict[str, Any] = json.loads(head)
        if told["format"] != FORMAT or told["digest"] != _digest(body):
            return None
        return Batch(Kind(told["kind"]), body, {str(key): int(count) for key, count in told["sessions"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
