"""Which session does a row of a trace belong to (design §4; interop.md §8.2).

Claims have tiers: 1 our own attribute, 2 `session.id`, 3 vendors' spellings, 4 a conversation id, 5 a resource's
`session.id`. The strongest tier of a trace decides and weaker claims are ignored. Claims of tiers 1-3 hold for the
subtree below them; a conversation id (4) or a resource's (5) holds for the whole trace, the outermost winning. The
answer depends on the set of rows only, never on the order of their arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sojourn.domain.identity import MAX_SESSION_KEY_CHARS, derived_key

SUBTREE_TIERS = frozenset({1, 2, 3})
MAX_CLAIMS = 8  # two already mean that structure decides; more are not worth remembering
UNKNOWN_DEPTH = 1_000_000  # below an ancestor that is not stored
Claim = tuple[int, str]


class Member(NamedTuple):
    """One row of a trace, as far as resolution looks at it."""

    event_id: str
    parent_event_id: str
    started_at_ns: int
    tier: int
    key: str


def merge_claims(known: Sequence[Claim], new: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims of the strongest tier, distinct and sorted."""
    claims = {claim for claim in (*known, *new) if claim[0] > 0 and claim[1]}
    if not claims:
        return ()
    strongest = min(tier for tier, _ in claims)
    return tuple(sorted(claim for claim in claims if claim[0] == strongest))[:MAX_CLAIMS]


def session_key_of(trace_id: str, claims: Sequence[Claim]) -> str | None:
    """The session key of every row of the trace, or None if its structure must decide."""
    if not claims:
        return derived_key(trace_id)
    return bounded_key(claims[0][1]) if len(claims) == 1 else None


def resolve(trace_id: str, members: Sequence[Member]) -> dict[str, str]:
    """The session key of each row of a trace whose claims differ."""
    claims = merge_claims((), ((member.tier, member.key) for member in members))
    if not claims:
        return {member.event_id: derived_key(trace_id) for member in members}
    tier = claims[0][0]
    rows = {member.event_id: member for member in sorted(members, key=lambda member: member.event_id)}
    paths = {event_id: _path_to_root(event_id, rows) for event_id in rows}
    trace_key = _outermost_key(tier, rows, paths)
    if tier not in SUBTREE_TIERS:
        return dict.fromkeys(rows, trace_key)
    return {event_id: _nearest_key(tier, path, rows) or trace_key for event_id, path in paths.items()}


def bounded_key(key: str) -> str:
    """A key that no sender can make unbounded."""
    return key[:MAX_SESSION_KEY_CHARS]


def _path_to_root(event_id: str, rows: Mapping[str, Member]) -> list[str]:
    """The row and its stored ancestors, nearest first; a cycle ends it."""
    path: list[str] = []
    seen: set[str] = set()
    while event_id in rows and event_id not in seen:
        seen.add(event_id)
        path.append(event_id)
        event_id = rows[event_id].parent_event_id
    return path


def _nearest_key(tier: int, path: Sequence[str], rows: Mapping[str, Member]) -> str:
    return next((bounded_key(rows[event_id].key) for event_id in path if rows[event_id].tier == tier), "")


def _outermost_key(tier: int, rows: Mapping[str, Member], paths: Mapping[str, Sequence[str]]) -> str:
    def rank(member: Member) -> tuple[int, int, str]:
        path = paths[member.event_id]
        is_rooted = rows[path[-1]].parent_event_id == ""
        return (len(path) + (0 if is_rooted else UNKNOWN_DEPTH), member.started_at_ns, member.event_id)

    claimants = [member for member in rows.values() if member.tier == tier and member.key]
    return bounded_key(min(claimants, key=rank).key)
