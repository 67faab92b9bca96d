"""The automations of a workspace and their triggers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from jsonschema.exceptions import SchemaError, best_match

from sojourn.app.control.forms import NOWHERE_ELSE, BoundedValidator, check_form
from sojourn.app.errors import Conflict, Invalid, NotFound
from sojourn.app.views.sessions import facets
from sojourn.domain.automations import AGENTS, Automation, Trigger, TriggerType
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
MAX_ENTRIES = 2_000  # automations and triggers of a workspace
MAX_AGENTS = 500  # that were seen running and have no automation
SEEN = "agent:"  # before the id of an agent that runs without an automation
MAX_FAULT_CHARS = 500


class AutomationSet:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def listed(self, workspace_id: str) -> list[Automation]:
        """Those that were made, and the agents that have run without one."""
        with self._ledger.read() as conn:
            made: list[Automation] = self._ledger.automations.listed(conn, workspace_id)
        wrapped = {one.component_id for one in made}
        seen = facets(self._ledger, workspace_id, "agent", "", MAX_AGENTS)["items"]
        return [*made, *(_seen(workspace_id, item["value"]) for item in seen if item["value"] not in wrapped)]

    def get(self, workspace_id: str, automation_id: str) -> Automation:
        with self._ledger.read() as conn:
            made: Automation | None = self._ledger.automations.get(conn, workspace_id, automation_id)
        if made is not None:
            return made
        seen = self.listed(workspace_id) if automation_id.startswith(SEEN) else ()
        for one in seen:
            if one.id == automation_id:
                return one
        raise NotFound("there is no such automation")

    def add(self, automation: Automation) -> Automation:
        made = replace(automation, id=uuid4().hex, created_at_ns=self._clock())
        with self._ledger.begin() as conn:
            self._check_room(conn, made.workspace_id)
            if not self._ledger.automations.add(conn, made):
                raise Conflict(f"there is an automation {made.name!r} already")
        return made

    def remove(self, workspace_id: str, automation_id: str) -> Automation:
        """Its triggers go with it."""
        with self._ledger.begin() as conn:
            gone: Automation | None = self._ledger.automations.get(conn, workspace_id, automation_id)
            if gone is None:
                raise NotFound("there is no such automation")
            self._ledger.automations.remove(conn, workspace_id, automation_id)
        return gone

    def triggers(self, workspace_id: str) -> list[Trigger]:
        with self._ledger.read() as conn:
            found: list[Trigger] = self._ledger.automations.triggers_of(conn, workspace_id)
        return found

    def trigger(self, workspace_id: str, kind: str, id_or_route: str) -> Trigger:
        with self._ledger.read() as conn:
            found: Trigger | None = self._ledger.automations.trigger(conn, workspace_id, kind, id_or_route)
        if found is None:
            raise NotFound(f"there is no enabled {kind} trigger {id_or_route[:100]!r}")
        return found

    def add_trigger(self, trigger: Trigger) -> Trigger:
        check_form(trigger.schema)
        self.get(trigger.workspace_id, trigger.automation_id)
        new_id = uuid4().hex
        route = trigger.route if trigger.type == TriggerType.API else new_id
        made = replace(trigger, id=new_id, route=route, created_at_ns=self._clock())
        with self._ledger.begin() as conn:
            self._check_room(conn, made.workspace_id)
            if not self._ledger.automations.add_trigger(conn, made):
                raise Conflict(f"there is a route {made.route!r} already")
        return made

    def agent_to_start(self, trigger: Trigger, inputs: Json) -> Automation:
        """What a trigger starts. Raises Invalid if that is no agent or the inputs do not fit."""
        automation = self.get(trigger.workspace_id, trigger.automation_id)
        if automation.component_type != AGENTS:
            kind = automation.component_type
            raise Invalid(f"only agents can be started here, and {automation.name} is of {kind}")
        _check_inputs(trigger.schema, inputs)
        return automation

    def _check_room(self, conn: Any, workspace_id: str) -> None:
        if self._ledger.automations.count(conn, workspace_id) >= MAX_ENTRIES:
            raise Conflict(f"there may be at most {MAX_ENTRIES} automations and triggers")


def _seen(workspace_id: str, agent_id: str) -> Automation:
    return Automation(f"{SEEN}{agent_id}", workspace_id, agent_id, component_id=agent_id, component_name=agent_id)


def _check_inputs(schema: Json, inputs: Json) -> None:
    try:
        fault = best_match(BoundedValidator(schema, registry=NOWHERE_ELSE).iter_errors(inputs))
    except (SchemaError, RecursionError) as error:
        raise Invalid("the trigger's schema cannot be used") from error
    if fault is not None:
        where = "/".join(map(str, fault.absolute_path))
        told = f"the inputs do not fit the trigger: {where + ': ' if where else ''}{fault.message}"
        raise Invalid(told[:MAX_FAULT_CHARS])
