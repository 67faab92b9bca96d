"""Deleting over HTTP: nothing of a session can be read any more, anywhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from tests.live_reader import reading
from tests.running_server import RunningServer
from tests.steering_http.operators import Operator, fresh, path_of, seconds_ago, until
from tests.steering_http.played_runtime import PlayedRuntime

SECRET = "marzipan"
VIEWS = ["", "/events", "/conversation", "/history", "/commands", "/export", "/agents", "/tools", "/state", "/children"]


def delete(operator: Operator, key: str) -> int:
    return operator.server.request("DELETE", path_of(key)).status_code


def finished(operator: Operator, key: str) -> str:
    """A completed session that holds a secret in everything; its id."""
    id = operator.begin(key, goal=f"goal {SECRET}", metadata={"note": SECRET})
    runtime = PlayedRuntime(operator.server, key)
    operator.say(key, f"the secret is {SECRET}", "I see")
    operator.act(key, "pause", reason=SECRET)
    runtime.obey()
    operator.act(key, "resume")
    runtime.obey()
    operator.open_task(session=key, title=SECRET, instructions=SECRET)
    operator.tell({"session": key, "status": "completed", "status_reason": SECRET})
    runtime.leave()
    return id


def rows_of_ledger(server: RunningServer) -> Iterator[tuple[str, dict[str, Any]]]:
    with closing(sqlite3.connect(f"file:{server.data_dir / 'ledger.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            yield from ((name, dict(row)) for row in db.execute(f'SELECT * FROM "{name}"'))


def test_nothing_of_a_deleted_session_can_be_read(server: RunningServer, operator: Operator) -> None:
    """Acceptance 94, 215."""
    key = fresh("deleted")
    id = finished(operator, key)
    [event, *_] = operator.events(key, "message")
    block = server.get(f"{path_of(key)}/events/{event['event_id']}")["input"][0]["hash"]
    command, [task] = operator.commands(key)[0]["id"], operator.tasks(key)
    places = [
        *(f"{path_of(one)}{view}" for one in (key, id) for view in VIEWS),
        f"{path_of(key)}/events/{event['event_id']}",
        f"{path_of(key)}/blocks/{block}",
        f"/api/v1/commands/{command}",
        f"/api/v1/tasks/{task['id']}",
    ]
    readable = [place for place in places if server.request("GET", place).status_code == 200]

    status = delete(operator, key)

    assert status == 204
    assert f"{path_of(key)}/blocks/{block}" in readable
    assert {place: server.request("GET", place).status_code for place in readable} == dict.fromkeys(readable, 404)
    assert server.get("/api/v1/search", q=f"{SECRET} secret")["items"] == []
    assert server.get("/api/v1/sessions", q=key)["total"] == 0
    assert server.get("/api/v1/tasks", session=key)["total"] == 0
    assert delete(operator, key) == 404


def test_the_ledger_keeps_who_deleted_it_and_when_and_no_content(server: RunningServer, operator: Operator) -> None:
    key = fresh("buried")
    id = finished(operator, key)

    delete(operator, key)

    left = [(table, row) for table, row in rows_of_ledger(server) if id in row.values() or key in row.values()]
    [tombstone] = [row for table, row in left if table == "tombstones"]
    assert tombstone["actor"] == "local"
    assert tombstone["deleted_at_ns"] > 0
    assert tombstone["is_erased"] == 1
    assert {table for table, _ in left} <= {"tombstones", "changes"}
    assert not [table for table, row in left if SECRET in str(row)]


def test_late_events_do_not_bring_it_back_and_newer_ones_start_anew(server: RunningServer, operator: Operator) -> None:
    key = fresh("late")
    finished(operator, key)
    delete(operator, key)

    operator.tell({"session": key, "type": "message", "input": f"late {SECRET}", "started_at": seconds_ago(600)})
    operator.tell({"session": key, "status": "running", "at": seconds_ago(600)})
    after_late_ones = server.request("GET", path_of(key)).status_code
    operator.tell({"session": key, "type": "message", "role": "user", "input": "a new beginning"})

    assert after_late_ones == 404
    assert operator.texts(key) == ["a new beginning"]
    assert operator.session(key)["goal"] == "a new beginning"


def test_a_running_session_is_canceled_before_it_is_deleted(server: RunningServer, operator: Operator) -> None:
    """Acceptance 214."""
    key = fresh("running")
    operator.begin(key)
    runtime = PlayedRuntime(server, key)

    refused = server.request("DELETE", path_of(key))
    operator.act(key, "cancel")
    runtime.obey()

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_state")
    assert refused.json()["message"].endswith("cancel it first")
    assert refused.json()["allowed"] == ["pause", "cancel", "escalate", "export"]
    assert delete(operator, key) == 204


def test_an_idle_conversation_may_be_deleted(operator: Operator) -> None:
    key = fresh("chat")
    operator.begin(key, "idle", "conversation")

    assert delete(operator, key) == 204


def test_a_key_with_slashes_is_deleted_and_no_view_of_another(server: RunningServer, operator: Operator) -> None:
    outer = fresh("outer")
    key = f"{outer}/agents"
    for one in (outer, key):
        operator.begin(one, "completed")

    unencoded = server.request("DELETE", f"/api/v1/sessions/{key}")
    status = delete(operator, key)

    assert (unencoded.status_code, status) == (405, 204)
    assert operator.status(outer) == "completed"


def test_the_live_stream_tells_that_it_is_gone(server: RunningServer, operator: Operator) -> None:
    key = fresh("streamed")
    id = operator.begin(key, "completed")

    with reading(server.url, session=key) as live:
        delete(operator, key)
        removed = live.next("session.removed")

    assert removed.data["id"] == id


def test_its_deletion_survives_a_restart(server: RunningServer, operator: Operator) -> None:
    key = fresh("restart")
    finished(operator, key)
    delete(operator, key)

    server.stop()
    server.start()

    until(lambda: server.request("GET", path_of(key)).status_code == 404)
    operator.tell({"session": key, "type": "message", "input": "late", "started_at": seconds_ago(60)})
    assert server.request("GET", path_of(key)).status_code == 404


@pytest.mark.parametrize("status", ["completed", "failed", "abandoned"])
def test_every_session_that_is_over_may_be_deleted(operator: Operator, status: str) -> None:
    key = fresh(status)
    operator.begin(key, status)

    assert delete(operator, key) == 204
    until(lambda: operator.server.request("GET", path_of(key)).status_code == 404)
