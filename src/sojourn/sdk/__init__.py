"""What runs inside someone's agent: it stamps the session onto every OpenTelemetry span, and sends them to Sojourn.

Light on purpose: opentelemetry-sdk and its OTLP/HTTP exporter, nothing of the server.
"""
