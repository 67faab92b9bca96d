"""The event store: what happened, and what was said. Every call blocks; run it in a thread."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sojourn.domain.events import StoredEvent
from sojourn.domain.identity import SessionRef
from sojourn.domain.messages import Block
from sojourn.domain.sessions import Rollup
from sojourn.events.columns import block_table, event_of, event_table
from sojourn.events.migrating import migrate
from sojourn.events.rollup_reading import read_rollups
from sojourn.events.rows import Match, Move, Row, Skeleton, StoredBlock, TraceMember, WindowFilter, WindowKey
from sojourn.events.statements import statement
from sojourn.events.transport import Transport
from sojourn.events.windows import Windows

MAX_SEARCH_WORDS = 16
DELETED_AT_ONCE = 1_000  # sessions named in one statement
SEARCH_SCAN = 20_000  # matching blocks looked at before sessions are told apart
NOT_A_WORD = re.compile(r"[\W_]+", re.ASCII)


class EventStore:
    def __init__(self, transport: Transport, cluster: str | None = None) -> None:
        self._transport = transport
        self._cluster = cluster
        self._windows = Windows(self.rows)

    def migrate(self) -> None:
        migrate(self._transport, self._cluster)

    def close(self) -> None:
        self._transport.close()

    def rows(self, name: str, **parameters: Any) -> list[Row]:
        """The answer of sql/<name>.sql."""
        answer: list[Row] = self._transport.query(statement(name), parameters).to_pylist()
        return answer

    def stream(self, name: str, **parameters: Any) -> Iterator[list[Row]]:
        """The answer of sql/<name>.sql, a batch at a time."""
        for batch in self._transport.stream(statement(name), parameters):
            yield batch.to_pylist()

    def append(
        self, events: Sequence[StoredEvent], blocks: Sequence[StoredBlock], hidden: Sequence[StoredEvent] = ()
    ) -> None:
        """Durable on return. Blocks first, so that no event ever refers to content that is not there. `hidden` rows go
        from where they are in the same moment."""
        if blocks:
            self._transport.insert("blocks", block_table(blocks))
        if events:
            self._transport.insert("events", event_table(events, hidden))

    def move(self, workspace_id: str, moves: Sequence[Move]) -> None:
        """Rows change their session, all in one insert: a reader sees each either before or after."""
        whole = {move.from_session_id + move.trace_id: move.to_session_id for move in moves if move.event_ids is None}
        single = {
            move.from_session_id + event_id: move.to_session_id for move in moves for event_id in move.event_ids or ()
        }
        parameters = {
            "workspace_id": workspace_id,
            "from_session_ids": sorted({move.from_session_id for move in moves}),
            "whole": list(whole) or [""],
            "whole_homes": list(whole.values()) or [""],
            "single": list(single) or [""],
            "single_homes": list(single.values()) or [""],
        }
        self._transport.execute(statement("move_blocks"), parameters)
        self._transport.execute(statement("move_events"), parameters)

    def rollups(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Rollup]:
        """Counts of each session (workspace id, session id) that has rows."""
        return read_rollups(self.rows, keys) if keys else {}

    def touched_since(self, at_ns: int) -> list[tuple[str, str]]:
        return [(row["workspace_id"], row["session_id"]) for row in self.rows("touched_since", at_ns=at_ns)]

    def last_inserted_at(self) -> int:
        """By the event store's clock; 0 if it is empty."""
        return max((int(row["at_ns"]) for row in self.rows("last_inserted")), default=0)

    def trace_members(self, workspace_id: str, session_ids: Collection[str], trace_id: str) -> list[TraceMember]:
        found = self.rows(
            "trace_members", workspace_id=workspace_id, session_ids=sorted(session_ids), trace_id=trace_id
        )
        return [TraceMember(**row) for row in found]

    def window(
        self,
        workspace_id: str,
        session_id: str,
        chosen: WindowFilter,
        *,
        after: WindowKey | None = None,
        before: WindowKey | None = None,
        offset: int | None = None,
        limit: int = 100,
    ) -> list[Skeleton]:
        return self._windows.read(workspace_id, session_id, chosen, after, before, offset or 0, limit)

    def window_total(self, workspace_id: str, session_id: str, chosen: WindowFilter) -> int:
        return self._windows.total(workspace_id, session_id, chosen)

    def event(self, workspace_id: str, session_id: str, event_id: str) -> StoredEvent | None:
        found = self.rows("event_whole", workspace_id=workspace_id, session_id=session_id, event_id=event_id)
        return StoredEvent(workspace_id, session_id, event_of(found[0])) if found else None

    def blocks(
        self, workspace_id: str, session_id: str, hashes: Sequence[bytes], max_chars: int | None = None
    ) -> dict[bytes, tuple[Block, int]]:
        """Content by hash, its text cut at `max_chars`, with the full length in code points."""
        if not hashes:
            return {}
        found = self.rows(
            "blocks_of",
            workspace_id=workspace_id,
            session_id=session_id,
            max_chars=max_chars or 0,
            hashes=[digest.hex() for digest in hashes],
        )
        return {
            row["hash"]: (
                Block(row["hash"], row["kind"], row["role"], row["name"], row["text"], row["parts"]),
                row["full_chars"],
            )
            for row in found
        }

    def block_range(
        self, workspace_id: str, session_id: str, digest: bytes, offset: int, limit: int
    ) -> tuple[str, int] | None:
        """A piece of one block's text (offsets in code points) and its full length; None if there is no such block."""
        found = self.rows(
            "block_range",
            workspace_id=workspace_id,
            session_id=session_id,
            hash=digest.hex(),
            offset=offset,
            limit=limit,
        )
        return (found[0]["piece"], found[0]["full_chars"]) if found else None

    def delete_sessions(self, refs: Iterable[SessionRef]) -> None:
        """Events and content are gone when this returns. Many at once take hardly longer than one."""
        of_workspace: dict[str, list[str]] = {}
        for workspace_id, session_id in refs:
            of_workspace.setdefault(workspace_id, []).append(session_id)
        for workspace_id, session_ids in of_workspace.items():
            for start in range(0, len(session_ids), DELETED_AT_ONCE):
                part = session_ids[start : start + DELETED_AT_ONCE]
                for name in ("delete_events", "delete_blocks"):
                    self._transport.execute(statement(name), {"workspace_id": workspace_id, "session_ids": part})

    def search(
        self, workspace_id: str, words: str, *, session_ids: Sequence[str] | None = None, limit: int = 50
    ) -> list[Match]:
        """One match for each session that has content with all words, newest first. Case does not matter."""
        tokens = [word for word in NOT_A_WORD.split(words.lower()) if word][:MAX_SEARCH_WORDS]
        if not tokens:
            return []
        found = self.rows(
            "search_blocks",
            workspace_id=workspace_id,
            words=tokens,
            session_ids=list(session_ids or ()),
            scan=SEARCH_SCAN,
            limit=limit,
        )
        return [Match(**row) for row in found]

    def parts_and_bytes(self) -> dict[str, dict[str, int]]:
        """Parts, rows and bytes on disk of each table."""
        return {
            row["table"]: {name: int(row[name]) for name in ("parts", "rows", "bytes")} for row in self.rows("storage")
        }
