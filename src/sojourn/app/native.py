"""Native records become events and declarations. A bad record is told of and takes no other with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from sojourn.app.errors import Invalid, TooLarge
from sojourn.app.native_records import MAX_EPOCH_NS, EventRecord, Failure, SessionRecord, is_session
from sojourn.app.views.times import parse_time
from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.chat_messages import recognised_messages
from sojourn.conventions.draft import Draft
from sojourn.domain.declarations import Declaration
from sojourn.domain.events import EventStatus
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Message, dump_json, text_message
from sojourn.domain.sessions import SESSION_FIELDS
from sojourn.ledger.ledger import Ledger

MAX_RECORDS = 50_000  # of one request
NS_PER_MS = 1_000_000
MAX_OBJECTS = 1_000_000  # braces and brackets of one JSON body
MAX_REJECTIONS_TOLD = 100
MAX_REASON_CHARS = 500
OWN_TIER = 1
# A number is seconds, milliseconds, microseconds or nanoseconds by its size.
EPOCH_UNITS = (
    (MAX_EPOCH_NS / 1e9, 1_000_000_000),
    (MAX_EPOCH_NS / 1e6, 1_000_000),
    (MAX_EPOCH_NS / 1e3, 1_000),
    (MAX_EPOCH_NS, 1),
)
SPOKEN_TYPES = frozenset({"message", "llm_call", "reasoning", "compaction"})
TOOL_TYPES = frozenset({"tool_call", "tool_result"})
NOT_FIELDS = {"session", "session_id", "at", "trigger", "parent", "parent_session_id"}
ALIASES = {"agent": "agent_id", "user": "user_id", "experiment": "experiment_id"}
UUID_TEXT = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Rejection:
    index: int  # of the record, counted from 0; blank lines do not count
    code: str
    message: str


@dataclass(slots=True)
class Reading:
    """What a body said."""

    mapped: list[Mapped] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return len(self.mapped) + len(self.declarations)

    def answer(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "rejected_count": len(self.rejections),
            "rejected": [asdict(rejection) for rejection in self.rejections[:MAX_REJECTIONS_TOLD]],
        }


def parse_array(body: bytes) -> list[Any]:
    """The records of a JSON array; a single object is one record."""
    if body.count(b"{") + body.count(b"[") > MAX_OBJECTS:  # all of them would be made before the first is looked at
        raise TooLarge(f"a request may hold at most {MAX_OBJECTS} objects and arrays", {"max_objects": MAX_OBJECTS})
    try:
        found = orjson.loads(body) if body.strip() else []
    except orjson.JSONDecodeError as error:
        raise Invalid(f"the body is no JSON: {error}") from error
    records = found if isinstance(found, list) else [found]
    return _bounded(records)


def parse_lines(body: bytes) -> list[Any]:
    """The records of NDJSON. A line that is no JSON stands as the error that it gave."""
    if body.count(b"\n") > 2 * MAX_RECORDS:
        raise too_many_records()
    lines = _bounded([line for line in body.splitlines() if line.strip()])
    return [_line(line) for line in lines]


def read_records(ledger: Ledger, workspace_id: str, records: Sequence[Any], now_ns: int) -> Reading:
    keys = _known_keys(ledger, workspace_id, records)
    reading = Reading()
    for index, record in enumerate(records):
        try:
            if isinstance(record, orjson.JSONDecodeError):
                raise Invalid(f"the line is no JSON: {record}")
            if not isinstance(record, dict):
                raise Invalid("a record must be an object")
            if is_session(record):
                reading.declarations.append(_declaration(SessionRecord.model_validate(record), keys, now_ns))
            else:
                reading.mapped.append(_event(EventRecord.model_validate(record), record, keys, now_ns, index))
        except ValidationError as error:
            reading.rejections.append(Rejection(index, "invalid", _first_fault(error)))
        except Invalid as error:
            reading.rejections.append(Rejection(index, error.code, error.message[:MAX_REASON_CHARS]))
    return reading


def _bounded(records: list[Any]) -> list[Any]:
    if len(records) > MAX_RECORDS:
        raise too_many_records()
    return records


def too_many_records() -> TooLarge:
    return TooLarge(f"a request may hold at most {MAX_RECORDS} records", {"max_records": MAX_RECORDS})


def _line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return error


def _known_keys(ledger: Ledger, workspace_id: str, records: Sequence[Any]) -> dict[str, str]:
    """The keys of the sessions that are named by their UUIDs."""
    named = {
        record[name].lower()
        for record in records
        if isinstance(record, dict)
        for name in ("session_id", "parent", "parent_session_id")
        if isinstance(record.get(name), str) and UUID_TEXT.fullmatch(record[name].lower())
    }
    if not named:
        return {}
    with ledger.read() as conn:
        found = ledger.sessions.get_many(conn, [(workspace_id, session_id) for session_id in sorted(named)])
    return {session.id: session.key for session in found.values()}


def _key(record: EventRecord | SessionRecord, keys: Mapping[str, str]) -> str:
    if record.session:
        return record.session
    return _key_of(record.session_id, keys) if record.session_id else ""


def _key_of(id_or_key: str, keys: Mapping[str, str]) -> str:
    """A UUID that names no session is a key that happens to look like one."""
    return keys.get(id_or_key.lower(), id_or_key)


def _declaration(record: SessionRecord, keys: Mapping[str, str], now_ns: int) -> Declaration:
    key = _key(record, keys)
    if not key:
        raise Invalid("session is missing: the key of the session that this record speaks of")
    said = record.model_dump(exclude_none=True, exclude=NOT_FIELDS)
    fields = {ALIASES.get(name, name): value for name, value in said.items()}
    for name, value in (record.trigger.model_dump(exclude_none=True) if record.trigger else {}).items():
        fields[f"trigger_{name}"] = value
    parent = record.parent or record.parent_session_id
    if parent and "parent_session_key" not in fields:
        fields["parent_session_key"] = _key_of(parent, keys)
    unknown = set(fields) - SESSION_FIELDS
    if unknown:
        raise Invalid(f"not a field of a session: {', '.join(sorted(unknown))}")
    return Declaration(key, fields, now_ns if record.at is None else _at_ns(record.at, "at"))


def _event(record: EventRecord, raw: Mapping[str, Any], keys: Mapping[str, str], now_ns: int, index: int) -> Mapped:
    key = _key(record, keys)
    if not key and not record.trace_id:
        raise Invalid("session is missing: the key of the session that the event belongs to")
    draft = Draft(type=record.type, name=record.name or record.tool_name or record.model or record.type)
    if key:
        draft.session_tier, draft.session_key = OWN_TIER, key
    _set_times(draft, record, now_ns)
    _set_identity(draft, record, raw, key, now_ns, index)
    _set_call(draft, record)
    _set_content(draft, record)
    attributes = {**(record.model_extra or {}), **record.attributes}
    return assemble_draft(draft, attributes=attributes, source="native", scope="", trace_id=record.trace_id or "")


def _set_times(draft: Draft, record: EventRecord, now_ns: int) -> None:
    took_ns = int((record.duration_ms or 0) * NS_PER_MS)
    draft.started_at_ns = now_ns if record.started_at is None else _at_ns(record.started_at, "started_at")
    if record.ended_at is not None:
        draft.ended_at_ns = _at_ns(record.ended_at, "ended_at")
        if record.started_at is None:
            draft.started_at_ns = min(draft.started_at_ns, draft.ended_at_ns) - took_ns
    elif record.status != EventStatus.PENDING:
        if record.started_at is None:
            draft.started_at_ns -= took_ns
        draft.ended_at_ns = draft.started_at_ns + took_ns
    draft.seq = record.seq


def _set_identity(draft: Draft, record: EventRecord, raw: Mapping[str, Any], key: str, now_ns: int, index: int) -> None:
    """Without an id, the content and the time name the event, so that sending it again changes nothing."""
    if record.event_id:
        draft.event_id = record.event_id
    elif record.started_at is not None or record.ended_at is not None:
        draft.event_id = content_id("native", key, dump_json(dict(raw)))
    else:
        draft.event_id = content_id("native", key, dump_json(dict(raw)), now_ns, index)
    draft.parent_event_id = record.parent_event_id or ""
    draft.conversation_id = record.conversation_id or ""


def _set_call(draft: Draft, record: EventRecord) -> None:
    draft.status = record.status or ""
    draft.agent = record.agent_id or record.agent or ""
    draft.model_used = record.model or ""
    draft.model_requested = record.model_requested or record.model or ""
    draft.provider = record.provider or ""
    draft.tool_name = record.tool_name or (record.name or "" if record.type in TOOL_TYPES else "")
    draft.tool_call_id = record.tool_call_id or ""
    draft.input_tokens, draft.output_tokens = record.input_tokens, record.output_tokens
    draft.cache_read_tokens, draft.cache_write_tokens = record.cache_read_tokens, record.cache_write_tokens
    draft.reasoning_tokens = record.reasoning_tokens
    draft.usage_key = record.response_id or ""
    if record.cost_usd is not None:
        draft.reported_cost_usd, draft.reported_cost_by = record.cost_usd, "cost_usd"
    if record.type == "llm_call":
        draft.usage_kind = "call"
    failure = record.error if isinstance(record.error, Failure) else Failure(message=record.error or "")
    draft.error_type = record.error_type or failure.type
    draft.error = failure.message or draft.error_type
    draft.details = dict(record.details)


def _set_content(draft: Draft, record: EventRecord) -> None:
    if record.type in SPOKEN_TYPES:
        said_by = record.role or ("user" if record.type == "llm_call" else "assistant")
        _set_messages(draft, record, said_by)
    elif record.type in TOOL_TYPES:
        draft.arguments, draft.result = record.input, record.output
    else:
        draft.input_value, draft.output_value = record.input, record.output
        if record.role:
            draft.details.setdefault("role", record.role)


def _set_messages(draft: Draft, record: EventRecord, said_by: str) -> None:
    draft.inputs = _messages(record.input, said_by)
    if record.type == "message" and draft.inputs and record.role is None and isinstance(record.input, str):
        draft.inputs = [text_message("user", record.input)]  # what goes in was said to the agent
    draft.outputs = _messages(record.output, record.role or "assistant")


def _messages(value: Any, said_by: str) -> list[Message]:
    if value is None:
        return []
    if isinstance(value, str):
        return [text_message(said_by, value)]
    found = recognised_messages(value)
    return found if found is not None else [text_message(said_by, dump_json(value))]


def _at_ns(time: str | int | float, name: str) -> int:
    if isinstance(time, str):
        return max(1, parse_time(time, name))  # 0 means unknown
    if isinstance(time, bool) or not 1 <= time <= MAX_EPOCH_NS:
        raise Invalid(f"{name} must lie between 1970 and 2255")
    for limit, unit in EPOCH_UNITS:
        if time <= limit:
            return time * unit if isinstance(time, int) else int(time * unit)
    raise AssertionError("the last limit is the highest time")


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, fault["loc"]))
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {fault['msg']}{more}"[:MAX_REASON_CHARS]
