"""Which convention reads a span or log record: the first that knows it. To add one, add its line here."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from sojourn.conventions import (
    any_agent,
    claude_code,
    codex,
    gemini_cli,
    google_adk,
    langfuse,
    logfire,
    openinference,
    otel_genai,
    sojourn_sdk,
    traceloop,
    unknown,
    vercel,
)
from sojourn.conventions.assemble import Mapped, assemble_log, assemble_span
from sojourn.conventions.draft import Draft
from sojourn.domain.telemetry import RawLog, RawSpan

# The more telling first: a span with OpenInference's and OpenTelemetry's attributes is read as OpenInference.
SPAN_CONVENTIONS: tuple[ModuleType, ...] = (
    claude_code,
    codex,
    gemini_cli,
    langfuse,
    vercel,
    openinference,
    logfire,
    google_adk,
    traceloop,
    any_agent,
    otel_genai,
)
LOG_CONVENTIONS: tuple[ModuleType, ...] = (claude_code, codex, gemini_cli, otel_genai)


def read_span(span: RawSpan) -> Mapped:
    span = logfire.reopened(span)
    reader: Callable[[RawSpan], Draft] = unknown.read
    for convention in SPAN_CONVENTIONS:
        if convention.matches(span):
            reader = convention.read
            break
    draft = reader(span)
    sojourn_sdk.take_own(draft, span.attributes)
    return assemble_span(span, draft)


def read_log(log: RawLog) -> Mapped | None:
    """None for records that a convention declares to be mere transport (parts of a stream)."""
    for convention in LOG_CONVENTIONS:
        if convention.matches_log(log):
            draft = convention.read_log(log)
            return None if draft is None else assemble_log(log, draft)
    return assemble_log(log, unknown.read_log(log))
