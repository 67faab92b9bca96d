"""The OpenTelemetry side: a span processor that stamps, one that hands over, and a one-line set-up."""

from __future__ import annotations

import logging
import os
import threading
from weakref import WeakKeyDictionary

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from sojourn.sdk.batches import SESSION_ATTRIBUTE, span_item
from sojourn.sdk.client import current_client, use_settings
from sojourn.sdk.session_context import current_attributes
from sojourn.sdk.settings import read_settings
from sojourn.sdk.version import VERSION

log = logging.getLogger("sojourn.sdk")
PENDING_ATTRIBUTE = "sojourn.span.pending"
SCOPE = "sojourn"
_lock = threading.Lock()
_tracers: WeakKeyDictionary[TracerProvider, trace.Tracer] = WeakKeyDictionary()  # by provider that feeds us


class SessionStamp(SpanProcessor):
    """Puts the session in force onto each span when it starts, whoever made the span."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        attributes = current_attributes()
        if attributes:
            span.set_attributes(attributes)


class SpanFeed(SpanProcessor):
    """Hands each span to the sender: when it ends, and inside a session also when it starts, so that it is seen."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        try:
            if _is_of_session(span):
                self._hand_over(_as_it_began(span), is_pending=True)
        except Exception:
            log.exception("sojourn cannot tell of a span that starts")

    def on_end(self, span: ReadableSpan) -> None:
        try:
            self._hand_over(span, is_pending=False)
        except Exception:
            log.exception("sojourn cannot tell of a span that ended")

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return current_client().flush(timeout_millis / 1_000)

    def _hand_over(self, span: ReadableSpan, *, is_pending: bool) -> None:
        client = current_client()
        if not client.settings.is_disabled and (client.settings.takes_all_spans or _is_of_session(span)):
            client.sender.put(span_item(span, is_pending=is_pending))


def configure(
    endpoint: str | None = None, *, api_key: str | None = None, spool_dir: str | os.PathLike[str] | None = None
) -> TracerProvider:
    """Send this process's spans and sessions to Sojourn; returns the tracer provider in use.

    `endpoint` is the server's base URL (default: $SOJOURN_URL, else http://127.0.0.1:7437), `api_key` defaults to
    $SOJOURN_API_KEY, `spool_dir` to $SOJOURN_SPOOL_DIR or the user's state folder. A tracer provider that the program
    has already set up is kept and gets our two processors. Without this call the first session does the same, but
    then only spans inside of sessions are sent.
    """
    use_settings(read_settings(endpoint, api_key, spool_dir, takes_all_spans=True))
    return provider_in_use()


def provider_in_use() -> TracerProvider:
    """The program's own provider, or a new one that becomes it; fed exactly once."""
    provider = trace.get_tracer_provider()
    if current_client().settings.is_disabled:
        return provider if isinstance(provider, TracerProvider) else TracerProvider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    if provider in _tracers:
        return provider
    with _lock:
        if provider not in _tracers:
            _tracers[provider] = provider.get_tracer(SCOPE, VERSION)
            provider.add_span_processor(SessionStamp())
            provider.add_span_processor(SpanFeed())
    return provider


def tracer() -> trace.Tracer:
    """Ours; a provider that the program sets up late is noticed."""
    if current_client().settings.is_disabled:
        return trace.NoOpTracer()
    return _tracers[provider_in_use()]


def _is_of_session(span: ReadableSpan) -> bool:
    return SESSION_ATTRIBUTE in (span.attributes or {})


def _as_it_began(span: Span) -> ReadableSpan:
    """A copy: the span goes on changing while this is sent."""
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes={**(span.attributes or {}), PENDING_ATTRIBUTE: True},
        links=tuple(span.links),
        kind=span.kind,
        start_time=span.start_time,
        instrumentation_scope=span.instrumentation_scope,
    )
