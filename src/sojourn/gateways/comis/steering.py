"""session.reset, session.compact and session.delete: asked through Control, answered when they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from sojourn.app.control.requests import Ask
from sojourn.app.errors import NotAllowed, SojournError
from sojourn.domain.lifecycle import Verb
from sojourn.domain.sessions import Session
from sojourn.domain.steering import Command, CommandStatus
from sojourn.gateways.comis.desk import Desk
from sojourn.gateways.comis.messages import remembered
from sojourn.gateways.comis.parameters import Params
from sojourn.gateways.comis.session_keys import key_fields

Json = dict[str, Any]
SETTLED_WITHIN_S = 10.0  # a runtime that listens obeys sooner
TOLD_WITHIN_S = 5.0
LOOK_AGAIN_S = 0.05
MAX_KEPT_TURNS = 100
AT_ONCE = 4  # sessions of a bulk request
MAX_TRANSCRIPT = 1_000  # messages that the answer to a deletion gives back
One = Callable[[Desk, Session, Params], Awaitable[Json]]


async def reset(desk: Desk, params: Params) -> Json:
    return await _one_or_many(desk, params, "reset", _reset)


async def compact(desk: Desk, params: Params) -> Json:
    return await _one_or_many(desk, params, "compacted", _compact)


async def delete(desk: Desk, params: Params) -> Json:
    return await _one_or_many(desk, params, "deleted", _delete)


async def _reset(desk: Desk, session: Session, params: Params) -> Json:
    before = await asyncio.to_thread(remembered, desk, session)
    command = await _asked(desk, session, Verb.RESET, params, {})
    return {
        **key_fields(session.key),
        "reset": command.status == CommandStatus.APPLIED,
        "previousMessageCount": len(before),
        **_standing(command),
    }


async def _compact(desk: Desk, session: Session, params: Params) -> Json:
    instructions = params.text("instructions")
    keep_turns = params.whole("keep_turns", "keepTurns", default=0, least=0, most=MAX_KEPT_TURNS)
    arguments = {"instructions": instructions, "keep_turns": keep_turns or None}
    command = await _asked(desk, session, Verb.COMPACT, params, arguments)
    after = await asyncio.to_thread(remembered, desk, desk.find(session.key))
    told = command.arguments
    return {
        **key_fields(session.key),
        "messageCount": len(after),
        "previousMessageCount": told.get("messages_before", len(after)),
        "estimatedTokens": told.get("tokens_after", 0),
        "previousEstimatedTokens": told.get("tokens_before", 0),
        "compactionTriggered": command.status == CommandStatus.APPLIED and command.changed,
        "summary": told.get("summary"),
        "instructions": instructions or None,
        **({"reason": command.detail.get("reason")} if not command.changed else {}),
        **_standing(command),
    }


async def _delete(desk: Desk, session: Session, params: Params) -> Json:
    messages = await asyncio.to_thread(remembered, desk, session)
    await desk.control.delete(session, desk.actor)
    shown = messages[-MAX_TRANSCRIPT:]
    transcript = {"messages": shown, "metadata": session.metadata, "messageCount": len(messages)}
    return {**key_fields(session.key), "deleted": True, "transcript": transcript}


async def _asked(desk: Desk, session: Session, verb: Verb, params: Params, arguments: Json) -> Command:
    """The command once it is settled and on the timeline; as it stands if nobody obeys in time."""
    ask = Ask(verb, desk.actor, params.text("reason"), arguments=arguments, id=str(uuid4()))
    command = (await desk.control.ask(session, ask)).command
    command = await desk.control.settled_command(desk.workspace_id, command.id, SETTLED_WITHIN_S)
    if command.status == CommandStatus.REFUSED:
        raise NotAllowed("refused", str(command.detail.get("reason") or f"its runtime refused to {verb}"), [])
    if command.status == CommandStatus.APPLIED:
        await _recorded(desk, command)
    return command


async def _recorded(desk: Desk, command: Command) -> None:
    """Until its marker is stored, so that whoever reads next sees what was done."""
    for _ in range(int(TOLD_WITHIN_S / LOOK_AGAIN_S)):
        if command.is_recorded:
            return
        await asyncio.sleep(LOOK_AGAIN_S)
        command = await asyncio.to_thread(desk.control.command, desk.workspace_id, command.id)


def _standing(command: Command) -> Json:
    """Nothing more once it is applied; else that it waits for the agent."""
    if command.status == CommandStatus.APPLIED:
        return {}
    return {"pending": True, "commandId": command.id, "commandStatus": str(command.status)}


async def _one_or_many(desk: Desk, params: Params, did: str, one: One) -> Json:
    """Several sessions are each other's business in nothing: what one refuses is told beside what the others did."""
    if not params.is_bulk:
        return await one(desk, await asyncio.to_thread(desk.find, params.key()), params)
    turn = asyncio.Semaphore(AT_ONCE)

    async def outcome(key: str) -> Json:
        async with turn:
            try:
                session = await asyncio.to_thread(desk.find, key)
                done = await one(desk, session, params)
            except SojournError as failure:
                allowed = {"allowed": failure.allowed} if isinstance(failure, NotAllowed) else {}
                return {"sessionKey": key, "code": failure.code, "message": failure.message, **allowed}
            return {name: value for name, value in done.items() if name != "transcript"}

    outcomes = await asyncio.gather(*(outcome(key) for key in params.all_keys()))
    results = [one for one in outcomes if "code" not in one]
    is_done = [one for one in results if one.get(did, one.get("compactionTriggered", False))]
    return {did: len(is_done), "results": results, "failed": [one for one in outcomes if "code" in one]}
