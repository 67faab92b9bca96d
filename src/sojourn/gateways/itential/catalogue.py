"""Automations and their triggers.

Nothing of ours is one, so they stand in the metadata of a session that no list shows: it has a workspace of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from sojourn.app.errors import Conflict, Invalid, NotFound
from sojourn.app.views.sessions import facets, find_session
from sojourn.domain.declarations import Declaration
from sojourn.gateways import Services

Json = dict[str, Any]
KEY = "itential:automations"
AUTOMATION, TRIGGER = "automation:", "trigger:"
MAX_ENTRIES = 2_000
MAX_AGENTS = 500  # that were seen running and have no automation
AGENTS = "agents"
TRIGGER_TYPES = ("endpoint", "manual", "schedule", "eventSystem")
OPEN_SCHEMA: Json = {"type": "object", "properties": {}, "additionalProperties": True}


class Catalogue:
    def __init__(self, served: Services, workspace_id: str) -> None:
        self._served = served
        self._workspace_id = workspace_id
        self._own_workspace = f"{workspace_id}:itential"

    def automations(self) -> list[Json]:
        """Those that were made, and the agents that have run without one."""
        made = self._entries(AUTOMATION)
        wrapped = {entry.get("componentId") for entry in made}
        seen = facets(self._served.ledger, self._workspace_id, "agent", "", MAX_AGENTS)["items"]
        return [*made, *(_automation_of(item["value"]) for item in seen if item["value"] not in wrapped)]

    def triggers(self) -> list[Json]:
        return self._entries(TRIGGER)

    def automation(self, automation_id: str) -> Json:
        found = next((entry for entry in self.automations() if entry["_id"] == automation_id), None)
        if found is None:
            raise NotFound("there is no such automation")
        return found

    def trigger(self, kind: str, name: str) -> Json:
        """By its route or its id."""
        for entry in self.triggers():
            if entry["type"] == kind and name in (entry["_id"], entry.get("routeName")) and entry["enabled"]:
                return entry
        raise NotFound(f"there is no enabled {kind} trigger {name[:100]!r}")

    async def add_automation(self, sent: Json, created_by: str) -> Json:
        entry: Json = {
            "_id": uuid4().hex,
            "name": _needed(sent, "name"),
            "description": sent.get("description"),
            "componentType": _needed(sent, "componentType"),
            "componentId": sent.get("componentId"),
            "componentName": sent.get("componentName"),
            "createdBy": created_by,
        }
        if any(known["name"] == entry["name"] for known in self._entries(AUTOMATION)):
            raise Conflict(f"there is an automation {entry['name']!r} already")
        await self._put(AUTOMATION, entry)
        return entry

    async def add_trigger(self, sent: Json, created_by: str) -> Json:
        kind = _needed(sent, "type")
        if kind not in TRIGGER_TYPES:
            raise Invalid(f"type must be one of: {', '.join(TRIGGER_TYPES)}")
        entry: Json = {
            "_id": uuid4().hex,
            "name": _needed(sent, "name"),
            "description": sent.get("description"),
            "type": kind,
            "actionType": sent.get("actionType") or "automations",
            "actionId": self.automation(_needed(sent, "actionId"))["_id"],
            "enabled": sent.get("enabled", True) is True,
            "schema": sent.get("schema") or OPEN_SCHEMA,
            "createdBy": created_by,
        }
        if kind == "endpoint":
            entry |= {"routeName": _needed(sent, "routeName"), "verb": sent.get("verb") or "POST"}
            if any(known.get("routeName") == entry["routeName"] for known in self.triggers()):
                raise Conflict(f"there is a route {entry['routeName']!r} already")
        await self._put(TRIGGER, entry)
        return entry

    async def remove_automation(self, automation_id: str) -> Json:
        """Its triggers go with it."""
        found = next((entry for entry in self._entries(AUTOMATION) if entry["_id"] == automation_id), None)
        if found is None:
            raise NotFound("there is no such automation")
        gone = [f"{TRIGGER}{entry['_id']}" for entry in self.triggers() if entry["actionId"] == automation_id]
        await self._declare(dict.fromkeys([f"{AUTOMATION}{automation_id}", *gone]))
        return found

    def _entries(self, prefix: str) -> list[Json]:
        return [entry for name, entry in self._metadata().items() if name.startswith(prefix) and entry]

    def _metadata(self) -> Json:
        try:
            return find_session(self._served.ledger, self._own_workspace, KEY).metadata
        except NotFound:
            return {}

    async def _put(self, prefix: str, entry: Json) -> None:
        if len(self._metadata()) >= MAX_ENTRIES:
            raise Conflict(f"there may be at most {MAX_ENTRIES} automations and triggers")
        await self._declare({f"{prefix}{entry['_id']}": entry})

    async def _declare(self, metadata: Json) -> None:
        said: Json = {"kind": "observed", "status": "completed", "metadata": metadata}
        await self._served.ingest.declare(self._own_workspace, [Declaration(KEY, said, self._served.clock())])


def passing(entries: Iterable[Json], field: str | None, value: str | None, is_enabled: str | None) -> list[Json]:
    """Those whose field has the value."""
    found = [entry for entry in entries if not field or str(entry.get(field)) == value]
    return [entry for entry in found if is_enabled is None or entry.get("enabled") == (is_enabled.lower() == "true")]


def _automation_of(agent_id: str) -> Json:
    return {
        "_id": f"agent:{agent_id}",
        "name": agent_id,
        "description": None,
        "componentType": AGENTS,
        "componentId": agent_id,
        "componentName": agent_id,
        "createdBy": None,
    }


def _needed(sent: Json, name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} is missing")
    return value.replace("\x00", "")[:500]
