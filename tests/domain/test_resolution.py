"""Which session a row belongs to depends on the set of rows, never on their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sojourn.domain.resolution import MAX_CLAIMS, Member, merge_claims, resolve, session_key_of

TRACE = "t" * 32


def row(event_id: str, parent: str = "", tier: int = 0, key: str = "", at: int = 0) -> Member:
    return Member(event_id, parent, at, tier, key)


def test_a_trace_that_names_no_session_is_a_session_of_its_own() -> None:
    assert session_key_of(TRACE, ()) == f"trace:{TRACE}"
    assert resolve(TRACE, [row("a"), row("b", "a")]) == {"a": f"trace:{TRACE}", "b": f"trace:{TRACE}"}


def test_one_claim_holds_for_the_whole_trace() -> None:
    assert session_key_of(TRACE, merge_claims((), [(2, "chat-1")])) == "chat-1"


def test_a_stronger_claim_silences_weaker_ones() -> None:
    claims = merge_claims([(4, "conversation")], [(2, "session"), (5, "process")])

    assert claims == ((2, "session"),)


def test_two_claims_of_one_tier_need_the_structure() -> None:
    assert session_key_of(TRACE, merge_claims((), [(2, "a"), (2, "b")])) is None


def test_a_row_takes_the_session_of_its_nearest_ancestor_that_names_one() -> None:
    rows = [
        row("root", tier=2, key="outer"),
        row("inner", "root", 2, "inner"),
        row("leaf", "inner"),
        row("other", "root"),
    ]

    assert resolve(TRACE, rows) == {"root": "outer", "inner": "inner", "leaf": "inner", "other": "outer"}


def test_a_row_above_every_claim_takes_the_outermost() -> None:
    rows = [row("root"), row("a", "root", 2, "first", at=5), row("b", "a", 2, "second"), row("c", "root")]

    assert resolve(TRACE, rows)["root"] == "first"
    assert resolve(TRACE, rows)["c"] == "first"


def test_an_inner_conversation_is_not_another_session() -> None:
    rows = [row("root", tier=4, key="main"), row("delegate", "root", 4, "child"), row("leaf", "delegate")]

    assert set(resolve(TRACE, rows).values()) == {"main"}


def test_a_row_below_a_missing_parent_is_deeper_than_any_rooted_one() -> None:
    rows = [row("orphan", "gone", 4, "orphan's", at=0), row("root", at=1), row("child", "root", 4, "rooted", at=2)]

    assert set(resolve(TRACE, rows).values()) == {"rooted"}


def test_a_cycle_of_parents_ends() -> None:
    rows = [row("a", "b", 2, "x"), row("b", "a", 2, "y"), row("c", "b")]

    assert resolve(TRACE, rows) == {"a": "x", "b": "y", "c": "y"}


def test_a_trace_with_very_many_sessions_keeps_few_claims() -> None:
    assert len(merge_claims((), [(2, f"s{number}") for number in range(1_000)])) == MAX_CLAIMS


@st.composite
def forests(draw: st.DrawFn) -> list[Member]:
    size = draw(st.integers(1, 12))
    rows = []
    for number in range(size):
        parent = draw(st.sampled_from(["", "missing", *(f"e{other}" for other in range(size))]))
        tier = draw(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5]))
        key = draw(st.sampled_from(["x", "y", "z"])) if tier else ""
        rows.append(row(f"e{number}", parent, tier, key, draw(st.integers(0, 3))))
    return rows


@given(forests(), st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Member], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert resolve(TRACE, shuffled) == resolve(TRACE, rows)


@given(forests(), st.integers(0, 12))
def test_claims_may_arrive_in_any_split(rows: list[Member], cut: int) -> None:
    claims = [(member.tier, member.key) for member in rows]

    assert merge_claims(merge_claims((), claims[:cut]), claims[cut:]) == merge_claims((), claims)


@given(forests())
def test_the_short_way_agrees_with_the_structure(rows: list[Member]) -> None:
    key = session_key_of(TRACE, merge_claims((), [(member.tier, member.key) for member in rows]))

    if key is not None:
        assert set(resolve(TRACE, rows).values()) == {key}
