"""Conditions come to an end, however much they look at."""

from __future__ import annotations

import time

import pytest

from sojourn.app.cel import MAX_STEPS, TOO_LONG, Uncomputable, fault_of, holds

ENOUGH_S = 20  # on a busy machine
EVENTS = [{"name": f"e{number}", "took": number} for number in range(400)]


@pytest.mark.parametrize(
    "text",
    [
        "trace.events.all(one, trace.events.all(other, one.took <= 400 || other.took < 0))",
        "trace.events.exists(one, trace.events.exists(other, one.name in [other.name + 'x']))",
        "trace.events.exists(one, trace.events.exists(other, other.name.matches('f') || one.name.contains('f')))",
    ],
)
def test_loops_within_loops_are_given_up(text: str) -> None:
    begun_s = time.monotonic()

    with pytest.raises(Uncomputable, match=TOO_LONG):
        holds(text, "trace", {"events": EVENTS})

    assert time.monotonic() - begun_s < ENOUGH_S


def test_a_look_at_every_event_comes_to_an_end() -> None:
    assert holds("trace.events.exists(e, e.name == 'e399' && e.took > 398.5)", "trace", {"events": EVENTS})
    assert holds("trace.events.filter(e, e.took >= 200).size() == 200", "trace", {"events": EVENTS})


def test_what_always_takes_too_long_is_told_when_it_is_written() -> None:
    numbers = str(list(range(MAX_STEPS // 50)))

    fault = fault_of(f"{numbers}.all(a, {numbers}.all(b, a + b >= 0))", "trace", {})

    assert fault == TOO_LONG
