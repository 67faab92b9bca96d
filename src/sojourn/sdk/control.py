"""The control channel: one long poll for all sessions of the process, outbound, on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import httpx
from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from sojourn.sdk.commands import Command, Receipt, read_command, refused
from sojourn.sdk.delivery import CONNECT_TIMEOUT_S, REFUSALS, make_client, object_in
from sojourn.sdk.plain_values import json_text
from sojourn.sdk.sender import BACKOFF_GROWTH, FIRST_BACKOFF_S, LONGEST_BACKOFF_S
from sojourn.sdk.settings import Settings
from sojourn.sdk.steering import Steering
from sojourn.sdk.tasks import Answer, read_answer

log = logging.getLogger("sojourn.sdk")
POLL_WAIT_S = 25
ANSWER_SLACK_S = 10.0  # beyond the wait, before a server counts as hanging
SETTLE_S = 0.05  # sessions that open and close together are told together
GOODBYE_TIMEOUT_S = 1.0
MAX_SESSIONS = 10_000  # of one poll
MAX_RECEIPTS = 10_000
MAX_REMEMBERED = 10_000  # ids of settled commands
TASK_RETRY_S = 1
JSON_HEADERS = {"content-type": "application/json"}
ONCE_VERBS = frozenset({"reset", "compact"})  # twice would forget twice
SDK_NAME = "sojourn-python"
TOLD = " told"  # in an answer: keys of the sessions that the poll had told of; no name that a server sends


@dataclass(slots=True, eq=False)
class Ask:
    """A task on its way to a person."""

    body: Mapping[str, Any]
    answered: Future[Answer]
    is_created: bool = False


class Control:
    """Level-triggered: each poll tells the whole truth of this process, so a lost one does no harm."""

    def __init__(
        self, settings: Settings, runtime_id: str, version: str, open_sessions: Callable[[], Sequence[Steering]],
        session_ids: Callable[[str], str], ended: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._runtime_id = runtime_id
        self._runtime = {
            "name": os.environ.get("SOJOURN_RUNTIME_NAME") or f"{socket.gethostname()}-{os.getpid()}",
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "sdk": f"{SDK_NAME}/{version}",
        }
        self._open_sessions = open_sessions
        self._session_ids = session_ids
        self._ended = ended
        self._lock = threading.Lock()  # of what follows
        self._known: dict[str, Command] = {}  # received, not settled
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()  # not accepted yet
        self._settled: OrderedDict[str, Receipt] = OrderedDict()  # in case the server asks again
        self._asks: dict[str, Ask] = {}
        self._withdrawn: list[str] = []
        self._leaving: list[tuple[Steering, Callable[[], None]]] = []  # ended, with receipts on their way
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._has_news = False
        self._is_stopping = False
        self._has_registered = False
        self._backoff_s = FIRST_BACKOFF_S
        self._has_warned = False

    @property
    def is_away(self) -> bool:
        """The server did not answer lately."""
        return self._has_warned

    def wake(self) -> None:
        """Something changed that the server should know now."""
        with self._lock:
            self._has_news = True
            if self._thread is None and not self._is_stopping:
                self._start()
            loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._news.set)
            except RuntimeError:
                log.debug("the control loop has ended")

    def settle(self, receipt: Receipt) -> None:
        with self._lock:
            self._known.pop(receipt.command_id, None)
            self._receipts[receipt.command_id] = self._settled[receipt.command_id] = receipt
            while len(self._receipts) > MAX_RECEIPTS:
                self._receipts.popitem(last=False)
            while len(self._settled) > MAX_REMEMBERED:
                self._settled.popitem(last=False)
        self.wake()

    def leave(self, steering: Steering, speak: Callable[[], None]) -> None:
        """A session ends: attached and silent until its cancel is confirmed, which would come too late else."""
        with self._lock:
            must_wait = bool(self._receipts) and not self._is_stopping
            if must_wait:
                self._leaving.append((steering, speak))
        if not must_wait:
            speak()

    def is_holding(self) -> bool:
        with self._lock:
            return bool(self._leaving)

    def ask(self, body: Mapping[str, Any]) -> Future[Answer]:
        answered: Future[Answer] = Future()
        answered.set_running_or_notify_cancel()
        with self._lock:
            self._asks[str(body["id"])] = Ask(body, answered)
        self.wake()
        return answered

    def withdraw(self, task_id: str) -> None:
        """Nobody waits for the answer any more."""
        with self._lock:
            ask = self._asks.pop(task_id, None)
            if ask is not None and ask.is_created:
                self._withdrawn.append(task_id)
        self.wake()

    def stop(self) -> None:
        """Nothing is steered from now on; what is confirmed is told, and what waited for that may be said."""
        with self._lock:
            self._is_stopping = True
            is_known, has_receipts = self._has_registered, bool(self._receipts)
        self.wake()
        if is_known:
            path = f"/api/v1/runtimes/{self._runtime_id}"
            try:
                with make_client(self._settings, GOODBYE_TIMEOUT_S) as client:
                    if has_receipts:  # then the answer comes at once
                        client.post(f"{path}/poll", content=json_text(self._told()), headers=JSON_HEADERS)
                    client.delete(path)
            except (httpx.HTTPError, OSError) as error:
                log.debug("the server did not hear that the process ends: %s", error)
        self._release()

    def _release(self) -> None:
        with self._lock:
            leaving, self._leaving = self._leaving, []
        for _, speak in leaving:
            speak()

    def _start(self) -> None:
        try:
            self._thread = threading.Thread(target=self._run, name="sojourn-control", daemon=True)
            self._thread.start()
        except RuntimeError:  # The interpreter is shutting down: nobody can steer any more.
            self._thread = None

    def _run(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._news = asyncio.Event()
        with self._lock:
            self._loop = asyncio.get_running_loop()
            if self._has_news:
                self._news.set()
        timeout = httpx.Timeout(POLL_WAIT_S + ANSWER_SLACK_S, connect=CONNECT_TIMEOUT_S)
        async with httpx.AsyncClient(
            base_url=self._settings.url, headers=self._settings.headers, timeout=timeout,
            trust_env=not self._settings.is_loopback,
        ) as client:  # fmt: skip
            while not self._is_stopping:
                try:
                    await self._round(client)
                except Exception as error:  # noqa: BLE001  a server may answer anything; the next round comes
                    await self._back_off(error)

    async def _round(self, client: httpx.AsyncClient) -> None:
        if not self._has_business():
            await self._news.wait()
        self._news.clear()
        self._has_news = False
        await asyncio.sleep(SETTLE_S)
        if self._is_stopping:
            return  # a poll behind the good-bye would register the process again
        await self._tell_tasks(client)
        answer = await self._poll(client)
        self._backoff_s, self._has_warned = FIRST_BACKOFF_S, False
        if answer is not None:
            await self._take(answer)

    def _has_business(self) -> bool:
        with self._lock:
            return bool(self._receipts or self._asks or self._withdrawn or self._news.is_set()) or bool(
                self._open_sessions()
            )

    async def _poll(self, client: httpx.AsyncClient) -> dict[str, Any] | None:
        """None if news came first: then the answer is not worth waiting for."""
        body = self._told()
        self._has_registered = True
        polling = asyncio.ensure_future(self._post(client, f"/api/v1/runtimes/{self._runtime_id}/poll", body))
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((polling, news), return_when=asyncio.FIRST_COMPLETED)
            if not polling.done():
                return None
            return {**polling.result(), TOLD: {session["session"] for session in body["sessions"]}}
        finally:
            for task in (polling, news):
                task.cancel()
            await asyncio.gather(polling, news, return_exceptions=True)

    def _told(self) -> dict[str, Any]:
        """Sessions first: a receipt that comes meanwhile is of a state that the next poll tells."""
        steerings = {one.key: one for one, _ in self._leaving} | {one.key: one for one in self._open_sessions()}
        sessions = [one.as_json(self._session_ids(key)) for key, one in list(steerings.items())[:MAX_SESSIONS]]
        with self._lock:
            tasks = [task_id for task_id, ask in self._asks.items() if ask.is_created]
            return {
                "runtime": self._runtime,
                "sessions": sessions,
                "known": list(self._known),
                "receipts": [receipt.as_json() for receipt in self._receipts.values()],
                "tasks": tasks,
                "wait_s": self._wait_s(bool(sessions or tasks)),
            }

    def _wait_s(self, has_interest: bool) -> int:
        """Not at all with receipts or before the first word: somebody may wait for them."""
        if self._receipts or any(one.gate.is_unheard() for one in self._open_sessions()):
            return 0
        if any(not ask.is_created for ask in self._asks.values()):
            return TASK_RETRY_S
        return POLL_WAIT_S if has_interest else 0

    async def _post(self, client: httpx.AsyncClient, path: str, body: Any) -> dict[str, Any]:
        answer = await client.post(path, content=json_text(body), headers=JSON_HEADERS)
        answer.raise_for_status()
        told = object_in(answer)
        if not told:
            raise ValueError("the answer is not of a Sojourn server")
        return told

    async def _take(self, answer: Mapping[str, Any]) -> None:
        with self._lock:
            for command_id in _list(answer, "receipts_accepted"):
                self._receipts.pop(command_id, None)
            has_told_all = not self._receipts
        if has_told_all:
            self._release()
        for told in _list(answer, "commands"):  # first: a cancel also closes the tasks that come with it
            command = read_command(told)
            if command is not None and self._is_new(command):
                self._deliver(command)
        for task in _list(answer, "tasks"):
            if isinstance(task, dict) and task.get("status") not in {None, "open"}:
                self._answer(str(task.get("id")), read_answer(task))
        for steering in self._open_sessions():
            if steering.key in answer.get(TOLD, ()):
                steering.gate.hear()

    def _is_new(self, command: Command) -> bool:
        """A pause or cancel that still stands comes again for a session that was opened again: then it is new."""
        with self._lock:
            if command.verb in ONCE_VERBS and (settled := self._settled.get(command.id)):
                self._receipts[command.id] = settled
                self._news.set()
                return False
            if command.id in self._known:
                return False
            self._known[command.id] = command
            return True

    def _deliver(self, command: Command) -> None:
        steering = next((one for one in self._open_sessions() if one.key == command.session_key), None)
        if steering is None:
            self.settle(refused(command, self._ended(command.session_key)))
            return
        steering.receive(command)
        self.apply_if_resting(steering)

    def apply_if_resting(self, steering: Steering) -> None:
        """Hooks are the host's code and may take long: never on this thread, which hears cancels."""
        if steering.has_pending() and steering.is_resting():
            threading.Thread(target=steering.apply_pending, name="sojourn-memory", daemon=True).start()

    async def _tell_tasks(self, client: httpx.AsyncClient) -> None:
        with self._lock:
            waiting = [ask for ask in self._asks.values() if not ask.is_created]
            withdrawn, self._withdrawn = self._withdrawn, []
        try:
            for task_id in withdrawn:
                await client.post(f"/api/v1/tasks/{task_id}/cancel", json={})
            for ask in waiting:
                await self._create_task(client, ask)
        except httpx.HTTPError as error:  # The poll goes on: a cancel must come through.
            log.debug("a task could not be told of: %s", error)

    async def _create_task(self, client: httpx.AsyncClient, ask: Ask) -> None:
        """An answer that is neither yes nor no (an unknown session, a server that starts) is asked for again."""
        answer = await client.post("/api/v1/tasks", content=json_text(ask.body), headers=JSON_HEADERS)
        told = object_in(answer)
        if answer.is_success and told.get("id"):
            ask.is_created = True
        elif answer.status_code in REFUSALS and "code" in told:
            reason = str(told.get("message") or told["code"])
            log.warning("the server refused a task: %s", reason)
            task_id = str(ask.body["id"])
            self._answer(task_id, Answer(task_id, "refused", ask.body.get("default_outcome"), reason=reason))

    def _answer(self, task_id: str, answer: Answer) -> None:
        with self._lock:
            ask = self._asks.pop(task_id, None)
        if ask is not None:
            ask.answered.set_result(answer)

    async def _back_off(self, error: Exception) -> None:
        self._release()
        for steering in self._open_sessions():
            steering.gate.hear()
        if not self._has_warned:
            self._has_warned = True
            log.warning("sojourn cannot steer this process for now (%s: %s)", type(error).__name__, error)
        pause_s = self._backoff_s * random.uniform(0.5, 1.0)
        self._backoff_s = min(self._backoff_s * BACKOFF_GROWTH, LONGEST_BACKOFF_S)
        await asyncio.sleep(pause_s)


def _list(answer: Mapping[str, Any], name: str) -> list[Any]:
    found = answer.get(name)
    return found if isinstance(found, list) else []
