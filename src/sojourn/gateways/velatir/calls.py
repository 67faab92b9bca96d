"""The end of a call that waited for a human: its sender asks what was decided, and says no more of it."""

from __future__ import annotations

import asyncio

from sojourn.conventions.assemble import Mapped
from sojourn.domain.events import EventStatus
from sojourn.domain.reviews import Decision, decision_of
from sojourn.domain.tasks import Task
from sojourn.gateways import Services

ENDS = {Decision.APPROVED: EventStatus.OK}  # everything else keeps it from being made


async def end_if_decided(served: Services, task: Task) -> None:
    """Whoever asks again finds it ended already."""
    decision = decision_of(task)
    if decision is None or not task.event_id:
        return
    where = (task.workspace_id, task.session_id, task.event_id)
    stored = await asyncio.to_thread(served.events.event, *where)
    if stored is None or stored.event.status != EventStatus.WAITING:
        return
    event = stored.event
    ended = event._replace(
        status=str(ENDS.get(decision, EventStatus.CANCELED)),
        ended_at_ns=max(event.started_at_ns, task.completed_at_ns or 0),
        version=event.version + 1,
    )
    await served.ingest.submit(task.workspace_id, [Mapped(ended, ())])
