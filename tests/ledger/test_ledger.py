"""The ledger on SQLite and on a real PostgreSQL: one suite, one truth."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.postgres_server import postgres_server
from tests.stores import fresh_workspace

from sojourn.domain.sessions import ModelUse, Session
from sojourn.domain.traces import TraceState
from sojourn.ledger.changes import NewChange
from sojourn.ledger.errors import Invalid
from sojourn.ledger.filters import SessionFilter
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.listing import SORTS
from sojourn.ledger.prices import PriceOverride
from sojourn.ledger.status_changes import StatusChange
from sojourn.ledger.tables import metadata

LEDGERS = pytest.mark.xdist_group("ledger")
pytestmark = LEDGERS


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    if request.param == "sqlite":
        opened = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}")
        opened.migrate()
        yield opened
        opened.close()
        return
    with postgres_server() as url:
        opened = Ledger.open(url)
        opened.migrate()
        yield opened
        opened.close()


def session(workspace: str, number: int, **fields: object) -> Session:
    base = Session(
        id=f"{number:08d}-0000-0000-0000-000000000000",
        key=f"chat:{number}",
        workspace_id=workspace,
        goal=f"book flight {number}",
        agent_id="support",
        agents=("support",),
        status="idle",
        started_at_ns=number,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def store(ledger: Ledger, *sessions: Session) -> None:
    with ledger.begin() as conn:
        ledger.sessions.upsert(conn, sessions)


def keys(ledger: Ledger, workspace: str, chosen: SessionFilter, sort: str = "started_at", page: int = 3) -> list[str]:
    """All keys, page by page."""
    found: list[str] = []
    cursor = None
    with ledger.read() as conn:
        while True:
            part = ledger.sessions.list_page(conn, workspace, chosen, sort, page, cursor)
            found += [row.key for row in part.items]
            if (cursor := part.next_cursor) is None:
                return found


def test_a_session_comes_back_as_it_was_written(ledger: Ledger, workspace: str) -> None:
    written = session(
        workspace,
        1,
        models=(ModelUse("gpt-4.1", "openai", calls=2, cost_usd=0.5),),
        tags={"team": "a\x00b"},
        metrics={"score": 0.5},
        cost_usd=None,
        ended_at_ns=7,
        prompt_inputs={"city": "Oslo"},
    )

    store(ledger, written)

    with ledger.read() as conn:
        assert ledger.sessions.get(conn, workspace, written.id) == written


def test_writing_again_replaces_and_counts_the_revision(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1))
    store(ledger, session(workspace, 1, goal="other", agents=("support", "billing")))

    with ledger.read() as conn:
        found = ledger.sessions.get(conn, workspace, session(workspace, 1).id)
    assert found is not None
    assert (found.goal, found.revision, found.agents) == ("other", 1, ("support", "billing"))


def test_a_removed_session_is_gone_from_every_table(ledger: Ledger, workspace: str) -> None:
    gone = session(workspace, 1, models=(ModelUse("m", calls=1),))
    store(ledger, gone)

    with ledger.begin() as conn:
        ledger.sessions.remove(conn, [(workspace, gone.id)])

    with ledger.read() as conn:
        assert ledger.sessions.get(conn, workspace, gone.id) is None
        assert ledger.sessions.facets(conn, workspace, "model", "", 5) == []


def test_workspaces_do_not_see_each_other(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1), session(fresh_workspace(), 2))

    assert keys(ledger, workspace, SessionFilter()) == ["chat:1"]


@pytest.mark.parametrize("sort", sorted({*SORTS, *(f"-{name}" for name in SORTS)}))
def test_every_sort_shows_each_session_once(ledger: Ledger, sort: str) -> None:
    workspace = f"sort-{sort}"
    store(
        ledger,
        *(
            session(
                workspace,
                number,
                cost_usd=None if number % 3 else number / 7,
                ended_at_ns=number if number % 2 else None,
                status=["idle", "failed"][number % 2],
                duration_ms=number % 4,
            )
            for number in range(10)
        ),
    )

    found = keys(ledger, workspace, SessionFilter(), sort)

    assert sorted(found) == sorted(f"chat:{number}" for number in range(10))


def test_sessions_without_a_cost_stand_last_both_ways(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1, cost_usd=0.2), session(workspace, 2), session(workspace, 3, cost_usd=0.1))

    assert keys(ledger, workspace, SessionFilter(), "cost_usd", 1) == ["chat:3", "chat:1", "chat:2"]
    assert keys(ledger, workspace, SessionFilter(), "-cost_usd", 1) == ["chat:1", "chat:3", "chat:2"]


def test_paging_is_not_disturbed_by_new_rows(ledger: Ledger, workspace: str) -> None:
    store(ledger, *(session(workspace, number) for number in range(5)))

    with ledger.read() as conn:
        first = ledger.sessions.list_page(conn, workspace, SessionFilter(), "-started_at", 2, None)
    store(ledger, session(workspace, 99))
    with ledger.read() as conn:
        second = ledger.sessions.list_page(conn, workspace, SessionFilter(), "-started_at", 2, first.next_cursor)

    assert [row.key for row in (*first.items, *second.items)] == ["chat:4", "chat:3", "chat:2", "chat:1"]


@pytest.mark.parametrize("cursor", ["garbage", "bnVsbA", "W10", "WyJnb2FsIiwiYSIsImIiXQ"])
def test_a_cursor_of_something_else_is_refused(ledger: Ledger, workspace: str, cursor: str) -> None:
    with ledger.read() as conn, pytest.raises(Invalid):
        ledger.sessions.list_page(conn, workspace, SessionFilter(), "-started_at", 2, cursor)


def test_an_unknown_sort_says_which_there_are(ledger: Ledger, workspace: str) -> None:
    with ledger.read() as conn, pytest.raises(Invalid, match="cost_usd"):
        ledger.sessions.list_page(conn, workspace, SessionFilter(), "beauty", 2, None)


FIELDS = {
    "channel": "channel",
    "environment": "environment",
    "service": "service",
    "origin": "origin",
    "status": "status",
    "kind": "kind",
    "trigger_type": "trigger_type",
    "source": "trigger_source",
    "user": "user_id",
    "experiment": "experiment_id",
    "variant": "variant",
    "attention": "attention",
}


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_filter_finds_any_of_its_values(ledger: Ledger, name: str) -> None:
    workspace = f"filter-{name}"
    store(ledger, *(session(workspace, number, **{FIELDS[name]: value}) for number, value in enumerate("abc")))

    assert keys(ledger, workspace, SessionFilter(**{name: ("a", "c")})) == ["chat:0", "chat:2"]  # type: ignore[arg-type]


def test_the_agent_filter_finds_every_participant(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1, agents=("support", "billing")), session(workspace, 2))

    assert keys(ledger, workspace, SessionFilter(agent=("billing",))) == ["chat:1"]


def test_model_errors_duration_and_time_filters(ledger: Ledger, workspace: str) -> None:
    store(
        ledger,
        session(workspace, 1, models=(ModelUse("gpt-4.1", calls=1),), error_count=2, duration_ms=50),
        session(workspace, 2, models=(ModelUse("other", calls=1),), duration_ms=500),
    )

    assert keys(ledger, workspace, SessionFilter(model=("gpt-4.1",))) == ["chat:1"]
    assert keys(ledger, workspace, SessionFilter(has_errors=True)) == ["chat:1"]
    assert keys(ledger, workspace, SessionFilter(has_errors=False)) == ["chat:2"]
    assert keys(ledger, workspace, SessionFilter(min_duration_ms=100)) == ["chat:2"]
    assert keys(ledger, workspace, SessionFilter(started_after_ns=2)) == ["chat:2"]
    assert keys(ledger, workspace, SessionFilter(started_before_ns=2)) == ["chat:1"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("FLIGHT 2", ["chat:2"]),
        ("chat:1", ["chat:1"]),
        ("telegram", ["chat:1"]),
        ("li", ["chat:1", "chat:2"]),
        ("%", []),
        ('"quoted', []),
        ("nothing", []),
    ],
)
def test_words_are_found_in_key_goal_agent_and_channel(ledger: Ledger, words: str, found: list[str]) -> None:
    workspace = f"words-{words}"
    store(ledger, session(workspace, 1, channel="Telegram"), session(workspace, 2))

    assert keys(ledger, workspace, SessionFilter(q=words)) == found


def test_words_follow_a_changed_goal(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1))
    store(ledger, session(workspace, 1, goal="refund"))

    assert keys(ledger, workspace, SessionFilter(q="flight")) == []
    assert keys(ledger, workspace, SessionFilter(q="refund")) == ["chat:1"]


def test_sessions_found_by_their_content_match_too(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1), session(workspace, 2))

    assert keys(ledger, workspace, SessionFilter(q="umbrella", content_ids=(session(workspace, 2).id,))) == ["chat:2"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(["idle", "failed"]), st.sampled_from("xy"), st.integers(0, 2)), max_size=8),
    status=st.sets(st.sampled_from(["idle", "failed"])),
    errors=st.none() | st.booleans(),
)
def test_filters_mean_what_plain_python_says(
    ledger: Ledger, rows: list[tuple[str, str, int]], status: set[str], errors: bool | None
) -> None:
    workspace = fresh_workspace()
    sessions = [
        session(workspace, number, status=row[0], channel=row[1], error_count=row[2]) for number, row in enumerate(rows)
    ]
    store(ledger, *sessions)
    chosen = SessionFilter(status=tuple(sorted(status)), has_errors=errors)

    expected = [
        row.key
        for row in sessions
        if (not status or row.status in status) and (errors is None or (row.error_count > 0) == errors)
    ]

    assert keys(ledger, workspace, chosen) == expected
    with ledger.read() as conn:
        assert ledger.sessions.total(conn, workspace, chosen) == len(expected)


def test_tiles_sum_over_the_filtered_sessions(ledger: Ledger, workspace: str) -> None:
    store(
        ledger,
        session(workspace, 1, status="running", cost_usd=0.5, event_count=4),
        session(workspace, 2, agent_id="b", event_count=3),
    )

    with ledger.read() as conn:
        assert ledger.stats.overview(conn, workspace, SessionFilter()) == {
            "sessions": 2,
            "running": 1,
            "cost_usd": 0.5,
            "agents": 2,
            "events": 7,
        }
        assert ledger.stats.overview(conn, workspace, SessionFilter(agent=("none",)))["cost_usd"] is None


def test_trends_have_a_bucket_a_day(ledger: Ledger, workspace: str) -> None:
    day_ns = 86_400_000_000_000
    store(
        ledger,
        *(
            session(
                workspace,
                number,
                started_at_ns=(number // 2) * day_ns + 5,
                duration_ms=number * 10,
                status="failed" if number == 3 else "idle",
            )
            for number in range(4)
        ),
    )

    with ledger.read() as conn:
        buckets = ledger.stats.trends(conn, workspace, SessionFilter(), "day")

    assert [(row["at_ns"] // day_ns, row["sessions"], row["failed"]) for row in buckets] == [(0, 2, 0), (1, 2, 1)]


def test_by_model_each_session_counts_with_what_it_spent_on_that_model(ledger: Ledger, workspace: str) -> None:
    small = ModelUse("small", "openai", calls=1, input_tokens=10, cost_usd=0.25)
    large = ModelUse("large", "openai", calls=1, input_tokens=7, cost_usd=2.0)
    elsewhere = ModelUse("large", "azure", calls=1, input_tokens=3, cost_usd=1.0)
    store(
        ledger,
        session(workspace, 1, models=(small, large, elsewhere), cost_usd=3.25),
        session(workspace, 2, models=(small,), cost_usd=0.25),
    )

    with ledger.read() as conn:
        rows = ledger.stats.trends(conn, workspace, SessionFilter(), "week", "model")

    told = {row["group"]: (row["sessions"], row["cost_usd"], row["input_tokens"]) for row in rows}
    assert told == {"small": (2, 0.5, 20), "large": (1, 3.0, 10)}


def test_models_and_agents_are_summed(ledger: Ledger, workspace: str) -> None:
    use = ModelUse("gpt-4.1", "openai", calls=2, input_tokens=10, cost_usd=0.25)
    store(
        ledger, session(workspace, 1, models=(use,), cost_usd=0.25), session(workspace, 2, models=(use,), cost_usd=0.25)
    )

    with ledger.read() as conn:
        (model,) = ledger.stats.models(conn, workspace, SessionFilter())
        (agent,) = ledger.stats.agents(conn, workspace, SessionFilter())

    assert (model["calls"], model["input_tokens"], model["cost_usd"], model["sessions"]) == (4, 20, 0.5, 2)
    assert (agent["agent_id"], agent["sessions"], agent["cost_usd"]) == ("support", 2, 0.5)


def test_due_sessions_are_those_whose_time_has_come(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1, due_at_ns=5), session(workspace, 2, due_at_ns=50), session(workspace, 3))

    with ledger.read() as conn:
        due = [row.key for row in ledger.sessions.due(conn, 10, 1_000) if row.workspace_id == workspace]

    assert due == ["chat:1"]


def test_trace_states_are_kept(ledger: Ledger, workspace: str) -> None:
    state = TraceState(workspace, "t1", ((2, "a"), (2, "b")), session(workspace, 1).id, "a", ("x", "y"), False)

    with ledger.begin() as conn:
        ledger.traces.save(conn, [state])
        ledger.traces.save(conn, [replace(state, is_settled=True)])
        found = ledger.traces.load(conn, workspace, ["t1", "t2"], lock=True)
        key = ledger.traces.key_of(conn, workspace, session(workspace, 1).id)

    assert found == {"t1": replace(state, is_settled=True, revision=1)}
    assert key == "a"


def test_the_same_declaration_twice_is_one(ledger: Ledger, workspace: str) -> None:
    ref = (workspace, session(workspace, 1).id)

    with ledger.begin() as conn:
        for _ in range(2):
            ledger.declarations.save(conn, *ref, "chat:1", {"goal": "x", "tags": {"a": "b"}}, 5)
        assert ledger.declarations.load(conn, [ref]) == {ref: [(5, {"goal": "x", "tags": {"a": "b"}})]}


def test_status_changes_are_told_in_order(ledger: Ledger, workspace: str) -> None:
    first = StatusChange(workspace, "s", "", "running", "sojourn", "recent events", "inferred", "", 1)
    second = replace(first, from_status="running", to_status="completed", at_ns=2)

    with ledger.begin() as conn:
        ledger.status_changes.append(conn, [first, second])

    with ledger.read() as conn:
        assert ledger.status_changes.of(conn, workspace, "s", 10) == [first, second]


def test_price_overrides_are_replaced_as_a_whole(ledger: Ledger, workspace: str) -> None:
    override = PriceOverride("gpt-*", 1.0, 2.0, cache_read_usd=0.1, provider="openai", valid_from_ns=5)

    with ledger.begin() as conn:
        ledger.prices.replace(conn, workspace, [PriceOverride("old", 1.0, 1.0)])
        ledger.prices.replace(conn, workspace, [override])
        assert ledger.prices.overrides(conn, workspace) == [override]


def test_corrections_of_events_are_kept_for_a_while(ledger: Ledger, workspace: str) -> None:
    with ledger.begin() as conn:
        for event_id, at_ns in (("old", 100), ("new", 200)):
            sent = ledger.late_patches.locked(conn, workspace, event_id, at_ns)
            ledger.late_patches.put(conn, replace(sent, pending={"cost_usd": 1.0}))

    with ledger.begin() as conn:
        ledger.late_patches.prune(conn, 200)

    with ledger.begin() as conn:
        pending = [ledger.late_patches.locked(conn, workspace, name, 300).pending for name in ("old", "new")]
    assert pending == [{}, {"cost_usd": 1.0}]


def test_a_reader_of_changes_never_passes_a_gap(ledger: Ledger, workspace: str) -> None:
    """Writers that commit out of order must not hide a change behind a later number."""
    writers, rounds = 4, 12

    def write(number: int) -> None:
        for turn in range(rounds):
            with ledger.begin() as conn:
                ledger.changes.append(conn, [NewChange(workspace, f"{number}-{turn}", "session.updated")])
                time.sleep(0.002 * number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    last = 0
    while any(thread.is_alive() for thread in threads) or len(seen) < writers * rounds:
        with ledger.read() as conn:
            for change in ledger.changes.after(conn, workspace, last, 100):
                seen.append(change.session_id)
                last = change.id
        if not any(thread.is_alive() for thread in threads) and len(seen) < writers * rounds:
            with ledger.read() as conn:
                assert ledger.changes.after(conn, workspace, last, 1), "a change was passed over"

    assert len(seen) == len(set(seen)) == writers * rounds


def test_waiting_readers_are_woken(ledger: Ledger) -> None:
    woken = threading.Event()
    stop = ledger.on_change(woken.set)
    time.sleep(0.5)  # PostgreSQL's listener needs a moment to listen
    woken.clear()

    ledger.notify()

    assert woken.wait(2)
    stop()


def test_migrating_again_changes_nothing(ledger: Ledger, workspace: str) -> None:
    store(ledger, session(workspace, 1))

    ledger.migrate()

    assert keys(ledger, workspace, SessionFilter()) == ["chat:1"]


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    ledgers = [Ledger.open(f"sqlite:///{tmp_path / 'new.db'}") for _ in range(4)]
    failures: list[Exception] = []

    def migrate(one: Ledger) -> None:
        try:
            one.migrate()
        except Exception as failure:  # noqa: BLE001  whatever it is, the test tells it
            failures.append(failure)

    threads = [threading.Thread(target=migrate, args=(one,)) for one in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in ledgers:
        one.close()

    assert failures == []


def test_the_revisions_make_exactly_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'new.db'}")
    ledger.migrate()

    with ledger.read() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    ledger.close()

    assert [one for one in differences if "session_text" not in str(one)] == []
