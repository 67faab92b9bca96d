"""Declaring experiments, and who gets which variant."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.experiments.experimenter import Experimenter
from tests.steering_http.operators import Json, fresh

CONTROL = {"name": "control", "weight": 3, "config": {"model": "small"}}
BOLD = {"name": "bold", "weight": 1, "config": {"model": "large", "temperature": 0.2}}


def listed(experimenter: Experimenter, experiment_id: str) -> Json | None:
    items = experimenter.server.get("/api/v1/experiments")["items"]
    return next((one for one in items if one["id"] == experiment_id), None)


def test_an_experiment_is_declared_changed_stopped_and_deleted(experimenter: Experimenter) -> None:
    declared = experimenter.declare(name="Which model", agent_id="support", status="draft", variants=[CONTROL, BOLD])

    changed = experimenter.change(declared["id"], name="Which size", status="running").json()
    stopped = experimenter.change(declared["id"], status="stopped").json()

    assert (declared["status"], declared["agent_id"], declared["sessions"]) == ("draft", "support", 0)
    assert [(one["name"], one["weight"], one["config"]) for one in changed["variants"]] == [
        ("control", 3, {"model": "small"}),
        ("bold", 1, {"model": "large", "temperature": 0.2}),
    ]
    assert (stopped["name"], stopped["status"]) == ("Which size", "stopped")
    assert stopped["updated_at"] > declared["updated_at"] == declared["created_at"] == stopped["created_at"]
    assert listed(experimenter, declared["id"]) == stopped
    assert experimenter.delete(declared["id"]).status_code == 204
    assert listed(experimenter, declared["id"]) is None
    assert experimenter.delete(declared["id"]).status_code == 404
    assert experimenter.change(declared["id"], name="gone").status_code == 404


def test_an_id_may_hold_anything_and_is_taken_once(experimenter: Experimenter) -> None:
    id = f"team/{fresh('a b')}?100%"

    declared = experimenter.declare("control", id=id)
    again = experimenter.server.post("/api/v1/experiments", json={"id": id, "variants": [CONTROL]})

    assert experimenter.read(id) == declared
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert experimenter.variant_of(id, session="s") == "control"
    assert experimenter.compare(id)["baseline"] == "control"


@pytest.mark.parametrize(
    "fault",
    [
        {"variants": []},
        {"variants": [CONTROL, CONTROL]},
        {"variants": [{"name": " "}]},
        {"variants": [{"name": "a", "weight": 0}]},
        {"variants": [{"name": "a", "weight": -1}]},
        {"variants": [{"name": "a", "weight": "1"}]},
        {"variants": [{"name": "a", "config": []}]},
        {"variants": [{"name": "a", "config": {"prompt": "x" * 70_000}}]},
        {"variants": [{"name": f"v{place}"} for place in range(51)]},
        {"variants": [CONTROL], "status": "paused"},
        {"variants": [CONTROL], "id": ""},
        {"variants": [CONTROL], "owner": "me"},
    ],
)
def test_what_is_no_experiment_is_refused_with_a_reason(experimenter: Experimenter, fault: dict[str, Any]) -> None:
    answer = experimenter.server.post("/api/v1/experiments", json=fault)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["message"]


def test_a_change_is_checked_as_a_whole_and_leaves_everything_if_refused(experimenter: Experimenter) -> None:
    declared = experimenter.declare("control")

    answer = experimenter.change(declared["id"], name="new", variants=[CONTROL, CONTROL])

    assert answer.status_code == 422
    assert experimenter.read(declared["id"]) == declared


def test_a_unit_keeps_its_variant_whatever_becomes_of_the_weights(experimenter: Experimenter) -> None:
    """Acceptance 155."""
    id = experimenter.declare("a", "b")["id"]
    keys = [f"customer-{number}" for number in range(12)]
    first = [experimenter.variant_of(id, sticky_key=key) for key in keys]
    session = experimenter.variant_of(id, session="s-1")

    experimenter.change(id, variants=[{"name": "c", "weight": 1_000_000}, {"name": "a"}]).raise_for_status()

    assert [experimenter.variant_of(id, sticky_key=key) for key in keys] == first
    assert experimenter.variant_of(id, session="s-1") == session
    assert set(first) == {"a", "b"}
    assert experimenter.variant_of(id, sticky_key="somebody new") == "c"


def test_shares_follow_the_weights(experimenter: Experimenter) -> None:
    id = experimenter.declare(variants=[CONTROL, BOLD])["id"]

    found = Counter(experimenter.variant_of(id, sticky_key=f"{id}-{number}") for number in range(400))

    assert 0.65 < found["control"] / 400 < 0.85  # 3 of 4; the ids are random, 5 deviations are 0.11


def test_a_variant_comes_with_its_configuration(experimenter: Experimenter) -> None:
    id = experimenter.declare(variants=[BOLD])["id"]

    answer = experimenter.ask_variant(id, session="s-1").json()

    assert answer == {"experiment_id": id, "variant": "bold", "config": {"model": "large", "temperature": 0.2}}


def test_a_named_variant_is_kept_and_never_replaces_another(experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b")["id"]

    assert experimenter.variant_of(id, sticky_key="k", variant="b") == "b"
    assert experimenter.variant_of(id, sticky_key="k") == "b"
    refused = experimenter.ask_variant(id, sticky_key="k", variant="a")
    assert (refused.status_code, refused.json()["details"]) == (409, {"variant": "b"})
    unknown = experimenter.ask_variant(id, sticky_key="other", variant="z")
    assert (unknown.status_code, unknown.json()["details"]) == (422, {"variants": ["a", "b"]})


@pytest.mark.parametrize("status", ["draft", "stopped"])
def test_only_a_running_experiment_assigns(experimenter: Experimenter, status: str) -> None:
    id = experimenter.declare("a", status=status)["id"]
    assert experimenter.variant_of(id, sticky_key="k") is None

    experimenter.change(id, status="running").raise_for_status()

    assert experimenter.variant_of(id, sticky_key="k") == "a"


@pytest.mark.parametrize("sent", [{}, {"session": "a", "sticky_key": "b"}, {"session": ""}, {"user": "a"}])
def test_an_assignment_is_for_one_session_or_key(experimenter: Experimenter, sent: dict[str, str]) -> None:
    id = experimenter.declare("a")["id"]

    assert experimenter.ask_variant(id, **sent).status_code == 422


def test_nobody_is_assigned_in_an_experiment_that_nobody_declared(experimenter: Experimenter) -> None:
    assert experimenter.ask_variant(fresh("none"), session="s").status_code == 404


def test_a_deleted_experiment_forgets_who_has_what_and_its_sessions_stay(experimenter: Experimenter) -> None:
    id = experimenter.declare("a")["id"]
    experimenter.variant_of(id, sticky_key="k")
    experimenter.run(id, "a")

    experimenter.delete(id).raise_for_status()

    assert experimenter.read(id)["status"] == "undeclared"
    assert experimenter.read(id)["variants"][0]["sessions"] == 1
    experimenter.declare("b", id=id)
    assert experimenter.variant_of(id, sticky_key="k") == "b"


def test_an_experiment_that_only_sessions_name_is_listed_and_can_be_declared(experimenter: Experimenter) -> None:
    """Acceptance 127, 155."""
    id = fresh("undeclared")
    experimenter.run(id, "b")
    experimenter.run(id, "a")
    experimenter.run(id, "a", "running", began=datetime.now(UTC) - timedelta(seconds=20))

    found = listed(experimenter, id)
    assert found is not None
    assert (found["status"], found["name"], found["created_at"]) == ("undeclared", "", None)
    assert [(one["name"], one["is_declared"], one["sessions"], one["open"]) for one in found["variants"]] == [
        ("a", False, 2, 1),
        ("b", False, 1, 0),
    ]

    declared = experimenter.declare("b", "c", id=id)

    assert [(one["name"], one["is_declared"], one["sessions"]) for one in declared["variants"]] == [
        ("b", True, 1),
        ("c", True, 0),
        ("a", False, 2),
    ]
    assert declared["sessions"] == 3


def test_an_unknown_experiment_is_not_found(experimenter: Experimenter) -> None:
    path = experimenter.path(fresh("none"))

    answers = [experimenter.server.request("GET", path + rest) for rest in ("", "/comparison")]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "not_found")] * 2
