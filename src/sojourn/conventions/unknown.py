"""Whatever nobody knows: kept whole, as a span."""

from __future__ import annotations

from sojourn.conventions.draft import Draft
from sojourn.conventions.session_hints import take_session
from sojourn.conventions.values import text_of
from sojourn.domain.events import PREVIEW_CHARS
from sojourn.domain.telemetry import RawLog, RawSpan

NAME = "unknown"
ERROR_SEVERITY = 17  # OTLP SeverityNumber ERROR


def read(span: RawSpan) -> Draft:
    draft = Draft()
    take_session(draft, span.attributes, span.origin)
    return draft


def read_log(log: RawLog) -> Draft:
    draft = Draft(preview=text_of(log.body)[:PREVIEW_CHARS])
    if log.severity >= ERROR_SEVERITY:
        draft.type = "error"
        draft.error = text_of(log.attributes.get("exception.message")) or text_of(log.body) or "error"
        draft.error_type = text_of(log.attributes.get("exception.type"))
    take_session(draft, log.attributes, log.origin)
    return draft
