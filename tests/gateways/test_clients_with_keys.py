"""The published clients, unmodified, at a server that asks who is there: they know keys, names and passwords."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets
from niitaka.client import NiitakaClient
from tests.access.people import Office
from tests.gateways.itential_clients import Clients, Refusal
from tests.running_server import RunningServer
from tests.steering_http.operators import fresh, until

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it declares its models as pydantic 1 did
    import velatir


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data_dir = tmp_path_factory.mktemp("keys") / "data"
    running = RunningServer(data_dir, "--gateway-root", "itential", SOJOURN_AUTH="password")
    found = Office(running)
    found.sojourn("users", "add", "ada@example.org", "--role", "admin", "--password-stdin", given=found.password)
    running.start()
    yield found
    found.close()
    found.admin.close()
    running.kill()


def secret_of(office: Office, *roles: str, workspace: str = "default") -> str:
    return office.key(*roles, workspace=workspace).headers["authorization"].removeprefix("Bearer ")


def session(office: Office, key: str, workspace: str = "default") -> httpx.Response:
    return office.admin.get(f"/api/v1/sessions/{key}", params={"workspace": workspace})


def test_niitakas_client_reports_with_the_key_of_an_agent_into_its_workspace(office: Office) -> None:
    workspace = office.workspace()
    url = f"{office.server.url}/niitaka"
    client = NiitakaClient(api_url=url, api_key=secret_of(office, "agent", workspace=workspace))

    with client.start_session(goal="find a flight", agent_id=fresh("agent")) as session_id:
        client.log_llm("where to?", "Paris", cost=0.25, metadata={"model": "gpt-4o"})

    until(lambda: session(office, session_id, workspace).is_success)
    until(lambda: session(office, session_id, workspace).json()["status"] == "completed")
    assert session(office, session_id, workspace).json()["goal"] == "find a flight"
    assert session(office, session_id).status_code == 404


def test_niitakas_client_without_a_key_of_ours_stores_nothing_and_lets_its_agent_go_on(office: Office) -> None:
    stranger = NiitakaClient(api_url=f"{office.server.url}/niitaka", api_key="somebody-elses", max_retries=0)

    with stranger.start_session(goal="sneak in", agent_id=fresh("agent")) as session_id:
        assert stranger.get_runtime_config()["config"] == {}

    assert session(office, session_id).status_code == 404


def test_velatirs_client_asks_for_approval_with_a_key(office: Office) -> None:
    url = f"{office.server.url}/velatir/api/v1"
    sdk = velatir.Client(api_key=secret_of(office, "agent"), base_url=url, retry_backoff=0.01)

    task = sdk.create_review_task_sync(function_name="refund", args={"eur": 20})
    pending = sdk.get_review_task_status_sync(task.review_task_id)
    reviewer = office.hire("reviewer", "operator")[1]
    done = reviewer.post(f"/api/v1/tasks/{task.review_task_id}/complete", json={"outcome": {"approved": True}})

    assert (pending.state, done.status_code) == ("Pending", 200)
    assert sdk.get_review_task_status_sync(task.review_task_id).state == "Approved"
    stranger = velatir.Client(api_key="somebody-elses", base_url=url, retry_backoff=0.01)
    with pytest.raises(velatir.VelatirError):
        stranger.create_review_task_sync(function_name="refund", args={})


def test_itentials_clients_may_what_the_person_or_key_may(office: Office, foreign_python: Path, tmp_path: Path) -> None:
    """Acceptance 219. By cookie as a person, by OAuth with the secret of a key."""
    person, _ = office.hire("viewer")
    key = fresh("seen")
    office.tell({"session": key, "kind": "run", "status": "completed", "agent_id": "scout"})
    path = f"/agent-session-manager/sessions/{session(office, key).json()['id']}"
    by_name = Clients(foreign_python, office.server, tmp_path / "person", person["email"], office.password)
    by_key = Clients(foreign_python, office.server, tmp_path / "key", "ci", secret_of(office, "viewer"))
    try:
        assert path.endswith(tuple(one["session_id"] for one in by_name.tool("get_sessions")))
        for clients, login in ((by_name, "cookie"), (by_key, "oauth")):
            assert path.endswith(clients.sdk("get", path, login)["sessionId"])
            with pytest.raises(Refusal, match="403"):
                clients.sdk("delete", path, login)
    finally:
        by_name.close()
        by_key.close()

    assert session(office, key).is_success


def test_itentials_clients_with_a_wrong_password_are_refused(
    office: Office, foreign_python: Path, tmp_path: Path
) -> None:
    clients = Clients(foreign_python, office.server, tmp_path / "log", "ada@example.org", "a guess")
    try:
        with pytest.raises(Refusal):
            clients.tool("get_sessions")
    finally:
        clients.close()


def test_a_work_item_that_is_assigned_to_somebody_is_theirs(office: Office) -> None:
    member, bo = office.hire("operator")
    task = office.admin.post("/api/v1/tasks", json={"title": "look at this"}).json()
    item = f"/itential/work-center-service/work-items/{task['id']}"

    assigned = office.admin.post(f"{item}/assign", json={"assignee": member["email"]}).json()
    claimed = bo.post(f"{item}/claim")

    assert assigned["assignee"] == member["email"]
    assert (claimed.status_code, claimed.json()["assignee"]) == (200, member["email"])


FORMS = {
    "/niitaka/sessions": lambda body: body["detail"] and body["code"] == "unauthenticated",
    "/velatir/api/v1/project": lambda body: body["message"] and body["code"] == "unauthenticated",
    "/itential/agent-session-manager/sessions": lambda body: body["message"] and body["code"] == "unauthenticated",
    "/kore/api/projects/default/sessions": lambda body: (
        body["success"] is False and body["error"]["code"] == "UNAUTHENTICATED" and body["error"]["message"]
    ),
    "/comis/api/sessions": lambda body: isinstance(body["error"], str) and body["code"] == "unauthenticated",
}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": "somebody-elses"},
        {"authorization": "Bearer abl_0123456789"},
        {"authorization": "Bearer sj_none-of-ours"},
        {"authorization": "Basic YWRhQGV4YW1wbGUub3JnOmEgZ3Vlc3M="},
    ],
)
def test_who_is_not_let_in_is_told_so_in_the_vendors_form(office: Office, path: str, headers: dict[str, str]) -> None:
    answer = office.client(**headers).get(path)

    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
    assert FORMS[path](answer.json()), answer.text


@pytest.mark.parametrize("path", ["/rpc", "/comis/rpc"])
def test_json_rpc_tells_in_its_own_form_who_may_not(office: Office, path: str) -> None:
    """Acceptance 219: each method needs its own permission."""
    call = {"jsonrpc": "2.0", "id": 7, "method": "session.delete", "params": {"key": "nobody's"}}
    stranger, viewer = office.client(authorization="Bearer not-ours"), office.key("viewer")

    refused, forbidden = stranger.post(path, json=call), viewer.post(path, json=call)

    assert (refused.status_code, refused.json()["error"]["code"]) == (401, -32603)
    assert forbidden.json()["error"]["code"] == -32603
    assert forbidden.json()["error"]["message"] == "Insufficient scope: requires 'sessions.delete'"


@pytest.mark.parametrize("path", ["/ws", "/comis/ws"])
def test_comis_console_sends_its_token_in_the_address_of_the_websocket(office: Office, path: str) -> None:
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.list", "params": {}})

    async def answered(token: str) -> str:
        url = f"{office.server.url.replace('http', 'ws')}{path}?token={token}"
        async with websockets.connect(url) as socket:
            await socket.send(call)
            return str(await socket.recv())

    assert "sessions" in json.loads(asyncio.run(answered(secret_of(office, "viewer"))))["result"]


@pytest.mark.parametrize("query", ["", "?token=", "?token=not-ours", "?token=sj_not-ours"])
def test_a_websocket_that_is_not_let_in_is_closed_with_a_code_that_ends_comis_tries(office: Office, query: str) -> None:
    async def closed() -> int | None:
        async with websockets.connect(f"{office.server.url.replace('http', 'ws')}/ws{query}") as socket:
            with pytest.raises(websockets.ConnectionClosed) as ended:
                await socket.recv()
            return ended.value.rcvd and ended.value.rcvd.code

    assert asyncio.run(closed()) == 4001
