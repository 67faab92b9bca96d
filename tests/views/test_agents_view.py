"""Participants, handoffs and the tree of agents, said or read out of the structure of a trace."""

from __future__ import annotations

from typing import Any

import pytest
from tests.views.view_sessions import Script, said

from sojourn.app.views.agents import agents
from sojourn.events.store import EventStore

Json = dict[str, Any]


def passes(answer: Json) -> list[tuple[str, str, str, bool]]:
    return [(one["from"], one["to"], one["kind"], one["inferred"]) for one in answer["handoffs"]]


def test_what_happens_below_an_agent_is_its_own(store: EventStore) -> None:
    script = Script("participants")
    script.add("w", "span", 0, 100, name="workflow")
    script.add("a", "span", 1, 40, agent_id="planner", parent_event_id="w")
    spent = {"input_tokens": 7, "output_tokens": 1, "cost_usd": 0.5}
    script.model_call("a1", 2, 10, [said("user", "hi")], parent_event_id="a", **spent)
    script.tool_call("a2", 11, 12, "search", parent_event_id="a", status="error")
    script.add("b", "span", 50, 90, agent_id="writer", parent_event_id="w")
    script.model_call("b1", 51, 60, [said("user", "ho")], parent_event_id="b", input_tokens=5, output_tokens=2)

    planner, writer = agents(script.reading(store))["participants"]

    assert (planner["agent_id"], writer["agent_id"]) == ("planner", "writer")
    assert (planner["event_count"], planner["llm_call_count"], planner["tool_call_count"]) == (3, 1, 1)
    assert (planner["error_count"], planner["input_tokens"], planner["cost_usd"]) == (1, 7, 0.5)
    assert (writer["input_tokens"], writer["output_tokens"], writer["cost_usd"]) == (5, 2, None)
    assert planner["first_at"] < planner["last_at"] < writer["first_at"]


def test_a_handoff_that_the_sender_tells_shows_the_passed_context(store: EventStore) -> None:
    script = Script("told handoff")
    script.add("h", "handoff", 1, 1, details={"from": "triage", "to": "billing", "context": {"order": 7}})

    handoff = agents(script.reading(store))["handoffs"][0]

    assert (handoff["from"], handoff["to"], handoff["context"]) == ("triage", "billing", {"order": 7})
    assert (handoff["kind"], handoff["inferred"], handoff["event_id"]) == ("handoff", False, "h")


def test_agents_that_follow_each_other_under_a_workflow_hand_off(store: EventStore) -> None:
    script = Script("consecutive")
    script.add("w", "span", 0, 100)
    script.add("a", "span", 1, 40, agent_id="researcher", parent_event_id="w")
    script.add("b", "span", 40, 60, agent_id="writer", parent_event_id="w")
    script.add("c", "span", 50, 70, agent_id="critic", parent_event_id="w")

    answer = agents(script.reading(store))

    assert passes(answer) == [("researcher", "writer", "handoff", True)]
    assert answer["handoffs"][0]["event_id"] == "b"


def test_what_a_delegated_agent_was_given_are_the_arguments_of_the_call(store: EventStore) -> None:
    script = Script("given to the expert")
    script.add("a", "span", 0, 100, agent_id="boss")
    script.tool_call("t", 10, 40, "ask_expert", {"query": "42 * 17"}, parent_event_id="a")
    script.add("b", "span", 20, 30, agent_id="expert", parent_event_id="t")

    assert [one["context"] for one in agents(script.reading(store))["handoffs"]] == [{"query": "42 * 17"}]


def test_an_agent_that_runs_inside_a_tool_call_was_delegated_to(store: EventStore) -> None:
    script = Script("delegation")
    script.add("a", "span", 0, 100, agent_id="boss")
    script.tool_call("t", 10, 90, "ask_expert", parent_event_id="a")
    script.add("b", "span", 20, 80, agent_id="expert", parent_event_id="t")

    answer = agents(script.reading(store))

    assert passes(answer) == [("boss", "expert", "delegation", True)]


def test_a_handoff_that_was_told_is_not_inferred_again(store: EventStore) -> None:
    script = Script("told once")
    script.add("w", "span", 0, 100)
    script.add("a", "span", 1, 40, agent_id="a", parent_event_id="w")
    script.add("h", "handoff", 40, 40, parent_event_id="w", details={"from": "a", "to": "b"})
    script.add("b", "span", 41, 60, agent_id="b", parent_event_id="w")

    assert passes(agents(script.reading(store))) == [("a", "b", "handoff", False)]


def test_nodes_of_an_agent_graph_name_the_node_before_them(store: EventStore) -> None:
    script = Script("graph")
    script.add("a", "span", 1, 40, attributes={"graph.node.id": "plan"})
    script.add("b", "span", 41, 60, attributes={"graph.node.id": "act", "graph.node.parent_id": "plan"})

    assert passes(agents(script.reading(store))) == [("plan", "act", "handoff", True)]


def test_the_tree_branches_where_another_agent_begins(store: EventStore) -> None:
    script = Script("tree")
    script.add("w", "span", 0, 100, agent_id="boss", conversation_id="main")
    script.add("step", "span", 1, 90, parent_event_id="w")
    script.add("a", "span", 2, 40, agent_id="left", parent_event_id="step", conversation_id="left-1")
    script.add("b", "span", 41, None, agent_id="right", parent_event_id="step", status="pending")
    script.add("b1", "span", 42, 50, agent_id="boss", parent_event_id="b")

    tree = agents(script.reading(store))["tree"]

    assert [node["agent_id"] for node in tree] == ["boss"]
    assert [node["agent_id"] for node in tree[0]["children"]] == ["left", "right"]
    assert tree[0]["children"][0]["conversation_id"] == "left-1"
    assert (tree[0]["children"][1]["ended_at"], tree[0]["children"][1]["status"]) == (None, "pending")
    assert [node["agent_id"] for node in tree[0]["children"][1]["children"]] == ["boss"]


def test_work_that_only_names_its_agent_is_one_node_an_agent(store: EventStore) -> None:
    script = Script("named work")
    for index, agent_id in enumerate(["a", "b", "a", "b"]):
        script.model_call(f"c{index}", index * 10, index * 10 + 5, [said("user", f"m{index}")], agent_id=agent_id)

    assert [node["agent_id"] for node in agents(script.reading(store))["tree"]] == ["a", "b"]


@pytest.mark.parametrize("parents", [("b", "a"), ("a", "b")])
def test_agents_in_a_cycle_of_parents_are_still_shown(store: EventStore, parents: tuple[str, str]) -> None:
    script = Script(f"agent cycle {parents}")
    script.add("a", "span", 0, 10, agent_id="x", parent_event_id=parents[0])
    script.add("b", "span", 0, 10, agent_id="y", parent_event_id=parents[1])

    answer = agents(script.reading(store))

    assert {one["agent_id"] for one in answer["participants"]} == {"x", "y"}
