"""How far people say an agent is. How it does is counted from its sessions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    SHIPPED = "shipped"  # in use, on purpose
    DEPRECATED = "deprecated"  # still there, to be replaced
    ARCHIVED = "archived"  # not to be used any more


@dataclass(frozen=True, slots=True)
class AgentMark:
    """The last word on one agent."""

    workspace_id: str
    agent_id: str
    stage: str  # "" when it was taken back
    marked_by: str = ""
    marked_at_ns: int = 0
