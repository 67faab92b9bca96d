"""What may be started by name, and what starts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

AGENTS = "agents"  # the kind of component that can be started here
ANYTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": True}


class TriggerType(StrEnum):
    API = "api"  # called by its route
    MANUAL = "manual"
    SCHEDULE = "schedule"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Automation:
    id: str
    workspace_id: str
    name: str
    description: str = ""
    component_type: str = AGENTS
    component_id: str = ""
    component_name: str = ""
    created_by: str = ""
    created_at_ns: int = 0

    @property
    def agent_id(self) -> str:
        return self.component_id or self.name


@dataclass(frozen=True, slots=True)
class Trigger:
    id: str
    workspace_id: str
    automation_id: str
    name: str
    type: str
    description: str = ""
    route: str = ""  # of an API trigger; the id of any other
    verb: str = ""
    is_enabled: bool = True
    schema: dict[str, Any] = field(default_factory=lambda: ANYTHING)  # of the inputs (JSON Schema)
    created_by: str = ""
    created_at_ns: int = 0
