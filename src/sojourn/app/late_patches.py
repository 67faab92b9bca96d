"""What senders say of an event after they sent it, even if their words overtake the event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sojourn.app.ingest import Ingest
from sojourn.conventions.assemble import Mapped
from sojourn.domain.costs import rate_rule
from sojourn.domain.events import Event, EventStatus
from sojourn.domain.identity import FINAL_VERSION, session_id_of
from sojourn.domain.messages import Block, clean, dump_json, message_block, text_message, value_block
from sojourn.domain.resolution import bounded_key
from sojourn.events.store import EventStore
from sojourn.ledger.late_patches import SentEvent
from sojourn.ledger.ledger import Ledger

NS_PER_MS = 1_000_000
MAX_ERROR_CHARS = 8_000
PREVIEW_CHARS = 200
Said = Mapping[str, Any]  # output, duration_ms, status, cost_usd; anything else is kept among the attributes


class LatePatches:
    def __init__(self, ledger: Ledger, events: EventStore, ingest: Ingest, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._events = events
        self._ingest = ingest
        self._clock = clock

    async def send(self, workspace_id: str, mapped: Mapped) -> None:
        """Stores the event, with whatever was said of it before it came."""
        await asyncio.to_thread(self._arrive, workspace_id, mapped.event)
        await self._ingest.submit(workspace_id, [mapped])
        await self._apply(workspace_id, mapped.event.event_id)

    async def patch(self, workspace_id: str, event_id: str, said: Said) -> None:
        """Waits for the event, if it has not come yet."""
        await asyncio.to_thread(self._park, workspace_id, event_id, said)
        await self._apply(workspace_id, event_id)

    def _arrive(self, workspace_id: str, event: Event) -> None:
        session_id = session_id_of(workspace_id, bounded_key(event.session_hint))
        with self._ledger.begin() as conn:
            sent = self._ledger.late_patches.locked(conn, workspace_id, event.event_id, self._clock())
            version = max(sent.version, FINAL_VERSION)
            self._ledger.late_patches.put(conn, replace(sent, session_id=session_id, version=version))

    def _park(self, workspace_id: str, event_id: str, said: Said) -> None:
        with self._ledger.begin() as conn:
            sent = self._ledger.late_patches.locked(conn, workspace_id, event_id, self._clock())
            self._ledger.late_patches.put(conn, replace(sent, pending={**sent.pending, **said}))

    async def _apply(self, workspace_id: str, event_id: str) -> None:
        sent = await asyncio.to_thread(self._next_version, workspace_id, event_id)
        if sent is None:
            return
        stored = await asyncio.to_thread(self._events.event, workspace_id, sent.session_id, event_id)
        if stored is None:
            return  # it is being stored just now; whoever stores it looks here again
        mapped = patched(stored.event, sent.pending)
        await self._ingest.submit(workspace_id, [mapped._replace(event=mapped.event._replace(version=sent.version))])
        await asyncio.to_thread(self._done, sent)

    def _next_version(self, workspace_id: str, event_id: str) -> SentEvent | None:
        """Of two that apply what was said at once, the later knows more and has the higher version."""
        with self._ledger.begin() as conn:
            sent: SentEvent = self._ledger.late_patches.locked(conn, workspace_id, event_id, self._clock())
            if not sent.session_id or not sent.pending:
                return None
            sent = replace(sent, version=sent.version + 1)
            self._ledger.late_patches.put(conn, sent)
            return sent

    def _done(self, applied: SentEvent) -> None:
        with self._ledger.begin() as conn:
            sent = self._ledger.late_patches.locked(conn, applied.workspace_id, applied.event_id, applied.at_ns)
            if sent.pending == applied.pending:
                self._ledger.late_patches.put(conn, replace(sent, pending={}))


def patched(event: Event, said: Said) -> Mapped:
    """The event after these words. A cost replaces the one before it, so that sums change by the difference."""
    changes: dict[str, Any] = {"ended_at_ns": event.ended_at_ns or event.started_at_ns}
    blocks: tuple[Block, ...] = ()
    if event.status == EventStatus.PENDING:
        changes["status"] = str(EventStatus.OK)
    if "status" in said:
        changes["status"] = str(EventStatus.ERROR if said["status"] == "error" else EventStatus.OK)
    if isinstance(ms := said.get("duration_ms"), int | float) and ms >= 0:
        changes["ended_at_ns"] = event.started_at_ns + int(ms * NS_PER_MS)
    if said.get("output") is not None:
        block = _output_block(event, said["output"])
        blocks = (block,)
        changes |= {"output_refs": (block.hash,), "preview": clean(block.text)[:PREVIEW_CHARS]}
        if changes.get("status") == EventStatus.ERROR:
            changes["error"] = clean(str(said["output"]))[:MAX_ERROR_CHARS]
    if isinstance(cost_usd := said.get("cost_usd"), int | float):
        changes |= {
            "cost_usd": float(cost_usd),
            "cost_rule": rate_rule("reported", by="a later word of the sender", before=event.cost_usd),
            "usage_kind": event.usage_kind or "sum",
        }
    return Mapped(event._replace(**changes), blocks)


def _output_block(event: Event, output: Any) -> Block:
    if event.type == "llm_call":
        return message_block(text_message("assistant", output if isinstance(output, str) else dump_json(output)))
    return value_block("result" if event.type == "tool_call" else "value", output, event.tool_name)
