"""Traces that Langfuse exports: observations become spans in Langfuse's own attributes, scores become assessments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sojourn.conventions import registry
from sojourn.conventions.assemble import Mapped, assemble_draft
from sojourn.conventions.draft import Draft
from sojourn.conventions.export_fields import SPAN_DIGITS, TRACE_DIGITS, attributes_of, hex_id, nanoseconds_of
from sojourn.conventions.langfuse import OBSERVATION, TRACE
from sojourn.conventions.values import first_of, first_text, json_of, list_of, object_of, text_of
from sojourn.domain.identity import content_id, span_event_id
from sojourn.domain.telemetry import Origin, RawSpan

SCOPE = "langfuse_export"
TELEMETRY = frozenset({"attributes", "resourceAttributes", "scope"})  # what Langfuse keeps of the original span
Document = Mapping[str, Any]


def is_trace(document: Any) -> bool:
    if not isinstance(document, Mapping):
        return False
    trace = _trace_of(document)
    observations = first_of(document, "observations") or trace.get("observations")
    return (
        "id" in trace
        and isinstance(observations, list)
        and (not observations or any(map(_is_observation, observations)))
    )


def _is_observation(item: Any) -> bool:
    return isinstance(item, Mapping) and "id" in item and "startTime" in item


def traces_of(document: Any) -> list[Document]:
    """The traces of a document: one, a list, or a page of the API."""
    held: Any = document["data"] if isinstance(document, Mapping) and "data" in document else document
    found: list[Any] = held if isinstance(held, list) else [held]
    return found if found and all(map(is_trace, found)) else []


def events_of(document: Document) -> Iterator[Mapped]:
    trace = _trace_of(document)
    # The document's own hold input and output, those in the trace may not.
    held = [*list_of(trace.get("observations")), *list_of(document.get("observations"))]
    full = {text_of(item["id"]): item for item in held if _is_observation(item)}
    for observation in full.values():
        yield registry.read_span(_observation_span(observation, trace))
    for score in list_of(trace.get("scores")):
        if isinstance(score, Mapping):
            yield _score(score, trace)


def _trace_of(document: Document) -> Document:
    return object_of(document["trace"]) if "trace" in document else document


def _observation_span(observation: Document, trace: Document) -> RawSpan:
    metadata = object_of(observation.get("metadata"))
    attributes = attributes_of(object_of(metadata.get("attributes")))
    is_root = not observation.get("parentObservationId")
    facts = {OBSERVATION + name: value for name, value in _facts_of(observation).items()} | _trace_facts(trace, is_root)
    attributes |= {name: value for name, value in facts.items() if value not in (None, "", {}, [])}
    attributes |= {f"{OBSERVATION}metadata.{name}": value for name, value in metadata.items() if name not in TELEMETRY}
    resource = attributes_of(object_of(metadata.get("resourceAttributes")))
    scope = object_of(metadata.get("scope"))
    started_at_ns = nanoseconds_of(observation.get("startTime"))
    parent_id = hex_id(observation.get("parentObservationId"), SPAN_DIGITS)
    return RawSpan(
        hex_id(observation.get("traceId") or trace.get("id"), TRACE_DIGITS),
        hex_id(observation["id"], SPAN_DIGITS),
        parent_id,
        first_text(observation, "name") or "observation",
        0,
        started_at_ns,
        max(nanoseconds_of(observation.get("endTime")), started_at_ns),
        2 if observation.get("level") == "ERROR" else 0,
        text_of(observation.get("statusMessage")),
        attributes,
        [],
        [],
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
        "model.parameters": _set_values(object_of(observation.get("modelParameters"))),
        "usage_details": usage if is_call else {},
        "cost_details": object_of(observation.get("costDetails")) if is_call else {},
        "completion_start_time": observation.get("completionStartTime"),
        "prompt.name": observation.get("promptName"),
        "prompt.version": observation.get("promptVersion"),
    }


def _set_values(parameters: Document) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None and value != ""}


def _trace_facts(trace: Document, is_root: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "session.id": trace.get("sessionId"),
        "user.id": trace.get("userId"),
        "langfuse.environment": trace.get("environment") if trace.get("environment") != "default" else None,
    }
    if is_root:
        facts |= {
            TRACE + "name": trace.get("name"),
            TRACE + "tags": trace.get("tags"),
            TRACE + "input": json_of(trace.get("input")),
            TRACE + "output": json_of(trace.get("output")),
            "langfuse.release": trace.get("release"),
            "langfuse.version": trace.get("version"),
        }
    return facts


def _score(score: Document, trace: Document) -> Mapped:
    """A score of a trace or observation: somebody's verdict."""
    trace_id = hex_id(trace.get("id"), TRACE_DIGITS)
    target = hex_id(score.get("observationId"), SPAN_DIGITS)
    at_ns = nanoseconds_of(first_of(score, "timestamp", "createdAt"))
    session = first_text(score, "sessionId") or first_text(trace, "sessionId")
    draft = Draft(
        type="assessment",
        name=first_text(score, "name") or "score",
        event_id=content_id("score", text_of(score.get("id"))),
        started_at_ns=at_ns,
        ended_at_ns=at_ns,
        session_key=session,
        session_tier=2 if session else 0,
    )
    draft.details = {
        "name": draft.name,
        "score": score.get("value"),
        "label": first_text(score, "stringValue"),
        "explanation": first_text(score, "comment"),
        "source": text_of(score.get("source")),
    }
    if target:
        draft.parent_event_id = draft.details["target_event_id"] = span_event_id(trace_id, target)
    draft.preview = f"{draft.name}: {draft.details['label'] or draft.details['score']}"
    return assemble_draft(draft, attributes=score, source="native", scope=SCOPE, trace_id=trace_id)
