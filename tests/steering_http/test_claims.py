"""Over HTTP everybody is the same person until there are logins: two persons are told apart below it."""

from __future__ import annotations

import pytest
from tests.stores import fresh_workspace, shared_stores

from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.errors import Conflict
from sojourn.domain.tasks import Task


def test_what_somebody_has_claimed_nobody_else_can_until_it_is_released() -> None:
    tasks, workspace = HumanTasks(shared_stores().ledger, lambda: 1_800_000_000_000_000_000), fresh_workspace()
    tasks.open(Task("task-1", workspace, "manual", "look", created_at_ns=1))
    tasks.claim(workspace, "task-1", "ada")

    with pytest.raises(Conflict, match="ada has claimed it"):
        tasks.claim(workspace, "task-1", "grace")
    tasks.release(workspace, "task-1")

    assert tasks.claim(workspace, "task-1", "grace").claimed_by == "grace"
