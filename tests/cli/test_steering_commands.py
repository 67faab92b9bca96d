"""`sojourn sessions pause|…`, `sojourn tasks` and `sojourn tail` against a real server and an agent that obeys."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CompletedProcess
from typing import Any

import pytest
from tests.command_line import sojourn
from tests.running_server import RunningServer, clean_environment
from tests.steering_http.operators import Operator, fresh, path_of, until
from tests.steering_http.played_runtime import PlayedRuntime

TALK = ["I am Ada, order 4711.", "Hello Ada.", "Where is it?", "In Graz.", "When does it come?", "On 3 May."]


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)


@pytest.fixture
def agent(server: RunningServer, operator: Operator) -> Iterator[str]:
    """A running conversation whose process obeys; its key."""
    key = fresh("agent:main/cli")
    operator.begin(key, kind="conversation")
    with obeying(PlayedRuntime(server, key)):
        yield key


@contextmanager
def obeying(runtime: PlayedRuntime) -> Iterator[None]:
    is_over = threading.Event()

    def obey() -> None:
        while not is_over.is_set():
            runtime.obey(wait_s=0.5)

    thread = threading.Thread(target=obey)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(20)


def run(server: RunningServer, *arguments: str) -> CompletedProcess[str]:
    return sojourn(*arguments, SOJOURN_URL=server.url)


def test_a_session_is_paused_resumed_and_canceled(server: RunningServer, operator: Operator, agent: str) -> None:
    statuses, lines = [], []
    for verb in ("pause", "resume", "cancel"):
        done = run(server, "sessions", verb, agent, "--reason", "lunch")
        lines.append((done.returncode, done.stdout))
        statuses.append(operator.status(agent))

    assert lines == [(0, f"{agent}  {verb} applied\n") for verb in ("pause", "resume", "cancel")]
    assert statuses == ["paused", "running", "canceled"]
    assert operator.commands(agent)[0]["reason"] == "lunch"


def test_an_agent_that_does_not_confirm_in_time_is_told_of(server: RunningServer, operator: Operator) -> None:
    key = fresh("slow")
    operator.begin(key)
    PlayedRuntime(server, key)

    done = run(server, "sessions", "pause", key, "--wait", "0.2")

    assert done.returncode == 0
    assert "the agent has not confirmed yet" in done.stdout


def test_a_refusal_says_why_and_what_is_allowed(server: RunningServer, operator: Operator) -> None:
    deaf, nobody = fresh("deaf"), fresh("nobody")
    operator.begin(deaf)

    done = run(server, "sessions", "pause", deaf, nobody)

    first, second = done.stdout.splitlines()
    assert done.returncode == 1
    assert first == (
        f"{deaf}  no runtime listens for it: it only sends telemetry (docs/steering.md) (allowed: escalate, export)"
    )
    assert second == f"{nobody}  there is no such session"


def test_outcomes_are_json_for_scripts(server: RunningServer, operator: Operator, agent: str) -> None:
    done = run(server, "sessions", "pause", agent, fresh("nobody"), "--json")

    first, second = json.loads(done.stdout)["outcomes"]
    assert done.returncode == 1
    assert (first["id"], first["ok"], first["command"]["status"]) == (agent, True, "applied")
    assert (second["ok"], second["status"], second["code"]) == (False, 404, "not_found")


def test_a_cancel_names_what_keeps_running(server: RunningServer, operator: Operator, agent: str) -> None:
    called = fresh("called")
    operator.begin(called, parent=agent)

    left, cascaded = run(server, "sessions", "cancel", agent), None
    with obeying(PlayedRuntime(server, called)):
        cascaded = run(server, "sessions", "cancel", called, "--cascade")

    assert f"still running: {called} (running)" in left.stdout
    assert cascaded.returncode == 0
    assert operator.status(called) == "canceled"


def test_a_conversation_is_compacted_and_reset(server: RunningServer, operator: Operator, agent: str) -> None:
    operator.say(agent, *TALK)
    operator.tell({"session": agent, "status": "idle"})

    compacted = run(server, "sessions", "compact", agent, "--keep-turns", "1")
    until(lambda: operator.session(agent)["compactions"] == 1)
    kept = operator.texts(agent)
    reset = run(server, "sessions", "reset", agent)
    until(lambda: operator.session(agent)["resets"] == 1)

    assert (compacted.returncode, reset.returncode) == (0, 0)
    assert kept == TALK[-2:]
    assert operator.texts(agent) == []


def test_sessions_are_escalated_returned_archived_and_brought_back(server: RunningServer, operator: Operator) -> None:
    key = fresh("handled")
    operator.begin(key)

    done = [run(server, "sessions", verb, key).returncode for verb in ("escalate", "return")]
    operator.tell({"session": key, "status": "completed"})
    done += [run(server, "sessions", verb, key).returncode for verb in ("archive", "unarchive")]

    assert done == [0, 0, 0, 0]
    assert [one["verb"] for one in operator.commands(key)] == ["unarchive", "archive", "return", "escalate"]


def test_deleting_asks_and_warns_that_it_is_for_good(server: RunningServer, operator: Operator) -> None:
    """Acceptance 112."""
    key = fresh("deleted")
    operator.begin(key, "completed")

    asked = run(server, "sessions", "delete", key)
    kept = operator.status(key)
    deleted = run(server, "sessions", "delete", key, "--yes")

    assert asked.returncode == 1
    assert "It cannot be undone" in asked.stdout + asked.stderr
    assert "sojourn sessions export" in asked.stdout + asked.stderr
    assert (kept, deleted.returncode, deleted.stdout) == ("completed", 0, f"{key}  deleted\n")
    assert server.request("GET", path_of(key)).status_code == 404


def test_open_tasks_are_listed_shown_claimed_and_completed(server: RunningServer, operator: Operator) -> None:
    key = fresh("asking")
    operator.begin(key)
    task = operator.open_task(session=key, kind="approval", title=f"May I refund {key}?", instructions="look twice")

    listed = run(server, "tasks", "list", "--session", key)
    shown = run(server, "tasks", "show", task["id"][:8])
    claimed = run(server, "tasks", "claim", task["id"])
    completed = run(server, "tasks", "complete", task["id"][:8], "--approve", "--reason", "fine")

    assert task["id"][:8] in listed.stdout
    assert f"May I refund {key}?" in listed.stdout
    assert "1 tasks" in listed.stdout
    assert "look twice" in shown.stdout
    assert claimed.returncode == 0
    assert completed.stdout == f"completed May I refund {key}?\n"
    told = operator.task(task["id"])
    assert (told["claimed_by"], told["outcome"]) == ("local", {"approved": True, "reason": "fine"})


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [(["--answer", "Graz"], "Graz"), (["--outcome", '{"sum": 2}'], {"sum": 2})],
)
def test_an_answer_is_text_or_json(
    server: RunningServer, operator: Operator, arguments: list[str], outcome: Any
) -> None:
    task = operator.open_task(kind="question")

    done = run(server, "tasks", "complete", task["id"], *arguments)

    assert done.returncode == 0
    assert operator.task(task["id"])["outcome"] == outcome


def test_a_task_is_withdrawn_and_listed_as_json(server: RunningServer, operator: Operator) -> None:
    key = fresh("withdrawn")
    operator.begin(key)
    task = operator.open_task(session=key)

    run(server, "tasks", "cancel", task["id"], "--reason", "not needed")
    still_open = run(server, "tasks", "list", "--session", key, "--json")
    all_of_them = run(server, "tasks", "list", "--session", key, "--status", "all", "--json")

    assert json.loads(still_open.stdout) == {"items": []}
    assert [one["outcome"] for one in json.loads(all_of_them.stdout)["items"]] == [{"reason": "not needed"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--approve", "--answer", "yes"], "give one of"),
        ([], "give one of"),
        (["--outcome", "{"], "no JSON"),
    ],
)
def test_an_outcome_that_makes_no_sense_is_refused(
    server: RunningServer, operator: Operator, arguments: list[str], said: str
) -> None:
    task = operator.open_task()

    done = run(server, "tasks", "complete", task["id"], *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert operator.task(task["id"])["status"] == "open"


def test_a_task_that_is_closed_is_said_to_be(server: RunningServer, operator: Operator) -> None:
    task = operator.open_task(kind="question")
    operator.complete(task["id"], "Graz")

    done = run(server, "tasks", "complete", task["id"], "--answer", "Linz")

    assert (done.returncode, done.stderr) == (1, "sojourn: the task is completed already\n")


class Tail:
    """`sojourn tail` in a process, and the lines that it has printed."""

    def __init__(self, server: RunningServer, *arguments: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sojourn", "tail", *arguments],
            env=clean_environment(COLUMNS="160", SOJOURN_URL=server.url, PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def saw(self, text: str) -> None:
        until(lambda: any(text in line for line in self.lines))

    def end(self) -> int:
        try:
            code = self.process.wait(20)
        finally:
            self.process.kill()
        self._thread.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())


def test_tail_follows_a_session_until_it_is_over(server: RunningServer, operator: Operator) -> None:
    key = fresh("tailed")
    operator.begin(key)
    operator.say(key, "first words")
    tail = Tail(server, key)
    tail.saw("first words")
    tail.saw("── running")

    operator.tell({"session": key, "type": "message", "role": "user", "input": "later words"})
    tail.saw("later words")
    operator.tell({"session": key, "status": "completed", "status_reason": "all done"})

    assert tail.end() == 0
    assert tail.lines[-1] == "── completed  all done"
    assert len([line for line in tail.lines if "words" in line]) == 2


def test_tail_shows_no_event_older_than_the_lines_that_were_asked_for(
    server: RunningServer, operator: Operator
) -> None:
    key = fresh("long")
    operator.begin(key)
    operator.say(key, *(f"word {number:03}" for number in range(30)))
    tail = Tail(server, key, "--lines", "2")
    tail.saw("word 029")

    operator.tell({"session": key, "type": "message", "role": "user", "input": "word 100"})
    tail.saw("word 100")
    operator.tell({"session": key, "status": "completed"})
    tail.end()

    assert [line[-8:] for line in tail.lines if "word" in line] == ["word 028", "word 029", "word 100"]


def test_tail_leaves_out_nothing_when_much_happens_at_once(server: RunningServer, operator: Operator) -> None:
    key = fresh("busy")
    operator.begin(key)
    tail = Tail(server, key)
    tail.saw("── running")

    said = [
        {"session": key, "type": "message", "role": "user", "input": f"word {number:03}", "seq": number}
        for number in range(700)
    ]
    operator.tell(*said)
    tail.saw("word 699")
    operator.tell({"session": key, "status": "completed"})
    tail.end()

    assert [line[-8:] for line in tail.lines if "word" in line] == [f"word {number:03}" for number in range(700)]


def test_tail_waits_for_a_session_that_has_not_begun(server: RunningServer, operator: Operator) -> None:
    key = fresh("to-come")
    tail = Tail(server, key)
    tail.saw(f"waiting for {key}")

    operator.begin(key)
    tail.saw("── running")
    tail.process.send_signal(signal.SIGINT)

    assert tail.end() == 0
    assert tail.lines[-1] == "stopped looking; the session goes on"


def test_tail_shows_a_quiet_session_that_is_not_the_latest(server: RunningServer, operator: Operator) -> None:
    key, later = fresh("quiet"), fresh("later")
    operator.begin(key)
    operator.say(key, "words of old")
    operator.begin(later)

    tail = Tail(server, key)

    tail.saw("words of old")
    tail.process.send_signal(signal.SIGINT)
    assert tail.end() == 0


def test_tail_tells_that_a_session_was_deleted(server: RunningServer, operator: Operator) -> None:
    key = fresh("removed")
    operator.begin(key, "idle", "conversation")
    tail = Tail(server, key)
    tail.saw("── idle")

    server.request("DELETE", path_of(key))

    assert tail.end() == 0
    assert tail.lines[-1] == "the session was deleted or merged into another"


def test_tail_prints_one_json_object_a_line(server: RunningServer, operator: Operator) -> None:
    key = fresh("lines")
    operator.begin(key)
    operator.say(key, "hello", "hi")

    done = run(server, "tail", key, "--no-follow", "--json", "--lines", "1")

    [line] = done.stdout.splitlines()
    assert json.loads(line)["preview"] == "hi"


@pytest.mark.parametrize("command", ["sessions", "tail", "tasks", "version"])
def test_a_client_starts_without_the_servers_code(command: str) -> None:
    arguments = [command] if command == "version" else [command, "--help"]

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sojourn", *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "sojourn.cli.client_commands" in loaded
    assert not loaded & {"sojourn.server", "sqlalchemy", "fastapi", "uvicorn", "chdb", "pyarrow", "clickhouse_connect"}


def test_every_command_is_there_however_it_is_started() -> None:
    told = sojourn("--help").stdout

    for command in ("serve", "ingest", "doctor", "tail", "sessions", "tasks", "version"):
        assert f" {command} " in told
