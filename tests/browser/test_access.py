"""Logins, permissions and workspaces in a real browser, on a server that asks who is there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.access.people import Office
from tests.browser.opened_pages import REFUSED, UNREACHABLE, complaints_of, faults, new_context, opened, soon
from tests.running_server import RunningServer, started
from tests.steering_http.operators import fresh, until

pytestmark = pytest.mark.xdist_group("access")
ADMIN = "ada@example.org"
LOOKS_AGAIN_MS = 10_000  # a page that waits for a permission
READER = ("sessions.page", "sessions.read")
BUTTONS = {
    "sessions.pause": {"pause"},
    "sessions.cancel": {"cancel"},
    "sessions.reset": {"reset"},
    "sessions.compact": {"compact"},
    "sessions.escalate": {"escalate"},
    "sessions.archive": {"archive"},
    "sessions.delete": {"delete"},
    "sessions.export": {"export"},
}
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    running = RunningServer(tmp_path_factory.mktemp("access-browser") / "data", SOJOURN_AUTH="password")
    office = Office(running)
    office.sojourn("users", "add", ADMIN, "--role", "admin", "--password-stdin", given=office.password)
    try:
        running.start()
        yield office
    finally:
        office.close()
        office.admin.close()
        running.kill()


class Watched:
    """What went wrong in a page, and what it asked the server for."""

    def __init__(self, page: Page, expects: Sequence[str]) -> None:
        self.complaints = complaints_of(page, [REFUSED, *expects])
        self.refused: list[str] = []
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("response", lambda answer: self.refused.append(answer.url) if answer.status in (401, 403) else None)

    def api(self, part: str = "") -> list[str]:
        return [url for url in self.asked if "/api/v1/" in url and part in url]


@pytest.fixture
def visit(browser: Browser, office: Office) -> Iterator[Visit]:
    """A page of somebody who has logged in already; `Page.watched` tells what it did."""
    contexts = []
    watched: list[Watched] = []

    def visit(client: httpx.Client | None, path: str = "", expects: Sequence[str] = (), **options: Any) -> Page:
        context = new_context(browser, office.server, **options)
        contexts.append(context)
        for name, value in client.cookies.items() if client else ():
            context.add_cookies([{"name": name, "value": value, "url": office.server.url}])
        page = context.new_page()
        watched.append(Watched(page, expects))
        page.watched = watched[-1]  # type: ignore[attr-defined]
        if path:
            page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for one in watched for complaint in one.complaints] == []


def watched(page: Page) -> Watched:
    found: Watched = page.watched  # type: ignore[attr-defined]
    return found


def tell(office: Office, key: str, workspace: str = "default", **fields: Any) -> str:
    office.tell(
        {"session": key, "kind": "run", "goal": f"goal of {key}", **fields},
        {"session": key, "type": "message", "role": "user", "input": f"said in {key}"},
        workspace=workspace,
    )
    return key


def path_of(key: str, **search: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in search.items())
    return f"/sessions/{quote(key, safe='')}{'?' if query else ''}{query}"


def type_login(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def choose_workspace(page: Page, name: str) -> None:
    page.get_by_test_id("workspace").click()
    page.get_by_role("menuitemradio", name=re.compile(f"^(✓)?{re.escape(name)}")).click()


def row(page: Page, goal: str) -> Any:
    return page.get_by_test_id("session-row").filter(has_text=goal)


# Logging in and out


def test_whoever_comes_logs_in_at_the_address_that_they_wanted(visit: Visit, office: Office) -> None:
    key = tell(office, fresh("wanted"))

    page = visit(None, path_of(key, tab="timeline"))
    address = page.get_by_label("E-mail address")
    expect(address).to_be_focused()
    expect(address).to_have_attribute("autocomplete", "username")
    expect(page.get_by_label("Password")).to_have_attribute("autocomplete", "current-password")
    expect(page).to_have_title(re.compile("Log in"))
    assert watched(page).api() == [f"{office.server.url}/api/v1/me"], "nothing else is asked before"
    type_login(page, ADMIN, office.password)

    expect(page.get_by_test_id("event-row").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"{key}.tab=timeline$"))
    expect(page.get_by_test_id("who")).to_have_attribute("aria-label", f"You: {ADMIN}")
    assert watched(page).refused == []


def test_a_wrong_password_is_told_and_may_be_corrected(visit: Visit, office: Office) -> None:
    page = visit(None, "/agents")
    type_login(page, ADMIN, "a wrong password")

    expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(office.password)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()


def test_too_many_wrong_passwords_say_how_long_to_wait(visit: Visit, office: Office) -> None:
    member, _ = office.hire("viewer")
    guesser = office.client()
    for _ in range(10):
        guesser.post("/api/v1/login", json={"email": member["email"], "password": "guess"})

    page = visit(None, "/")
    type_login(page, member["email"], office.password)

    expect(page.get_by_role("alert")).to_have_text(re.compile(r"Too many wrong passwords.+Try again in 1\d minutes\."))


def test_a_server_that_is_away_is_told_at_the_login(visit: Visit) -> None:
    page = visit(None, "/", expects=[UNREACHABLE])
    expect(page.get_by_test_id("login")).to_be_visible()
    page.context.set_offline(True)
    type_login(page, ADMIN, "whatever it is")

    expect(page.get_by_role("alert")).to_contain_text("does not answer")


def test_logging_out_leaves_nothing_on_the_screen(visit: Visit, office: Office) -> None:
    key = tell(office, fresh("private"))
    _, client = office.hire("viewer")
    page = visit(client, path_of(key))
    expect(page.get_by_text(f"said in {key}")).to_be_visible()

    page.get_by_test_id("who").click()
    page.get_by_test_id("log-out").click()

    expect(page.get_by_test_id("login")).to_be_visible()
    expect(page).not_to_have_url(re.compile(key))
    page.go_back()
    expect(page.get_by_test_id("login")).to_be_visible()
    expect(page.get_by_text(f"said in {key}")).to_have_count(0)
    assert client.get("/api/v1/sessions").status_code == 401


def test_a_login_that_ended_leads_back_to_where_one_was(visit: Visit, office: Office) -> None:
    member, client = office.hire("viewer")
    page = visit(client, "/agents?range=7d")
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    office.sojourn("users", "password", member["email"], "--password-stdin", given="another good password")

    page.get_by_role("button", name="Refresh").click()

    expect(page.get_by_test_id("login")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/agents\?range=7d$"))
    type_login(page, member["email"], "another good password")
    expect(page.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")


def test_somebody_changes_their_password_and_stays_here(visit: Visit, office: Office) -> None:
    member, client = office.hire("viewer")
    page = visit(client, "/sessions")
    page.get_by_test_id("who").click()
    page.get_by_role("menuitem", name="Change password").click()
    dialog = page.get_by_test_id("password-dialog")
    dialog.get_by_label("Password until now").fill("not this one")
    dialog.get_by_label("New password", exact=True).fill("a new good password")
    dialog.get_by_label("New password again").fill("a new good password")
    dialog.get_by_role("button", name="Change it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is not this one")

    dialog.get_by_label("Password until now").fill(office.password)
    dialog.get_by_role("button", name="Change it").click()

    expect(page.get_by_test_id("toast")).to_contain_text("Your password is changed")
    expect(page.get_by_test_id("tile-sessions")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("tile-sessions")).to_be_visible()
    assert client.get("/api/v1/sessions").status_code == 401, "the login of before has ended"
    answer = office.client().post("/api/v1/login", json={"email": member["email"], "password": "a new good password"})
    assert answer.status_code == 200


# What one may open, read and do


def test_without_the_page_permission_the_places_are_not_in_the_navigation(visit: Visit, office: Office) -> None:
    """Acceptance 183."""
    key = tell(office, fresh("closed"))

    page = visit(office.person("tasks.complete"), "/")

    expect(page).to_have_url(re.compile("/tasks$"))
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(links).to_have_text(["Work Center"])
    for path in ("/sessions", path_of(key), "/agents"):
        page.goto(path)
        expect(page.get_by_test_id("no-page")).to_contain_text("sessions.page")
        expect(page.get_by_test_id("no-page")).to_contain_text("An admin of default can grant it")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page).to_have_url(re.compile("/agents$"))
    expect(page.get_by_text(f"said in {key}")).to_have_count(0)
    assert watched(page).refused == []


def test_the_page_without_reading_shows_no_session_data(visit: Visit, office: Office) -> None:
    """Acceptance 184."""
    key = tell(office, fresh("unread"))

    page = visit(office.person("sessions.page"), "/")

    expect(page).to_have_url(re.compile("/sessions$"))
    expect(page.get_by_role("navigation", name="Main").get_by_role("link").first).to_have_text("Sessions")
    for path in ("/sessions", path_of(key), "/agents"):
        page.goto(path)
        expect(page.get_by_test_id("no-reading")).to_contain_text("sessions.read")
        expect(page.get_by_test_id("missing")).to_contain_text("An admin of default can grant it")
    expect(page.get_by_test_id("session-row")).to_have_count(0)
    expect(page.get_by_test_id("tile-sessions")).to_have_count(0)
    expect(page.get_by_test_id("away")).to_have_count(0)
    assert {url.split("?")[0].rpartition("/")[2] for url in watched(page).api()} == {"me"}
    assert watched(page).refused == []


def test_somebody_without_any_page_is_told_so(visit: Visit, office: Office) -> None:
    page = visit(office.hire("sender")[1], "/")

    expect(page.get_by_test_id("nowhere")).to_contain_text("There is nothing here for you yet")
    assert watched(page).refused == []


def forbidden(page: Page) -> dict[str, str]:
    """The buttons of the action bar that name a permission, and which one."""
    bar = page.get_by_test_id("action-bar")
    expect(bar).to_be_visible()
    found = {}
    for button in bar.get_by_role("button").all():
        needs = re.search(r"needs (\S+)", button.inner_text())
        if needs:
            found[str(button.get_attribute("data-testid")).removeprefix("action-")] = needs.group(1)
            expect(button).to_have_attribute("aria-disabled", "true")
    return found


@pytest.mark.parametrize("permission", BUTTONS)
def test_each_action_has_its_own_permission(permission: str, visit: Visit, office: Office) -> None:
    """Acceptance 219."""
    key = tell(office, fresh("one"), status="completed")
    others = {name: needed for needed, names in BUTTONS.items() for name in names if needed != permission}

    page = visit(office.person(*READER, permission), path_of(key))

    assert forbidden(page) == others


@pytest.mark.parametrize("permission", ["sessions.pause", "sessions.cancel", "sessions.delete"])
def test_pausing_canceling_and_deleting_also_need_reading(permission: str, visit: Visit, office: Office) -> None:
    """Acceptance 220."""
    key = tell(office, fresh("blind"), status="completed")
    client = office.person("sessions.page", permission)

    page = visit(client, path_of(key))

    expect(page.get_by_test_id("no-reading")).to_be_visible()
    expect(page.get_by_test_id("action-bar")).to_have_count(0)
    verb = permission.removeprefix("sessions.")
    at = f"/api/v1/sessions/{key}"
    answer = client.delete(at) if verb == "delete" else client.post(f"{at}/actions/{verb}", json={})
    assert answer.status_code == 403


def test_deleting_is_a_matter_of_admins(visit: Visit, office: Office) -> None:
    """Acceptance 216."""
    key = tell(office, fresh("kept"), status="completed")
    _, operator = office.hire("operator")
    page = visit(operator, f"/sessions?q=key:{key}")
    expect(page.get_by_test_id("session-row")).to_have_count(1)
    page.get_by_test_id("row-menu").click()
    refused = page.get_by_test_id("refused-delete")
    expect(refused).to_contain_text("needs sessions.delete")
    expect(refused).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")
    page.get_by_test_id("row-check").check()
    expect(page.get_by_test_id("bulk-archive")).to_be_visible()
    expect(page.get_by_test_id("bulk-delete")).to_have_count(0)
    page.get_by_test_id("bulk-why").click()
    expect(page.get_by_test_id("bulk-refused")).to_contain_text("needs sessions.delete")
    assert operator.delete(f"/api/v1/sessions/{key}").status_code == 403

    page = visit(office.admin, path_of(key))
    page.get_by_test_id("action-delete").click()
    page.get_by_test_id("confirm").click()

    expect(page).to_have_url(re.compile("/sessions$"))
    assert office.admin.get(f"/api/v1/sessions/{key}").status_code == 404


def test_a_list_offers_only_what_one_may(visit: Visit, office: Office) -> None:
    key = tell(office, fresh("look"), status="completed")

    page = visit(office.person(*READER), f"/sessions?q=key:{key}")

    export = page.get_by_test_id("export-csv")
    expect(export).to_have_attribute("aria-disabled", "true")
    expect(export).to_have_attribute("title", "needs sessions.export")
    archive = page.get_by_test_id("row-archive")
    expect(archive).to_have_attribute("title", "Archive: needs sessions.archive")
    archive.click(force=True)
    expect(page.get_by_test_id("toast")).to_have_count(0)
    page.get_by_test_id("row-check").check()
    expect(page.get_by_test_id("bulk-bar").get_by_role("button", name="Archive")).to_have_count(0)
    page.goto(f"/sessions?q=key:{key}&open={key}")
    expect(page.get_by_test_id("preview-archive")).to_have_attribute("title", "needs sessions.archive")
    assert not [url for url in watched(page).api() if "bulk" in url or "export" in url]


def test_a_called_session_shows_how_it_went_and_nothing_else(visit: Visit, office: Office) -> None:
    """Acceptance 218."""
    caller, called, call_id = fresh("caller"), fresh("called"), fresh("call")
    tell(office, caller)
    call = {"type": "tool_call", "tool_name": "ask_helper", "tool_call_id": call_id, "input": "the inner question"}
    office.tell({"session": caller, **call})
    tell(office, called, parent=caller, agent_id="helper", status="completed", trigger={"source": call_id})

    page = visit(office.person(*READER), path_of(called))
    expect(page.get_by_test_id("forbidden")).to_contain_text("sessions.read_called")
    expect(page.get_by_text(f"said in {called}")).to_have_count(0)
    page.goto(path_of(caller, tab="agents"))

    chip = page.get_by_test_id("restricted-session")
    expect(chip).to_contain_text("helper")
    expect(chip).to_contain_text("completed")
    expect(chip.get_by_role("link")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text(called)
    page.goto(path_of(caller))
    card = page.get_by_test_id("tool-card").filter(has_text="ask_helper")
    card.locator("summary").click()
    expect(card.get_by_test_id("restricted-session")).to_contain_text("helper")
    expect(page.locator("main")).not_to_contain_text("the inner question")

    page = visit(office.person(*READER, "sessions.read_called"), path_of(caller, tab="agents"))
    expect(page.get_by_test_id("called-sessions").get_by_role("link", name=f"goal of {called}")).to_be_visible()


def test_a_grant_shows_what_ran_before_it(visit: Visit, office: Office) -> None:
    """Acceptance 221."""
    key = tell(office, fresh("long-ago"))
    member, client = office.hire(office.role("sessions.page"))
    theirs = visit(client)
    theirs.clock.install()
    theirs.goto(f"/sessions?q=key:{key}")
    expect(theirs.get_by_test_id("no-reading")).to_be_visible()
    assert client.get("/api/v1/sessions").status_code == 403

    admins = visit(office.admin, "/settings/members")
    admins.get_by_role("button", name=f"Change roles of {member['email']}").click()
    admins.get_by_test_id("role-picker").get_by_role("checkbox", name=re.compile("^viewer")).check()
    admins.get_by_test_id("form-yes").click()
    expect(admins.get_by_test_id("toast")).to_contain_text("changed")

    assert client.get("/api/v1/sessions", params={"q": f"key:{key}"}).json()["total"] == 1, "at once"
    soon(theirs, theirs.get_by_test_id("session-row"), LOOKS_AGAIN_MS)
    expect(theirs.get_by_test_id("session-row")).to_have_count(1)
    expect(theirs.get_by_test_id("live-state")).to_have_text("Live")


def test_who_may_not_decide_reads_and_tries_but_changes_nothing(visit: Visit, office: Office) -> None:
    """A reader of sessions: policies and assessors can be read and replayed, and nothing offers to change them."""
    workspace = office.workspace()
    limit = {"type": "cost_limit", "condition": {"cost_exceeded": 1}, "action": {"type": "pause"}, "name": "Budget"}
    rule = {"name": "Watch", "kind": "rule", "config": {"pattern": "x"}}
    policy, assessor = (
        office.admin.post(f"/api/v1/{kind}", params={"workspace": workspace}, json=sent).raise_for_status().json()
        for kind, sent in (("policies", limit), ("assessors", rule))
    )

    page = visit(office.person(*READER, workspace=workspace), f"/policies?policy={policy['id']}")
    panel = page.get_by_test_id("policy-panel")
    expect(panel).to_contain_text("costs more than $1.00")
    expect(panel.get_by_test_id("missing")).to_contain_text("admin")
    expect(page.get_by_role("switch").first).to_be_disabled()
    expect(page.get_by_role("button", name=re.compile("New policy|Save|Delete"))).to_have_count(0)
    page.goto("/policies?tab=replay")
    page.get_by_role("switch", name="Budget is on").click()
    page.get_by_test_id("run-replay").click()
    expect(page.get_by_test_id("replay-empty")).to_contain_text("No decision to replay")
    expect(page.get_by_role("button", name="Apply this change")).to_be_disabled()
    page.get_by_role("button", name="Discard it").click()
    page.goto(f"/assessors?assessor={assessor['id']}")
    expect(page.get_by_test_id("assessor-panel").get_by_test_id("missing")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("New assessor|Save|Delete"))).to_have_count(0)


def test_who_may_not_answer_a_task_reads_it(visit: Visit, office: Office) -> None:
    title = fresh("which one")
    made = office.admin.post("/api/v1/tasks", json={"title": title, "kind": "question"})
    assert made.status_code == 201, made.text

    page = visit(office.hire("viewer")[1], f"/tasks?task={made.json()['id']}")

    expect(page.get_by_test_id("no-answer")).to_contain_text("tasks.complete")
    expect(page.get_by_test_id("claim")).to_have_count(0)
    page = visit(office.person("tasks.complete"), f"/tasks?task={made.json()['id']}")
    page.get_by_test_id("claim").click()
    expect(page.get_by_role("button", name="Release")).to_be_visible()


# Workspaces


def test_the_list_spans_all_workspaces_of_a_person(visit: Visit, office: Office) -> None:
    """Acceptance 164."""
    one, other, third = office.workspace(), office.workspace(), office.workspace()
    key = fresh("same-key")
    for workspace in (one, other, third):
        tell(office, key, workspace, goal=f"{key} in {workspace}", status="completed")
    member, client = office.hire("operator", workspace=one)
    office.admin.post(
        "/api/v1/members", params={"workspace": other}, json={"email": member["email"], "roles": ["operator"]}
    )

    page = visit(client, "/sessions")
    expect(page.get_by_test_id("session-row")).to_have_count(1)
    choose_workspace(page, "All workspaces")

    expect(page).to_have_url(re.compile(r"workspace=(\*|%2A)"))
    expect(page.get_by_test_id("session-row")).to_have_count(2)
    expect(page.get_by_test_id("tile-sessions")).to_contain_text("2")
    expect(page.get_by_role("columnheader", name="Workspace")).to_be_visible()
    expect(row(page, f"in {other}").get_by_test_id("in-workspace")).to_have_text(other)
    page.get_by_test_id("trends-toggle").click()
    expect(page.get_by_test_id("trends")).to_contain_text("2")
    page.get_by_label("Search sessions").fill("said")
    expect(page.get_by_test_id("session-row")).to_have_count(2)
    expect(page.get_by_test_id("passage")).to_have_count(2)
    tell(office, fresh("said-later"), other)
    expect(page.get_by_test_id("session-row")).to_have_count(3)
    assert watched(page).refused == []


def test_a_row_of_all_workspaces_leads_to_its_own(visit: Visit, office: Office) -> None:
    """Acceptance 164."""
    one, other, key = office.workspace(), office.workspace(), fresh("same-key")
    for workspace in (one, other):
        tell(office, key, workspace, goal=f"{key} in {workspace}", status="completed")

    page = visit(office.admin, f"/sessions?workspace=*&q=key:{key}")
    row(page, f"in {other}").get_by_role("link").first.click()

    expect(page.get_by_role("heading", name=f"{key} in {other}")).to_be_visible()
    expect(page).to_have_url(re.compile(f"workspace={other}"))
    expect(page.get_by_text(f"said in {key}")).to_be_visible()
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_test_id("event-row").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"workspace={other}"))
    page.get_by_role("link", name="Sessions").last.click()
    expect(page.get_by_test_id("workspace")).to_have_text("All workspaces")


def test_the_drawer_and_the_bulk_bar_know_where_a_session_is(visit: Visit, office: Office) -> None:
    one, other, key = office.workspace(), office.workspace(), fresh("same-key")
    for workspace in (one, other):
        tell(office, key, workspace, goal=f"{key} in {workspace}", status="completed")

    page = visit(office.admin, f"/sessions?workspace=*&q=key:{key}")
    row(page, f"in {other}").get_by_test_id("row-menu").click()
    page.get_by_role("menuitem", name="Open beside the list").click()

    preview = page.get_by_test_id("preview")
    expect(preview.get_by_role("heading", name=f"in {other}")).to_be_visible()
    expect(preview.get_by_text(f"said in {key}")).to_be_visible()
    page.reload()
    expect(preview.get_by_role("heading", name=f"in {other}")).to_be_visible()
    preview.get_by_role("button", name="Timeline").click()
    preview.get_by_role("listitem").first.get_by_role("link").click()
    expect(page.get_by_test_id("event-panel")).to_be_visible()
    expect(page).to_have_url(re.compile(f"workspace={other}"))
    page.go_back()
    page.get_by_test_id("check-all").check()
    page.get_by_test_id("bulk-archive").click()
    expect(page.get_by_test_id("toast")).to_contain_text("Archived: 2 sessions")
    until(lambda: [archived(office, key, workspace) for workspace in (one, other)] == [True, True])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("archived", exact=True)).to_have_count(0)
    until(lambda: [archived(office, key, workspace) for workspace in (one, other)] == [False, False])


def archived(office: Office, key: str, workspace: str) -> bool:
    found = office.admin.get(f"/api/v1/sessions/{key}", params={"workspace": workspace}).json()
    return found["archived_at"] is not None


def test_agents_are_counted_over_all_workspaces(visit: Visit, office: Office) -> None:
    """Acceptance 164."""
    one, other, agent = office.workspace(), office.workspace(), fresh("agent")
    for workspace in (one, other):
        tell(office, fresh("of-agent"), workspace, agent_id=agent, status="completed")

    page = visit(office.admin, f"/agents?q={agent}&workspace={one}")
    theirs = page.get_by_test_id("agent-row")
    expect(theirs.get_by_role("cell").nth(3)).to_have_text("1")
    choose_workspace(page, "All workspaces")

    expect(theirs.get_by_role("cell").nth(3)).to_have_text("2")
    theirs.get_by_role("link", name=agent).click()
    expect(page.get_by_test_id("session-row")).to_have_count(2)


def test_everything_that_is_asked_names_the_workspace(visit: Visit, office: Office) -> None:
    workspace = office.workspace()
    key = tell(office, fresh("here"), workspace)
    tell(office, fresh("elsewhere"))

    page = visit(office.admin, "/sessions")
    expect(page.get_by_test_id("session-row").first).to_be_visible()
    choose_workspace(page, workspace)
    expect(page.get_by_test_id("session-row")).to_have_count(1)
    watched(page).asked.clear()
    expect(page.get_by_test_id("export-csv")).to_have_attribute("href", re.compile(f"workspace={workspace}"))
    page.get_by_test_id("session-row").click()
    expect(page.get_by_text(f"said in {key}")).to_be_visible()
    export = page.get_by_test_id("action-export")
    expect(export).to_have_attribute("href", re.compile(f"workspace={workspace}"))
    page.get_by_role("link", name="Work Center").click()
    expect(page.get_by_test_id("empty")).to_be_visible()
    page.get_by_role("link", name="Agents").click()
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    page.goto(f"/sessions?workspace={workspace}")
    expect(page.get_by_test_id("live-state")).to_have_text("Live")

    asked = [url for url in watched(page).api() if not url.endswith("/api/v1/me")]
    assert {"live", "tasks", "sessions", "agents"} <= {url.split("?")[0].rpartition("/")[2] for url in asked}
    assert [url for url in asked if f"workspace={workspace}" not in url] == []


def test_what_was_read_in_one_workspace_is_not_shown_in_another(visit: Visit, office: Office) -> None:
    one, other, key = office.workspace(), office.workspace(), fresh("same-key")
    for workspace in (one, other):
        tell(office, key, workspace, goal=f"{key} in {workspace}")

    page = visit(office.admin, path_of(key, workspace=one))
    expect(page.get_by_role("heading", name=f"{key} in {one}")).to_be_visible()
    choose_workspace(page, other)
    expect(page.get_by_test_id("session-row")).to_have_text(re.compile(f"in {other}"))
    page.get_by_test_id("session-row").click()
    expect(page.get_by_role("heading", name=f"{key} in {other}")).to_be_visible()
    page.go_back()
    page.go_back()

    expect(page.get_by_role("heading", name=f"{key} in {one}")).to_be_visible()


def test_pages_of_one_workspace_ask_which_one(visit: Visit, office: Office) -> None:
    workspace = office.workspace()

    page = visit(office.admin, "/tasks?workspace=*")
    page.get_by_test_id("one-only").get_by_role("link", name=workspace).click()

    expect(page.get_by_test_id("empty")).to_be_visible()
    expect(page.get_by_test_id("workspace")).to_have_text(workspace)


def test_a_foreign_workspace_is_told_and_one_alone_is_not_chosen(visit: Visit, office: Office) -> None:
    elsewhere = office.workspace()

    page = visit(office.hire("viewer")[1], f"/sessions?workspace={elsewhere}")

    expect(page.get_by_test_id("unknown-workspace")).to_contain_text(elsewhere)
    page.get_by_role("link", name="default").click()
    expect(page.get_by_test_id("tile-sessions")).to_be_visible()
    expect(page.get_by_test_id("workspace")).to_have_count(0)


# Settings


def test_an_admin_adds_changes_and_removes_members(visit: Visit, office: Office) -> None:
    email = f"{fresh('new')}@example.org"
    page = visit(office.admin, "/sessions")
    page.get_by_test_id("settings").click()
    page.get_by_test_id("add-member").click()
    dialog = page.get_by_test_id("form-dialog")
    dialog.get_by_label("E-mail address").fill(email)
    dialog.get_by_test_id("form-yes").click()
    expect(dialog.get_by_test_id("form-error")).to_contain_text("needs a password")
    dialog.get_by_label("First password").fill(office.password)
    dialog.get_by_test_id("form-yes").click()
    member = page.locator(f'[data-testid="member"][data-email="{email}"]')
    expect(member).to_contain_text("viewer")
    theirs = office.log_in(email)
    assert theirs.get("/api/v1/sessions").status_code == 200

    page.get_by_role("button", name=f"Change roles of {email}").click()
    dialog.get_by_role("checkbox", name=re.compile("^viewer")).uncheck()
    dialog.get_by_role("checkbox", name=re.compile("^sender")).check()
    dialog.get_by_test_id("form-yes").click()
    expect(member).to_contain_text("sender")
    assert theirs.get("/api/v1/sessions").status_code == 403
    page.get_by_role("button", name=f"Remove {email}").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()

    expect(member).to_have_count(0)
    assert theirs.get("/api/v1/sessions").status_code == 401


def test_the_last_admin_stays(visit: Visit, office: Office) -> None:
    workspace = office.workspace()
    page = visit(office.admin, f"/settings/members?workspace={workspace}")

    page.get_by_role("button", name=f"Remove {ADMIN}").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()

    expect(page.get_by_test_id("toast")).to_contain_text("last admin")
    expect(page.get_by_test_id("member")).to_have_count(1)


def test_an_admin_makes_changes_and_deletes_roles(visit: Visit, office: Office) -> None:
    name = fresh("auditor")
    page = visit(office.admin, "/settings/roles")
    expect(page.locator('[data-role="viewer"]')).to_contain_text("sessions.read_called")
    page.get_by_test_id("make-role").click()
    dialog = page.get_by_test_id("form-dialog")
    dialog.get_by_label("Name").fill("admin")
    dialog.get_by_test_id("form-yes").click()
    expect(dialog.get_by_test_id("form-error")).to_contain_text("admin already")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("sessions.read", exact=False).first.uncheck()
    dialog.get_by_label("sessions.export").check()
    expect(dialog.get_by_role("status")).to_contain_text("nothing comes of sessions.export")
    dialog.get_by_label("sessions.read", exact=False).first.check()
    dialog.get_by_test_id("form-yes").click()
    made = page.locator(f'[data-role="{name}"]')
    expect(made).to_contain_text("sessions.export")

    page.get_by_role("button", name=f"Change {name}").click()
    dialog.get_by_label("sessions.export").uncheck()
    dialog.get_by_test_id("form-yes").click()
    expect(made).not_to_contain_text("sessions.export")
    page.get_by_role("button", name=f"Delete {name}").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

    expect(made).to_have_count(0)


def test_the_secret_of_a_key_is_shown_once_and_works_until_it_is_revoked(visit: Visit, office: Office) -> None:
    name = fresh("exporter")
    page = visit(office.admin, "/settings/keys", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_test_id("make-key").click()
    dialog = page.get_by_test_id("form-dialog")
    dialog.get_by_label("What it is for").fill(name)
    dialog.get_by_label("Expires").select_option(label="In 30 days")
    dialog.get_by_role("checkbox", name=re.compile("^viewer")).check()
    dialog.get_by_test_id("form-yes").click()
    shown = page.get_by_test_id("secret-dialog")
    secret = page.get_by_test_id("secret").inner_text()
    expect(shown).to_contain_text(f"export SOJOURN_API_KEY={secret}")
    expect(shown).to_contain_text(f'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20{secret}"')
    shown.get_by_role("button", name="Copy: Secret").click()
    page.wait_for_function(f"navigator.clipboard.readText().then((text) => text === {json.dumps(secret)})")
    page.keyboard.press("Escape")
    expect(shown).to_be_visible()
    page.get_by_test_id("secret-kept").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    key = page.locator(f'[data-testid="api-key"][data-name="{name}"]')
    expect(key).to_contain_text(secret[:8])
    expect(key).to_contain_text("in force")
    client = office.client(authorization=f"Bearer {secret}")
    assert client.get("/api/v1/sessions").status_code == 200

    page.get_by_role("button", name=f"Revoke {name}").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(key).to_have_count(0)
    page.get_by_role("button", name="that is over").or_(page.get_by_role("button", name="that are over")).click()

    expect(key).to_contain_text("revoked")
    assert client.get("/api/v1/sessions").status_code == 401


def test_an_admin_makes_a_workspace_and_stands_in_it(visit: Visit, office: Office) -> None:
    name = fresh("team")
    page = visit(office.admin, "/settings/workspaces")
    page.get_by_test_id("make-workspace").click()
    dialog = page.get_by_test_id("form-dialog")
    dialog.get_by_label("Id").fill("default")
    dialog.get_by_test_id("form-yes").click()
    expect(dialog.get_by_test_id("form-error")).to_contain_text("already")
    dialog.get_by_label("Id").fill(name)
    dialog.get_by_label("Name").fill(f"Team {name}")
    dialog.get_by_test_id("form-yes").click()

    expect(page).to_have_url(re.compile(f"/settings/keys.workspace={name}"))
    expect(page.get_by_test_id("workspace")).to_have_text(f"Team {name}")
    expect(page.get_by_role("heading", name=f"API keys of Team {name}")).to_be_visible()


@pytest.mark.parametrize("path", ["/settings", "/settings/keys", "/signals/alerts"])
def test_what_admins_decide_is_for_admins(path: str, visit: Visit, office: Office) -> None:
    page = visit(office.hire("operator")[1], path)

    expect(page.get_by_test_id("no-page")).to_contain_text("admin")
    expect(page.get_by_test_id("settings")).to_have_count(0)
    assert watched(page).refused == []


@pytest.mark.parametrize("workspace", ["default", "*"])
def test_no_page_asks_for_what_is_refused(workspace: str, visit: Visit, office: Office) -> None:
    key = tell(office, fresh("look"), status="completed")
    member, client = office.hire(office.role(*READER))
    elsewhere = office.workspace()
    office.admin.post(
        "/api/v1/members", params={"workspace": elsewhere}, json={"email": member["email"], "roles": ["viewer"]}
    )

    page = visit(client, f"/sessions?workspace={workspace}")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(links.first).to_be_visible()
    for place in range(links.count()):
        links.nth(place).click()
        expect(page.get_by_role("heading").first).to_be_attached()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.goto(path_of(key))
    expect(page.get_by_role("tab").last).to_be_visible()
    for tab in page.get_by_role("tab").all_inner_texts():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)

    expect(page.get_by_role("tab").last).to_have_attribute("aria-selected", "true")
    assert watched(page).refused == []


def test_a_local_server_asks_nobody_and_has_keys_and_workspaces(browser: Browser, tmp_path: Path) -> None:
    with started(tmp_path / "data") as server, opened(browser, server) as page:
        page.goto("/")
        expect(page.get_by_test_id("empty")).to_be_visible()
        expect(page.get_by_test_id("who")).to_have_count(0)
        expect(page.get_by_test_id("workspace")).to_have_count(0)
        page.get_by_test_id("settings").click()
        expect(page.get_by_test_id("nobody-logs-in")).to_contain_text("SOJOURN_AUTH=password")
        page.get_by_role("link", name="Workspaces").click()
        page.get_by_test_id("make-workspace").click()
        page.get_by_test_id("form-dialog").get_by_label("Id").fill("second")
        page.get_by_test_id("form-yes").click()
        page.get_by_test_id("make-key").click()
        page.get_by_test_id("form-dialog").get_by_label("What it is for").fill("a sender")
        page.get_by_test_id("form-yes").click()
        secret = page.get_by_test_id("secret").inner_text()
        page.get_by_test_id("secret-kept").click()
        record = [{"session": "there", "type": "message", "input": "x"}]
        sent = server.post("/api/v1/events", json=record, headers={"authorization": f"Bearer {secret}"})
        assert sent.status_code == 200
        page.get_by_role("link", name="Sessions").click()
        expect(page.get_by_test_id("session-row")).to_have_count(1)
        choose_workspace(page, "default")
        expect(page.get_by_test_id("empty")).to_be_visible()


# For everybody


@pytest.mark.parametrize(
    ("path", "press"),
    [
        ("login", ""),
        ("/settings/members", ""),
        ("/settings/members", "add-member"),
        ("/settings/roles", ""),
        ("/settings/roles", "make-role"),
        ("/settings/keys", "make-key"),
        ("/settings/workspaces", ""),
        ("/sessions?workspace=*", "workspace"),
        ("/sessions", "who"),
    ],
)
def test_no_page_of_these_is_closed_to_anybody(path: str, press: str, visit: Visit, office: Office) -> None:
    if path == "login":
        page = visit(None, "/")
        type_login(page, f"{fresh('nobody')}@example.org", "a wrong password")
        expect(page.get_by_role("alert")).to_be_visible()
    else:
        page = visit(office.admin, path)
        tables = page.get_by_role("table").or_(page.get_by_role("treegrid")).or_(page.locator(".about"))
        expect(tables.first).to_be_visible()
    if press:
        page.get_by_test_id(press).click()
        expect(page.get_by_role("menu").or_(page.get_by_test_id("form-dialog")).first).to_be_visible()

    assert faults(page) == []
