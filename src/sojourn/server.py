"""The composition root: opens what the settings name, wires it, serves it, and closes it in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from sojourn import __version__
from sojourn.api.app import create_app
from sojourn.api.dependencies import Services
from sojourn.app.access.door import Door
from sojourn.app.access.people import People
from sojourn.app.alerts.alerting import Alerting
from sojourn.app.alerts.carriers import Carriers
from sojourn.app.alerts.mail import mail_server
from sojourn.app.assessors.assessing import Assessing
from sojourn.app.assessors.telling import Telling
from sojourn.app.assessors.trace_reviews import TraceReviews
from sojourn.app.control.control import Control
from sojourn.app.control.summaries import SummariserSettings
from sojourn.app.data_directory import Owner, owned
from sojourn.app.errors import Refused, SojournError
from sojourn.app.files import ingest_folder
from sojourn.app.ingest import Ingest, IngestLimits
from sojourn.app.live import Live
from sojourn.app.policies.policing import Policing
from sojourn.app.views.recent import Recent
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.events.chdb_transport import ChdbTransport
from sojourn.events.clickhouse_transport import ClickhouseTransport
from sojourn.events.store import EventStore
from sojourn.events.transport import Transport
from sojourn.gateways import mounting
from sojourn.ledger.ledger import Ledger
from sojourn.settings import Settings

log = structlog.get_logger("sojourn.server")
GC_THRESHOLDS = (50_000, 10, 10)  # ingest makes many tuples and no cycles: looking for those took 0.05 ms a span
OTLP_HOST = "127.0.0.1"
NS = 1_000_000_000
BACKLOG = 2_048
WEBSOCKET_BYTES = 2 << 20  # of one message
KEEP_ALIVE_S = 75  # longer than exporters wait between batches, so that they never write into a closing connection
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class PortTaken(SojournError):
    code = "port_taken"


@asynccontextmanager
async def opened(settings: Settings, purpose: str) -> AsyncIterator[Services]:
    """The data directory's stores for a command that does not serve."""
    with _data_directory(settings, purpose, is_serving=False):
        async with _stores(settings) as services:
            yield services


def serve(settings: Settings, samples: Path | None = None) -> None:
    """Until SIGTERM or SIGINT. `samples` is a folder of files to ingest while requests are answered."""
    if settings.auth == "local" and not settings.is_loopback:
        raise Refused(
            f"{settings.host} can be reached from other machines, and nobody would be asked who they are. Set "
            "SOJOURN_AUTH=password, or serve 127.0.0.1 (docs/access.md)"
        )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, samples))


async def _serve(settings: Settings, samples: Path | None) -> None:
    stopping = _Stopping()
    with _data_directory(settings, "serve", is_serving=True), stopping.on_signals():
        sockets = [_bound(settings.host, settings.port), *_otlp_socket(settings)]
        async with _stores(settings) as services:
            app = create_app(services)
            mounting.mount(app, settings.gateway_root)
            server = _Server(app, settings, lambda: (services.live.close(), services.control.wake_all()))
            stopping.attach(server)
            ports = [each.getsockname()[1] for each in sockets]
            url = f"http://{_bracketed(settings.host)}:{ports[0]}"
            gc.freeze()  # what is loaded by now stays
            gc.set_threshold(*GC_THRESHOLDS)
            if settings.auth == "password" and not People(services.ledger, time.time_ns).has_anybody():
                log.warning(
                    "server.nobody_may_log_in", hint="add somebody: sojourn users add you@example.org --role admin"
                )
            log.info("server.ready", url=url, ports=ports, version=__version__)
            async with _beside(ingest_folder(services.ingest, DEFAULT_WORKSPACE, samples) if samples else None):
                await server.serve(sockets)
            log.info("server.draining")
            app.state.serving.bodies.close()
    log.info("server.stopped")


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None] | None) -> AsyncIterator[None]:
    """Runs `work` while the block runs, and no longer."""
    task = asyncio.create_task(work) if work is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class _Server(uvicorn.Server):
    """Leaves signals to us, and ends the live streams before it waits for requests in flight."""

    def __init__(self, app: ASGIApp, settings: Settings, before_exit: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=WEBSOCKET_BYTES,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=settings.drain_timeout_s,
            )
        )
        self._before_exit = before_exit

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_exit()
        await super().shutdown(sockets)


class _Stopping:
    """SIGTERM and SIGINT ask the server to finish. A second one does not wait for requests in flight; what was accepted
    is stored all the same."""

    def __init__(self) -> None:
        self._server: _Server | None = None
        self._is_asked = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        before = {name: signal.signal(name, self._ask) for name in STOP_SIGNALS}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def attach(self, server: _Server) -> None:
        self._server = server
        server.should_exit = self._is_asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self._server is not None:
            self._server.force_exit = self._is_asked
            self._server.should_exit = True
        self._is_asked = True


@asynccontextmanager
async def _stores(settings: Settings) -> AsyncIterator[Services]:
    """Migrated stores, and an ingest that takes requests; drained and closed at the end."""
    with contextlib.ExitStack() as closing:
        ledger = Ledger.open(settings.ledger_url)
        closing.callback(ledger.close)
        await asyncio.to_thread(ledger.migrate)
        events = EventStore(await asyncio.to_thread(_transport, settings), settings.clickhouse_cluster or None)
        closing.callback(events.close)
        await asyncio.to_thread(events.migrate)
        limits = IngestLimits(queued_rows=settings.max_queued_rows, queued_bytes=settings.max_queued_bytes)
        silence_ns = settings.abandoned_after_s * NS
        ingest = Ingest(ledger, events, time.time_ns, limits, silence_ns)
        await ingest.start()
        recent = Recent()
        summariser = SummariserSettings(settings.summariser_url, settings.summariser_model, settings.summariser_api_key)
        control = Control(ledger, events, ingest, recent, time.time_ns, summariser, silence_ns)
        control.start()
        policing = Policing(ledger, events, ingest, control, time.time_ns)
        policing.start()
        assessing = Assessing(ledger, events, ingest, control.tasks, time.time_ns, summariser)
        assessing.start()
        mail = mail_server(settings.smtp_url, settings.smtp_from)
        alerting = Alerting(ledger, Carriers(mail, settings.web_url, time.time_ns), time.time_ns)
        alerting.start()
        reviews = TraceReviews(ledger, events, recent, control.tasks)
        telling = Telling(ledger, ingest, reviews, time.time_ns, mounting.outcome_forms())
        telling.start()
        live = Live(ledger, settings.max_live_streams)
        try:
            door = Door(ledger, time.time_ns, is_local=settings.auth == "local")
            yield Services(ledger, events, ingest, control, live, settings, time.time_ns, door, recent)
        finally:
            await alerting.close()
            await telling.close()
            await assessing.close()
            await policing.close()
            await control.close()
            await ingest.drain()


@contextmanager
def _data_directory(settings: Settings, purpose: str, is_serving: bool) -> Iterator[None]:
    if not settings.is_embedded:
        yield
        return
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    host, port = (settings.host, settings.port) if is_serving else ("", 0)
    with owned(settings.data_dir, Owner(os.getpid(), since, host, port, purpose)):
        yield


def _transport(settings: Settings) -> Transport:
    if settings.clickhouse_url:
        return ClickhouseTransport(settings.clickhouse_url)
    return ChdbTransport(settings.events_dir)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        message = f"port {port} of {host} cannot be used: {error.strerror}; choose another with --port"
        raise PortTaken(message) from error
    found.setblocking(False)
    return found


def _otlp_socket(settings: Settings) -> list[socket.socket]:
    """The exporters' default port, if nobody else has it."""
    if not settings.otlp_port or settings.otlp_port == settings.port:
        return []
    try:
        return [_bound(OTLP_HOST, settings.otlp_port)]
    except PortTaken:
        log.warning(
            "server.otlp_port_taken",
            port=settings.otlp_port,
            hint=f"another collector has it; send to http://{_bracketed(settings.host)}:{settings.port} instead",
        )
        return []


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
