"""The methods of Comis' JSON-RPC, by their names."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from sojourn.app.access import admission
from sojourn.domain.access import Permission
from sojourn.gateways.comis.billing import by_session
from sojourn.gateways.comis.context import dag, pipeline
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.parameters import Params
from sojourn.gateways.comis.reading import export, history, search
from sojourn.gateways.comis.sessions import list_sessions, status
from sojourn.gateways.comis.steering import compact, delete, reset

Method = Callable[[Desk, Params], Any] | Callable[[Desk, Params], Awaitable[Any]]
METHODS: dict[str, Method] = {
    "session.list": list_sessions,
    "session.status": status,
    "session.history": history,
    "session.search": search,
    "session.export": export,
    "session.reset": reset,
    "session.compact": compact,
    "session.delete": delete,
    "obs.context.pipeline": pipeline,
    "obs.context.dag": dag,
    "obs.billing.bySession": by_session,
}
# Sojourn watches and steers agents that run elsewhere; it starts none and has no way to speak to one.
NOT_SERVED = {
    "session.send": "Sojourn passes no messages to agents; send it through the agent's own channel",
    "session.spawn": "Sojourn starts no agents; a session appears here when its agent begins",
    "session.run_status": "Sojourn starts no runs; ask session.status for the session of the sub-agent",
}


NEEDED = {
    "session.export": Permission.EXPORT,
    "session.reset": Permission.RESET,
    "session.compact": Permission.COMPACT,
    "session.delete": Permission.DELETE,
}  # beyond reading, which all of them need


async def run(name: str, desk: Desk, params: Params) -> Any:
    """Reading is done beside the event loop."""
    admission.check(desk.principal, desk.workspace_id, NEEDED.get(name, Permission.READ_CALLED))
    method = METHODS[name]
    if inspect.iscoroutinefunction(method):
        return await method(desk, params)
    return await asyncio.to_thread(method, desk, params)
