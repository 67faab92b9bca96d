"""What frameworks export as agents and calls through OpenInference though it is none, or is one told several times."""

from __future__ import annotations

import re

from sojourn.conventions.draft import Draft

LANGCHAIN = "openinference.instrumentation.langchain"
# Its instrumentation takes every runnable with "agent" in its name for an agent.
PLUMBING = re.compile(r"^Runnable|^_|^(route|should)_|Parser$|Prompt|Middleware|Template|<")
# BeeAI exports each moment of an agent, tool or model as a span of its kind: `tool.search.wikipedia.success-12`.
MOMENT = re.compile(r"^(agent|tool|backend)\.(?P<what>.+)\.(?P<moment>[A-Za-z_]+)-\d+$")
START = "start"


def settle(draft: Draft, name: str, scope: str) -> None:
    """Only what is an agent stays one, and only the first moment of a call is the call."""
    is_agent = draft.details.get("operation") == "invoke_agent"
    if is_agent and scope == LANGCHAIN and draft.agent == name and PLUMBING.search(name):
        draft.agent, draft.details["operation"] = "", "chain"
    if (moment := MOMENT.match(name)) is None:
        return
    if is_agent:
        draft.agent = moment["what"]
    if draft.type == "tool_call":
        draft.tool_name = moment["what"]
    if moment["moment"] != START:
        _demote(draft)


def _demote(draft: Draft) -> None:
    """A later moment: its content stays, but it is no call of its own."""
    draft.details["operation"] = "progress"
    draft.usage_kind = "" if draft.input_tokens is None and draft.output_tokens is None else draft.usage_kind
    if draft.type in {"tool_call", "llm_call"}:
        draft.type = "span"
        draft.input_value = draft.arguments if draft.input_value is None else draft.input_value
        draft.output_value = draft.result if draft.output_value is None else draft.output_value
        draft.arguments = draft.result = None
