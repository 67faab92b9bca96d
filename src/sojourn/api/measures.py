"""What /metrics tells, in Prometheus' form. One registry a server, so that tests can run several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Reading = Mapping[str, float]
HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
OTHER_ROUTE = "other"


class Measures:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.records = self._counter("records_received", "Records decoded from requests", "signal")
        self.rejected = self._counter("records_rejected", "Records that could not be read", "signal")
        self.body_bytes = self._counter("body_bytes", "Compressed bytes of request bodies", "signal")
        self.metric_points = self._counter("metric_points", "OTLP metric data points received; they are never summed")
        self.requests = self._counter("http_requests", "Requests answered", "method", "route", "status")
        self.request_seconds = Histogram(
            "sojourn_http_request_seconds",
            "Time until the answer was complete",
            ["route"],
            registry=self.registry,
            buckets=HTTP_BUCKETS,
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"sojourn_{name}", meaning, labels, registry=self.registry)

    def count_body(self, signal: str, request: Request, records: int, rejected: int) -> None:
        """Of a request that was stored."""
        self.records.labels(signal).inc(records)
        self.rejected.labels(signal).inc(rejected)
        announced = request.headers.get("content-length", "")
        self.body_bytes.labels(signal).inc(int(announced) if announced.isdecimal() else 0)

    def watch(self, totals: Callable[[], Reading], levels: Callable[[], Reading]) -> None:
        """Read these at every scrape: totals only grow, levels go up and down."""
        self.registry.register(_Watched(totals, levels))

    def text(self) -> bytes:
        return generate_latest(self.registry)


class _Watched(Collector):
    def __init__(self, totals: Callable[[], Reading], levels: Callable[[], Reading]) -> None:
        self._totals = totals
        self._levels = levels

    def collect(self) -> Iterator[Metric]:
        for name, value in self._totals().items():
            yield CounterMetricFamily(f"sojourn_{name}", name.replace("_", " "), value=value)
        for name, value in self._levels().items():
            yield GaugeMetricFamily(f"sojourn_{name}", name.replace("_", " "), value=value)
