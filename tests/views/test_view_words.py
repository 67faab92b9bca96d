"""Search boxes, times, cursors, cards and caches: the small rules under the views."""

from __future__ import annotations

import pytest

from sojourn.app.errors import Invalid
from sojourn.app.views import cursors
from sojourn.app.views.content import bounded, content_of, loaded_object
from sojourn.app.views.context_budget import Piece, segments_of, share
from sojourn.app.views.lineage import Lineage
from sojourn.app.views.queries import typed_query
from sojourn.app.views.recent import FRESH_S, Recent
from sojourn.app.views.times import duration_ms, parse_time, rfc3339
from sojourn.app.views.tool_cards import tool_parts_of
from sojourn.domain.messages import Message, message_block, value_block


def test_a_typed_query_splits_into_fields_and_words() -> None:
    query = typed_query('agent:planner refund env:prod agent:"two words" https://x.test/a text:exact "a phrase"')

    assert query.fields == {"agent": ("planner", "two words"), "environment": ("prod",)}
    assert query.words == "refund https://x.test/a a phrase"
    assert query.content_words == "exact"


@pytest.mark.parametrize("text", ["", "   ", ":", "agent:", '"', "::::", "\x00"])
def test_an_odd_query_is_no_error(text: str) -> None:
    assert typed_query(text).fields == {}


@pytest.mark.parametrize(
    ("at_ns", "text"),
    [
        (1_750_000_000_000_000_000, "2025-06-15T15:06:40Z"),
        (1_750_000_000_120_000_000, "2025-06-15T15:06:40.12Z"),
        (1_750_000_000_000_000_001, "2025-06-15T15:06:40.000000001Z"),
    ],
)
def test_times_are_told_in_utc_without_trailing_zeros_and_read_back(at_ns: int, text: str) -> None:
    assert rfc3339(at_ns) == text
    assert parse_time(text, "at") == at_ns


def test_an_unknown_time_is_null() -> None:
    assert (rfc3339(None), rfc3339(0), duration_ms(5, None), duration_ms(5, 1_500_005)) == (None, None, None, 1.5)


def test_a_time_is_read_with_its_offset_and_kept_inside_what_can_be_stored() -> None:
    assert parse_time("2025-06-15T17:06:40+02:00", "at") == 1_750_000_000_000_000_000
    assert parse_time("2025-06-15", "at") == parse_time("2025-06-15T00:00:00Z", "at")
    assert parse_time("0001-01-01T00:00:00Z", "at") == 0
    assert parse_time("9999-01-01T00:00:00Z", "at") == 2**63 - 1


def test_a_cursor_is_read_back_and_nothing_else_is_taken() -> None:
    cursor = cursors.encode(5, "é/x")

    assert cursors.decode(cursor, "after", int, str) == [5, "é/x"]
    for other in (cursor[:-3], cursors.encode(5), cursors.encode("5", "x"), cursors.encode(2**63, "x"), "é"):
        with pytest.raises(Invalid):
            cursors.decode(other, "after", int, str)


def test_parts_of_a_message_tell_which_tools_were_asked_and_answered() -> None:
    parts = tool_parts_of("text\x1f\x1f\x1f0\x1etool_call\x1fid1\x1fsearch\x1f7\x1etool_call_response\x1fid2\x1f\x1f0")

    assert parts.has_other
    assert [tuple(part) for part in parts.parts] == [
        (1, False, "id1", "search", "7"),
        (2, True, "id2", "", "0"),
    ]


def test_an_event_belongs_to_its_own_agent_before_its_ancestors() -> None:
    lineage = Lineage(["a", "b", "c", "d"], ["", "a", "b", "gone"], ["boss", "", "me", ""], ["span"] * 4)

    assert [lineage.agent_of(event_id) for event_id in "abcd"] == ["boss", "boss", "me", ""]
    assert lineage.agent_of("nobody") == ""


def test_what_was_computed_is_kept_until_it_is_old_or_too_much() -> None:
    now = [0.0]
    recent = Recent(max_weight=5, clock_s=lambda: now[0])
    made: list[str] = []

    def make(name: str, size: int) -> list[str]:
        made.append(name)
        return [name] * size

    recent.get("a", lambda: make("a", 3))
    recent.get("a", lambda: make("a", 3))
    recent.get("b", lambda: make("b", 3))
    recent.get("a", lambda: make("a", 3))
    now[0] = FRESH_S + 1
    recent.get("a", lambda: make("a", 3))

    assert made == ["a", "b", "a", "a"]


def test_one_entry_larger_than_everything_is_still_kept() -> None:
    recent = Recent(max_weight=1)

    recent.get("big", lambda: [1, 2, 3])

    assert recent.get("big", lambda: [4]) == [1, 2, 3]


def test_shares_of_tokens_add_up_whatever_the_rounding() -> None:
    pieces = [
        Piece("1", "message", "system", "", 1, "", False),
        Piece("2", "tool_definition", "", "t", 1, "", False),
        Piece("3", "message", "user", "", 1, "", False),
        Piece("4", "message", "system", "", 0, "", False),
    ]
    segments = segments_of(pieces)

    assert [piece.digest for piece in segments["context"]] == ["4"]
    assert sum(share(segments, 100).values()) == 100
    assert share(segments, None) == {"system": 1, "tools": 1, "context": 0, "messages": 1}
    assert share(segments_of([]), 100) == {"system": 0, "tools": 0, "context": 0, "messages": 0}


def test_a_cut_block_shows_as_much_as_its_text_holds() -> None:
    part = {"type": "tool_call", "id": "1", "name": "f", "arguments": {"q": "x" * 100}}
    block = message_block(Message("assistant", ({"type": "text", "content": "hello"}, part)))
    cut = block._replace(text=block.text[:20])

    content = content_of(cut, len(block.text))

    assert content["truncated"]
    assert content["parts"][0]["content"] == "hello"
    assert content["parts"][1]["arguments"] == block.text[6:20]


def test_values_come_back_as_they_were_and_cut_ones_as_text() -> None:
    block = value_block("arguments", {"a": [1, 2]})

    assert content_of(block, len(block.text))["value"] == {"a": [1, 2]}
    assert content_of(block._replace(text=block.text[:4]), len(block.text))["value"] == block.text[:4]


def test_images_in_parts_are_cut() -> None:
    block = message_block(Message("user", ({"type": "blob", "mime_type": "image/png", "content": "A" * 100_000},)))

    assert len(content_of(block, len(block.text))["parts"][0]["content"]) == 65_536
    assert bounded({"a": ["xyz", 1, None]}, 2) == {"a": ["xy", 1, None]}


@pytest.mark.parametrize("text", ["", "null", "[1]", "{broken", '"text"'])
def test_what_is_no_object_is_an_empty_one(text: str) -> None:
    assert loaded_object(text) == {}
