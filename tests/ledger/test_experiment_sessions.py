"""Comparing the sessions of experiments on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from tests.postgres_server import postgres_server

from sojourn.app.errors import Conflict
from sojourn.app.experiments.comparison import Period, comparison
from sojourn.app.experiments.experiments import MAX_EXPERIMENTS, Experiments, Unit
from sojourn.app.experiments.listing import MAX_UNDECLARED, described, listed
from sojourn.domain.sessions import Session
from sojourn.ledger.experiments import Experiment
from sojourn.ledger.filters import Scope
from sojourn.ledger.ledger import Ledger

pytestmark = pytest.mark.xdist_group("ledger")
A_WHILE = Period()


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


def store(ledger: Ledger, workspace: str, *sessions: dict[str, object]) -> None:
    """Ended ones of experiment x, variant a, if nothing else is said; each begins after the one before."""
    rows: list[Session] = []
    for number, fields in enumerate(sessions, 1):
        said = {"experiment_id": "x", "variant": "a", "status": "completed", "started_at_ns": number, **fields}
        rows.append(Session(f"{number:08d}-0000-0000-0000-000000000000", f"s{number}", workspace, **said))  # type: ignore[arg-type]
    with ledger.begin() as conn:
        ledger.sessions.upsert(conn, rows)


def durations(ledger: Ledger, workspace: str, **parameters: object) -> Sequence[object]:
    """n and mean of each variant."""
    compared = comparison(ledger, workspace, "x", workspace, A_WHILE, **parameters)  # type: ignore[arg-type]
    place = [one["name"] for one in compared["measures"]].index("duration_ms")
    return [
        (one["name"], one["estimates"][place]["n"], one["estimates"][place]["estimate"]) for one in compared["variants"]
    ]


def test_what_is_counted_and_measured_is_the_same_on_both(ledger: Ledger, workspace: str) -> None:
    store(
        ledger,
        workspace,
        {"duration_ms": 100, "cost_usd": 0.5, "metrics": {"score": 0.25, "goal_completed": True}},
        {"duration_ms": 300, "status": "failed", "error_count": 2, "metrics": {"goal_completed": False}},
        {"duration_ms": 900, "status": "running"},
        {"variant": "b", "status": "abandoned", "duration_ms": 7},
        {"experiment_id": "y", "duration_ms": 1},
        {"experiment_id": "", "variant": "", "duration_ms": 1},
    )

    compared = comparison(ledger, workspace, "x", workspace, A_WHILE)

    names = [one["name"] for one in compared["measures"]]
    a = dict(zip(names, compared["variants"][0]["estimates"], strict=True))
    told = {name: (one["n"], one["estimate"]) for name, one in a.items()}
    assert told == {
        "completed": (2, 0.5),
        "failed": (2, 0.5),
        "canceled": (2, 0.0),
        "abandoned": (2, 0.0),
        "with_errors": (2, 0.5),
        "cost_usd": (1, 0.5),
        "duration_ms": (2, 200.0),
        "total_tokens": (2, 0.0),
        "metrics.goal_completed": (2, 0.5),
        "metrics.score": (1, 0.25),
    }
    assert [(one["name"], one["sessions"], one["open"]) for one in compared["variants"]] == [("a", 3, 1), ("b", 1, 0)]


def test_beyond_the_limit_the_latest_are_measured_and_all_are_counted(ledger: Ledger, workspace: str) -> None:
    store(ledger, workspace, *({"duration_ms": number} for number in range(1, 11)))

    compared = comparison(ledger, workspace, "x", workspace, A_WHILE, max_measured=4)

    assert (compared["ended"], compared["measured"], compared["truncated"]) == (10, 4, True)
    assert compared["variants"][0]["estimates"][0]["n"] == 10
    assert durations(ledger, workspace, max_measured=4) == [("a", 4, 8.5)]
    assert comparison(ledger, workspace, "x", workspace, A_WHILE, max_measured=10)["truncated"] is False


def test_of_many_variants_those_with_the_most_sessions_are_shown(ledger: Ledger, workspace: str) -> None:
    rare = [{"variant": f"rare{number:02}"} for number in range(60)]
    store(ledger, workspace, *rare, {"variant": "often"}, {"variant": "often"})

    found = described(ledger, workspace, workspace, "x")

    assert (len(found["variants"]), found["more_variants"]) == (50, True)
    assert {"name": "often", "sessions": 2}.items() <= found["variants"][0].items()


def test_called_sessions_are_left_out_for_those_who_may_not_see_them(ledger: Ledger, workspace: str) -> None:
    store(ledger, workspace, {"duration_ms": 10}, {"duration_ms": 90, "parent_session_id": "someone"})
    scope = Scope((workspace,), (workspace,))

    compared = comparison(ledger, scope, "x", workspace, A_WHILE)

    assert compared["variants"][0]["sessions"] == 1
    assert described(ledger, scope, workspace, "x")["sessions"] == 1


def test_the_list_is_bounded_and_says_so(ledger: Ledger, workspace: str) -> None:
    store(ledger, workspace, *({"experiment_id": f"e{number:03}"} for number in range(MAX_UNDECLARED + 5)))

    found = listed(ledger, workspace, workspace)

    assert (len(found["items"]), found["truncated"]) == (MAX_UNDECLARED, True)
    assert found["items"][0]["id"] == f"e{MAX_UNDECLARED + 4:03}"  # the latest


def test_a_workspace_declares_a_bounded_number_and_sees_only_its_own(ledger: Ledger, workspace: str) -> None:
    experiments = Experiments(ledger, lambda: 5)
    for number in range(MAX_EXPERIMENTS):
        experiments.create(Experiment(f"e{number}", workspace, variants=[{"name": "a"}]))

    with pytest.raises(Conflict):
        experiments.create(Experiment("one more", workspace, variants=[{"name": "a"}]))

    elsewhere = f"{workspace}-other"
    experiments.create(Experiment("e1", elsewhere, variants=[{"name": "b"}]))
    assert experiments.pin(elsewhere, "e1", Unit(sticky_key="k")).variant == "b"
    assert experiments.pin(workspace, "e1", Unit(sticky_key="k")).variant == "a"
    experiments.remove(elsewhere, "e1")
    assert experiments.pin(workspace, "e1", Unit(sticky_key="k")).variant == "a"
    assert len(listed(ledger, workspace, workspace)["items"]) == MAX_EXPERIMENTS
