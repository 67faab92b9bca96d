"""What is sent in one request: spans as OTLP protobuf, or native records as NDJSON."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

GZIP_LEVEL = 1  # Speed: the host pays for it.
SESSION_ATTRIBUTE = "sojourn.session.id"


class Kind(StrEnum):
    SPANS = "otlp"
    RECORDS = "ndjson"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing waiting to be sent."""

    payload: ReadableSpan | bytes  # a span, or a record's line
    session_key: str
    size: int  # bytes, about
    span: tuple[int, int] | None = None  # trace and span id
    is_pending: bool = False  # the span is open


@dataclass(frozen=True, slots=True)
class Batch:
    kind: Kind
    body: bytes  # gzip
    sessions: Mapping[str, int]  # how many events of each session

    @property
    def count(self) -> int:
        return sum(self.sessions.values())


def span_item(span: ReadableSpan, *, is_pending: bool) -> Item:
    attributes = span.attributes or {}
    size = 200 + sum(len(value) if isinstance(value, str) else 16 for value in attributes.values())
    context = span.get_span_context()
    ids = (context.trace_id, context.span_id) if context else None
    return Item(span, str(attributes.get(SESSION_ATTRIBUTE) or ""), size, ids, is_pending)


def record_item(line: bytes, session_key: str) -> Item:
    return Item(line, session_key, len(line))


def batches_of(items: Sequence[Item]) -> list[Batch]:
    """Records first: they open the sessions that the spans belong to."""
    ended = {item.span for item in items if item.span and not item.is_pending}
    told = [item for item in items if not (item.is_pending and item.span in ended)]
    lines = [item for item in told if isinstance(item.payload, bytes)]
    spans = [item for item in told if not isinstance(item.payload, bytes)]
    batches = []
    if lines:
        body = b"\n".join(item.payload for item in lines if isinstance(item.payload, bytes))
        batches.append(Batch(Kind.RECORDS, _packed(body), _sessions(lines)))
    if spans:
        batches.append(Batch(Kind.SPANS, _packed(encoded(spans)), _sessions(spans)))
    return batches


def encoded(items: Sequence[Item]) -> bytes:
    spans = [item.payload for item in items if isinstance(item.payload, ReadableSpan)]
    body: bytes = encode_spans(spans).SerializeToString()
    return body


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


def _sessions(items: Sequence[Item]) -> dict[str, int]:
    return dict(Counter(item.session_key for item in items))
