"""Automations and triggers in Itential's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sojourn.app.errors import Invalid
from sojourn.domain.automations import ANYTHING, Automation, Trigger, TriggerType
from sojourn.gateways.itential.session_bodies import TRIGGERS, trigger_type_of

Json = dict[str, Any]
MAX_WORD_CHARS = 500
TRIGGER_TYPES = tuple(TRIGGERS.get(ours, ours) for ours in TriggerType)


def automation_of(sent: Json, workspace_id: str, created_by: str) -> Automation:
    return Automation(
        id="",
        workspace_id=workspace_id,
        name=_needed(sent, "name"),
        description=_word(sent, "description"),
        component_type=_needed(sent, "componentType"),
        component_id=_word(sent, "componentId"),
        component_name=_word(sent, "componentName"),
        created_by=created_by,
    )


def trigger_of(sent: Json, workspace_id: str, created_by: str) -> Trigger:
    kind = _needed(sent, "type")
    if kind not in TRIGGER_TYPES:
        raise Invalid(f"type must be one of: {', '.join(TRIGGER_TYPES)}")
    is_api = trigger_type_of(kind) == TriggerType.API
    schema = sent.get("schema") or ANYTHING
    if not isinstance(schema, dict):
        raise Invalid("schema must be an object")
    return Trigger(
        id="",
        workspace_id=workspace_id,
        automation_id=_needed(sent, "actionId"),
        name=_needed(sent, "name"),
        type=trigger_type_of(kind),
        description=_word(sent, "description"),
        route=_needed(sent, "routeName") if is_api else "",
        verb=_word(sent, "verb") or ("POST" if is_api else ""),
        is_enabled=sent.get("enabled", True) is True,
        schema=schema,
        created_by=created_by,
    )


def automation_body(automation: Automation) -> Json:
    return {
        "_id": automation.id,
        "name": automation.name,
        "description": automation.description or None,
        "componentType": automation.component_type,
        "componentId": automation.component_id or None,
        "componentName": automation.component_name or None,
        "createdBy": automation.created_by or None,
    }


def trigger_body(trigger: Trigger) -> Json:
    body: Json = {
        "_id": trigger.id,
        "name": trigger.name,
        "description": trigger.description or None,
        "type": TRIGGERS.get(trigger.type, trigger.type),
        "actionType": "automations",
        "actionId": trigger.automation_id,
        "enabled": trigger.is_enabled,
        "schema": trigger.schema,
        "createdBy": trigger.created_by or None,
    }
    return {**body, "routeName": trigger.route, "verb": trigger.verb} if trigger.type == TriggerType.API else body


def passing(bodies: Iterable[Json], field: str | None, value: str | None, is_enabled: str | None) -> list[Json]:
    """Those whose field has the value."""
    found = [body for body in bodies if not field or str(body.get(field)) == value]
    return [body for body in found if is_enabled is None or body.get("enabled") == (is_enabled.lower() == "true")]


def _needed(sent: Json, name: str) -> str:
    found = _word(sent, name)
    if not found.strip():
        raise Invalid(f"{name} is missing")
    return found


def _word(sent: Json, name: str) -> str:
    value = sent.get(name)
    return value.replace("\x00", "")[:MAX_WORD_CHARS] if isinstance(value, str) else ""
