"""Keys, logins and passwords: who is let in, and who is not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.access.people import Office
from tests.otlp_requests import trace_json
from tests.running_server import started

OPEN = ("/healthz", "/readyz", "/openapi.json", "/api/v1/me", "/", "/sessions")


def fresh(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}"


@pytest.mark.parametrize("path", OPEN)
def test_what_tells_nothing_is_open_to_everybody(office: Office, path: str) -> None:
    assert office.client(accept="text/html").get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/sessions"),
        ("GET", "/api/v1/sessions/any"),
        ("GET", "/api/v1/live"),
        ("GET", "/metrics"),
        ("POST", "/api/v1/events"),
        ("POST", "/v1/traces"),
        ("POST", "/api/v1/sessions/any/actions/pause"),
        ("GET", "/niitaka/sessions"),
        ("POST", "/rpc"),
        ("GET", "/api/v1/members"),
    ],
)
def test_nobody_comes_in_without_a_name(office: Office, method: str, path: str) -> None:
    answer = office.client().request(method, path)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"


def test_a_key_is_taken_as_bearer_as_basic_and_as_x_api_key(office: Office) -> None:
    secret = office.key("viewer").headers["authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"public:{secret}".encode()).decode()

    for headers in ({"authorization": f"Bearer {secret}"}, {"authorization": f"Basic {basic}"}, {"x-api-key": secret}):
        assert office.client(**headers).get("/api/v1/sessions").status_code == 200


def test_a_key_sends_to_its_own_workspace_and_reads_no_other(office: Office) -> None:
    here, key = office.workspace(), fresh("mine")
    office.tell({"session": key, "type": "message", "input": "hello"}, workspace=here)

    assert office.key("viewer", workspace=here).get(f"/api/v1/sessions/{key}").json()["workspace_id"] == here
    assert office.key("viewer").get(f"/api/v1/sessions/{key}").status_code == 404
    refused = office.key("viewer").get(f"/api/v1/sessions/{key}", params={"workspace": here})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_a_revoked_key_is_refused_at_once(office: Office) -> None:
    made = office.admin.post("/api/v1/api-keys", json={"name": "short", "roles": ["viewer"]}).json()
    client = office.client(authorization=f"Bearer {made['secret']}")
    assert client.get("/api/v1/sessions").status_code == 200

    assert office.admin.delete(f"/api/v1/api-keys/{made['id']}").json()["revoked_at"]

    refused = client.get("/api/v1/sessions")
    assert (refused.status_code, refused.json()["message"]) == (401, "the API key 'short' was revoked")


def test_the_secret_of_a_key_is_told_once(office: Office) -> None:
    made = office.admin.post("/api/v1/api-keys", json={"name": "secret", "roles": ["viewer"]}).json()

    listed = office.admin.get("/api/v1/api-keys").json()["items"]

    (kept,) = [key for key in listed if key["id"] == made["id"]]
    assert made["secret"].startswith(kept["hint"])
    assert len(kept["hint"]) < len(made["secret"]) / 2
    assert made["secret"] not in office.admin.get("/api/v1/api-keys").text


def test_a_key_that_has_expired_is_refused_and_one_in_the_past_is_not_made(office: Office) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()

    answer = office.admin.post("/api/v1/api-keys", json={"name": "late", "roles": ["viewer"], "expires_at": past})

    assert answer.status_code == 422


@pytest.mark.parametrize("secret", ["sj_nonsense", "sk-of-somebody-else", "sjs_nonsense"])
def test_a_secret_that_is_not_ours_is_refused(office: Office, secret: str) -> None:
    assert office.client(authorization=f"Bearer {secret}").get("/api/v1/sessions").status_code == 401


def test_the_wrong_password_and_the_wrong_address_are_told_alike(office: Office) -> None:
    wrong = office.client().post("/api/v1/login", json={"email": "ada@example.org", "password": "guess"})
    nobody = office.client().post("/api/v1/login", json={"email": "eve@example.org", "password": "guess"})

    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert wrong.json() == nobody.json()


def test_guessing_is_slowed_down_for_one_address_and_no_other(office: Office) -> None:
    member, client = office.hire("viewer")
    guesses = [
        office.client().post("/api/v1/login", json={"email": member["email"], "password": "guess"}).status_code
        for _ in range(12)
    ]

    assert guesses == [401] * 10 + [429] * 2
    assert client.get("/api/v1/sessions").status_code == 200, "who is in stays in"
    assert office.log_in("ada@example.org").get("/api/v1/me").json()["person"]["name"] == "ada@example.org"


def test_a_login_ends_at_log_out_wherever_its_cookie_was_copied_to(office: Office) -> None:
    _, client = office.hire("viewer")
    copied = office.client(cookie="; ".join(f"{name}={value}" for name, value in client.cookies.items()))
    assert copied.get("/api/v1/sessions").status_code == 200

    assert client.post("/api/v1/logout").status_code == 204

    assert copied.get("/api/v1/sessions").status_code == 401
    assert copied.get("/api/v1/me").json()["person"] is None


def test_a_cookie_is_for_our_pages_only(office: Office) -> None:
    answer = office.client().post("/api/v1/login", json={"email": "ada@example.org", "password": office.password})
    cookie = answer.headers["set-cookie"].lower()
    foreign = office.admin.post("/api/v1/sessions/any/actions/pause", headers={"origin": "https://evil.example"})

    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert foreign.status_code == 403


def test_a_new_password_ends_every_login(office: Office) -> None:
    member, client = office.hire("viewer")

    weak = client.put("/api/v1/me/password", json={"old": office.password, "new": "short"})
    done = client.put("/api/v1/me/password", json={"old": office.password, "new": "another good password"})

    assert (weak.status_code, done.status_code) == (422, 204)
    assert client.get("/api/v1/sessions").status_code == 401
    again = office.client().post("/api/v1/login", json={"email": member["email"], "password": "another good password"})
    assert again.status_code == 200


def test_otlp_wants_a_key_that_may_send(office: Office) -> None:
    body = trace_json(fresh("otlp"))
    headers = {"content-type": "application/json"}

    assert office.client().post("/v1/traces", content=body, headers=headers).status_code == 401
    assert office.key("viewer").post("/v1/traces", content=body, headers=headers).status_code == 403
    assert office.key("sender").post("/v1/traces", content=body, headers=headers).status_code == 200


def test_a_large_body_from_nobody_is_not_read(office: Office) -> None:
    answer = office.client().post("/api/v1/login", content=b"{" + b" " * 200_000)

    assert answer.status_code == 413


def test_in_local_mode_keys_of_others_are_no_matter_and_ours_count(tmp_path: Path) -> None:
    with started(tmp_path / "data") as server:
        office = Office(server)
        assert office.client(authorization="Bearer pk-of-langfuse").get("/api/v1/sessions").status_code == 200
        assert office.client(authorization="Bearer sj_wrong").get("/api/v1/sessions").status_code == 401
        assert office.client().post("/api/v1/workspaces", json={"id": "second"}).status_code == 201
        made = office.client().post(
            "/api/v1/api-keys", params={"workspace": "second"}, json={"name": "k", "roles": ["sender"]}
        )
        sender = office.client(authorization=f"Bearer {made.json()['secret']}")
        assert sender.post("/api/v1/events", json=[{"session": "there", "type": "message"}]).status_code == 200
        assert sender.get("/api/v1/sessions").status_code == 403
        found = office.client().get("/api/v1/sessions", params={"workspace": "second"}).json()["items"]
        assert [session["key"] for session in found] == ["there"]
        assert office.client().get("/api/v1/sessions").json()["items"] == []
        assert office.client().post("/api/v1/login", json={"email": "a@b.c", "password": "x"}).status_code == 409
        office.close()


def test_the_first_admin_is_made_on_the_command_line(office: Office) -> None:
    email = f"{fresh('cli')}@example.org"

    weak = office.sojourn("users", "add", email, "--password-stdin", given="short")
    added = office.sojourn("users", "add", email, "--role", "operator", "--password-stdin", given=office.password)
    again = office.sojourn("users", "add", email, "--password-stdin", given=office.password)
    listed = office.sojourn("users", "list")

    assert (weak.returncode, added.returncode, again.returncode) == (1, 0, 1)
    assert added.stdout == f"{email} is operator of default\n"
    assert "is a member already" in again.stderr
    assert email in listed.stdout
    assert office.log_in(email).get("/api/v1/sessions").status_code == 200

    assert office.sojourn("users", "remove", email).returncode == 0
    assert office.client().post("/api/v1/login", json={"email": email, "password": office.password}).status_code == 401


def test_a_key_of_the_command_line_serves_the_command_line(office: Office) -> None:
    made = office.sojourn("keys", "create", "for the terminal", "--role", "viewer")
    key = made.stdout.strip()

    shown = office.sojourn("sessions", "list", SOJOURN_URL=office.server.url, SOJOURN_API_KEY=key)
    refused = office.sojourn("sessions", "list", SOJOURN_URL=office.server.url)

    assert shown.returncode == 0, shown.stderr
    assert refused.returncode == 1
    assert "log in, or send an API key" in refused.stderr
    listed = office.sojourn("keys", "list").stdout
    (row,) = [line for line in listed.splitlines() if key[:8] in line]
    assert office.sojourn("keys", "revoke", row.split()[0]).returncode == 0
    assert office.sojourn("sessions", "list", SOJOURN_URL=office.server.url, SOJOURN_API_KEY=key).returncode == 1
