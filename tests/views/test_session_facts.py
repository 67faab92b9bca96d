"""Traces, state, context and metrics of a session."""

from __future__ import annotations

import pytest
from tests.views.view_sessions import Script, said

from sojourn.app.errors import NotFound
from sojourn.app.views.context import context_calls, context_detail, context_pipelines
from sojourn.app.views.metrics import metrics
from sojourn.app.views.state import VALUE_CHARS, state
from sojourn.app.views.traces import traces
from sojourn.app.views.usage import usage_of
from sojourn.domain.messages import value_block
from sojourn.events.store import EventStore


def test_traces_are_listed_in_order_with_their_root(store: EventStore) -> None:
    script = Script("traces")
    script.add("late", "span", 50, 60, trace_id="b" * 32, name="second")
    script.add("child", "span", 1, 9, parent_event_id="root", status="error")
    script.add("root", "span", 0, 10, name="first", details={"direction": "response"})
    script.add("open", "span", 70, None, trace_id="c" * 32, name="third", status="pending")
    script.add("fired", "signal", 80, 80, trace_id="d" * 32)
    reading = script.reading(store)

    first = traces(reading, "", 2)
    rest = traces(reading, first["next_cursor"], 2)

    assert [(one["name"], one["direction"], one["status"]) for one in first["items"]] == [
        ("first", "response", "ok"),
        ("second", "inlet", "ok"),
    ]
    assert [(one["direction"], one["status"], one["ended_at"] is None) for one in rest["items"]] == [
        ("inlet", "pending", True),
        ("signal", "ok", False),
    ]
    assert (first["items"][0]["event_count"], first["items"][0]["error_count"]) == (2, 1)
    assert rest["next_cursor"] is None


def test_nested_and_repeated_usage_counts_once_as_in_the_rollup(store: EventStore) -> None:
    script = Script("usage")
    script.add("sum", "span", 0, 100, usage_kind="sum", input_tokens=999)
    outer = {"input_tokens": 10, "output_tokens": 1, "cost_usd": 0.1, "usage_key": "r1"}
    script.model_call("outer", 1, 50, [said("user", "a")], parent_event_id="sum", **outer)
    script.model_call("inner", 2, 49, [said("user", "a")], parent_event_id="outer", input_tokens=10, cost_usd=0.1)
    script.model_call("again", 1, 50, [said("user", "a")], parent_event_id="sum", source="log", **outer)
    script.add("alone", "span", 60, 70, trace_id="b" * 32, usage_kind="sum", input_tokens=5)
    reading = script.reading(store)

    counted = usage_of(reading).counted

    assert sorted(usage.event_id for usage in counted) == ["alone", "outer"]
    assert sum(usage.input_tokens for usage in counted) == reading.session.input_tokens == 15


def test_state_shows_the_latest_value_and_the_way_to_it(store: EventStore) -> None:
    script = Script("state")
    script.add("run", "span", 0, 100, agent_id="planner")
    for index in range(4):
        script.add(
            f"s{index}",
            "state_change",
            index,
            index,
            parent_event_id="run",
            details={
                "variable": "step",
                "old": index - 1,
                "new": index,
            },
        )
    script.add("n", "state_change", 9, 9, details={"variable": "name", "new": None})
    reading = script.reading(store)

    first = state(reading, "", 3)
    rest = state(reading, first["next_cursor"], 3)

    assert [(one["name"], one["value"], one["changes"]) for one in first["variables"]] == [
        ("name", None, 1),
        ("step", 3, 4),
    ]
    assert [(one["variable"], one["old"], one["new"]) for one in first["history"]] == [
        ("name", None, None),
        ("step", 2, 3),
        ("step", 1, 2),
    ]
    assert [one["new"] for one in rest["history"]] == [1, 0]
    assert (first["history"][1]["agent_id"], rest["next_cursor"]) == ("planner", None)


def test_a_very_long_value_of_a_variable_is_cut(store: EventStore) -> None:
    script = Script("long value")
    script.add("s", "state_change", 0, 0, details={"variable": "page", "new": "x" * 100_000})

    assert len(state(script.reading(store), "", 10)["variables"][0]["value"]) == VALUE_CHARS


def test_the_budget_splits_by_kind_and_adds_up_to_the_reported_tokens(store: EventStore) -> None:
    script = Script("budget")
    value = value_block("value", "retrieved documents")
    script.blocks[value.hash] = value
    call = script.model_call(
        "c1",
        0,
        10,
        [said("system", "s" * 40), said("user", "u" * 100)],
        tools=[{"name": "t" * 20}],
        input_tokens=101,
        cache_read_tokens=7,
    )
    script.events[-1] = call._replace(input_refs=(*call.input_refs, value.hash))
    reading = script.reading(store)

    shown = context_calls(reading, "", 10)["calls"][0]
    segments = {segment["kind"]: segment for segment in context_detail(reading, "c1")["segments"]}

    assert sum(shown["budget"].values()) == 101
    assert all(tokens > 0 for tokens in shown["budget"].values())
    assert (shown["estimated"], shown["cache_read_tokens"]) == (True, 7)
    assert [segment["ref_count"] for segment in segments.values()] == [1, 1, 1, 1]
    assert segments["system"]["refs"][0]["preview"] == "s" * 40


def test_what_entered_and_left_is_told_against_the_call_before_of_the_same_agent(store: EventStore) -> None:
    script = Script("entered and left")
    first, second, third = said("user", "one"), said("assistant", "two"), said("user", "three")
    script.model_call("a1", 0, 5, [first], agent_id="a")
    script.model_call("b1", 6, 7, [said("user", "other")], agent_id="b")
    script.model_call("a2", 10, 15, [first, second, third], agent_id="a")
    script.model_call("a3", 20, 25, [third], agent_id="a")
    reading = script.reading(store)

    calls = context_calls(reading, "", 10)["calls"]
    detail = context_detail(reading, "a3")

    assert [(call["event_id"], call["entered"], call["left"]) for call in calls] == [
        ("a1", 1, 0),
        ("b1", 1, 0),
        ("a2", 2, 0),
        ("a3", 0, 2),
    ]
    assert [ref["preview"] for ref in detail["left"]] == ["one", "two"]


def test_calls_of_a_session_are_read_page_by_page(store: EventStore) -> None:
    script = Script("call pages")
    for index in range(5):
        script.model_call(f"c{index}", index, index, [said("user", str(index))])
    reading = script.reading(store)

    first = context_calls(reading, "", 3)
    rest = context_calls(reading, first["next_cursor"], 3)

    assert [call["event_id"] for call in first["calls"] + rest["calls"]] == ["c0", "c1", "c2", "c3", "c4"]
    assert rest["next_cursor"] is None


def test_the_context_of_an_event_that_is_no_model_call_is_not_found(store: EventStore) -> None:
    script = Script("no call")
    script.add("s", "span", 0, 1)

    with pytest.raises(NotFound):
        context_detail(script.reading(store), "s")


def test_pipelines_show_their_layers_whatever_senders_put_there(store: EventStore) -> None:
    script = Script("pipelines")
    layer = {"name": "trim", "duration_ms": 4.5, "messages_in": 9}
    script.add("p1", "span", 0, 9, details={"pipeline": {"layers": [layer]}})
    script.add("p2", "span", 10, 12, details={"pipeline": "odd"})
    reading = script.reading(store)

    first = context_pipelines(reading, "", 1)
    rest = context_pipelines(reading, first["next_cursor"], 1)

    assert first["items"][0]["layers"] == [
        {"name": "trim", "duration_ms": 4.5, "messages_in": 9, "messages_out": None},
    ]
    assert (rest["items"][0]["layers"], rest["next_cursor"]) == ([], None)


def test_metrics_tell_cost_by_who_named_it_and_how_long_things_took(store: EventStore) -> None:
    script = Script("metrics")
    script.add("r", "span", 0, 100)
    script.model_call(
        "c1",
        1,
        50,
        [said("user", "a")],
        parent_event_id="r",
        cost_usd=0.25,
        input_tokens=5,
        cost_rule='{"source":"reported"}',
        details={"ttft_ms": 30},
    )
    script.model_call(
        "c2",
        51,
        60,
        [said("user", "b")],
        parent_event_id="r",
        cost_usd=0.5,
        input_tokens=5,
        cost_rule='{"source":"computed"}',
    )
    script.tool_call("t1", 60, 70, "search", parent_event_id="r")
    script.tool_call("t2", 70, 100, "search", parent_event_id="r", status="error")
    script.tool_call("t3", 100, None, "wait", parent_event_id="r", status="pending")
    custom = {"goal_completed": True, "score": 0.5, "own": 3}

    shown = metrics(script.reading(store, metrics=custom))

    assert shown["cost"] == {"cost_usd": 0.75, "unpriced_calls": 0, "reported_usd": 0.25, "computed_usd": 0.5}
    columns = ("name", "calls", "errors", "total_ms", "max_ms")
    assert [tuple(tool[column] for column in columns) for tool in shown["tools"]] == [
        ("search", 2, 1, 40.0, 30.0),
        ("wait", 1, 0, 0.0, None),
    ]
    assert shown["latency"]["turns"][0]["ttft_ms"] == 30.0
    assert shown["latency"]["max_ms"] == 100.0
    assert shown["outcome"] == {"goal_completed": True, "score": 0.5, "custom": {"own": 3}}
    assert shown["counts"]["tool_calls"] == 3
