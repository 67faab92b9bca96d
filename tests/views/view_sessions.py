"""Sessions made for the tests of the views: events with content, in a real event store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sojourn.app.views.reading import Reading
from sojourn.app.views.recent import Recent
from sojourn.domain.events import Event, StoredEvent
from sojourn.domain.identity import session_id_of
from sojourn.domain.messages import Block, Message, dump_json, message_block, message_keys, text_message, value_block
from sojourn.domain.sessions import Session
from sojourn.events.rows import StoredBlock
from sojourn.events.store import EventStore

T0_NS = 1_750_000_000_000_000_000
MS = 1_000_000


def said(role: str, text: str) -> Message:
    return text_message(role, text)


def asks_tool(call_id: str, name: str, arguments: Any, text: str = "") -> Message:
    part = {"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}
    return Message("assistant", ({"type": "text", "content": text}, part) if text else (part,))


def tool_answer(call_id: str, response: Any) -> Message:
    return Message("tool", ({"type": "tool_call_response", "id": call_id, "response": response},))


@dataclass
class Script:
    """Writes a session event by event; times are milliseconds after its start."""

    key: str
    workspace_id: str = "views"
    events: list[Event] = field(default_factory=list)
    blocks: dict[bytes, Block] = field(default_factory=dict)

    @property
    def session_id(self) -> str:
        return session_id_of(self.workspace_id, self.key)

    def add(self, event_id: str, type: str, at_ms: float, end_ms: float | None = None, **fields: Any) -> Event:
        details = fields.pop("details", None)
        attributes = fields.pop("attributes", None)
        event = Event(
            event_id=event_id,
            type=type,
            name=fields.pop("name", type),
            status=fields.pop("status", "ok"),
            started_at_ns=T0_NS + int(at_ms * MS),
            ended_at_ns=None if end_ms is None else T0_NS + int(end_ms * MS),
            trace_id=fields.pop("trace_id", "a" * 32),
            source=fields.pop("source", "span"),
            version=fields.pop("version", 2),
            details="" if details is None else dump_json(details),
            attributes="" if attributes is None else dump_json(attributes),
            **fields,
        )
        self.events.append(event)
        return event

    def model_call(
        self,
        event_id: str,
        at_ms: float,
        end_ms: float | None,
        inputs: Sequence[Message],
        outputs: Sequence[Message] = (),
        tools: Sequence[Any] = (),
        **fields: Any,
    ) -> Event:
        system = [message_block(one) for one in inputs if one.role == "system"]
        rest = [message_block(one) for one in inputs if one.role != "system"]
        definitions = [value_block("tool_definition", tool, tool["name"]) for tool in tools]
        sent = self._keep([*system, *definitions, *rest])
        received = self._keep(message_block(one) for one in outputs)
        fields.setdefault("usage_kind", "call")
        fields.setdefault("model_used", "gpt-5")
        keys = message_keys([self.blocks[digest] for digest in (*sent, *received)])
        return self.add(
            event_id, "llm_call", at_ms, end_ms, input_refs=sent, output_refs=received, message_keys=keys, **fields
        )

    def message(self, event_id: str, at_ms: float, message: Message, **fields: Any) -> Event:
        return self.add(
            event_id,
            "message",
            at_ms,
            at_ms,
            output_refs=self._keep([message_block(message)]),
            message_keys=(len(self.events) + 1,),
            **fields,
        )

    def tool_call(
        self,
        event_id: str,
        at_ms: float,
        end_ms: float | None,
        name: str,
        arguments: Any = None,
        result: Any = None,
        **fields: Any,
    ) -> Event:
        sent = self._keep([value_block("arguments", arguments, name)]) if arguments is not None else ()
        received = self._keep([value_block("result", result, name)]) if result is not None else ()
        return self.add(
            event_id, "tool_call", at_ms, end_ms, tool_name=name, input_refs=sent, output_refs=received, **fields
        )

    def save(self, store: EventStore) -> None:
        place = (self.workspace_id, self.session_id)
        store.append(
            [StoredEvent(*place, event) for event in self.events],
            [StoredBlock(*place, block) for block in self.blocks.values()],
        )

    def session(self, store: EventStore, **fields: Any) -> Session:
        """Saved, and folded as far as the views need it."""
        self.save(store)
        key = (self.workspace_id, self.session_id)
        facts = store.rollups([key]).get(key)
        session = Session(id=self.session_id, key=self.key, workspace_id=self.workspace_id)
        if facts is not None:
            names = (
                "event_count",
                "trace_count",
                "message_count",
                "llm_call_count",
                "tool_call_count",
                "error_count",
                "handoff_count",
                "compactions",
                "resets",
                "input_tokens",
                "output_tokens",
                "cache_read_tokens",
                "cache_write_tokens",
                "reasoning_tokens",
                "cost_usd",
                "unpriced_calls",
                "started_at_ns",
                "last_activity_at_ns",
                "models",
                "agents",
            )
            total = facts.input_tokens + facts.output_tokens
            session = replace(
                session,
                total_tokens=total,
                goal=facts.user_text or facts.root_name,
                **{name: getattr(facts, name) for name in names},
            )
        return replace(session, **fields)

    def reading(self, store: EventStore, **fields: Any) -> Reading:
        return Reading(store, Recent(), self.session(store, **fields))

    def _keep(self, blocks: Iterable[Block]) -> tuple[bytes, ...]:
        kept = list(blocks)
        self.blocks.update((block.hash, block) for block in kept)
        return tuple(block.hash for block in kept)
