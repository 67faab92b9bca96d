"""No login, so: only this machine's programs, and no page of another origin."""

from __future__ import annotations

import asyncio
import json

import pytest
import websockets
from tests.otlp_requests import PROTOBUF, trace_request
from tests.running_server import RunningServer, started


def status(server: RunningServer, method: str, path: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = trace_request("local").SerializeToString() if method == "POST" else b""
    return server.request(method, path, content=body, headers={"content-type": PROTOBUF, **named}).status_code


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.53:80", "[::1]:7437", "LOCALHOST:1", "localhost."])
def test_our_own_names_are_accepted(server: RunningServer, host: str) -> None:
    assert status(server, "GET", "/api/v1/sessions", host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "", "[::"]
)
def test_a_rebound_name_is_refused(server: RunningServer, host: str) -> None:
    assert status(server, "GET", "/api/v1/sessions", host=host) in {400, 403}


@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/events", "/api/public/otel/v1/traces"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:3000", "http://["]
)
def test_pages_of_another_origin_cannot_write(server: RunningServer, path: str, origin: str) -> None:
    assert status(server, "POST", path, origin=origin) == 403


def test_exporters_send_no_origin_and_our_own_page_its_own(server: RunningServer) -> None:
    assert status(server, "POST", "/v1/traces") == 200
    assert status(server, "POST", "/v1/traces", origin=server.url) == 200


def test_a_page_of_another_site_cannot_read_but_may_link(server: RunningServer) -> None:
    assert status(server, "GET", "/api/v1/sessions", sec_fetch_site="cross-site", sec_fetch_mode="no-cors") == 403
    assert status(server, "GET", "/api/v1/live", sec_fetch_site="same-site", sec_fetch_mode="cors") == 403
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert status(server, "GET", "/", **link) == 200


OPENING = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize("path", ["/ws", "/comis/ws", "/nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "websocket"},
    ],
)
def test_pages_of_another_origin_cannot_open_a_websocket(
    server: RunningServer, path: str, headers: dict[str, str]
) -> None:
    answer = server.request("GET", path, headers={**OPENING, **headers})

    assert (answer.status_code, answer.json()["code"]) == (403, "refused")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_programs_and_our_own_page_open_websockets(server: RunningServer) -> None:
    async def opened(**headers: str) -> bool:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/ws", additional_headers=headers) as socket:
            await socket.send("{")
            return "error" in json.loads(await socket.recv())

    assert asyncio.run(opened())
    assert asyncio.run(opened(Origin=server.url))


def test_no_answer_allows_another_origin(server: RunningServer) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    answer = server.request("OPTIONS", "/v1/traces", headers=asked)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.json()["code"] == "refused"


def test_every_answer_has_the_security_headers(server: RunningServer) -> None:
    for path in ("/", "/api/v1/sessions", "/nothing", "/v1/traces", "/healthz"):
        headers = server.request("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "x-request-id" in headers


def test_the_name_of_a_proxy_can_be_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    data_dir = tmp_path_factory.mktemp("proxied") / "data"

    with started(data_dir, SOJOURN_ALLOWED_HOSTS="sojourn.example, other.example") as server:
        assert status(server, "GET", "/readyz", host="sojourn.example") == 200
        assert status(server, "POST", "/v1/traces", host="other.example", origin="https://other.example") == 200
        assert status(server, "GET", "/readyz", host="third.example") == 403
