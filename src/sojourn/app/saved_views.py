"""Saved views: everybody reads shared ones, only the owner changes one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sojourn.app.errors import Conflict, NotFound, Refused
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.app.views.times import rfc3339
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.saved_views import SavedView

Json = dict[str, Any]
MAX_OWN = 200  # views that one person may keep
MAX_LISTED = 1_000


def listed(ledger: Ledger, workspace_id: str, person: str) -> list[SavedView]:
    with read_ledger(ledger) as conn:
        views: list[SavedView] = ledger.saved_views.visible_to(conn, workspace_id, person, MAX_LISTED)
    return views


def save(ledger: Ledger, view: SavedView) -> SavedView:
    with ledger.begin() as conn:
        if ledger.saved_views.count_of(conn, view.workspace_id, view.owner) >= MAX_OWN:
            raise Conflict(f"there are {MAX_OWN} views of yours already; delete one first")
        ledger.saved_views.add(conn, view)
    return view


def change(ledger: Ledger, workspace_id: str, view_id: str, person: str, part: Json, now_ns: int) -> SavedView:
    """`part` holds new values of name, is_shared or query."""
    with ledger.begin() as conn:
        before = _own(ledger.saved_views.get(conn, workspace_id, view_id), person)
        after = replace(before, **part, changed_at_ns=now_ns)
        ledger.saved_views.replace(conn, after)
    return after


def drop(ledger: Ledger, workspace_id: str, view_id: str, person: str) -> None:
    with ledger.begin() as conn:
        _own(ledger.saved_views.get(conn, workspace_id, view_id), person)
        ledger.saved_views.remove(conn, workspace_id, view_id)


def view_json(view: SavedView) -> Json:
    return {
        "id": view.id,
        "name": view.name,
        "is_shared": view.is_shared,
        "query": view.query,
        "owner": view.owner,
        "changed_at": rfc3339(view.changed_at_ns),
    }


def _own(view: SavedView | None, person: str) -> SavedView:
    """What somebody else keeps for themselves is not there for others."""
    if view is None or (view.owner != person and not view.is_shared):
        raise NotFound("there is no such view")
    if view.owner != person:
        raise Refused(f"this view belongs to {view.owner}; save a copy of your own")
    return view
