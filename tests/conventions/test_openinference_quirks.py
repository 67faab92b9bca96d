"""Spans that OpenInference calls agents and calls though they are none."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conventions.recordings import make_span

from sojourn.conventions.openinference_quirks import LANGCHAIN
from sojourn.conventions.registry import read_span
from sojourn.domain.events import Event


def event(name: str, kind: str, scope: str = "", **attributes: Any) -> Event:
    return read_span(make_span({"openinference.span.kind": kind, **attributes}, name=name, scope=scope)).event


@pytest.mark.parametrize(
    "name",
    ["RunnableAssign<agent_scratchpad>", "OpenAIToolsAgentOutputParser", "route_to_agent", "AgentMiddleware.before"],
)
def test_langchains_plumbing_is_no_agent(name: str) -> None:
    assert event(name, "AGENT", LANGCHAIN).agent_id == ""


@pytest.mark.parametrize("name", ["AgentExecutor", "research_agent"])
def test_langchains_agents_stay_agents(name: str) -> None:
    assert event(name, "AGENT", LANGCHAIN).agent_id == name


def test_only_the_first_moment_of_a_beeai_tool_is_its_call() -> None:
    moments = [event(f"tool.search.wikipedia.{moment}-12", "TOOL") for moment in ("start", "success", "finish")]

    assert [one.type for one in moments] == ["tool_call", "span", "span"]
    assert moments[0].tool_name == "search.wikipedia"


def test_beeais_agent_has_its_name_at_every_moment() -> None:
    assert {event(f"agent.react.{moment}-4", "AGENT").agent_id for moment in ("start", "update")} == {"react"}


def test_a_later_moment_of_a_beeai_call_that_tells_usage_still_counts_it() -> None:
    told = event("backend.openai.chat.success-16", "LLM", **{"llm.token_count.prompt": 5})

    assert (told.type, told.usage_kind, told.input_tokens) == ("span", "call", 5)


def test_input_that_leaves_the_cache_out_gets_it_back() -> None:
    cached = {"llm.token_count.prompt_details.cache_read": 100, "llm.token_count.prompt_details.cache_write": 20}

    assert event("query", "AGENT", **{"llm.token_count.prompt": 4, **cached}).input_tokens == 124
    assert event("query", "AGENT", **{"llm.token_count.prompt": 300, **cached}).input_tokens == 300
