"""Handoffs that one span shows by itself (interop.md §8.4). Those between siblings are found when reading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sojourn.conventions.draft import Draft
from sojourn.conventions.values import first_text, object_of, text_of

_TRANSFER = re.compile(r"^transfer_to_(.+)$")
_NAMED = re.compile(r"^handoff to (.+)$", re.IGNORECASE)
_OPERATION = "gen_ai.operation.name"
# Without one of these no attribute tells of a handoff, and most spans have none.
_MARKS = frozenset(
    {
        "gen_ai.agent.handoff.target.name",
        "gen_ai.handoff.to_agent",
        "gen_ai.handoff.from_agent",
        "traceloop.span.kind",
        "to_agent",
        "langgraph.command.goto_node",
    }
)


def take_handoff(draft: Draft, name: str, attributes: Mapping[str, Any]) -> None:
    """Turn the draft into a handoff if its span is one."""
    may_tell = not _MARKS.isdisjoint(attributes) or attributes.get(_OPERATION) == "handoff"
    found = (
        (_told(attributes, name) if may_tell else None)
        or _openinference(draft, name, attributes)
        or _transfer_tool(draft, attributes)
        or (_langgraph(attributes) if may_tell else None)
    )
    if found is None:
        return
    source, target = found
    draft.type = "handoff"
    draft.details |= {"from": source or draft.agent, "to": target, "inferred": False}
    if draft.arguments is not None or draft.input_value is not None:
        context = draft.arguments if draft.arguments is not None else draft.input_value
        draft.details.setdefault("context", text_of(context)[:2_000])


def _told(attributes: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    return _proposed(attributes) or _traceloop(attributes, name) or _logfire(attributes)


def _proposed(attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    target = first_text(attributes, "gen_ai.agent.handoff.target.name", "gen_ai.handoff.to_agent")
    source = first_text(attributes, "gen_ai.agent.handoff.source.name", "gen_ai.handoff.from_agent")
    return (source, target) if target else None


def _traceloop(attributes: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    """OpenLLMetry names only the agent that hands off; whom to is not known."""
    source = first_text(attributes, "gen_ai.handoff.from_agent")
    is_handoff = attributes.get("traceloop.span.kind") == "handoff" or attributes.get(_OPERATION) == "handoff"
    if not (is_handoff or source):
        return None
    target = name.split("→", 1)[1].strip().removesuffix(".handoff") if "→" in name else ""
    return source, "" if target == "unknown" else target


def _logfire(attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    if "from_agent" in attributes and "to_agent" in attributes:
        return text_of(attributes["from_agent"]), text_of(attributes["to_agent"])
    return None


def _openinference(draft: Draft, name: str, attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    found = _NAMED.match(name)
    if found is None or attributes.get("openinference.span.kind") not in (None, "TOOL"):
        return None
    return text_of(attributes.get("input.value")), text_of(attributes.get("output.value")) or found[1]


def _transfer_tool(draft: Draft, attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    if draft.type != "tool_call":
        return None
    if draft.tool_name in {"transfer_to_agent", "delegate_to_agent"}:
        arguments = object_of(draft.arguments)
        target = first_text(arguments, "agent_name", "agent", "name")
        return (draft.agent, target) if target else None
    found = _TRANSFER.match(draft.tool_name)
    return (draft.agent, found[1]) if found and found[1] != "human_agents" else None


def _langgraph(attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    target = first_text(attributes, "langgraph.command.goto_node")
    return (first_text(attributes, "langgraph.command.source_node"), target) if target else None
