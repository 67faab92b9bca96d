"""Waiting for a person, on a thread or in an event loop, and no longer than the session may go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as wait_for_futures
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sojourn.sdk.client import current_client
from sojourn.sdk.gate import Waiter
from sojourn.sdk.live_session import LiveSession
from sojourn.sdk.tasks import Answer, Question

DEADLINE_SLACK_S = 5.0  # the server's word on an expired task comes first, if it comes


@dataclass(slots=True)
class _Waiting:
    task_id: str
    answered: Future[Answer]
    default_outcome: Any
    until: datetime | None

    def left_s(self) -> float | None:
        return None if self.until is None else (self.until - datetime.now(UTC)).total_seconds() + DEADLINE_SLACK_S

    def expired(self) -> Answer:
        return Answer(self.task_id, "expired", self.default_outcome, reason="the server said nothing in time")


def ask(session: LiveSession | None, question: Question) -> Answer:
    if current_client().settings.is_disabled:
        return _unavailable(question)
    with _asked(session, question) as waiting:
        while not waiting.answered.done():
            left_s = waiting.left_s()
            if left_s is not None and left_s <= 0:
                return waiting.expired()
            with _gate_news(session) as news:
                wait_for_futures(_either(waiting.answered, news), left_s, FIRST_COMPLETED)
        _check(session)
        return waiting.answered.result()


async def ask_async(session: LiveSession | None, question: Question) -> Answer:
    if current_client().settings.is_disabled:
        return _unavailable(question)
    with _asked(session, question) as waiting:
        answered = asyncio.wrap_future(waiting.answered)
        while not waiting.answered.done():
            left_s = waiting.left_s()
            if left_s is not None and left_s <= 0:
                return waiting.expired()
            with _gate_news(session) as news:
                await asyncio.wait(
                    (answered, asyncio.wrap_future(news)), timeout=left_s, return_when=asyncio.FIRST_COMPLETED
                )
        _check(session)
        return waiting.answered.result()


@contextmanager
def _asked(session: LiveSession | None, question: Question) -> Iterator[_Waiting]:
    _check(session)
    client = current_client()
    now = datetime.now(UTC)
    body = question.body(session.key if session else None, now)
    answered = client.control.ask(body)
    try:
        yield _Waiting(str(body["id"]), answered, question.default_outcome, question.deadline_at(now))
    finally:
        if not answered.done():
            client.control.withdraw(str(body["id"]))


@contextmanager
def _gate_news(session: LiveSession | None) -> Iterator[Waiter]:
    """Done when the gate changed; a cancel is raised here."""
    if session is None:
        yield Future()
        return
    news = session.gate.waiter()
    try:
        _check(session)
        yield news
    finally:
        session.gate.leave(news)


def _either(*futures: Future[Any]) -> tuple[Future[Any], ...]:
    return futures


def _check(session: LiveSession | None) -> None:
    if session is not None:
        session.gate.raise_if_canceled()


def _unavailable(question: Question) -> Answer:
    return Answer("", "unavailable", question.default_outcome, reason="Sojourn is disabled in this process")
