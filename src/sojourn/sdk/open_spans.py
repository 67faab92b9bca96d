"""A span of ours from its start to its end, and the session in force inside it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import Token
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from sojourn.sdk.batches import SESSION_ATTRIBUTE
from sojourn.sdk.errors import SessionCanceled
from sojourn.sdk.plain_values import json_text, valid
from sojourn.sdk.quiet import quiet
from sojourn.sdk.session_context import enter_session, leave_session
from sojourn.sdk.stamping import tracer

log = logging.getLogger("sojourn.sdk")
MAX_ERROR_CHARS = 8_000
CANCELED = ("SessionCanceled", "ApprovalDenied", "CancelledError", "KeyboardInterrupt")  # no failures


class OpenSpan:
    """Current in its context between `start` and `finish`."""

    def __init__(self, session_key: str, name: str, kind: SpanKind = SpanKind.INTERNAL) -> None:
        self._session_key = session_key
        self._name = name
        self._kind = kind
        self._span: Span = trace.INVALID_SPAN
        self._context_token: Token[Context] | None = None
        self._session_token: Token[Mapping[str, str]] | None = None
        self._details: dict[str, Any] = {}

    @quiet(None)
    def start(self, attributes: Mapping[str, Any], details: Mapping[str, Any] | None = None) -> None:
        self._details = dict(details or {})
        told = {name: value for name, value in attributes.items() if value is not None and value != ""}
        if self._details:
            told["sojourn.details"] = json_text(self._details)
        self._session_token = enter_session(self._session_key)
        self._span = tracer().start_span(
            valid(self._name), kind=self._kind, attributes={SESSION_ATTRIBUTE: self._session_key, **told}
        )
        self._context_token = otel_context.attach(trace.set_span_in_context(self._span))

    @quiet(None)
    def set(self, attributes: Mapping[str, Any]) -> None:
        self._span.set_attributes({name: value for name, value in attributes.items() if value is not None})

    @quiet(None)
    def finish(self, failure: BaseException | None = None) -> None:
        if failure is not None:
            self._tell_failure(failure)
        self._span.end()
        if self._context_token is not None:
            otel_context.detach(self._context_token)
            self._context_token = None
        if self._session_token is not None:
            leave_session(self._session_token)
            self._session_token = None

    @property
    def event_id(self) -> str:
        """The event's id at the server, "" if the span is not recorded."""
        context = self._span.get_span_context()
        return f"{context.trace_id:032x}-{context.span_id:016x}" if context.is_valid else ""

    def _tell_failure(self, failure: BaseException) -> None:
        name = type(failure).__name__
        if isinstance(failure, GeneratorExit):
            return
        if isinstance(failure, SessionCanceled) or name in CANCELED:
            self._span.set_attributes({"sojourn.event.status": "canceled", "error.type": name})
            return
        message = valid(str(failure))[:MAX_ERROR_CHARS]
        self._span.set_attribute("error.type", _class_name(type(failure)))
        if isinstance(failure, Exception):
            self._span.record_exception(failure)
        self._span.set_status(Status(StatusCode.ERROR, message or name))


def _class_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def place_in_trace() -> dict[str, str]:
    """Trace and parent of a native event that happens now."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    trace_id = f"{context.trace_id:032x}"
    return {"trace_id": trace_id, "parent_event_id": f"{trace_id}-{context.span_id:016x}"}
