"""Which content blocks were stored a moment ago, so that a history sent with every call is written once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from sojourn.domain.identity import SessionRef
from sojourn.domain.messages import Block
from sojourn.events.rows import StoredBlock

MAX_REMEMBERED_BLOCKS = 200_000  # about 30 MB


class RecentBlocks:
    """Forgets whole sessions, least recently written first. Used by one thread at a time."""

    def __init__(self, limit: int = MAX_REMEMBERED_BLOCKS) -> None:
        self._limit = limit
        self._count = 0
        self._hashes: OrderedDict[SessionRef, set[bytes]] = OrderedDict()

    def unseen(self, contents: Mapping[SessionRef, Mapping[bytes, Block]]) -> list[StoredBlock]:
        """The blocks that may not be stored yet."""
        fresh: list[StoredBlock] = []
        for session, blocks in contents.items():
            known = self._hashes.get(session, ())
            fresh += [StoredBlock(*session, block) for digest, block in blocks.items() if digest not in known]
        return fresh

    def remember(self, blocks: Sequence[StoredBlock]) -> None:
        """Call after the blocks are durable."""
        for stored in blocks:
            session = (stored.workspace_id, stored.session_id)
            known = self._hashes.setdefault(session, set())
            self._hashes.move_to_end(session)
            if stored.block.hash not in known:
                known.add(stored.block.hash)
                self._count += 1
        while self._count > self._limit and len(self._hashes) > 1:
            _, dropped = self._hashes.popitem(last=False)
            self._count -= len(dropped)

    def forget(self, session: SessionRef) -> None:
        """The session's content was deleted or moved."""
        self._count -= len(self._hashes.pop(session, ()))
