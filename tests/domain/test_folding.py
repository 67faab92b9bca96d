"""What telemetry hints and what senders declare become one list row, the same in any order."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sojourn.domain.folding import MAX_GOAL_CHARS, fold, merge_fields
from sojourn.domain.identity import session_id_of
from sojourn.domain.sessions import Rollup, Session

NOW = 1_800_000_000_000_000_000


def facts(**changes: object) -> Rollup:
    base = Rollup(session_id_of("w", "k"), started_at_ns=NOW - 5_000_000_000, last_activity_at_ns=NOW - 1_000_000_000)
    return replace(base, **changes)  # type: ignore[arg-type]


def hint(at_ns: int, **fields: object) -> tuple[int, str]:
    return at_ns, orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()


def folded(rollup: Rollup, *declared: tuple[int, dict[str, object]], prior: Session | None = None) -> Session:
    return fold("w", "k", rollup, declared, prior, NOW)


def test_counts_are_taken_as_counted() -> None:
    session = folded(facts(event_count=7, input_tokens=10, output_tokens=4, cost_usd=0.5, error_count=2))

    assert (session.event_count, session.total_tokens, session.cost_usd, session.error_count) == (7, 14, 0.5, 2)


def test_an_unknown_cost_stays_unknown() -> None:
    assert folded(facts(cost_usd=None, unpriced_calls=3)).cost_usd is None


def test_the_later_hint_wins_and_objects_add_up() -> None:
    rollup = facts(fields=(hint(2, channel="slack", tags={"b": "2"}), hint(1, channel="web", tags={"a": "1"})))

    session = folded(rollup)

    assert (session.channel, session.tags) == ("slack", {"a": "1", "b": "2"})


def test_a_declaration_beats_telemetry() -> None:
    session = folded(facts(fields=(hint(99, goal="guessed"),)), (1, {"goal": "said"}))

    assert session.goal == "said"


def test_a_session_without_goal_is_named_by_its_first_user_message() -> None:
    assert folded(facts(user_text="book a flight", root_name="invoke_agent")).goal == "book a flight"
    assert folded(facts(root_name="invoke_agent")).goal == "invoke_agent"


def test_a_goal_has_a_limit() -> None:
    assert len(folded(facts(), (1, {"goal": "x" * 10_000})).goal) == MAX_GOAL_CHARS


def test_a_declared_status_is_marked_as_declared() -> None:
    session = folded(facts(), (1, {"status": "completed", "status_reason": "the user hung up"}))

    assert (session.status, session.status_evidence, session.status_reason) == (
        "completed",
        "declared",
        "the user hung up",
    )


def test_a_word_that_is_no_status_is_not_believed() -> None:
    assert folded(facts(root_status="ok", root_ended_at_ns=NOW), (1, {"status": "great"})).status_evidence == "inferred"


def test_what_people_set_survives_recomputing() -> None:
    over = (1, {"status": "completed"})
    prior = replace(folded(facts(), over), archived_at_ns=5, attention="flagged")

    session = folded(facts(event_count=9), over, prior=prior)

    assert (session.archived_at_ns, session.attention, session.event_count) == (5, "flagged", 9)


def test_a_named_agent_stands_first_among_the_participants() -> None:
    session = folded(facts(agents=("triage", "billing")), (1, {"agent_id": "support"}))

    assert (session.agent_id, session.agents) == ("support", ("support", "triage", "billing"))


def test_the_parent_is_found_by_its_key() -> None:
    assert folded(facts(), (1, {"parent_session_key": "p"})).parent_session_id == session_id_of("w", "p")


def test_duration_of_an_abandoned_session_leaves_out_the_silence() -> None:
    silent = facts(open_count=1, started_at_ns=0, last_activity_at_ns=60_000_000_000)

    assert folded(silent).duration_ms == 60_000


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.dictionaries(st.sampled_from(["goal", "channel"]), st.text(), max_size=2)),
        max_size=4,
    )
)
def test_declarations_may_arrive_in_any_order(declared: list[tuple[int, dict[str, str]]]) -> None:
    outcomes = [merge_fields(facts(), order) for order in permutations(declared)]

    assert all(outcome == outcomes[0] for outcome in outcomes)
