"""Assessors are created, read, changed and deleted; what is wrong with one is said."""

from __future__ import annotations

import pytest
from tests.assessors.assessing import Assessed
from tests.steering_http.operators import Json, fresh


def test_an_assessor_is_read_changed_and_deleted(assessed: Assessed) -> None:
    """Acceptance 160."""
    created = assessed.hire("detector", {"categories": ["email"]}, "mail")
    path = f"/api/v1/assessors/{created['id']}"

    changed = assessed.server.request("PATCH", path, json={"role": "enforcer", "is_active": False}).json()

    assert (created["role"], created["is_active"], created["created_by"]) == ("observer", True, "local")
    assert (changed["role"], changed["is_active"], changed["config"]) == ("enforcer", False, {"categories": ["email"]})
    assert assessed.server.get(path) == changed
    assert changed in assessed.server.get("/api/v1/assessors")["items"]
    assert assessed.server.request("DELETE", path).status_code == 204
    assert assessed.server.request("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("kind", "config", "fault"),
    [
        ("rule", {}, "config"),
        ("rule", {"cel": "1 +"}, "config.cel"),
        ("rule", {"cel": "trace.error_count"}, "config.cel: it comes to a whole number"),
        ("rule", {"cel": "trace.text > 3"}, "config.cel: a text and a whole number"),
        ("rule", {"pattern": "("}, "config.pattern"),
        ("rule", {"pattern": "a", "cel": "true"}, "config"),
        ("detector", {"categories": ["shoe size"]}, "config.categories.0"),
        ("webhook", {"url": "file:///etc/passwd"}, "config.url"),
        ("webhook", {"url": "http://a", "timeout_s": 300}, "config.timeout_s"),
        ("judge", {}, "config"),
    ],
)
def test_a_config_that_its_kind_cannot_use_is_refused(assessed: Assessed, kind: str, config: Json, fault: str) -> None:
    answer = assessed.server.post("/api/v1/assessors", json={"name": "wrong", "kind": kind, "config": config})

    assert answer.status_code == 422
    assert answer.json()["message"].startswith(fault)


def test_each_kind_says_what_its_config_looks_like(assessed: Assessed) -> None:
    forms = assessed.server.get("/api/v1/assessor-kinds")["items"]

    assert [form["kind"] for form in forms] == ["rule", "detector", "webhook", "judge"]


def test_assessments_are_of_a_session_or_of_a_trace(assessed: Assessed) -> None:
    key = fresh("asked")
    assessed.hire("rule", {"pattern": "x"})
    traces = {assessed.trace(key, "x"), assessed.trace(key, "y")}
    for trace_id in traces:
        assessed.assessment(trace_id)

    page = assessed.server.get("/api/v1/assessments", session=key, limit=1)
    rest = assessed.server.get("/api/v1/assessments", session=key, limit=1, cursor=page["next_cursor"])

    assert {one["trace_id"] for one in (*page["items"], *rest["items"])} == traces
    assert (page["total"], rest["next_cursor"]) == (2, None)
    assert assessed.server.request("GET", "/api/v1/assessments").status_code == 422
    assert assessed.server.request("GET", "/api/v1/assessments?trace=unknown").status_code == 404
