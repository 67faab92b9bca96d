"""What holds for every path: errors, HEAD, health, metrics, the description, the web app."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.running_server import RunningServer

from sojourn.api import failures
from sojourn.api.measures import Measures
from sojourn.api.request_log import RequestLog
from sojourn.api.web import WebApp

HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/sessions/no-such-session", 404, "not_found"),
        ("POST", "/nothing", 404, "not_found"),
        ("GET", "/nothing.js", 404, "not_found"),
        ("GET", "/assets/nothing.js", 404, "not_found"),
        ("GET", "/v1development/profiles", 404, "not_found"),
        ("GET", "/v1/traces", 405, "method_not_allowed"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
        ("GET", "/api/v1/sessions?limit=0", 422, "invalid"),
        ("GET", "/api/v1/sessions?sort=nonsense", 422, "invalid"),
    ],
)
def test_every_error_is_json(server: RunningServer, method: str, path: str, status: int, code: str) -> None:
    answer = server.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["code"] == code
    assert answer.json()["message"]


def test_an_api_caller_never_gets_html(server: RunningServer) -> None:
    for path in ("/api/v1/nothing", "/v1/nothing"):
        assert server.request("GET", path, headers=HTML).headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/sessions",
        "/api/v1/live",
        "/openapi.json",
        "/api/v1/sessions/export",
    ],
)
def test_head_is_get_without_its_body(server: RunningServer, path: str) -> None:
    answer = server.request("HEAD", path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert "content-type" in answer.headers


def test_head_leaves_the_connection_usable(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        for _ in range(3):
            assert client.head("/api/v1/live").status_code == 200
            assert client.get("/healthz").json() == {"status": "ok"}


def test_readiness_names_its_checks(server: RunningServer) -> None:
    assert server.get("/readyz") == {"status": "ready", "checks": {"ledger": "ok", "events": "ok", "ingest": "ok"}}


def test_metrics_tell_of_requests_by_route_and_of_the_stores(server: RunningServer) -> None:
    server.get("/api/v1/sessions")
    server.post("/api/v1/events", json=[{"session": "measured", "type": "message", "input": "hello"}])

    text = httpx.get(f"{server.url}/metrics").text

    assert 'sojourn_http_requests_total{method="GET",route="/api/v1/sessions",status="200"}' in text
    for name in (
        "ingest_rows_total",
        "ingest_flush_seconds_total",
        "ingest_queued_rows",
        "live_streams",
        "store_events_bytes",
    ):
        assert f"\nsojourn_{name} " in text


def test_the_description_is_whole(server: RunningServer) -> None:
    described = server.get("/openapi.json")

    operations = [
        (path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    assert {"/v1/traces", "/v1/logs", "/v1/metrics", "/api/v1/events", "/api/v1/live", "/readyz"} <= described[
        "paths"
    ].keys()
    assert all(operation["responses"] for _, _, operation in operations)
    without_body = {
        told["operationId"] for _, method, told in operations if method == "post" and "requestBody" not in told
    }
    assert without_body == {"beat", "claim_task", "release_task", "log_out", "test_alert_channel", "retry_alert"}, (
        "a body is undescribed"
    )
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(names) == len(set(names))


def test_a_request_id_is_kept_if_it_may_stand_in_a_log(server: RunningServer) -> None:
    kept = server.request("GET", "/healthz", headers={"x-request-id": "trace:7/a"})
    made = server.request("GET", "/healthz", headers={"x-request-id": 'a" b'})

    assert kept.headers["x-request-id"] == "trace:7/a"
    assert made.headers["x-request-id"] != 'a" b'


@pytest.fixture
def page(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "index.html").write_text("<html>sojourn</html>")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return _client(tmp_path)


def _client(folder: Path) -> TestClient:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.default = WebApp(folder)
    failures.install(app)
    return TestClient(app)


def test_paths_of_the_apps_own_router_get_its_page(page: TestClient) -> None:
    for path in ("/", "/sessions/ticket-42", "/sessions/a.b.c", "/sessions/a%2Fb"):
        answer = page.get(path, headers=HTML)
        assert (answer.status_code, answer.text) == (200, "<html>sojourn</html>")
        assert answer.headers["cache-control"] == "no-cache"


def test_assets_are_kept_for_ever_and_missing_ones_are_no_page(page: TestClient) -> None:
    assert "immutable" in page.get("/assets/app-1a2b.js").headers["cache-control"]
    assert page.get("/assets/app-old.js", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00", "/" + "a" * 5000]
)
def test_nothing_outside_the_folder_is_served(page: TestClient, path: str) -> None:
    answer = page.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_without_a_built_app_the_first_page_says_how_to_build_it(tmp_path: Path) -> None:
    answer = _client(tmp_path / "nothing").get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "make ui" in answer.text


def test_a_failure_that_nobody_foresaw_is_told_without_its_inside() -> None:
    app = FastAPI()

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret inside")

    app.add_middleware(RequestLog, measures=Measures())

    answer = TestClient(app).get("/broken")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.json()["details"]["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
