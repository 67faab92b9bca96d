"""The real Claude Agent SDK (its client, hook registry, control protocol, transcript batcher) and a real server.

What is not real is Claude Code itself: it needs Anthropic's service. `ScriptedClaude` of the example takes its place
as the SDK's Transport, and calls hooks and mirrors transcripts as the SDK's published types say. So not tested here:
that Claude Code obeys what the hooks answer, and what its own /clear and /compact leave in the model's context.
The store is tested with the SDK's own conformance suite.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ResultMessage,
    get_session_messages_from_store,
    list_sessions_from_store,
)
from claude_agent_sdk.testing import run_session_store_conformance
from examples.claude_agent_steerable import ScriptedClaude, Tool
from tests.running_server import RunningServer, clean_environment, started

import sojourn
from sojourn.integrations.claude_agent import WAIT_S, SojournSessionStore, SteeredClaude

EXAMPLE = Path(__file__).parents[2] / "examples" / "claude_agent_steerable.py"
SEEN_TIMEOUT_S = 15
SHORT_S = 0.4  # long enough for what must not happen


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("claude") / "data") as server:
        yield server


@pytest.fixture
def server(running: RunningServer, tmp_path: Path) -> Iterator[RunningServer]:
    sojourn.configure(running.url, spool_dir=tmp_path / "spool")
    yield running
    sojourn.shutdown()
    assert sojourn.dropped().total == 0


class Claude:
    """The SDK's client with the scripted Claude Code at its other end."""

    def __init__(self, session: sojourn.Session, home: Path, tools: list[Tool], **settings: Any) -> None:
        self.calls: list[str] = []
        self.tool_s = 0.0
        self.scripted = ScriptedClaude(home, lambda prompt: tools, self._run)
        self.steered = SteeredClaude(session, **settings)
        self.store = SojournSessionStore(parent=session, namespace=uuid4().hex)
        options = ClaudeAgentOptions(
            hooks=self.steered.hooks(), session_store=self.store, env={"CLAUDE_CONFIG_DIR": str(home)}
        )
        self.client = ClaudeSDKClient(options, transport=self.scripted)
        self._session = session

    async def ask(self, prompt: str) -> ResultMessage:
        with self._session.turn():
            await self.steered.query(self.client, prompt)
            messages = [message async for message in self.client.receive_response()]
        assert isinstance(messages[-1], ResultMessage)
        return messages[-1]

    def _run(self, name: str, **arguments: Any) -> str:
        self.calls.append(" ".join([name, *map(str, arguments.values())]))
        time.sleep(self.tool_s)
        return "ok"


@asynccontextmanager
async def conversation(key: str, home: Path, tools: list[Tool], **settings: Any) -> AsyncIterator[Claude]:
    async with sojourn.start_session(key, kind="conversation", agent_id="coder") as session:
        claude = Claude(session, home, tools, **settings)
        async with claude.client:
            yield claude


async def until(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + SEEN_TIMEOUT_S
    while not (found := await asyncio.to_thread(look)):
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)
    return found


async def act(server: RunningServer, key: str, verb: str, **body: Any) -> dict[str, Any]:
    """The command, settled."""

    def ask() -> str:
        told = server.post(f"/api/v1/sessions/{key}/actions/{verb}", json=body)
        return str(told.json()["command"]["id"]) if told.status_code == 202 else ""

    command_id = await until(ask)
    found: dict[str, Any] = await asyncio.to_thread(server.get, f"/api/v1/commands/{command_id}", wait_s=10)
    return found


async def answer(server: RunningServer, key: str, outcome: Any) -> dict[str, Any]:
    """Completes the open task."""
    task = (await until(lambda: server.get("/api/v1/tasks", status="open", session=key)["items"]))[0]
    told = await asyncio.to_thread(server.post, f"/api/v1/tasks/{task['id']}/complete", json={"outcome": outcome})
    assert told.status_code == 200, told.text
    return dict(task)


def session_of(server: RunningServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/api/v1/sessions/{quote(key, safe='')}")
    return found


async def test_while_paused_no_tool_starts_and_after_resume_the_turn_goes_on(
    server: RunningServer, tmp_path: Path
) -> None:
    async with conversation("cl-pause", tmp_path, [("Read", {"file": "a"}), ("Read", {"file": "b"})]) as claude:
        claude.tool_s = 1.0
        asking = asyncio.create_task(claude.ask("read both"))
        await until(lambda: claude.calls)
        command = await act(server, "cl-pause", "pause")
        assert command["status"] == "applied"
        assert session_of(server, "cl-pause")["status"] == "paused"
        await asyncio.sleep(SHORT_S)
        assert claude.calls == ["Read a"]
        await act(server, "cl-pause", "resume")
        await asyncio.wait_for(asking, SEEN_TIMEOUT_S)

    assert claude.calls == ["Read a", "Read b"]


async def test_after_a_cancel_no_tool_starts_and_the_session_is_canceled(server: RunningServer, tmp_path: Path) -> None:
    async def work() -> None:
        async with conversation("cl-cancel", tmp_path, [("Read", {"file": "a"}), ("Read", {"file": "b"})]) as claude:
            claudes.append(claude)
            claude.tool_s = 0.8
            results.append(await claude.ask("read both"))
            await claude.ask("and again")

    claudes: list[Claude] = []
    results: list[ResultMessage] = []
    working = asyncio.create_task(work())
    await until(lambda: claudes and claudes[0].calls)
    command = await act(server, "cl-cancel", "cancel", reason="enough")
    with pytest.raises(sojourn.SessionCanceled):
        await working
    sojourn.flush()

    assert command["status"] == "applied"
    assert claudes[0].calls == ["Read a"]
    assert "enough" in str(results[0].result)
    assert session_of(server, "cl-cancel")["status"] == "canceled"


async def test_a_tool_runs_with_the_input_that_a_person_approved(server: RunningServer, tmp_path: Path) -> None:
    async with conversation("cl-approve", tmp_path, [("Bash", {"command": "rm -r x"})], approve={"Bash"}) as claude:
        asking = asyncio.create_task(claude.ask("clean up"))
        task = await answer(server, "cl-approve", {"approved": True, "arguments": {"command": "ls"}})
        await asyncio.wait_for(asking, SEEN_TIMEOUT_S)

    assert (task["kind"], task["title"]) == ("approval", "Allow Bash?")
    assert claude.calls == ["Bash ls"]


async def test_a_denied_tool_does_not_run_and_claude_is_told_why(server: RunningServer, tmp_path: Path) -> None:
    async with conversation("cl-deny", tmp_path, [("Bash", {"command": "rm -r x"})], approve={"Bash"}) as claude:
        asking = asyncio.create_task(claude.ask("clean up"))
        await answer(server, "cl-deny", {"approved": False, "reason": "too dangerous"})
        await asyncio.wait_for(asking, SEEN_TIMEOUT_S)
        history = [message["content"] for message in await claude._session.history_async()]

    assert claude.calls == []
    assert history == ["clean up", "Done: the call of Bash was denied: too dangerous."]


async def test_after_a_reset_claude_is_cleared_before_the_next_prompt(server: RunningServer, tmp_path: Path) -> None:
    async with conversation("cl-reset", tmp_path, []) as claude:
        await claude.ask("hello")
        command = await act(server, "cl-reset", "reset")
        await claude.ask("who am I?")
        history = [message["content"] for message in await claude._session.history_async()]

    assert command["status"] == "applied"
    assert claude.scripted.reads == [["hello"], ["who am I?"]]
    assert history == ["who am I?", "Done: ."]


async def test_after_a_compact_claude_is_told_to_compact_with_our_summary(
    server: RunningServer, tmp_path: Path
) -> None:
    async with conversation("cl-compact", tmp_path, []) as claude:
        for number in range(4):
            await claude.ask(f"question {number}")
        command = await act(server, "cl-compact", "compact", keep_turns=1, instructions="Mind the names.")
        await claude.ask("the last one")

    assert command["status"] == "applied"
    compacted, asked = claude.scripted.reads[-1]
    assert "/compact Mind the names. Keep the last 1 turns of the user as they are." in compacted
    assert "question 0" in compacted
    assert asked == "the last one"


async def test_the_session_tells_of_prompts_answers_and_tools(server: RunningServer, tmp_path: Path) -> None:
    async with conversation("cl-told", tmp_path, [("Read", {"file": "a"})]) as claude:
        await claude.ask("read it")
    sojourn.flush()

    told = session_of(server, "cl-told")
    assert (told["message_count"], told["tool_call_count"], told["status"]) == (2, 1, "idle")
    events = server.get("/api/v1/sessions/cl-told/events", type="tool_call")["items"]
    assert [(event["tool_name"], event["status"]) for event in events] == [("Read", "ok")]


async def test_hooks_wait_longer_than_the_sdk_would_and_fail_closed(server: RunningServer, tmp_path: Path) -> None:
    async with conversation("cl-hooks", tmp_path, []) as claude:
        registered = claude.scripted.hooks

    guard = registered["PreToolUse"][0]
    assert (guard["timeout"], guard["onFailure"]) == (WAIT_S, "block")


async def test_the_transcript_is_mirrored_below_the_session_and_can_be_read_again(
    server: RunningServer, tmp_path: Path
) -> None:
    async with conversation("cl-mirror", tmp_path, []) as claude:
        await claude.ask("hello")
        result = await claude.ask("how are you?")

    stored = await get_session_messages_from_store(claude.store, result.session_id)
    listed = await list_sessions_from_store(claude.store)
    mirrored = server.get("/api/v1/sessions", parent=session_of(server, "cl-mirror")["id"])["items"]
    assert [line.message["content"] for line in stored] == ["hello", "Done: .", "how are you?", "Done: ."]
    assert [(one["message_count"], one["llm_call_count"], one["output_tokens"]) for one in mirrored] == [(4, 2, 10)]
    assert [(one.session_id, one.first_prompt) for one in listed] == [(result.session_id, "hello")]


async def test_a_subagents_transcript_stands_below_the_one_that_called_it(server: RunningServer) -> None:
    store = SojournSessionStore(namespace=uuid4().hex)
    main: Any = {"project_key": "p", "session_id": str(uuid4())}
    line: Any = {"type": "assistant", "uuid": str(uuid4()), "message": {"role": "assistant", "content": "I looked."}}

    await store.append(main, [{**line, "uuid": str(uuid4())}])
    await store.append({**main, "subpath": "subagents/agent-1"}, [line])

    parent = session_of(server, store._key(main))
    child = server.get("/api/v1/sessions", parent=parent["id"])["items"][0]
    assert (child["key"], child["message_count"]) == (f"{parent['key']}/subagents/agent-1", 1)


async def test_while_the_server_is_away_an_append_fails_so_that_the_sdk_tries_again(tmp_path: Path) -> None:
    sojourn.configure("http://127.0.0.1:9", spool_dir=tmp_path / "spool")

    with pytest.raises(httpx.ConnectError):
        await SojournSessionStore().append({"project_key": "p", "session_id": "s"}, [{"type": "x"}])

    sojourn.shutdown()


def test_the_example_runs_without_an_api_key_and_says_how_to_steer_it(server: RunningServer, tmp_path: Path) -> None:
    environment = clean_environment(SOJOURN_URL=server.url, SOJOURN_SPOOL_DIR=str(tmp_path / "spool-of-example"))
    command = [sys.executable, str(EXAMPLE), "--key", "cl-example", "--orders", "1", "--seconds", "0.01"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)

    assert "sojourn sessions pause cl-example" in done.stdout
    assert "[agent] Done: look_up 1001 ok." in done.stdout
    assert session_of(server, "cl-example")["message_count"] == 2


async def test_a_line_that_comes_twice_is_kept_once(server: RunningServer) -> None:
    store = SojournSessionStore(namespace=uuid4().hex)
    line: Any = {
        "type": "user",
        "uuid": str(uuid4()),
        "message": {"role": "user", "content": "hi \u0000 é"},
        "n": [1.5],
    }

    for _ in range(2):
        await store.append({"project_key": "p", "session_id": "s"}, [line])

    assert await store.load({"project_key": "p", "session_id": "s"}) == [line]


async def test_the_store_conforms_to_the_sdks_own_suite(server: RunningServer) -> None:
    await run_session_store_conformance(lambda: SojournSessionStore(namespace=uuid4().hex))
