"""Named views of the list over HTTP, on both ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.postgres_server import postgres_server
from tests.principals import may_everything
from tests.stores import shared_stores

from sojourn.api import failures, saved_views
from sojourn.api.dependencies import Services, asking
from sojourn.api.saved_views import MAX_NAME_CHARS, MAX_QUERY_BYTES, SavedView, SavedViewList
from sojourn.app.saved_views import MAX_OWN
from sojourn.ledger.ledger import Ledger
from sojourn.settings import Settings

Json = dict[str, Any]
As = Callable[..., TestClient]
FILTERS = {"status": ["failed"], "range": "7d", "columns": ["goal", "cost"]}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if request.param == "sqlite":
        yield shared_stores().ledger
        return
    with postgres_server() as url:
        opened = Ledger.open(url)
        opened.migrate()
        yield opened
        opened.close()


@pytest.fixture
def person(ledger: Ledger) -> As:
    """A client of somebody, in a workspace of this test."""
    here = f"views-{uuid4().hex}"

    def client(name: str, in_workspace: str = here) -> TestClient:
        app = FastAPI()
        app.include_router(saved_views.router)
        failures.install(app)
        app.dependency_overrides[asking] = lambda: may_everything(in_workspace, name)
        app.state.services = Services(
            ledger, None, None, None, None, Settings(), lambda: 1_700_000_000_000_000_000, None
        )  # type: ignore[arg-type]
        return TestClient(app, raise_server_exceptions=False)

    return client


def save(client: TestClient, name: str = "Failed this week", **more: Any) -> Json:
    answer = client.post("/api/v1/saved-views", json={"name": name, "query": FILTERS, **more})
    assert answer.status_code == 201, answer.text
    SavedView.model_validate(answer.json())
    view: Json = answer.json()
    return view


def names(client: TestClient) -> list[str]:
    answer = client.get("/api/v1/saved-views").json()
    SavedViewList.model_validate(answer)
    return [view["name"] for view in answer["items"]]


def test_a_view_is_told_as_it_was_saved(person: As) -> None:
    """Acceptance 168."""
    ada = person("ada")

    saved = save(ada)

    assert ada.get("/api/v1/saved-views").json()["items"] == [saved]
    assert saved["query"] == FILTERS
    assert (saved["owner"], saved["is_shared"]) == ("ada", False)


def test_a_personal_view_is_seen_by_nobody_else_and_a_shared_one_by_all(person: As) -> None:
    save(person("ada"), "mine")
    save(person("ada"), "ours", is_shared=True)

    assert names(person("ada")) == ["mine", "ours"]
    assert names(person("bob")) == ["ours"]


def test_views_stay_in_their_workspace(person: As) -> None:
    save(person("ada"), is_shared=True)

    assert names(person("ada", f"other-{uuid4().hex}")) == []


def test_a_view_is_renamed_shared_and_replaced_one_by_one(person: As) -> None:
    ada = person("ada")
    path = f"/api/v1/saved-views/{save(ada)['id']}"

    assert ada.patch(path, json={"name": "Broken"}).json()["name"] == "Broken"
    assert ada.patch(path, json={"is_shared": True}).json()["is_shared"] is True
    changed = ada.patch(path, json={"query": {"q": "refund"}}).json()

    assert (changed["name"], changed["is_shared"], changed["query"]) == ("Broken", True, {"q": "refund"})
    assert names(person("bob")) == ["Broken"]


def test_only_the_owner_changes_or_deletes_a_view(person: As) -> None:
    shared = f"/api/v1/saved-views/{save(person('ada'), 'ours', is_shared=True)['id']}"
    own = f"/api/v1/saved-views/{save(person('ada'), 'mine')['id']}"
    bob = person("bob")

    assert [bob.patch(path, json={"name": "x"}).status_code for path in (shared, own)] == [403, 404]
    assert [bob.delete(path).status_code for path in (shared, own)] == [403, 404]

    assert names(person("ada")) == ["mine", "ours"]


def test_a_deleted_view_is_gone(person: As) -> None:
    ada = person("ada")
    path = f"/api/v1/saved-views/{save(ada)['id']}"

    assert ada.delete(path).status_code == 204
    assert names(ada) == []
    assert ada.delete(path).status_code == 404
    assert ada.patch(path, json={"name": "x"}).json()["code"] == "not_found"


def test_views_are_listed_by_name_whatever_their_case(person: As) -> None:
    for name in ("beta", "Alpha", "ändern", "Gamma"):
        save(person("ada"), name)

    assert names(person("ada"))[:3] == ["Alpha", "beta", "Gamma"]


@pytest.mark.parametrize(
    "sent",
    [
        {"query": {}},
        {"name": "", "query": {}},
        {"name": "   ", "query": {}},
        {"name": "x" * (MAX_NAME_CHARS + 1), "query": {}},
        {"name": "x"},
        {"name": "x", "query": []},
        {"name": "x", "query": {"q": "x" * MAX_QUERY_BYTES}},
        {"name": "x", "query": {}, "owner": "eve"},
        {"name": "x", "query": {}, "is_shared": "yes"},
    ],
)
def test_what_is_no_view_is_refused(person: As, sent: Json) -> None:
    answer = person("ada").post("/api/v1/saved-views", json=sent)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert names(person("ada")) == []


def test_a_view_that_cannot_exist_is_not_looked_for(person: As) -> None:
    assert person("ada").patch("/api/v1/saved-views/not-a-uuid", json={"name": "x"}).status_code == 422
    assert person("ada").patch(f"/api/v1/saved-views/{uuid4()}", json={"name": "x"}).status_code == 404


def test_a_person_keeps_a_bounded_number_of_views(person: As) -> None:
    ada = person("ada")
    for number in range(MAX_OWN):
        save(ada, f"view {number}")

    refused = ada.post("/api/v1/saved-views", json={"name": "one more", "query": {}})

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    save(person("bob"))


def test_names_of_any_script_and_without_nul_are_kept(person: As) -> None:
    assert save(person("ada"), "запросы 🛟\x00")["name"] == "запросы 🛟\ufffd"
