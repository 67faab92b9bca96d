"""Recorded HTTP of an agent becomes a session: its model calls with usage, the tools they asked for, other requests.

Traces that the agent uploaded in the same recording join it if they tell of its calls; others stay their own sessions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import yaml  # type: ignore[import-untyped]

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.openai_traces import is_upload, read_document
from sojourn.conventions.values import first_of, first_text, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Message
from sojourn.transcripts.exchanges import Exchange, exchange_of, recorded_in
from sojourn.transcripts.http_bodies import events_of_body
from sojourn.transcripts.provider_calls import READERS, ModelCall, api_of, read_call
from sojourn.transcripts.provider_streams import STREAMS
from sojourn.transcripts.transcript import EXPLICIT_TIER, SECOND, Batch, Problem, Transcript

NAME = "cassette"
YAML_MARK = re.compile(
    rb"^\s*(?:---[^\n]*\n)?(?:#[^\n]*\n|(?:version|recorded_with)\s*:[^\n]*\n)*(?:http_)?interactions\s*:"
)
YAML_ITEM = re.compile(r"^- ", re.MULTILINE)
TRANSFER = "transfer_to_"
SYNTHETIC_START_NS = 1_704_067_200 * SECOND  # 2024-01-01: where a recording without times is put, a call a second
MAX_NODES = 5_000_000  # of a YAML document with all its aliases followed
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_yaml(body: bytes) -> bool:
    return YAML_MARK.match(body[:4096]) is not None or re.match(rb"\s*(http_)?interactions\s*:", body) is not None


def read_yaml(body: bytes) -> list[Batch]:
    """A recording that breaks off gives the exchanges before."""
    text = body.decode("utf-8", "replace")
    problems: list[Problem] = []
    document: Any = None
    try:
        document = yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        problems.append(Problem(line, f"YAML: {getattr(error, 'problem', None) or error}"[:300]))
        document = _before(text, line)
    if _nodes(document, {}) > MAX_NODES:
        return [Batch([], [], [Problem(0, f"more than {MAX_NODES} values with all aliases followed")])]
    found = read(document) if matches(document) else []
    if not found and not problems:
        problems.append(Problem(0, "a recording without exchanges"))
    return [*found, Batch([], [], problems)]


def _before(text: str, line: int) -> Any:
    """The document up to the last item that begins before the line, or the one before that."""
    head = "\n".join(text.split("\n")[:line])
    for item in reversed([item.start() for item in YAML_ITEM.finditer(head)][-2:]):
        try:
            return yaml.load(head[:item], Loader)
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any, known: dict[int, int]) -> int:
    """How many values there are if every alias is followed."""
    if not isinstance(value, list | dict):
        return 1
    if id(value) not in known:
        known[id(value)] = MAX_NODES  # one that holds itself
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_nodes(one, known) for one in inner)
    return known[id(value)]


def matches(document: Any) -> bool:
    return recorded_in(document) is not None


def read(document: Any) -> list[Batch]:
    recorded = [exchange_of(item) for item in recorded_in(document) or ()]
    exchanges = [exchange for exchange in recorded if exchange is not None]
    problems = [Problem(0, f"{len(recorded) - len(exchanges)} records without a request")] if None in recorded else []
    if not exchanges:
        return [Batch([], [], problems)]
    first = exchanges[0]
    key = content_id(NAME, first.url, first.request_text, first.response_text, str(first.ended_at_ns))
    session = _Session(Transcript(NAME, f"cassette:{key}", ""))
    session.transcript.fields |= {"agent_id": "", "service": _service(exchanges)}
    if not any(exchange.ended_at_ns for exchange in exchanges):
        session.transcript.fields["metadata"] = {"time_is_synthetic": True}
    at_ns = next((one.started_at_ns for one in exchanges if one.started_at_ns), SYNTHETIC_START_NS)
    uploads: list[Mapped] = []
    for number, exchange in enumerate(exchanges):
        if not exchange.ended_at_ns:
            exchange = exchange._replace(started_at_ns=at_ns, ended_at_ns=at_ns)
            at_ns += SECOND
        at_ns = max(at_ns, exchange.ended_at_ns)
        if is_upload(exchange.request):
            uploads += read_document(exchange.request, exchange.ended_at_ns).records
        else:
            session.take(number, exchange)
    batch = session.transcript.finish()
    mapped, own = joined(batch.mapped, uploads, session.transcript.key)
    return [Batch(mapped, batch.declarations, problems), *([Batch(own, [], [])] if own else [])]


def _service(exchanges: Sequence[Exchange]) -> str:
    """The host of the first model, else of the first request."""
    url = next((exchange.url for exchange in exchanges if api_of(exchange.url)[0] in READERS), exchanges[0].url)
    return urlsplit(url).hostname or NAME


class _Session:
    """A recording being read. A tool runs from the answer that asks for it to the request that tells its result."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._asked: dict[str, list[str]] = {}  # what the sender calls a call, or its tool: what we do

    def take(self, number: int, exchange: Exchange) -> None:
        api, _ = api_of(exchange.url)
        if api not in READERS or not isinstance(exchange.request, Mapping):
            self._take_other(number, exchange)
            return
        call = read_call(exchange.url, exchange.request, _answer(api, exchange))
        self._take_results(call.inputs, exchange.started_at_ns)
        self._take_call(number, exchange, call)
        for place, message in enumerate(call.outputs):
            self._take_asked(f"{number}:{place}", message, exchange.ended_at_ns)

    def _take_call(self, number: int, exchange: Exchange, call: ModelCall) -> None:
        draft = self.transcript.draft(
            "llm_call",
            number,
            exchange.started_at_ns,
            ended_at_ns=exchange.ended_at_ns,
            seq=number,
            name=call.fields["model_used"] or "model call",
            usage_kind="call",
            system=call.system,
            inputs=call.inputs,
            outputs=call.outputs,
            tool_definitions=call.tools,
            details=call.details,
            **call.fields,
        )
        draft.error, draft.error_type = _failure(exchange)
        self.transcript.add(draft, _told(exchange))

    def _take_asked(self, place: str, message: Message, at_ns: int) -> None:
        for number, part in enumerate(part for part in message.parts if part.get("type") == "tool_call"):
            name = text_of(part.get("name"))
            told_id = text_of(part.get("id")) or name
            named = self._asked.setdefault(told_id, [])
            named.append(call_id := f"{told_id}#{place}:{number}" if named else told_id)
            self.transcript.tool(call_id, at_ns, name, part.get("arguments"))
            if name.startswith(TRANSFER):
                details = {"from": "", "to": name.removeprefix(TRANSFER), "inferred": False}
                self.transcript.add(self.transcript.draft("handoff", call_id, at_ns, name=name, details=details))

    def _take_results(self, messages: Sequence[Message], at_ns: int) -> None:
        """A history tells of each result again and again, and Gemini names only tools: the n-th answers the n-th."""
        told = Counter[str]()
        for part in (part for message in messages for part in message.parts):
            if part.get("type") == "tool_call_response":
                told_id = text_of(part.get("id"))
                named, place = self._asked.get(told_id, []), told[told_id]
                told[told_id] += 1
                if place < len(named) and self.transcript.awaits(named[place]):
                    self.transcript.result(named[place], at_ns, part.get("response"))

    def _take_other(self, number: int, exchange: Exchange) -> None:
        address = urlsplit(exchange.url)
        draft = self.transcript.draft(
            "span",
            number,
            exchange.started_at_ns,
            ended_at_ns=exchange.ended_at_ns,
            seq=number,
            name=f"{exchange.method} {address.hostname or ''}{address.path}",
            input_value=exchange.request if exchange.request is not None else exchange.request_text or None,
            output_value=exchange.response if exchange.response is not None else exchange.response_text or None,
            details={"operation": "http"},
        )
        draft.error, draft.error_type = _failure(exchange)
        self.transcript.add(draft, _told(exchange))


def _answer(api: str, exchange: Exchange) -> Mapping[str, Any]:
    if isinstance(exchange.response, Mapping):
        return exchange.response
    held = exchange.response if isinstance(exchange.response, list) else events_of_body(exchange.response_text)
    events = [event for event in held if isinstance(event, Mapping)]
    if api in STREAMS:
        return STREAMS[api](events) if events else {}
    return events[-1] if events else {}


def _told(exchange: Exchange) -> dict[str, Any]:
    """The address without its query, which may hold a key."""
    told = {"http.method": exchange.method, "http.url": exchange.url.split("?")[0], "http.status": exchange.status}
    return {name: value for name, value in told.items() if value}


def _failure(exchange: Exchange) -> tuple[str, str]:
    error = object_of(exchange.response).get("error")
    if exchange.status < 400 and not error:
        return "", ""
    said = object_of(error)
    message = (
        first_text(said, "message") or text_of(error) or exchange.response_text[:2_000] or f"HTTP {exchange.status}"
    )
    return message, text_of(first_of(said, "type", "status", "code")) or str(exchange.status or "error")


def joined(own: Sequence[Mapped], uploads: Sequence[Mapped], key: str) -> tuple[list[Mapped], list[Mapped]]:
    """The recording's events with the traces of its calls, and the events of other traces.

    A call that a trace tells of too gets its place there. A tool that ran in such a trace is told by the trace.
    """
    keys = {one.event.usage_key for one in own if one.event.usage_key}
    spans = {one.event.usage_key: one.event for one in uploads if one.event.usage_key in keys}
    traces = {span.trace_id for span in spans.values()}
    inside = [one for one in uploads if one.event.trace_id in traces and one.event.usage_key not in keys]
    ran = {(one.event.type, _done(one)) for one in inside}
    found = [
        one._replace(event=_placed(one, spans[one.event.usage_key])) if one.event.usage_key in spans else one
        for one in own
        if (one.event.type, _done(one)) not in ran or one.event.type not in {"tool_call", "handoff"}
    ]
    found += [one._replace(event=one.event._replace(session_hint=key, session_tier=EXPLICIT_TIER)) for one in inside]
    return found, [one for one in uploads if one.event.trace_id not in traces]


def _done(one: Mapped) -> tuple[str, Any]:
    """Which tool with which arguments; for a handoff, whom to."""
    if one.event.type == "handoff":
        return "handoff", ""
    return one.event.tool_name, one.event.input_refs


def _placed(one: Mapped, span: Any) -> Any:
    return one.event._replace(
        trace_id=span.trace_id,
        parent_event_id=span.parent_event_id,
        started_at_ns=span.started_at_ns,
        ended_at_ns=span.ended_at_ns,
        agent_id=span.agent_id,
    )
