"""The OpenTelemetry side: a span processor that stamps, and a one-line set-up."""

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sojourn.sdk.session_context import current_attributes

DEFAULT_ENDPOINT = "http://127.0.0.1:7437"
ENDPOINT_VARIABLE = "SOJOURN_URL"


class SessionStamp(SpanProcessor):
    """Puts the session in force onto each span when it starts, whoever made the span."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        for name, value in current_attributes().items():
            span.set_attribute(name, value)


def configure(endpoint: str | None = None) -> TracerProvider:
    """Send this process's spans to Sojourn; returns the provider in use.

    `endpoint` is the server's base URL (default: $SOJOURN_URL, else http://127.0.0.1:7437). A tracer provider that the
    program has already set up is kept and gets our two processors.
    """
    base = (endpoint or os.environ.get(ENDPOINT_VARIABLE) or DEFAULT_ENDPOINT).rstrip("/")
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SessionStamp())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{base}/v1/traces")))
    return provider
