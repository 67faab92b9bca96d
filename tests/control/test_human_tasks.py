"""Tasks below HTTP, over both ledgers: there everybody is the same person until there are logins."""

from __future__ import annotations

import pytest
from tests.stores import fresh_workspace

from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.errors import Conflict
from sojourn.domain.tasks import Task
from sojourn.ledger.ledger import Ledger

pytestmark = pytest.mark.xdist_group("control")
NOW_NS = 1_800_000_000_000_000_000


@pytest.fixture
def tasks(ledger: Ledger) -> HumanTasks:
    return HumanTasks(ledger, lambda: NOW_NS)


def new_task() -> Task:
    return Task("task-1", fresh_workspace(), "manual", "look", created_at_ns=NOW_NS)


def test_what_somebody_has_claimed_nobody_else_can_until_it_is_released(tasks: HumanTasks) -> None:
    task, _ = tasks.open(new_task())
    tasks.claim(task.workspace_id, task.id, "ada")

    with pytest.raises(Conflict, match="ada has claimed it"):
        tasks.claim(task.workspace_id, task.id, "grace")
    tasks.release(task.workspace_id, task.id)

    assert tasks.claim(task.workspace_id, task.id, "grace").claimed_by == "grace"


def test_the_same_id_opens_one_task(tasks: HumanTasks) -> None:
    task = new_task()

    opened = [tasks.open(task) for _ in range(2)]

    assert [is_new for _, is_new in opened] == [True, False]
    assert opened[0][0] == opened[1][0]
