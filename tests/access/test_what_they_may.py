"""Each permission opens what it names and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from tests.access.people import Json, Office

READ, PAGE, CALLED = "sessions.read", "sessions.page", "sessions.read_called"
VERBS = {
    "pause": "sessions.pause",
    "resume": "sessions.pause",
    "cancel": "sessions.cancel",
    "reset": "sessions.reset",
    "compact": "sessions.compact",
    "escalate": "sessions.escalate",
    "return": "sessions.escalate",
    "archive": "sessions.archive",
    "unarchive": "sessions.archive",
}
ACTIONS = sorted(set(VERBS.values()))


BUILT_IN = ("viewer", "operator", "reviewer", "admin", "sender", "agent")


def fresh(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}"


def told(office: Office, name: str, **fields: object) -> str:
    key = fresh(name)
    office.tell(
        {"session": key, "kind": "run", "status": "running", **fields},
        {"session": key, "type": "message", "role": "user", "input": f"words of {key}"},
    )
    return key


def needs(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] == "forbidden"
    found: list[str] = answer.json()["details"]["needs"]
    return found


def test_page_permission_without_read_shows_no_session_data(office: Office) -> None:
    """Acceptance 184."""
    key = told(office, "unread")
    visitor = office.person(PAGE)

    assert visitor.get("/api/v1/me").json()["workspaces"][0]["permissions"] == [PAGE]
    for path in (
        "/sessions",
        f"/sessions/{key}",
        f"/sessions/{key}/conversation",
        f"/sessions/{key}/events",
        "/stats/overview",
        "/search?q=words",
        "/live",
        "/sessions/facets?field=agent",
        "/signals",
        "/decisions",
        "/policies",
        "/runtimes",
    ):
        assert needs(visitor.get(f"/api/v1{path}")) == [READ], path


@pytest.mark.parametrize("verb", VERBS)
def test_each_action_has_its_own_permission(office: Office, verb: str) -> None:
    """Acceptance 219."""
    key = told(office, verb)
    others = [permission for permission in ACTIONS if permission != VERBS[verb]]

    refused = office.person(READ, *others).post(f"/api/v1/sessions/{key}/actions/{verb}")
    allowed = office.person(READ, VERBS[verb]).post(f"/api/v1/sessions/{key}/actions/{verb}")

    assert needs(refused) == [VERBS[verb]]
    assert allowed.status_code in (202, 409), "what the session is in is another matter"


@pytest.mark.parametrize("permission", ["sessions.delete", *ACTIONS])
def test_acting_also_requires_read(office: Office, permission: str) -> None:
    """Acceptance 220."""
    key = told(office, "no-read", status="completed")
    blind = office.person(permission)

    if permission == "sessions.delete":
        assert needs(blind.delete(f"/api/v1/sessions/{key}")) == [permission]
    else:
        verb = next(verb for verb, needed in VERBS.items() if needed == permission)
        assert READ in needs(blind.post(f"/api/v1/sessions/{key}/actions/{verb}"))
    assert office.admin.get(f"/api/v1/sessions/{key}").status_code == 200


def test_delete_needs_the_permission_that_only_admins_have(office: Office) -> None:
    """Acceptance 216."""
    key = told(office, "doomed", status="completed")
    roles = {role["name"]: role["permissions"] for role in office.admin.get("/api/v1/roles").json()["items"]}
    assert [name for name in roles if name in BUILT_IN and "sessions.delete" in roles[name]] == ["admin"]

    _, operator = office.hire("operator")
    assert needs(operator.delete(f"/api/v1/sessions/{key}")) == ["sessions.delete"]
    bulk = operator.post("/api/v1/sessions/bulk", json={"action": "delete", "ids": [key]})
    assert needs(bulk) == ["sessions.delete"]
    assert office.admin.delete(f"/api/v1/sessions/{key}").status_code == 204


def test_bulk_asks_for_the_permission_of_its_action(office: Office) -> None:
    key = told(office, "bulk")

    refused = office.person(READ, "sessions.cancel").post(
        "/api/v1/sessions/bulk", json={"action": "pause", "ids": [key]}
    )

    assert needs(refused) == ["sessions.pause"]


def test_exports_need_export(office: Office) -> None:
    key = told(office, "exported")
    reader = office.person(READ)

    assert needs(reader.get(f"/api/v1/sessions/{key}/export")) == ["sessions.export"]
    assert needs(reader.get("/api/v1/sessions/export")) == ["sessions.export"]
    assert office.person(READ, "sessions.export").get(f"/api/v1/sessions/{key}/export").status_code == 200


def test_granting_access_reveals_sessions_that_ran_earlier(office: Office) -> None:
    """Acceptance 221: asked at read time, never stored."""
    key = told(office, "earlier")
    member, client = office.hire(office.role(PAGE))
    assert client.get("/api/v1/sessions").status_code == 403

    office.admin.patch(f"/api/v1/members/{member['id']}", json={"roles": ["viewer"]})
    seen = client.get("/api/v1/sessions", params={"id": office.admin.get(f"/api/v1/sessions/{key}").json()["id"]})
    assert [session["key"] for session in seen.json()["items"]] == [key]

    office.admin.patch(f"/api/v1/members/{member['id']}", json={"roles": [office.role(PAGE)]})
    assert client.get("/api/v1/sessions").status_code == 403, "and what is taken away is gone at once"


def test_a_changed_role_holds_at_once(office: Office) -> None:
    name = office.role(PAGE)
    _, client = office.hire(name)
    assert client.get("/api/v1/sessions").status_code == 403

    office.admin.put(f"/api/v1/roles/{name}", json={"permissions": [READ]})
    assert client.get("/api/v1/sessions").status_code == 200

    office.admin.delete(f"/api/v1/roles/{name}")
    assert client.get("/api/v1/sessions").status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/policies", {"type": "cost_limit", "condition": {"max_cost_usd": 1}, "action": {"type": "notify"}}),
        ("POST", "/assessors", {"name": "a", "kind": "rules", "config": {}}),
        ("GET", "/members", None),
        ("POST", "/members", {"email": "x@example.org", "roles": ["admin"], "password": "a long password"}),
        ("GET", "/api-keys", None),
        ("POST", "/api-keys", {"name": "k", "roles": ["viewer"]}),
        ("PUT", "/roles/mine", {"permissions": ["admin"]}),
        ("POST", "/workspaces", {"id": "mine"}),
    ],
)
def test_what_governs_others_needs_admin(office: Office, method: str, path: str, body: Json | None) -> None:
    _, operator = office.hire("operator")

    assert needs(operator.request(method, f"/api/v1{path}", json=body)) == ["admin"]


def test_nobody_gives_a_key_more_than_they_may(office: Office) -> None:
    clerk = office.person("admin", READ)

    refused = clerk.post("/api/v1/api-keys", json={"name": "too much", "roles": ["operator"]})

    assert refused.status_code == 403
    assert "sessions.cancel" in refused.json()["message"]


def test_the_last_admin_stays(office: Office) -> None:
    here = office.workspace()
    (member,) = office.admin.get("/api/v1/members", params={"workspace": here}).json()["items"]

    dropped = office.admin.delete(f"/api/v1/members/{member['id']}", params={"workspace": here})
    demoted = office.admin.patch(
        f"/api/v1/members/{member['id']}", params={"workspace": here}, json={"roles": ["viewer"]}
    )

    assert (dropped.status_code, demoted.status_code) == (409, 409)


def test_an_agent_reports_and_reads_its_memory_and_steers_nothing(office: Office) -> None:
    key = told(office, "agent")
    agent = office.key("agent")

    assert agent.get(f"/api/v1/sessions/{key}/history").status_code == 200
    assert agent.post(f"/api/v1/sessions/{key}/heartbeat").status_code == 204
    assert needs(agent.post(f"/api/v1/sessions/{key}/actions/cancel")) == ["sessions.cancel"]
    assert needs(agent.delete(f"/api/v1/sessions/{key}")) == ["sessions.delete"]


def test_reviews_are_completed_by_reviewers_and_tasks_by_who_completes_tasks(office: Office) -> None:
    sender = office.key("sender")
    review = sender.post("/api/v1/tasks", json={"kind": "review", "title": "Is this allowed?"}).json()
    manual = sender.post("/api/v1/tasks", json={"kind": "manual", "title": "Call them"}).json()
    reviewer, worker = office.person("sessions.review", READ), office.person("tasks.complete")

    assert needs(worker.post(f"/api/v1/tasks/{review['id']}/complete", json={"outcome": {}})) == ["sessions.review"]
    assert needs(reviewer.post(f"/api/v1/tasks/{manual['id']}/complete", json={"outcome": {}})) == ["tasks.complete"]
    assert worker.post(f"/api/v1/tasks/{manual['id']}/complete", json={"outcome": {}}).status_code == 200
    assert reviewer.post(f"/api/v1/tasks/{review['id']}/claim").status_code == 200


def test_the_list_spans_the_workspaces_that_one_may_read(office: Office) -> None:
    """Acceptance 164."""
    here, there, hidden = (office.workspace() for _ in range(3))
    for place, workspace in enumerate((here, there, hidden)):
        office.tell(
            *(
                {"session": f"{workspace}-{number}", "type": "message", "input": "spanning", "agent_id": f"a{place}"}
                for number in range(3)
            ),
            workspace=workspace,
        )
    member, client = office.hire("viewer", workspace=here)
    for workspace, role in ((there, "viewer"), (hidden, office.role(PAGE, workspace=hidden))):
        office.admin.post(
            "/api/v1/members", params={"workspace": workspace}, json={"email": member["email"], "roles": [role]}
        )

    pages, cursor = [], None
    while True:
        page = client.get(
            "/api/v1/sessions", params={"workspace": "*", "limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        pages += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert page["total"] == 6
    assert sorted(session["workspace_id"] for session in pages) == sorted([here] * 3 + [there] * 3)
    starts = [session["started_at"] for session in pages]
    assert starts == sorted(starts, reverse=True)
    assert len({session["id"] for session in pages}) == 6
    overview = client.get("/api/v1/stats/overview", params={"workspace": "*"}).json()
    assert (overview["sessions"], overview["agents"]) == (6, 2)
    found = client.get("/api/v1/search", params={"workspace": "*", "q": "spanning"}).json()["items"]
    assert {item["session"]["workspace_id"] for item in found} == {here, there}
    exported = client.get("/api/v1/sessions/export", params={"workspace": "*", "format": "jsonl"}).text
    assert len(exported.splitlines()) == 6


@pytest.mark.parametrize("sort", ["key", "-key", "cost_usd", "-duration_ms", "agent_id", "-ended_at"])
def test_a_spanning_list_keeps_every_order(office: Office, sort: str) -> None:
    here, there = office.workspace(), office.workspace()
    for workspace in (here, there):
        office.tell(
            *(
                record
                for number in range(5)
                for record in (
                    {"session": f"{workspace}-{number}", "status": "completed" if number % 2 else "running"},
                    {
                        "session": f"{workspace}-{number}",
                        "type": "llm_call",
                        "agent_id": f"agent-{number % 2}",
                        **({"cost_usd": number / 10} if number % 3 else {}),
                    },
                )
            ),
            workspace=workspace,
        )
    member, client = office.hire("viewer", workspace=here)
    office.admin.post(
        "/api/v1/members", params={"workspace": there}, json={"email": member["email"], "roles": ["viewer"]}
    )

    def listed(**parameters: object) -> list[Json]:
        items: list[Json] = []
        cursor = None
        while True:
            sent = {"sort": sort, **parameters, **({"cursor": cursor} if cursor else {})}
            page = client.get("/api/v1/sessions", params=sent).json()
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    in_pages = [session["id"] for session in listed(workspace="*", limit=3)]
    at_once = [session["id"] for session in listed(workspace="*", limit=100)]
    apart = {session["id"] for workspace in (here, there) for session in listed(workspace=workspace)}
    assert in_pages == at_once
    assert set(in_pages) == apart
    assert len(in_pages) == 10


@pytest.fixture
def calling(office: Office) -> tuple[str, str]:
    """A session that called another by a tool, and what that one said."""
    caller, called = fresh("caller"), fresh("called")
    office.tell(
        {"session": caller, "type": "message", "role": "user", "input": "Book the flight"},
        {
            "session": caller,
            "event_id": f"{caller}-ask",
            "type": "tool_call",
            "tool_name": "booking_agent",
            "tool_call_id": "call-7",
            "input": {"secret_order": "alpha bravo"},
            "output": "charlie delta",
            "duration_ms": 40,
        },
        {
            "session": called,
            "parent": caller,
            "agent_id": "booking",
            "metadata": {"tool_call_id": "call-7"},
            "status": "completed",
        },
        {"session": called, "type": "message", "role": "user", "input": "echo foxtrot"},
    )
    return caller, called


SECRETS = ("alpha bravo", "charlie delta", "echo foxtrot")
Look = Callable[[httpx.Client, str], httpx.Response]
PLACES: dict[str, Look] = {
    "conversation": lambda client, key: client.get(f"/api/v1/sessions/{key}/conversation"),
    "events": lambda client, key: client.get(f"/api/v1/sessions/{key}/events"),
    "event": lambda client, key: client.get(f"/api/v1/sessions/{key}/events/{key}-ask"),
    "history": lambda client, key: client.get(f"/api/v1/sessions/{key}/history"),
    "children": lambda client, key: client.get(f"/api/v1/sessions/{key}/children"),
    "export": lambda client, key: client.get(f"/api/v1/sessions/{key}/export"),
    "list": lambda client, _: client.get("/api/v1/sessions", params={"q": "foxtrot"}),
    "list of the call": lambda client, _: client.get("/api/v1/sessions", params={"q": "delta"}),
    "search": lambda client, _: client.get("/api/v1/search", params={"q": "charlie delta"}),
    "search in the called": lambda client, _: client.get("/api/v1/search", params={"q": "echo foxtrot"}),
}


@pytest.mark.parametrize("place", PLACES)
def test_without_access_a_called_session_is_name_status_and_duration(
    office: Office, calling: tuple[str, str], place: str
) -> None:
    """Acceptance 218."""
    caller, called = calling
    stranger = office.person(READ, "sessions.export")
    friend = office.person(READ, CALLED, "sessions.export")

    shown, hidden = PLACES[place](friend, caller), PLACES[place](stranger, caller)

    assert any(secret in shown.text for secret in SECRETS) or called in shown.text
    assert not any(secret in hidden.text for secret in (*SECRETS, called))
    if place == "export":
        assert needs(hidden) == [CALLED]
    else:
        assert hidden.status_code == 200


def test_what_is_told_of_a_called_session_without_access(office: Office, calling: tuple[str, str]) -> None:
    """Acceptance 218."""
    caller, called = calling
    stranger = office.person(READ)

    (item,) = stranger.get(f"/api/v1/sessions/{caller}/children").json()["items"]
    assert item.pop("duration_ms") is not None
    assert item == {
        "is_restricted": True,
        "agent_id": "booking",
        "status": "completed",
        "called_by": [f"{caller}-ask"],
    }
    assert needs(stranger.get(f"/api/v1/sessions/{called}")) == [CALLED]
    assert needs(stranger.get(f"/api/v1/sessions/{called}/conversation")) == [CALLED]
    (row,) = [
        row for row in stranger.get(f"/api/v1/sessions/{caller}/events").json()["items"] if row["type"] == "tool_call"
    ][:1]
    assert (row["tool_name"], row["status"], row["preview"]) == ("booking_agent", "ok", "")


@pytest.mark.parametrize("feed", ["signals", "decisions"])
def test_feeds_of_a_whole_workspace_are_for_those_who_see_called_sessions(
    office: Office, calling: tuple[str, str], feed: str
) -> None:
    caller, called = calling
    stranger = office.person(READ)

    assert needs(stranger.get(f"/api/v1/{feed}")) == [CALLED]
    assert needs(stranger.get(f"/api/v1/{feed}", params={"session": called})) == [CALLED]
    assert stranger.get(f"/api/v1/{feed}", params={"session": caller}).status_code == 200
    assert needs(stranger.get("/api/v1/assessments", params={"session": called})) == [CALLED]


def test_own_calls_stay_readable_where_no_session_was_called(office: Office) -> None:
    key = fresh("plain")
    office.tell(
        {"session": key, "type": "tool_call", "tool_name": "add", "tool_call_id": "c", "input": {"a": 1}, "output": "3"}
    )

    answer = office.person(READ).get(f"/api/v1/sessions/{key}/conversation")

    assert '"a":1' in answer.text
