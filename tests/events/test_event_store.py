"""The event store in this process (chDB) and over HTTP (clickhouse-connect): one suite, one truth."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clickhouse_server import clickhouse_server
from tests.events.reference_rollup import usage_of
from tests.stores import shared_stores

from sojourn.domain.events import Event, StoredEvent
from sojourn.domain.messages import Block, message_block, message_keys, text_message, value_block
from sojourn.domain.sessions import Rollup
from sojourn.events.clickhouse_transport import ClickhouseTransport
from sojourn.events.rows import Move, Row, StoredBlock, WindowFilter, WindowKey
from sojourn.events.store import EventStore

pytestmark = pytest.mark.xdist_group("events")
T0 = 1_780_000_000_000_000_000
MS = 1_000_000


@pytest.fixture(scope="module", params=["chdb", "http"])
def events(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    if request.param == "chdb":
        yield shared_stores().events
        return
    with clickhouse_server(tmp_path_factory.mktemp("clickhouse") / "data") as url:
        store = EventStore(ClickhouseTransport(url))
        store.migrate()
        yield store
        store.close()


@pytest.fixture
def session_id() -> str:
    return str(uuid4())


def event(name: str, **fields: object) -> Event:
    base = Event(name, "span", name, "ok", T0, T0 + MS, trace_id="t1", source="span", version=2)
    return base._replace(**fields)


def call(name: str, **fields: object) -> Event:
    return event(
        name,
        **{
            "type": "llm_call",
            "usage_kind": "call",
            "input_tokens": 10,
            "output_tokens": 2,
            "model_used": "m",
            **fields,
        },
    )


def put(events: EventStore, session_id: str, *rows: Event, blocks: tuple[Block, ...] = ()) -> None:
    events.append(
        [StoredEvent("w", session_id, row) for row in rows], [StoredBlock("w", session_id, block) for block in blocks]
    )


def rollup(events: EventStore, session_id: str) -> Rollup:
    return events.rollups([("w", session_id)])["w", session_id]


def test_an_event_comes_back_whole(events: EventStore, session_id: str) -> None:
    block = message_block(text_message("user", "hi"))
    whole = call(
        "e1",
        cost_usd=0.25,
        cost_rule='{"source":"reported"}',
        input_refs=(block.hash,),
        message_keys=message_keys([block]),
        details='{"ttft_ms":5}',
        attributes='{"x":"\x00\\"é"}',
        error="boom",
        seq=-3,
        session_fields='{"channel":"web"}',
    )

    put(events, session_id, whole, blocks=(block,))

    found = events.event("w", session_id, "e1")
    assert found == StoredEvent("w", session_id, whole)
    assert events.event("w", session_id, "nothing") is None


def test_the_same_event_twice_is_one(events: EventStore, session_id: str) -> None:
    put(events, session_id, event("e1"))
    put(events, session_id, event("e1"))

    assert rollup(events, session_id).event_count == 1


def test_the_higher_version_wins_in_any_order(events: EventStore, session_id: str) -> None:
    put(events, session_id, event("e1", status="ok", version=2))
    put(events, session_id, event("e1", status="pending", version=1, ended_at_ns=None))

    assert rollup(events, session_id).open_count == 0
    assert [row.status for row in events.window("w", session_id, WindowFilter())] == ["ok"]


def test_one_event_with_two_start_times_counts_once(events: EventStore, session_id: str) -> None:
    put(events, session_id, call("e1", version=1), call("e1", started_at_ns=T0 + 5, version=2))

    counted = rollup(events, session_id)

    assert (counted.event_count, counted.input_tokens) == (1, 10)


def test_messages_repeated_in_histories_count_once(events: EventStore, session_id: str) -> None:
    ask, answer = (message_block(text_message(role, text)) for role, text in (("user", "hi"), ("assistant", "hello")))
    put(
        events,
        session_id,
        call("e1", message_keys=message_keys([ask, answer])),
        call("e2", message_keys=message_keys([ask, answer, ask])),
    )

    assert rollup(events, session_id).message_count == 3


def test_a_call_inside_a_call_counts_once(events: EventStore, session_id: str) -> None:
    put(
        events,
        session_id,
        call("outer"),
        event("between", parent_event_id="outer"),
        call("inner", parent_event_id="between"),
    )

    counted = rollup(events, session_id)

    assert (counted.llm_call_count, counted.input_tokens) == (1, 10)


def test_a_call_told_by_span_and_log_counts_once_and_the_span_is_believed(events: EventStore, session_id: str) -> None:
    put(events, session_id, call("span", usage_key="r1"), call("log", usage_key="r1", source="log", input_tokens=99))

    assert rollup(events, session_id).input_tokens == 10


def test_a_total_counts_only_where_no_call_does(events: EventStore, session_id: str) -> None:
    total = {"usage_kind": "sum", "input_tokens": 100}
    put(
        events,
        session_id,
        event("root", **total),
        event("known", parent_event_id="root", **total),
        call("c1", parent_event_id="known"),
        event("unknown", parent_event_id="root", **total),
        event("within", parent_event_id="unknown", **total),
    )

    assert rollup(events, session_id).input_tokens == 110


def test_the_same_event_in_two_workspaces_is_counted_in_each_by_its_own_neighbours(
    events: EventStore, session_id: str
) -> None:
    total = event("run", usage_kind="sum", input_tokens=100, output_tokens=10)
    inside = call("c1", parent_event_id="run", input_tokens=60, output_tokens=5)
    other = str(uuid4())
    put(events, session_id, total, inside)
    events.append([StoredEvent("v", other, total)], [])  # its call has not arrived there

    both = events.rollups([("w", session_id), ("v", other)])

    assert both["w", session_id].input_tokens == 60
    assert both["v", other].input_tokens == 100


def test_unknown_cost_is_not_zero(events: EventStore, session_id: str) -> None:
    put(events, session_id, call("e1"), call("e2", cost_usd=None))
    assert (rollup(events, session_id).cost_usd, rollup(events, session_id).unpriced_calls) == (None, 2)

    put(events, session_id, call("e3", cost_usd=0.5))
    assert (rollup(events, session_id).cost_usd, rollup(events, session_id).unpriced_calls) == (0.5, 2)


def test_an_error_that_went_up_counts_at_its_origin(events: EventStore, session_id: str) -> None:
    put(
        events,
        session_id,
        event("root", status="error"),
        event("step", status="error", parent_event_id="root"),
        event("tool", status="error", parent_event_id="step"),
        event("other", status="error", parent_event_id="root"),
    )

    assert rollup(events, session_id).error_count == 2


def test_a_tool_told_twice_or_wrapped_counts_once(events: EventStore, session_id: str) -> None:
    tool = {"type": "tool_call", "tool_name": "search"}
    put(
        events,
        session_id,
        event("a", tool_call_id="c1", **tool),
        event("mcp", parent_event_id="a", **tool),
        event("log", tool_call_id="c1", source="log", **tool),
        event("b", tool_call_id="c2", **tool),
    )

    assert rollup(events, session_id).tool_call_count == 2


def test_the_latest_root_tells_the_outcome(events: EventStore, session_id: str) -> None:
    put(
        events,
        session_id,
        event("first", ended_at_ns=T0 + MS),
        event("second", started_at_ns=T0 + 2 * MS, ended_at_ns=T0 + 3 * MS, status="error", error="no", error_type="E"),
        event("child", parent_event_id="gone", ended_at_ns=T0 + 9 * MS),
    )

    counted = rollup(events, session_id)

    assert (counted.root_status, counted.root_error, counted.root_error_type, counted.root_ended_at_ns) == (
        "error",
        "no",
        "E",
        T0 + 3 * MS,
    )
    assert (counted.missing_parents, counted.root_name) == (1, "first")


def test_agents_come_in_order_of_appearance_and_hints_with_their_time(events: EventStore, session_id: str) -> None:
    put(
        events,
        session_id,
        event("b", agent_id="second", started_at_ns=T0 + 5),
        event("a", agent_id="first", session_fields='{"channel":"x"}'),
        event(
            "c",
            agent_id="first",
            started_at_ns=T0 + 9,
            session_fields='{"channel":"x"}',
            session_tier=4,
            user_text="late",
        ),
        event("d", session_tier=2, started_at_ns=T0 + 3, user_text="early"),
    )

    counted = rollup(events, session_id)

    assert counted.agents == ("first", "second")
    assert counted.fields == ((T0 + 9, '{"channel":"x"}'),)
    assert (counted.best_tier, counted.user_text) == (2, "early")


@st.composite
def usage_forests(draw: st.DrawFn) -> list[Event]:
    size = draw(st.integers(1, 9))
    rows = []
    for number in range(size):
        kind = draw(st.sampled_from(["call", "sum", ""]))
        tokens = draw(st.sampled_from([0, 1, 10, 100])) if kind else None
        parent = draw(st.sampled_from(["", "gone", *(f"e{other}" for other in range(number))]))
        rows.append(
            event(
                f"e{number}",
                parent_event_id=parent,
                usage_kind=kind,
                input_tokens=tokens,
                usage_key=draw(st.sampled_from(["", "", "r1"])) if kind == "call" else "",
            )
        )
    return rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(usage_forests())
def test_usage_of_any_forest_is_what_the_reference_says(events: EventStore, rows: list[Event]) -> None:
    session_id = str(uuid4())
    put(events, session_id, *rows)

    assert rollup(events, session_id).input_tokens == usage_of(rows)


def tool(name: str, start: int, end: int | None) -> Event:
    return event(
        name,
        type="tool_call",
        started_at_ns=T0 + start * MS,
        ended_at_ns=None if end is None else T0 + end * MS,
        status="pending" if end is None else "ok",
        version=1 if end is None else 2,
    )


def test_a_finished_tool_call_shows_at_its_start_and_its_end(events: EventStore, session_id: str) -> None:
    put(events, session_id, tool("a", 0, 9), event("m", type="message", started_at_ns=T0 + 5 * MS), tool("b", 7, None))

    rows = events.window("w", session_id, WindowFilter())

    assert [(row.event_id, row.type) for row in rows] == [
        ("a", "tool_call"),
        ("m", "message"),
        ("b", "tool_call"),
        ("a", "tool_result"),
    ]
    assert [row.event_id for row in events.window("w", session_id, WindowFilter(types=("tool_result",)))] == ["a"]


def test_windows_are_filtered_by_status_agent_trace_and_words(events: EventStore, session_id: str) -> None:
    block = message_block(text_message("user", "Where is my umbrella?"))
    put(
        events,
        session_id,
        event("a", status="error", agent_id="x", preview="nothing here"),
        event("b", trace_id="t2"),
        event("c", input_refs=(block.hash,)),
        blocks=(block,),
    )

    def found(**chosen: object) -> list[str]:
        return sorted(row.event_id for row in events.window("w", session_id, WindowFilter(**chosen)))  # type: ignore[arg-type]

    assert found(statuses=("error",)) == ["a"]
    assert found(agents=("x",)) == ["a"]
    assert found(trace_ids=("t2",)) == ["b"]
    assert found(q="NOTHING") == ["a"]
    assert found(q="umbrella") == ["c"]
    assert events.window_total("w", session_id, WindowFilter(q="umbrella")) == 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.booleans()), min_size=1, max_size=12), st.integers(1, 5)
)
def test_windows_read_forward_backward_and_by_offset_show_the_same_rows(
    events: EventStore, spans: list[tuple[int, int, bool]], limit: int
) -> None:
    session_id = str(uuid4())
    put(
        events,
        session_id,
        *(
            event(
                f"e{number}",
                type="tool_call" if is_tool else "message",
                started_at_ns=T0 + start * MS,
                ended_at_ns=T0 + (start + width) * MS,
            )
            for number, (start, width, is_tool) in enumerate(spans)
        ),
    )
    whole = events.window("w", session_id, WindowFilter(), limit=500)

    forward = []
    key = None
    while part := events.window("w", session_id, WindowFilter(), after=key, limit=limit):
        forward += part
        key = WindowKey(part[-1].at_ns, part[-1].seq, part[-1].event_id, part[-1].phase)
    backward = []
    key = WindowKey(2**62, 0, "", 0)
    while part := events.window("w", session_id, WindowFilter(), before=key, limit=limit):
        backward = part + backward
        key = WindowKey(part[0].at_ns, part[0].seq, part[0].event_id, part[0].phase)
    by_offset = [
        row
        for at in range(0, len(whole), limit)
        for row in events.window("w", session_id, WindowFilter(), offset=at, limit=limit)
    ]

    assert forward == backward == by_offset == whole
    assert len(whole) == len(spans) + sum(is_tool for _, _, is_tool in spans)


def test_a_move_takes_rows_and_content_along(events: EventStore, session_id: str) -> None:
    target = str(uuid4())
    block = message_block(text_message("user", "moving"))
    put(events, session_id, event("a", input_refs=(block.hash,)), event("stay", trace_id="t2"), blocks=(block,))

    events.move("w", [Move(session_id, target, "t1", None)])

    assert [row.event_id for row in events.window("w", session_id, WindowFilter())] == ["stay"]
    assert events.event("w", target, "a") is not None
    assert events.blocks("w", target, [block.hash])[block.hash] == (block, 6)


def test_single_rows_may_move_and_come_back(events: EventStore, session_id: str) -> None:
    target = str(uuid4())
    put(events, session_id, event("a"), event("b"))

    events.move("w", [Move(session_id, target, "t1", ("a",))])
    assert {session: rollup(events, session).event_count for session in (session_id, target)} == {
        session_id: 1,
        target: 1,
    }
    events.move("w", [Move(target, session_id, "t1", ("a",))])

    assert rollup(events, session_id).event_count == 2
    assert ("w", target) not in events.rollups([("w", target)])
    members = events.trace_members("w", [session_id, target], "t1")
    assert {(row.event_id, row.session_id) for row in members} == {("a", session_id), ("b", session_id)}


def test_no_reader_sees_half_a_move(events: EventStore, session_id: str) -> None:
    target = str(uuid4())
    put(events, session_id, *(event(f"e{number}", started_at_ns=T0 + number) for number in range(2_000)))
    sums: list[int] = []
    is_done = threading.Event()

    def look() -> None:
        while not is_done.is_set():
            counted = events.rollups([("w", session_id), ("w", target)])
            sums.append(sum(one.event_count for one in counted.values()))

    reader = threading.Thread(target=look)
    reader.start()
    for old, new in ((session_id, target), (target, session_id)) * 3:
        events.move("w", [Move(old, new, "t1", None)])
    is_done.set()
    reader.join()

    assert set(sums) == {2_000}


def test_content_is_read_cut_and_in_ranges(events: EventStore, session_id: str) -> None:
    block = value_block("result", "äöü" * 100)
    put(events, session_id, blocks=(block,))

    (cut, full_chars) = events.blocks("w", session_id, [block.hash], 4)[block.hash]

    assert (cut.text, full_chars) == ("äöüä", 300)
    assert events.block_range("w", session_id, block.hash, 298, 10) == ("öü", 300)
    assert events.block_range("w", session_id, b"0" * 16, 0, 10) is None


def test_search_finds_all_words_in_any_case_with_the_passage(events: EventStore) -> None:
    workspace, one, other = str(uuid4()), str(uuid4()), str(uuid4())
    said = message_block(text_message("user", "x " * 200 + "Refund for order-1138, please"))
    events.append(
        [],
        [
            StoredBlock(workspace, one, said),
            StoredBlock(workspace, other, message_block(text_message("user", "refund"))),
        ],
    )

    (match,) = events.search(workspace, "REFUND order-1138", limit=10)

    assert (match.session_id, match.role) == (one, "user")
    assert "Refund for order-1138" in match.passage
    assert len(match.passage) <= 200
    assert len(events.search(workspace, "refund", limit=10)) == 2
    assert events.search(workspace, "-- '", limit=10) == []
    assert events.search(workspace, "refund", session_ids=[other], limit=10)[0].session_id == other


def test_a_deleted_session_leaves_nothing(events: EventStore, session_id: str) -> None:
    block = message_block(text_message("user", "secret"))
    put(events, session_id, event("a"), blocks=(block,))

    events.delete_sessions([("w", session_id)])

    assert events.rollups([("w", session_id)]) == {}
    assert events.blocks("w", session_id, [block.hash]) == {}


def test_recovery_finds_what_was_touched_lately(events: EventStore, session_id: str) -> None:
    before = events.last_inserted_at()
    put(events, session_id, event("a"))

    assert ("w", session_id) in events.touched_since(before)
    assert events.touched_since(events.last_inserted_at() + 10**9) == []
    assert events.parts_and_bytes()["events"]["rows"] > 0


def test_times_out_of_range_are_moved_to_the_limits(events: EventStore, session_id: str) -> None:
    put(events, session_id, event("far", started_at_ns=2**70, ended_at_ns=2**70), event("early", started_at_ns=-5))

    assert {row.event_id for row in events.window("w", session_id, WindowFilter())} == {"far", "early"}


def test_migrating_again_changes_nothing(events: EventStore, session_id: str) -> None:
    put(events, session_id, event("a"))

    events.migrate()

    assert rollup(events, session_id).event_count == 1


def assessment(name: str, intent: str, **fields: object) -> Event:
    details = f'{{"assessor_id":"{name}","intent":"{intent}","duration_ms":8}}'
    return event(f"assessment:{name}", type="assessment", details=details, **fields)


NOTHING_ASKED = {"assessor_ids": [], "outcomes": [], "has_before": 0, "before_us": 0, "before_id": "", "limit": 10}


def recent(events: EventStore, workspace_id: str, **asked: object) -> list[Row]:
    scope = {"workspace_id": workspace_id, "since_ns": 0, "scan": 100}
    return events.rows("recent_assessments", **{**scope, **NOTHING_ASKED, **asked})


def told(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row["event_id"], row["session_id"]) for row in rows]


def counted(events: EventStore, workspace_id: str) -> dict[str, tuple[int, ...]]:
    rows = events.rows("assessor_counts", workspace_id=workspace_id, since_ns=0, scan=100)
    return {row["assessor_id"]: tuple(row[name] for name in ("allow", "escalate", "block", "failed")) for row in rows}


def test_assessments_are_told_once_wherever_their_trace_is(events: EventStore, session_id: str) -> None:
    """A higher version replaces a lower, and a row that moved is where it went."""
    workspace_id, target = str(uuid4()), str(uuid4())
    rows = [assessment("a", "allow"), assessment("a", "block", version=3), assessment("b", "")]
    for row in rows:
        events.append([StoredEvent(workspace_id, session_id, row)], [])

    events.move(workspace_id, [Move(session_id, target, "t1", None)])

    assert set(told(recent(events, workspace_id))) == {("assessment:a", target), ("assessment:b", target)}
    assert told(recent(events, workspace_id, outcomes=["failed"])) == [("assessment:b", target)]
    assert told(recent(events, workspace_id, assessor_ids=["a"], outcomes=["block"])) == [("assessment:a", target)]
    assert counted(events, workspace_id) == {"a": (0, 0, 1, 0), "b": (0, 0, 0, 1)}
    events.delete_sessions([(workspace_id, target)])
    assert (recent(events, workspace_id), counted(events, workspace_id)) == ([], {})


def test_recent_assessments_page_backward_in_time(events: EventStore, session_id: str) -> None:
    workspace_id = str(uuid4())
    for name in "abc":
        events.append([StoredEvent(workspace_id, session_id, assessment(name, "allow"))], [])

    shown = recent(events, workspace_id, limit=2)
    before = {"before_us": shown[-1]["inserted_at_us"], "before_id": shown[-1]["event_id"]}
    rest = recent(events, workspace_id, has_before=1, limit=2, **before)

    assert [row["name"][-1] for row in (*shown, *rest)] == ["c", "b", "a"]
