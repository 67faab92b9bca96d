"""Documents that tools export to files, read as if their spans had come over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sojourn.conventions import langfuse_exports, openai_traces, registry, sdk_spans
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.otlp_json import decode_logs, decode_traces
from sojourn.domain.messages import dump_json

LANGFUSE, OPENAI, SDK_SPANS, OTLP = "langfuse_trace", "openai_traces", "otel_sdk_spans", "otlp_json"
REQUEST_KEYS = frozenset({"resourceSpans", "resourceLogs", "resource_spans", "resource_logs"})


def detect(document: Any) -> str | None:
    """Which sort of export a document is; None if it is none of these."""
    if langfuse_exports.traces_of(document):
        return LANGFUSE
    if openai_traces.is_upload(document):
        return OPENAI
    requests = document if isinstance(document, list) else [document]
    if requests and all(isinstance(request, dict) and not REQUEST_KEYS.isdisjoint(request) for request in requests):
        return OTLP
    return SDK_SPANS if sdk_spans.is_dump(document) else None


def read(document: Any, undated_at_ns: int = sdk_spans.UNKNOWN_START_NS) -> Iterator[Mapped]:
    """The events of a document; nothing for one that `detect` does not know.

    `undated_at_ns` is when spans without times happened, as far as one knows: the time of the file.
    """
    kind = detect(document)
    if kind == LANGFUSE:
        for trace in langfuse_exports.traces_of(document):
            yield from (_dated(mapped, undated_at_ns) for mapped in langfuse_exports.events_of(trace))
    elif kind == OPENAI:
        yield from openai_traces.read_document(document, undated_at_ns).records
    elif kind == SDK_SPANS:
        yield from map(registry.read_span, sdk_spans.spans_of(document, undated_at_ns))
    elif kind == OTLP:
        yield from _read_otlp(dump_json(document).encode())


def _dated(mapped: Mapped, undated_at_ns: int) -> Mapped:
    if mapped.event.started_at_ns > 0:
        return mapped
    return mapped._replace(event=mapped.event._replace(started_at_ns=undated_at_ns, ended_at_ns=undated_at_ns))


def _read_otlp(body: bytes) -> Iterator[Mapped]:
    yield from map(registry.read_span, decode_traces(body).records)
    for log in decode_logs(body).records:
        mapped = registry.read_log(log)
        if mapped is not None:
            yield mapped
