"""Documents that other tools export: Langfuse traces and dumps of OpenTelemetry SDK spans.

Each becomes RawSpans, which the registry then reads as if they had come over the wire. OTLP itself is not read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sojourn.conventions import registry
from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.conventions.langfuse import OBSERVATION, TRACE
from sojourn.conventions.values import count_of, first_of, first_text, json_of, list_of, object_of, text_of
from sojourn.domain.identity import content_id, span_event_id
from sojourn.domain.messages import dump_json
from sojourn.domain.telemetry import Origin, RawSpan, SpanEvent, SpanLink

LANGFUSE, SDK_SPANS = "langfuse_trace", "otel_sdk_spans"
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
STATUS_CODES = {"unset": 0, "ok": 1, "error": 2}
TELEMETRY = frozenset({"attributes", "resourceAttributes", "scope"})   # what Langfuse keeps of the original span
TRACE_DIGITS, SPAN_DIGITS = 32, 16
UNKNOWN_START_NS = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000   # of dumps without times
STEP_NS = 1_000_000
Document = Mapping[str, Any]


def detect(document: Any) -> str | None:
    """Which sort of export a document is; None if it is none of these."""
    if isinstance(document, Mapping) and "trace" in document and _looks_like_langfuse(_trace_of(document), document):
        return LANGFUSE
    if isinstance(document, Mapping) and _looks_like_langfuse(document, document):
        return LANGFUSE
    spans = _spans_in(document)
    return SDK_SPANS if spans and all(map(_is_sdk_span, spans)) else None


def read(document: Any) -> Iterator[Mapped]:
    """The events of a document; nothing for one that `detect` does not know."""
    kind = detect(document)
    if kind == LANGFUSE:
        yield from _read_langfuse(document)
    elif kind == SDK_SPANS:
        for span in sdk_spans(document):
            yield registry.read_span(span)


# ---- OpenTelemetry SDK spans, as several tools dump them

def sdk_spans(document: Any) -> list[RawSpan]:
    spans = [span for span in _spans_in(document) if _is_sdk_span(span)]
    session = document.get("session_id") if isinstance(document, Mapping) else None
    shared = {"session.id": session} if session else {}
    order = _order_of(spans)
    return [_sdk_span(span, shared, order[position]) for position, span in enumerate(spans)]


def _spans_in(document: Any) -> list[Any]:
    if isinstance(document, Mapping):
        held = document.get("spans")
        if isinstance(held, list):
            return held
        trace = document.get("trace")
        return _spans_in(trace) if isinstance(trace, Mapping) else [document]
    if not isinstance(document, list):
        return []
    if document and all(isinstance(item, Mapping) and "spans" in item for item in document):
        return [span for item in document for span in list_of(item["spans"])]
    return document


def _is_sdk_span(span: Any) -> bool:
    return (
        isinstance(span, Mapping) and isinstance(span.get("name"), str) and isinstance(span.get("attributes"), Mapping)
        and any(name in span for name in ("trace_id", "context", "trace"))
    )


def _order_of(spans: list[Any]) -> list[int]:
    """Places in time for spans without times: callers before what they call, else as they ended."""
    ids = {_span_id(span): position for position, span in enumerate(spans)}
    depths: list[int] = []
    for span in spans:
        depth, parent, seen = 0, _parent_id(span), set[str]()
        while parent in ids and parent not in seen:
            seen.add(parent)
            depth += 1
            parent = _parent_id(spans[ids[parent]])
        depths.append(depth)
    firsts = list(range(len(spans)))
    for position in sorted(range(len(spans)), key=lambda place: -depths[place]):
        parent = _parent_id(spans[position])
        if parent in ids:
            firsts[ids[parent]] = min(firsts[ids[parent]], firsts[position])
    ranked = sorted(range(len(spans)), key=lambda place: (firsts[place], depths[place], place))
    places = [0] * len(spans)
    for place, position in enumerate(ranked):
        places[position] = place
    return places


def _sdk_span(span: Document, shared: Mapping[str, Any], place: int) -> RawSpan:
    attributes = {**shared, **_attributes(span.get("attributes"))}
    started_at_ns = nanoseconds_of(first_of(span, "start_time", "startTime", "start_time_unix_nano"))
    ended_at_ns = nanoseconds_of(first_of(span, "end_time", "endTime", "end_time_unix_nano"))
    if not started_at_ns:
        started_at_ns = UNKNOWN_START_NS + place * STEP_NS
        ended_at_ns = started_at_ns
    code, message = _status(span.get("status"))
    resource = object_of(span.get("resource"))
    scope = first_of(span, "scope", "instrumentation_scope", "instrumentation_info")
    held = {"name": scope} if isinstance(scope, str) else object_of(scope)
    attributes, events = _body_events(attributes, list_of(first_of(span, "span_events", "events")))
    return RawSpan(
        _trace_id(span), _span_id(span), _parent_id(span), text_of(span.get("name")), _kind(span.get("kind")),
        started_at_ns, max(ended_at_ns, started_at_ns), code, message, attributes, events,
        [_link(link) for link in list_of(span.get("links")) if isinstance(link, Mapping)],
        Origin(
            _attributes(resource.get("attributes", resource)), text_of(held.get("name")), text_of(held.get("version")),
        ),
    )


def _trace_id(span: Document) -> str:
    context = object_of(span.get("context"))
    return _digits(first_of(span, "trace_id", "trace") or context.get("trace_id"), TRACE_DIGITS)


def _span_id(span: Document) -> str:
    context = object_of(span.get("context"))
    return _digits(first_of(span, "span_id", "span") or context.get("span_id"), SPAN_DIGITS)


def _parent_id(span: Document) -> str:
    parent = first_of(span, "parent_span_id", "parent_id", "parent")
    return _digits(parent.get("span_id") if isinstance(parent, Mapping) else parent, SPAN_DIGITS)


def _digits(value: Any, digits: int) -> str:
    """An id in hexadecimal, from a number, from text with 0x, short or full; other text by its hash."""
    if value is None or value == "" or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        number = int(value) % 16**digits   # JSON readers without big integers give floats
        return f"{number:0{digits}x}" if number else ""
    text = text_of(value).lower().removeprefix("0x")
    if not text.strip("0123456789abcdef"):
        padded = text[-digits:].rjust(digits, "0")
        return padded if padded.strip("0") else ""
    return content_id("export", text)[:digits]


def _attributes(value: Any) -> dict[str, Any]:
    return {text_of(name): item for name, item in value.items()} if isinstance(value, Mapping) else {}


def _kind(value: Any) -> int:
    if isinstance(value, str):
        return KINDS.get(value.lower().rsplit(".", 1)[-1].removeprefix("span_kind_"), 0)
    kind = count_of(value)
    return kind if kind is not None and kind < 6 else 0


def _status(value: Any) -> tuple[int, str]:
    held = value if isinstance(value, Mapping) else {"code": value}
    code = first_of(held, "status_code", "code")
    message = first_text(held, "description", "message")
    if isinstance(code, str):
        return STATUS_CODES.get(code.lower().rsplit(".", 1)[-1].removeprefix("status_code_"), 0), message
    return {1: 1, 2: 2}.get(code if isinstance(code, int) else 0, 0), message


def _body_events(attributes: dict[str, Any], events: list[Any]) -> tuple[dict[str, Any], list[SpanEvent]]:
    """Span events; AWS's collector moves messages into an event body, from where they go back into attributes."""
    kept: list[SpanEvent] = []
    for event in events:
        if not isinstance(event, Mapping):
            continue
        body = object_of(event.get("body"))
        given, made = (object_of(body.get(side)).get("messages") for side in ("input", "output"))
        if isinstance(given, list) or isinstance(made, list):
            attributes = _with_messages(attributes, given, made)
            continue
        name = first_text(event, "name", "event_name")
        at_ns = nanoseconds_of(first_of(event, "timestamp", "time", "time_unix_nano"))
        kept.append(SpanEvent(name, at_ns, _attributes(event.get("attributes"))))
    return attributes, kept


def _with_messages(attributes: dict[str, Any], given: Any, made: Any) -> dict[str, Any]:
    """What an event body holds of a span whose own attributes were stripped."""
    filled = dict(attributes)
    is_tool = filled.get("openinference.span.kind") == "TOOL"
    for side, messages in (("input", given), ("output", made)):
        if not isinstance(messages, list) or not messages:
            continue
        filled.setdefault(f"{side}.value", _only_content(messages) if is_tool else dump_json(messages))
        if not is_tool:
            filled.setdefault(f"gen_ai.{side}.messages", [_flat(message) for message in messages])
    return filled


def _only_content(messages: list[Any]) -> Any:
    content = messages[0].get("content") if isinstance(messages[0], Mapping) else messages[0]
    return content if isinstance(content, str) else dump_json(content)


def _flat(message: Any) -> Any:
    """A message whose content is wrapped in an object once more."""
    if not isinstance(message, Mapping):
        return message
    content = json_of(message.get("content"))
    inner = json_of(first_of(content, "content", "message")) if isinstance(content, Mapping) else None
    return {**message, "content": content if inner is None else inner}


def _link(link: Document) -> SpanLink:
    return SpanLink(_trace_id(link), _span_id(link), _attributes(link.get("attributes")))


def nanoseconds_of(value: Any) -> int:
    """Unix nanoseconds of a number in seconds, milliseconds, microseconds or nanoseconds, or of an ISO time."""
    number = count_of(value) if not isinstance(value, int) or isinstance(value, bool) else value
    if number is None:
        return _iso_nanoseconds(text_of(value))
    for below, factor in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3)):
        if number < below:
            return int(float(value) * factor) if factor == 10**9 else number * factor
    return number if number < 2**63 else 0


def _iso_nanoseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000)


# ---- Langfuse

def _trace_of(document: Document) -> Document:
    return object_of(document.get("trace"))


def _looks_like_langfuse(trace: Document, document: Document) -> bool:
    observations = first_of(document, "observations") or trace.get("observations")
    return isinstance(observations, list) and all(
        isinstance(item, Mapping) and "id" in item and "startTime" in item for item in observations
    ) and "id" in trace


def _read_langfuse(document: Document) -> Iterator[Mapped]:
    trace = _trace_of(document) or document
    full = {text_of(item["id"]): item for item in list_of(trace.get("observations")) if isinstance(item, Mapping)}
    for item in list_of(document.get("observations")):
        if isinstance(item, Mapping):
            full[text_of(item["id"])] = item      # these hold input and output, those in the trace may not
    for observation in full.values():
        yield registry.read_span(_observation_span(observation, trace))
    for score in list_of(trace.get("scores")):
        if isinstance(score, Mapping):
            yield _score(score, trace)


def _observation_span(observation: Document, trace: Document) -> RawSpan:
    metadata = object_of(observation.get("metadata"))
    attributes = _attributes(object_of(metadata.get("attributes")))
    is_root = not observation.get("parentObservationId")
    facts = {OBSERVATION + name: value for name, value in _facts_of(observation).items()} | _trace_facts(trace, is_root)
    attributes |= {name: value for name, value in facts.items() if value not in (None, "", {}, [])}
    attributes |= {f"{OBSERVATION}metadata.{name}": value for name, value in metadata.items() if name not in TELEMETRY}
    resource = _attributes(object_of(metadata.get("resourceAttributes")))
    scope = object_of(metadata.get("scope"))
    started_at_ns = nanoseconds_of(observation.get("startTime"))
    return RawSpan(
        _digits(observation.get("traceId") or trace.get("id"), TRACE_DIGITS), _digits(observation["id"], SPAN_DIGITS),
        _digits(observation.get("parentObservationId"), SPAN_DIGITS), first_text(observation, "name") or "observation", 0,
        started_at_ns, max(nanoseconds_of(observation.get("endTime")), started_at_ns),
        2 if observation.get("level") == "ERROR" else 0, text_of(observation.get("statusMessage")), attributes, [], [],
        Origin(resource, text_of(scope.get("name")), text_of(scope.get("version"))),
    )


def _facts_of(observation: Document) -> dict[str, Any]:
    """An observation in the words of Langfuse's own span attributes."""
    usage = object_of(first_of(observation, "usageDetails", "usage"))
    is_call = text_of(observation.get("type")) in {"GENERATION", "EMBEDDING"}
    return {
        "type": text_of(observation.get("type")).lower(),
        "input": json_of(observation.get("input")),
        "output": json_of(observation.get("output")),
        "level": observation.get("level"),
        "status_message": observation.get("statusMessage"),
        "model.name": observation.get("model"),
        "model.parameters": object_of(observation.get("modelParameters")),
        "usage_details": usage if is_call else {},
        "cost_details": object_of(observation.get("costDetails")) if is_call else {},
        "completion_start_time": observation.get("completionStartTime"),
        "prompt.name": observation.get("promptName"),
        "prompt.version": observation.get("promptVersion"),
    }


def _trace_facts(trace: Document, is_root: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "session.id": trace.get("sessionId"), "user.id": trace.get("userId"),
        "langfuse.environment": trace.get("environment") if trace.get("environment") != "default" else None,
    }
    if is_root:
        facts |= {
            TRACE + "name": trace.get("name"), TRACE + "tags": trace.get("tags"),
            TRACE + "input": json_of(trace.get("input")), TRACE + "output": json_of(trace.get("output")),
            "langfuse.release": trace.get("release"), "langfuse.version": trace.get("version"),
        }
    return facts


def _score(score: Document, trace: Document) -> Mapped:
    """A score of a trace or observation: somebody's verdict."""
    trace_id = _digits(trace.get("id"), TRACE_DIGITS)
    target = _digits(score.get("observationId"), SPAN_DIGITS)
    at_ns = nanoseconds_of(first_of(score, "timestamp", "createdAt"))
    session = first_text(score, "sessionId") or first_text(trace, "sessionId")
    draft = Draft(
        type="assessment", name=first_text(score, "name") or "score",
        event_id=content_id("score", text_of(score.get("id"))),
        started_at_ns=at_ns, ended_at_ns=at_ns, session_key=session, session_tier=2 if session else 0,
    )
    draft.details = {
        "name": draft.name, "score": score.get("value"), "label": first_text(score, "stringValue"),
        "explanation": first_text(score, "comment"), "source": text_of(score.get("source")),
    }
    if target:
        draft.parent_event_id = draft.details["target_event_id"] = span_event_id(trace_id, target)
    draft.preview = f"{draft.name}: {draft.details['label'] or draft.details['score']}"
    return assemble_draft(draft, attributes=score, source="native", scope=LANGFUSE, trace_id=trace_id)

