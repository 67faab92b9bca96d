"""Documents that other tools export, read as if their spans had come over the wire. OTLP itself is not read here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sojourn.conventions import langfuse_exports, registry, sdk_spans
from sojourn.conventions.assemble import Mapped

LANGFUSE, SDK_SPANS = "langfuse_trace", "otel_sdk_spans"


def detect(document: Any) -> str | None:
    """Which sort of export a document is; None if it is none of these."""
    if langfuse_exports.is_trace(document):
        return LANGFUSE
    return SDK_SPANS if sdk_spans.is_dump(document) else None


def read(document: Any) -> Iterator[Mapped]:
    """The events of a document; nothing for one that `detect` does not know."""
    kind = detect(document)
    if kind == LANGFUSE:
        yield from langfuse_exports.events_of(document)
    elif kind == SDK_SPANS:
        yield from map(registry.read_span, sdk_spans.spans_of(document))
