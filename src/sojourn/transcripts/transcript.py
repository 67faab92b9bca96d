"""What every transcript is made of: messages, model calls, tool calls, and lines that nobody knows.

An assistant says its words in its message alone; the model call beside it carries usage and the same output block, and
tells of no message of its own, so nothing counts twice. Ids come from the format, the session and the line: a longer
version of the same file adds only what is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.conventions.values import text_of
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Message, Part, dump_json

EXPLICIT_TIER = 2
MS = 1_000_000
SECOND = 1_000_000_000
SYNTHETIC_START_NS = 1_704_067_200 * SECOND  # 2024-01-01: where a record without times is put
LAST_NS = 2**62  # in the year 2116; what is later is no time
UNITS = ((1e17, 1), (1e14, 1_000), (1e11, MS), (0, SECOND))  # from when on a number counts what


class Problem(NamedTuple):
    """What could not be read, and where. Line 0 is the whole file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class Batch(NamedTuple):
    mapped: list[Mapped]
    declarations: list[Declaration]
    problems: list[Problem]
    notes: tuple[str, ...] = ()  # why a file that is no session was passed over; no failure


class Transcript:
    """One session being read. Tool calls wait for their results; `finish` closes those that never came."""

    def __init__(self, form: str, key: str, agent: str, conversation: str = "") -> None:
        self.form, self.key, self.agent, self.conversation = form, key, agent, conversation
        self.mapped: list[Mapped] = []
        self.fields: dict[str, Any] = {"agent_id": agent, "origin": "import", "kind": "conversation"}
        self._calls: dict[str, tuple[Draft, str]] = {}
        self._last_ns = 0

    def draft(self, kind: str, place: object, at_ns: int, **values: Any) -> Draft:
        """A draft of this session; `place` names its line in the session."""
        self._last_ns = max(self._last_ns, at_ns)
        return Draft(
            type=kind,
            event_id=content_id(self.form, self.key, self.conversation, kind, str(place)),
            started_at_ns=at_ns,
            ended_at_ns=values.pop("ended_at_ns", at_ns),
            session_tier=EXPLICIT_TIER,
            session_key=self.key,
            conversation_id=self.conversation,
            agent=values.pop("agent", self.agent),
            **values,
        )

    def add(self, draft: Draft, attributes: Mapping[str, Any] | None = None) -> None:
        self.mapped.append(assemble_draft(draft, attributes=attributes or {}, source="transcript", scope=self.form))

    def message(self, place: object, at_ns: int, role: str, parts: Iterable[Part], **values: Any) -> None:
        """Something said; nothing if there are no parts."""
        said = Message(role, tuple(parts))
        if said.parts:
            side = "outputs" if role == "assistant" else "inputs"
            self.add(self.draft("message", place, at_ns, name=role, **{side: [said]}, **values))

    def reasoning(self, place: object, at_ns: int, text: str) -> None:
        if text.strip():
            said = Message("assistant", ({"type": "reasoning", "content": text},))
            self.add(self.draft("reasoning", place, at_ns, name="reasoning", outputs=[said], preview=text))

    def call(self, place: object, at_ns: int, model: str, provider: str, parts: Iterable[Part], **usage: Any) -> None:
        """A model call with its usage (fields of Draft)."""
        said = Message("assistant", tuple(parts))
        details = {"counts_messages": False, **usage.pop("details", {})}
        self.add(
            self.draft(
                "llm_call",
                place,
                at_ns,
                name=model or "model call",
                model_used=model,
                provider=provider,
                usage_kind="call",
                outputs=[said] if said.parts else [],
                details=details,
                **usage,
            )
        )

    def tool(self, call_id: str, at_ns: int, name: str, arguments: Any) -> None:
        """A tool call begins; its result may come."""
        draft = self.draft(
            "tool_call", call_id, at_ns, name=name, tool_name=name, tool_call_id=call_id, arguments=arguments
        )
        self._calls[call_id] = (draft, call_id)

    def awaits(self, call_id: str) -> bool:
        return call_id in self._calls

    def result(self, call_id: str, at_ns: int, result: Any, error: str = "", place: object = "") -> None:
        """A tool call ends. A result whose call was not seen stands for itself."""
        waiting = self._calls.pop(call_id, None)
        if waiting is None:
            self.add(
                self.draft("tool_result", place or call_id, at_ns, tool_call_id=call_id, result=result, error=error)
            )
            return
        draft = waiting[0]
        draft.ended_at_ns, draft.result, draft.error = max(at_ns, draft.started_at_ns), result, error
        draft.error_type = "tool_error" if error else ""
        self._last_ns = max(self._last_ns, at_ns)
        self.add(draft)

    def unknown(self, place: object, at_ns: int, name: str, line: Mapping[str, Any]) -> None:
        """A line of a sort that nobody knows: kept whole."""
        self.add(self.draft("span", place, at_ns or self._last_ns, name=name or "line"), line)

    def finish(self) -> Batch:
        """Calls without a result: still open if nothing came after them, else given up."""
        for draft, _ in self._calls.values():
            is_last = draft.started_at_ns >= self._last_ns
            draft.status = "pending" if is_last else "canceled"
            draft.ended_at_ns = None if is_last else draft.started_at_ns
            if not is_last:
                draft.details["reason"] = "no result was recorded"
            self.add(draft)
        self._calls.clear()
        fields = {name: value for name, value in self.fields.items() if value not in (None, "", {})}
        if self.mapped and all(item.event.started_at_ns <= 0 for item in self.mapped):
            fields["metadata"] = {**fields.get("metadata", {}), "time_is_synthetic": True}
        self.mapped = _timed(self.mapped)
        # A longer version of the same file ends later, and so has the later word.
        last_ns = max((item.event.ended_at_ns or item.event.started_at_ns for item in self.mapped), default=0)
        declarations = [Declaration(self.key, fields, max(last_ns, 1))] if self.mapped else []
        return Batch(self.mapped, declarations, [])


def _timed(mapped: list[Mapped]) -> list[Mapped]:
    """Lines without a time stand at the first that has one; if none has, a second apart from a fixed day."""
    if all(item.event.started_at_ns <= 0 for item in mapped):
        return [
            item._replace(event=item.event._replace(started_at_ns=at_ns, ended_at_ns=at_ns))
            for at_ns, item in zip(range(SYNTHETIC_START_NS, LAST_NS, SECOND), mapped, strict=False)
        ]
    first_ns = min((item.event.started_at_ns for item in mapped if item.event.started_at_ns > 0), default=1)
    return [
        item
        if item.event.started_at_ns > 0
        else item._replace(event=item.event._replace(started_at_ns=first_ns, ended_at_ns=first_ns))
        for item in mapped
    ]


def place_of(line: Mapping[str, Any], number: int) -> str:
    """What names a line that has no id: what it says and when, wherever it stands; without a time, where it stands."""
    return content_id("line", dump_json(line)) if line.get("timestamp") else f"line-{number}"


def time_of(value: Any) -> int:
    """Unix nanoseconds of an ISO 8601 text (UTC if it names no zone) or of epoch seconds or milliseconds; 0 if none."""
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int | float):
        return _epoch(value)
    try:
        parsed = datetime.fromisoformat(text_of(value).replace("Z", "+00:00"))
    except ValueError:
        return 0
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    whole = int(parsed.replace(microsecond=0).timestamp())
    return max(0, whole * SECOND + parsed.microsecond * 1_000)


def _epoch(value: float) -> int:
    """Seconds, milliseconds, microseconds or nanoseconds, told apart by their size."""
    if not 0 < value < LAST_NS:
        return 0
    unit = next(unit for least, unit in UNITS if value > least)
    return min(int(value * unit), LAST_NS)
