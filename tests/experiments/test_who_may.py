"""Who may read, decide and assign."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.access.people import Office
from tests.running_server import RunningServer
from tests.steering_http.operators import fresh

PATH = "/api/v1/experiments"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    running = RunningServer(tmp_path_factory.mktemp("experiments-access") / "data", SOJOURN_AUTH="password")
    opened = Office(running)
    opened.sojourn("users", "add", "ada@example.org", "--role", "admin", "--password-stdin", given=opened.password)
    running.start()
    yield opened
    opened.close()
    opened.admin.close()
    running.stop()


def declared(by: httpx.Client) -> httpx.Response:
    return by.post(PATH, json={"id": fresh("experiment"), "variants": [{"name": "a"}]})


def test_readers_compare_and_only_admins_decide(office: Office) -> None:
    id = declared(office.admin).json()["id"]
    _, viewer = office.hire("viewer")

    assert viewer.get(f"{PATH}/{id}/comparison").status_code == 200
    assert id in [one["id"] for one in viewer.get(PATH).json()["items"]]
    refused = [
        declared(viewer),
        viewer.patch(f"{PATH}/{id}", json={"status": "stopped"}),
        viewer.delete(f"{PATH}/{id}"),
    ]
    assert [(one.status_code, one.json()["details"]["needs"]) for one in refused] == [(403, ["admin"])] * 3
    assert viewer.get(f"{PATH}/{id}").json()["status"] == "running"


def test_a_senders_key_assigns_and_reads_nothing(office: Office) -> None:
    id = declared(office.admin).json()["id"]
    sender = office.key("sender")

    assert sender.post(f"{PATH}/{id}/assignments", json={"sticky_key": "k"}).json()["variant"] == "a"
    assert sender.get(f"{PATH}/{id}").status_code == 403
    assert sender.get(f"{PATH}/{id}/comparison").status_code == 403


def test_nobody_we_know_gets_nothing(office: Office) -> None:
    id = declared(office.admin).json()["id"]
    stranger = office.client()

    answers = [stranger.get(PATH), stranger.post(f"{PATH}/{id}/assignments", json={"session": "s"}), declared(stranger)]

    assert [one.status_code for one in answers] == [401] * 3


def test_called_sessions_are_compared_only_for_those_who_may_see_them(office: Office) -> None:
    id = fresh("called")
    told = {"experiment_id": id, "variant": "a", "status": "completed"}
    office.tell({"session": f"{id}-1", **told}, {"session": f"{id}-2", "parent": f"{id}-1", **told})
    reader, both = office.person("sessions.read"), office.person("sessions.read", "sessions.read_called")

    def seen(by: httpx.Client) -> list[int]:
        compared = by.get(f"{PATH}/{id}/comparison").json()
        return [compared["variants"][0]["sessions"], compared["experiment"]["sessions"]]

    assert (seen(reader), seen(both)) == ([1, 1], [2, 2])


def test_another_workspace_has_its_own_experiments(office: Office) -> None:
    id = declared(office.admin).json()["id"]
    elsewhere = office.workspace()

    assert office.admin.get(f"{PATH}/{id}", params={"workspace": elsewhere}).status_code == 404
    assert office.admin.get(PATH, params={"workspace": elsewhere}).json()["items"] == []
    assert office.admin.get(PATH, params={"workspace": "*"}).is_client_error  # it is about one workspace
