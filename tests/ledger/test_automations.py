"""Automations and their triggers on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.postgres_server import postgres_server
from tests.stores import fresh_workspace

from sojourn.app.automations.automation_set import AutomationSet
from sojourn.app.errors import Conflict, Invalid, NotFound
from sojourn.domain.automations import Automation, Trigger, TriggerType
from sojourn.ledger.ledger import Ledger

pytestmark = pytest.mark.xdist_group("ledger")
NUMBERS = {"type": "object", "properties": {"site": {"type": "integer"}}, "required": ["site"]}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    if request.param == "sqlite":
        opened = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('automations') / 'ledger.db'}")
        opened.migrate()
        yield opened
        opened.close()
        return
    with postgres_server() as url:
        opened = Ledger.open(url)
        opened.migrate()
        yield opened
        opened.close()


class Made:
    def __init__(self, ledger: Ledger) -> None:
        self.workspace = fresh_workspace()
        self.set = AutomationSet(ledger, lambda: 1)

    def automation(self, name: str = "audit", **fields: Any) -> Automation:
        return self.set.add(Automation("", self.workspace, name, component_id=f"{name}-agent", **fields))

    def trigger(self, of: Automation, kind: str = TriggerType.API, **fields: Any) -> Trigger:
        return self.set.add_trigger(Trigger("", self.workspace, of.id, "go", kind, **fields))


@pytest.fixture
def made(ledger: Ledger) -> Made:
    return Made(ledger)


def test_what_is_made_is_told_again_as_it_was(made: Made) -> None:
    audit = made.automation(description="looks at sites", created_by="ada")
    trigger = made.trigger(audit, route="audit-sites", verb="POST", schema=NUMBERS)

    assert made.set.listed(made.workspace) == [audit]
    assert made.set.get(made.workspace, audit.id) == audit
    assert made.set.triggers(made.workspace) == [trigger]


def test_names_and_routes_are_taken_once_in_a_workspace(ledger: Ledger, made: Made) -> None:
    audit = made.automation()
    made.trigger(audit, route="sites")
    for again in (made.automation, lambda: made.trigger(audit, route="sites")):
        with pytest.raises(Conflict):
            again()

    elsewhere = Made(ledger)

    assert elsewhere.trigger(elsewhere.automation(), route="sites").route == "sites"
    assert made.trigger(audit, TriggerType.MANUAL).id != made.trigger(audit, TriggerType.MANUAL).id


def test_a_trigger_is_found_by_route_or_id_unless_it_is_disabled(made: Made) -> None:
    audit = made.automation()
    by_route, by_id = made.trigger(audit, route="sites"), made.trigger(audit, TriggerType.SCHEDULE)
    disabled = made.trigger(audit, TriggerType.EVENT, is_enabled=False)

    assert made.set.trigger(made.workspace, TriggerType.API, "sites") == by_route
    assert made.set.trigger(made.workspace, TriggerType.SCHEDULE, by_id.id) == by_id
    for kind, name in ((TriggerType.MANUAL, "sites"), (TriggerType.EVENT, disabled.id), (TriggerType.API, "other")):
        with pytest.raises(NotFound):
            made.set.trigger(made.workspace, kind, name)


def test_triggers_go_with_their_automation(made: Made) -> None:
    audit, other = made.automation(), made.automation("other")
    made.trigger(audit, route="sites")
    kept = made.trigger(other, route="others")

    made.set.remove(made.workspace, audit.id)

    assert (made.set.listed(made.workspace), made.set.triggers(made.workspace)) == ([other], [kept])
    with pytest.raises(NotFound):
        made.set.remove(made.workspace, audit.id)


def test_a_trigger_starts_agents_with_inputs_that_fit(made: Made) -> None:
    audit, flow = made.automation(), made.automation("flow", component_type="workflows")
    trigger = made.trigger(audit, route="sites", schema=NUMBERS)

    assert made.set.agent_to_start(trigger, {"site": 7}).agent_id == "audit-agent"
    with pytest.raises(Invalid, match="site"):
        made.set.agent_to_start(trigger, {"site": "Oslo"})
    with pytest.raises(Invalid, match="workflows"):
        made.set.agent_to_start(made.trigger(flow, TriggerType.MANUAL), {})
    with pytest.raises(Invalid):
        made.trigger(audit, TriggerType.MANUAL, schema={"type": 7})


def test_how_many_there_may_be_is_bounded(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sojourn.app.automations.automation_set.MAX_ENTRIES", 2)
    audit = made.automation()
    made.trigger(audit, route="sites")

    for one_more in (lambda: made.automation("more"), lambda: made.trigger(audit, route="more")):
        with pytest.raises(Conflict):
            one_more()
