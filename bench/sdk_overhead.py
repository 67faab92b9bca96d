"""What the SDK costs its host: time of the calling thread and CPU of the process for each event told.

`python -m bench.sdk_overhead`. The server runs in a process of its own; against it stands a bare span of the
OpenTelemetry SDK with its batch processor and OTLP exporter, which tells less.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import sojourn
from bench.sending import percentile
from bench.servers import Server, sojourn_server

ROUNDS = 5_000
PACE_S = 0.0005  # between two events: 2,000 a second are more than an agent does
MESSAGES = [{"role": "user", "content": "How do I get a refund for my shoes? " * 10}] * 20


@dataclass(frozen=True, slots=True)
class Overhead:
    name: str
    p50_us: float  # of the calling thread
    p95_us: float
    cpu_us: float  # of the process, with encoding and sending


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        measured = [_bare_span(server), *_sdk(server, Path(folder) / "spool")]
        dropped = sojourn.dropped().total
        sojourn.shutdown()
    lines = ["| event | host thread p50 | p95 | CPU with sending |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {one.name} | {one.p50_us:,.0f} µs | {one.p95_us:,.0f} µs | {one.cpu_us:,.0f} µs |" for one in measured
    ]
    lines.append(f"\nDropped: {dropped} of {ROUNDS * (len(measured) - 1):,}.")
    return lines


def _sdk(server: Server, spool_dir: Path) -> list[Overhead]:
    sojourn.configure(server.url, spool_dir=spool_dir)
    with sojourn.start_session("overhead", agent_id="bench") as session:

        def llm_call() -> None:
            with session.llm_call(model="gpt-5", provider="openai", input=MESSAGES) as call:
                call.record(output="Bring them back.", input_tokens=900, output_tokens=20)

        def tool_call() -> None:
            with session.tool_call("look_up", {"order": 7}) as tool:
                tool.result({"paid": True})

        return [
            _measured("tool_call", tool_call, session.flush),
            _measured("llm_call with 20 messages (7 KB)", llm_call, session.flush),
            _measured("set_state", lambda: session.set_state("step", 1), session.flush),
            _measured("message", lambda: _message(session), session.flush),
            _measured("checkpoint", session.checkpoint, session.flush),
        ]


def _message(session: sojourn.Session) -> None:
    session.message("user", "How do I get a refund?")


def _bare_span(server: Server) -> Overhead:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{server.url}/v1/traces"), max_queue_size=ROUNDS))
    tracer = provider.get_tracer("bench")

    def span() -> None:
        with tracer.start_as_current_span("execute_tool", attributes={"session.id": "bare", "gen_ai.tool.name": "t"}):
            pass

    return _measured("a bare OpenTelemetry span", span, lambda _: provider.force_flush())


def _measured(name: str, tell: Callable[[], None], flush: Callable[[float], bool]) -> Overhead:
    taken_us = []
    cpu_before = time.process_time()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        tell()
        taken_us.append((time.perf_counter() - begun) * 1e6)
        time.sleep(PACE_S)
    flush(60)
    cpu_us = (time.process_time() - cpu_before) * 1e6 / ROUNDS
    return Overhead(name, percentile(taken_us, 0.5), percentile(taken_us, 0.95), cpu_us)


if __name__ == "__main__":
    print("\n".join(report()))
