"""Rows of traces whose root has not come yet, kept a while so that they can follow it without being read again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Set

from sojourn.app.placement import Kept, Placed, Traced
from sojourn.domain.identity import SessionRef

MAX_KEPT_ROWS = 20_000
MAX_KEPT_BYTES = 64 << 20  # of content, roughly


class OpenTraces:
    """Holds every stored version of every row of a trace, or nothing of it. Used by one thread at a time."""

    def __init__(self, max_rows: int = MAX_KEPT_ROWS, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._rows: OrderedDict[Traced, list[Kept]] = OrderedDict()
        self._row_count = 0
        self._byte_count = 0

    def __contains__(self, traced: Traced) -> bool:
        return traced in self._rows

    def rows(self, traced: Traced) -> list[Kept]:
        return self._rows[traced]

    def keep(self, placed: Placed, stayed: Mapping[Traced, list[Kept]], begun: Set[Traced]) -> None:
        """Call after rows are durable: what was written, which kept rows did not move, which traces are new."""
        rows = {traced: list(held) for traced, held in stayed.items()}
        rooted: set[Traced] = set()
        for stored in placed.events:
            workspace_id, session_id, event = stored
            traced = (workspace_id, event.trace_id)
            if traced in begun or traced in stayed:
                held = placed.contents[workspace_id, session_id]
                blocks = tuple(held[digest] for digest in {*event.input_refs, *event.output_refs})
                rows.setdefault(traced, []).append(Kept(stored, blocks))
                if not event.parent_event_id:
                    rooted.add(traced)
        for traced, now in rows.items():
            self.drop(traced)
            if traced not in rooted:
                self._rows[traced] = now
                self._row_count += len(now)
                self._byte_count += sum(map(_size_of, now))
        while self._row_count > self._max_rows or self._byte_count > self._max_bytes:
            self.drop(next(iter(self._rows)))

    def drop(self, traced: Traced) -> None:
        for row in self._rows.pop(traced, ()):
            self._row_count -= 1
            self._byte_count -= _size_of(row)

    def drop_session(self, session: SessionRef) -> None:
        """Its rows were deleted."""
        held = [traced for traced, rows in self._rows.items() if any(_place_of(row) == session for row in rows)]
        for traced in held:
            self.drop(traced)


def _place_of(row: Kept) -> SessionRef:
    return row.stored.workspace_id, row.stored.session_id


def _size_of(row: Kept) -> int:
    event = row.stored.event
    return len(event.attributes) + len(event.details) + sum(len(block.text) + len(block.parts) for block in row.blocks)
