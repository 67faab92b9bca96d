"""Windows of a timeline: places first, on narrow columns, then the rows at those places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sojourn.events.rows import Row, Skeleton, WindowFilter, WindowKey

MAX_NAME_CHARS = 1_024  # a sender may put megabytes there
NOWHERE = WindowKey(0, 0, "", 0)
_FROM_ROW = tuple(name for name in Skeleton._fields if name not in {"phase", "at_ns", "type"})


class Windows:
    def __init__(self, run: Callable[..., list[Row]]) -> None:
        self._run = run

    def read(
        self,
        workspace_id: str,
        session_id: str,
        chosen: WindowFilter,
        after: WindowKey | None,
        before: WindowKey | None,
        offset: int,
        limit: int,
    ) -> list[Skeleton]:
        is_backward = before is not None and after is None
        name = "window_keys_backward" if is_backward else "window_keys"
        places = self._run(
            name,
            workspace_id=workspace_id,
            session_id=session_id,
            offset=offset,
            limit=limit,
            **_filter(chosen),
            **_bound("after", after),
            **_bound("before", before),
        )
        if is_backward:
            places.reverse()
        return self._at(workspace_id, session_id, places)

    def total(self, workspace_id: str, session_id: str, chosen: WindowFilter) -> int:
        found = self._run("window_total", workspace_id=workspace_id, session_id=session_id, **_filter(chosen))
        return int(found[0]["total"])

    def _at(self, workspace_id: str, session_id: str, places: Sequence[Row]) -> list[Skeleton]:
        if not places:
            return []
        starts = [place["at_ns"] for place in places if place["phase"] == 0]
        has_ends = len(starts) < len(places)  # the end of a call does not tell when it began
        found = self._run(
            "skeletons",
            workspace_id=workspace_id,
            session_id=session_id,
            event_ids=sorted({place["event_id"] for place in places}),
            from_ns=0 if has_ends else min(starts),
            to_ns=max(place["at_ns"] for place in places),
            name_chars=MAX_NAME_CHARS,
        )
        rows = {row["event_id"]: row for row in found}
        return [_skeleton(rows[place["event_id"]], place) for place in places if place["event_id"] in rows]


def _skeleton(row: Row, place: Row) -> Skeleton:
    values: dict[str, Any] = {name: row[name] for name in _FROM_ROW}
    shown = "tool_result" if place["phase"] else row["type"]
    return Skeleton(phase=place["phase"], at_ns=place["at_ns"], type=shown, **values)


def _filter(chosen: WindowFilter) -> dict[str, list[str]]:
    return {
        "types": list(chosen.types),
        "statuses": list(chosen.statuses),
        "agents": list(chosen.agents),
        "trace_ids": list(chosen.trace_ids),
        "words": chosen.q.lower().split(),
    }


def _bound(name: str, key: WindowKey | None) -> dict[str, Any]:
    place = key or NOWHERE
    return {
        f"has_{name}": key is not None,
        f"{name}_at": place.at_ns,
        f"{name}_seq": place.seq,
        f"{name}_id": place.event_id,
        f"{name}_phase": place.phase,
    }
