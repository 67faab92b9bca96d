"""The conversation of a session: each thing once, in order, whoever told of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.views.view_sessions import Script, asks_tool, said, tool_answer

from sojourn.app.errors import Invalid
from sojourn.app.views.conversation import Page, conversation
from sojourn.app.views.reading import Reading
from sojourn.domain.messages import message_block, value_block
from sojourn.events.store import EventStore

Json = dict[str, Any]


def shown(reading: Reading, **page: Any) -> list[Json]:
    return conversation(reading, Page(**page))["items"]


def texts(items: list[Json]) -> list[tuple[str, str]]:
    return [
        (
            item["role"] if item["kind"] == "message" else item["kind"],
            " ".join(str(part.get("content", "")) for part in item["parts"]),
        )
        for item in items
    ]


def test_a_history_sent_again_with_every_call_is_shown_once(store: EventStore) -> None:
    script = Script("history")
    system, hi, hello = said("system", "Be brief."), said("user", "hi"), said("assistant", "hello")
    script.model_call("c1", 0, 10, [system, hi], [hello])
    script.model_call("c2", 20, 30, [system, hi, hello, said("user", "and?")], [said("assistant", "done")])

    items = shown(script.reading(store))

    assert texts(items) == [
        ("system", "Be brief."),
        ("user", "hi"),
        ("assistant", "hello"),
        ("user", "and?"),
        ("assistant", "done"),
    ]
    assert [item["event_id"] for item in items] == ["c1", "c1", "c1", "c2", "c2"]
    assert len({item["id"] for item in items}) == 5


def test_inputs_stand_at_the_start_of_their_call_and_outputs_at_its_end(store: EventStore) -> None:
    script = Script("places")
    script.model_call("c1", 0, 10, [said("user", "hi")], [said("assistant", "hello")])

    items = shown(script.reading(store))

    assert [item["at"] for item in items] == ["2025-06-15T15:06:40Z", "2025-06-15T15:06:40.01Z"]
    assert [item["model"] for item in items] == ["gpt-5", "gpt-5"]


def test_a_user_who_says_yes_twice_is_shown_twice(store: EventStore) -> None:
    script = Script("yes twice")
    yes = said("user", "yes")
    script.model_call("c1", 0, 10, [yes], [said("assistant", "sure?")])
    script.model_call("c2", 20, 30, [yes, said("assistant", "sure?"), yes], [said("assistant", "done")])

    items = shown(script.reading(store))

    assert texts(items) == [("user", "yes"), ("assistant", "sure?"), ("user", "yes"), ("assistant", "done")]


def test_a_history_that_loses_its_beginning_tells_nothing_twice(store: EventStore) -> None:
    script = Script("sliding")
    messages = [said("user", f"m{index}") for index in range(6)]
    for index in range(4):
        script.model_call(f"c{index}", index * 10, index * 10 + 5, messages[index : index + 3])

    items = shown(script.reading(store))

    assert texts(items) == [("user", f"m{index}") for index in range(6)]


def test_tool_definitions_are_no_part_of_the_conversation(store: EventStore) -> None:
    script = Script("definitions")
    script.model_call("c1", 0, 10, [said("user", "hi")], tools=[{"name": "search"}])

    assert texts(shown(script.reading(store))) == [("user", "hi")]


def test_a_tool_call_is_one_card_though_three_records_tell_of_it(store: EventStore) -> None:
    script = Script("one card")
    ask, hi = asks_tool("call_1", "search", {"q": "x"}, text="Let me look."), said("user", "hi")
    script.model_call("c1", 0, 10, [hi], [ask])
    script.tool_call("t1", 10, 15, "search", {"q": "x"}, {"hits": 2}, tool_call_id="call_1")
    script.model_call("c2", 20, 30, [hi, ask, tool_answer("call_1", {"hits": 2})], [said("assistant", "two")])

    items = shown(script.reading(store))

    assert texts(items) == [("user", "hi"), ("assistant", "Let me look."), ("tool_call", ""), ("assistant", "two")]
    assert items[2]["event_id"] == "t1"
    assert items[2]["tool"] == {
        "name": "search",
        "call_id": "call_1",
        "arguments": {"q": "x"},
        "result": {"hits": 2},
        "status": "ok",
        "duration_ms": 5.0,
    }
    assert [part["type"] for part in items[1]["parts"]] == ["text"]


def test_a_tool_call_without_a_span_gets_its_card_from_the_messages(store: EventStore) -> None:
    script = Script("card of messages")
    ask, hi = asks_tool("call_1", "search", {"q": "x"}), said("user", "hi")
    script.model_call("c1", 0, 10, [hi], [ask])
    script.model_call("c2", 20, 30, [hi, ask, tool_answer("call_1", "two hits")], [said("assistant", "two")])

    items = shown(script.reading(store))

    assert texts(items) == [("user", "hi"), ("tool_call", ""), ("assistant", "two")]
    assert items[1]["tool"] == {
        "name": "search",
        "call_id": "call_1",
        "arguments": {"q": "x"},
        "result": "two hits",
        "status": "ok",
        "duration_ms": None,
    }
    assert items[1]["event_id"] == "c1"


def test_a_tool_call_that_nobody_answered_yet_is_pending(store: EventStore) -> None:
    script = Script("pending card")
    script.model_call("c1", 0, 10, [said("user", "hi")], [asks_tool("call_1", "search", {})])

    tool = shown(script.reading(store))[1]["tool"]

    assert (tool["status"], tool["result"]) == ("pending", None)


def test_a_span_that_names_no_call_id_is_paired_by_its_tool_name(store: EventStore) -> None:
    script = Script("by name")
    ask, hi = asks_tool("call_1", "search", {"q": "x"}), said("user", "hi")
    script.model_call("c1", 0, 10, [hi], [ask])
    script.tool_call("t1", 10, 15, "search", None, None, status="error", error="timeout", error_type="TimeoutError")
    script.model_call("c2", 20, 30, [hi, ask, tool_answer("call_1", "failed")])

    items = shown(script.reading(store))

    assert texts(items) == [("user", "hi"), ("tool_call", "")]
    assert items[1]["tool"] == {
        "name": "search",
        "call_id": "call_1",
        "arguments": {"q": "x"},
        "result": "failed",
        "status": "error",
        "duration_ms": 5.0,
    }
    assert items[1]["details"] == {"error_type": "TimeoutError", "error": "timeout"}


def test_calls_that_reuse_an_id_have_a_card_each(store: EventStore) -> None:
    script = Script("reused ids")
    first, second = asks_tool("call_0", "search", {"q": 1}), asks_tool("call_0", "search", {"q": 2})
    script.model_call("c1", 0, 10, [said("user", "hi")], [first])
    script.model_call("c2", 20, 30, [tool_answer("call_0", "one")], [second])
    script.model_call("c3", 40, 50, [tool_answer("call_0", "two")])

    cards = [item["tool"] for item in shown(script.reading(store)) if item["tool"]]

    assert [(card["arguments"], card["result"]) for card in cards] == [({"q": 1}, "one"), ({"q": 2}, "two")]


def test_a_history_that_repeats_a_request_in_other_words_asks_for_nothing_twice(store: EventStore) -> None:
    script = Script("retold")
    asked, hi = asks_tool("call_1", "search", {"q": "x"}), said("user", "hi")
    retold = asks_tool("call_1", "search", {"q": "x"}, text="(no text)")
    script.model_call("c1", 0, 10, [hi], [asked])
    script.tool_call("t1", 10, 15, "search", {"q": "x"}, "found", tool_call_id="call_1")
    script.model_call("c2", 20, 30, [hi, retold, tool_answer("call_1", "found")], [said("assistant", "done")])

    cards = [item["tool"] for item in shown(script.reading(store)) if item["tool"]]

    assert [(card["name"], card["status"]) for card in cards] == [("search", "ok")]


def test_a_request_without_an_id_belongs_to_the_span_that_has_one(store: EventStore) -> None:
    script = Script("nameless request")
    for number in range(2):
        start = number * 20
        script.model_call(f"c{number}", start, start + 9, [said("user", f"m{number}")], [asks_tool("", "search", {})])
        script.tool_call(f"t{number}", start + 10, start + 15, "search", {}, "found", tool_call_id=f"call_{number}")

    cards = [item["tool"] for item in shown(script.reading(store)) if item["tool"]]

    assert [(card["call_id"], card["status"]) for card in cards] == [("call_0", "ok"), ("call_1", "ok")]


def test_a_tool_call_that_handed_over_stands_as_its_handoff(store: EventStore) -> None:
    script = Script("handed over")
    script.model_call("c1", 0, 10, [said("user", "hi")], [asks_tool("call_1", "transfer_to_billing", {})])
    script.add("h", "handoff", 11, 11, tool_call_id="call_1", details={"from": "a", "to": "b"})

    assert [item["kind"] for item in shown(script.reading(store))] == ["message", "handoff"]


def test_two_tool_calls_of_one_message_are_two_cards_in_order(store: EventStore) -> None:
    script = Script("two calls")
    part = asks_tool("call_a", "a", {}).parts[0]
    other = asks_tool("call_b", "b", {}).parts[0]
    script.model_call("c1", 0, 10, [said("user", "hi")], [said("assistant", "")._replace(parts=(part, other))])

    assert [item["tool"]["name"] for item in shown(script.reading(store)) if item["tool"]] == ["a", "b"]


def test_a_result_that_arrives_as_an_event_of_its_own_completes_its_card(store: EventStore) -> None:
    script = Script("result row")
    script.tool_call("t1", 0, None, "search", {"q": "x"}, tool_call_id="call_1", status="pending")
    result = value_block("result", "found", "search")
    script.blocks[result.hash] = result
    script.add("r1", "tool_result", 5, 5, tool_call_id="call_1", tool_name="search", output_refs=(result.hash,))

    items = shown(script.reading(store))

    assert len(items) == 1
    assert (items[0]["tool"]["result"], items[0]["tool"]["status"]) == ("found", "ok")


def test_a_model_call_inside_a_model_call_tells_nothing_new(store: EventStore) -> None:
    script = Script("nested")
    script.model_call("outer", 0, 30, [said("user", "hi")], [said("assistant", "hello")])
    script.add("middle", "span", 1, 29, parent_event_id="outer")
    sent, received = [said("user", "hi (as sent)")], [said("assistant", "raw")]
    script.model_call("inner", 2, 28, sent, received, parent_event_id="middle")
    history = [said("user", "hi"), said("assistant", "hello"), said("assistant", "raw"), said("user", "more")]
    script.model_call("next", 40, 50, history)

    assert texts(shown(script.reading(store))) == [
        ("user", "hi"),
        ("assistant", "hello"),
        ("assistant", "raw"),
        ("user", "more"),
    ]


def test_a_message_that_a_call_tells_again_is_shown_once(store: EventStore) -> None:
    script = Script("transcript")
    for turn in range(3):
        script.message(f"u{turn}", turn * 10, said("user", "go on"), seq=turn * 3)
        script.message(f"a{turn}", turn * 10 + 5, said("assistant", "ok"), seq=turn * 3 + 1)
        script.model_call(f"c{turn}", turn * 10 + 5, turn * 10 + 5, [], [said("assistant", "ok")], seq=turn * 3 + 2)

    assert texts(shown(script.reading(store))) == [("user", "go on"), ("assistant", "ok")] * 3


def test_markers_stand_inline_with_what_they_mean(store: EventStore) -> None:
    script = Script("markers")
    summary = message_block(said("assistant", "So far: greeted."))
    script.blocks[summary.hash] = summary
    script.model_call("c1", 0, 10, [said("user", "hi")], [said("assistant", "hello")])
    script.add("k", "compaction", 11, 12, details={"trigger": "manual", "summary_ref": summary.hash.hex()})
    script.add("h", "handoff", 13, 13, details={"from": "a", "to": "b"})
    script.add("e", "error", 14, 14, status="error", error="boom", error_type="ValueError", name="failure")
    script.add("s", "span", 15, 15)

    items = shown(script.reading(store))

    assert [item["kind"] for item in items] == ["message", "message", "compaction", "handoff", "error"]
    assert items[2]["parts"] == [{"type": "text", "content": "So far: greeted."}]
    assert items[2]["details"]["trigger"] == "manual"
    assert items[3]["details"] == {"name": "handoff", "status": "ok", "from": "a", "to": "b"}
    assert items[4]["details"] == {"name": "failure", "status": "error", "error_type": "ValueError", "error": "boom"}


def test_an_item_belongs_to_the_nearest_agent_above_it(store: EventStore) -> None:
    script = Script("effective agent")
    script.add("run", "span", 0, 50, agent_id="planner")
    script.add("step", "span", 1, 40, parent_event_id="run")
    script.model_call("c1", 2, 10, [said("user", "hi")], parent_event_id="step")

    assert [item["agent_id"] for item in shown(script.reading(store))] == ["planner"]


def test_an_opaque_input_is_shown_as_what_was_asked(store: EventStore) -> None:
    script = Script("opaque")
    value = value_block("value", {"question": "why?"})
    script.blocks[value.hash] = value
    script.add("c1", "llm_call", 0, 10, input_refs=(value.hash,))

    assert texts(shown(script.reading(store))) == [("user", '{"question":"why?"}')]


def test_a_long_conversation_is_read_window_by_window_both_ways(store: EventStore) -> None:
    script = Script("windows")
    for index in range(25):
        script.message(f"m{index:02}", index, said("user", f"message {index}"))
    reading = script.reading(store)

    first = conversation(reading, Page(limit=10))
    second = conversation(reading, Page(limit=10, after=first["next_cursor"]))
    third = conversation(reading, Page(limit=10, after=second["next_cursor"]))
    back = conversation(reading, Page(limit=10, before=third["prev_cursor"]))

    assert [window["total"] for window in (first, second, third)] == [25, 25, 25]
    assert [len(window["items"]) for window in (first, second, third)] == [10, 10, 5]
    assert first["prev_cursor"] is None
    assert third["next_cursor"] is None
    assert back["items"] == second["items"]


def test_a_search_leaves_items_that_hold_all_words(store: EventStore) -> None:
    script = Script("search")
    script.model_call("c1", 0, 10, [said("user", "Where is the Red house?")], [said("assistant", "A red hut is here")])
    script.tool_call("t1", 11, 12, "lookup", {"q": "red house"}, "none")
    script.add("h", "handoff", 13, 13, preview="to the house of red")

    items = shown(script.reading(store), q="red HOUSE")

    assert [item["kind"] for item in items] == ["message", "tool_call", "handoff"]


def test_a_very_long_message_is_cut_and_says_so(store: EventStore) -> None:
    script = Script("long")
    script.model_call("c1", 0, 10, [said("user", "ä" * 100_000)])

    item = shown(script.reading(store))[0]

    assert (item["text_chars"], item["truncated"], len(item["parts"][0]["content"])) == (100_000, True, 65_536)


def test_an_empty_session_has_an_empty_conversation(store: EventStore) -> None:
    answer = conversation(Script("empty").reading(store), Page())

    assert answer == {"items": [], "next_cursor": None, "prev_cursor": None, "total": 0}


@pytest.mark.parametrize("cursor", ["garbage", "!!", "W10", "WzFd", "bnVsbA"])
def test_a_cursor_that_we_did_not_make_is_refused(store: EventStore, cursor: str) -> None:
    with pytest.raises(Invalid):
        conversation(Script("empty").reading(store), Page(after=cursor))


def test_a_cycle_of_parents_does_not_hang(store: EventStore) -> None:
    script = Script("cycle")
    script.model_call("a", 0, 10, [said("user", "hi")], parent_event_id="b")
    script.add("b", "span", 0, 10, parent_event_id="a")

    assert conversation(script.reading(store), Page())["total"] == 1


def test_more_nested_calls_than_a_query_takes_are_left_out_all_the_same(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sojourn.app.views.conversation.MAX_NESTED_IDS", 1)
    script = Script("many nested")
    for index in range(3):
        script.model_call(f"outer{index}", index * 10 + 1, index * 10 + 9, [said("user", f"m{index}")])
        sent = [said("user", f"m{index}")]
        script.model_call(f"a{index}", index * 10, index * 10 + 8, sent, parent_event_id=f"outer{index}")
        raw = [said("user", "raw")]
        script.model_call(f"b{index}", index * 10 + 3, index * 10 + 8, raw, parent_event_id=f"a{index}")

    items = shown(script.reading(store))

    assert texts(items) == [("user", "m0"), ("user", "m1"), ("user", "m2")]
    assert [item["event_id"] for item in items] == ["outer0", "outer1", "outer2"]
