"""Gateways and open streams ask the same questions."""

from __future__ import annotations

import base64
import json
import time
from uuid import uuid4

import httpx
import pytest
from tests.access.people import Office
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from sojourn.api.live import CHECK_EVERY_S
from sojourn.gateways.comis.rpc import UNAUTHORIZED


def fresh(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}"


def told(office: Office, name: str) -> str:
    key = fresh(name)
    office.tell({"session": key, "status": "completed"}, {"session": key, "type": "message", "input": "hello"})
    return key


def rpc(client: httpx.Client, method: str, **params: object) -> dict[str, object]:
    answer = client.post("/rpc", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    found: dict[str, object] = answer.json()
    return found


def test_a_json_rpc_method_needs_the_permission_of_what_it_does(office: Office) -> None:
    key = told(office, "comis")
    _, viewer = office.hire("viewer")

    assert "result" in rpc(viewer, "session.status", session_key=key)
    refused = rpc(viewer, "session.delete", session_key=key)
    assert refused["error"]["data"] == {"code": "forbidden"}  # type: ignore[index]
    assert "result" in rpc(office.admin, "session.delete", session_key=key)


def test_a_websocket_is_refused_without_a_name_and_closed_when_its_key_is_revoked(office: Office) -> None:
    url = office.server.url.replace("http", "ws") + "/ws"
    with connect(url) as socket, pytest.raises(ConnectionClosed) as refused:
        socket.recv()
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == UNAUTHORIZED

    made = office.admin.post("/api/v1/api-keys", json={"name": "socket", "roles": ["viewer"]}).json()
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.list"})
    with connect(url, additional_headers={"authorization": f"Bearer {made['secret']}"}) as socket:
        socket.send(asked)
        assert "result" in json.loads(socket.recv())
        office.admin.delete(f"/api/v1/api-keys/{made['id']}")
        socket.send(asked)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == UNAUTHORIZED


def test_a_live_stream_ends_when_its_reader_may_no_longer_read(office: Office) -> None:
    made = office.admin.post("/api/v1/api-keys", json={"name": "stream", "roles": ["viewer"]}).json()
    client = office.client(authorization=f"Bearer {made['secret']}")
    seen = told(office, "seen")
    with client.stream("GET", "/api/v1/live", headers={"last-event-id": "0"}) as answer:
        lines = answer.iter_lines()
        assert any(seen in line for line in lines)
        office.admin.delete(f"/api/v1/api-keys/{made['id']}")
        time.sleep(CHECK_EVERY_S + 0.5)
        unseen = told(office, "unseen")
        rest = list(lines)  # ends

    assert not any(unseen in line for line in rest)


def test_itential_logs_in_people_and_keys(office: Office) -> None:
    member, _ = office.hire("operator")
    name, key = member["email"], told(office, "itential")
    sessions = "/itential/agent-session-manager/sessions"

    wrong = office.client().post("/itential/login", json={"user": {"username": name, "password": "guess"}})
    assert wrong.status_code == 401
    browser = office.client()
    assert browser.post("/itential/login", json={"user": {"username": name, "password": office.password}}).is_success
    assert browser.get(sessions).status_code == 200
    basic = base64.b64encode(f"{name}:{office.password}".encode()).decode()
    assert office.client(authorization=f"Basic {basic}").get(sessions).status_code == 200
    secret = office.key("viewer").headers["authorization"].removeprefix("Bearer ")
    grant = office.client().post("/itential/oauth/token", json={"client_id": "ci", "client_secret": secret})
    token = grant.json()["access_token"]
    assert office.client(authorization=f"Bearer {token}").get(sessions).status_code == 200

    session_id = office.admin.get(f"/api/v1/sessions/{key}").json()["id"]
    assert browser.delete(f"{sessions}/{session_id}").status_code == 403
    assert office.admin.delete(f"{sessions}/{session_id}").status_code == 200


def test_niitaka_reports_with_a_key_and_may_not_govern(office: Office) -> None:
    key = fresh("niitaka")
    secret = office.key("sender").headers["authorization"].removeprefix("Bearer ")
    client = office.client(**{"x-api-key": secret})

    made = client.post("/niitaka/sessions", json={"session_id": key, "agent_id": "a", "goal": "g"})
    assert made.status_code == 201
    assert client.post(f"/niitaka/sessions/{key}/heartbeat").status_code == 200
    assert client.get("/niitaka/policies").status_code == 200, "the SDK keeps the limits that it is told"
    assert client.get("/niitaka/sessions").status_code == 403
    assert client.post("/niitaka/policies", json={"type": "cost_limit"}).status_code == 403
