"""A Claude Agent SDK program that you can steer. No API key, no Claude Code: a script plays the command line's part.

    pip install sojourn claude-agent-sdk
    sojourn serve                                # in another terminal
    python examples/claude_agent_steerable.py

With the real Claude Code leave `transport=` out; all else stays as it is here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ResultMessage,
    TextBlock,
    Transport,
    project_key_for_directory,
)

import sojourn
from sojourn.integrations.claude_agent import SojournSessionStore, SteeredClaude

FIRST_ORDER = 1001
REFUND_EVERY = 3  # orders
WEB_APP = os.environ.get("SOJOURN_URL", "http://127.0.0.1:7437")
ALLOW = "sojourn tasks list, then sojourn tasks complete ID --approve (or --deny)"
Tool = tuple[str, dict[str, Any]]


class ScriptedClaude(Transport):
    """Speaks Claude Code's side of the SDK's control protocol: asks the hooks, runs tools, mirrors its transcript."""

    def __init__(self, config_dir: Path, tools_for: Callable[[str], list[Tool]], run: Callable[..., str]) -> None:
        self.reads: list[list[str]] = []  # what the model was given, request by request
        self.hooks: dict[str, list[dict[str, Any]]] = {}  # as the SDK registered them
        self._tools_for = tools_for  # of a prompt
        self._run = run
        self._session_id = str(uuid4())
        self._memory: list[str] = []
        self._transcript = config_dir / "projects" / project_key_for_directory()
        self._last_line: str | None = None
        self._out: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._turns: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """There is no process to start."""

    def is_ready(self) -> bool:
        return True

    async def end_input(self) -> None:
        """Nothing more comes."""

    async def close(self) -> None:
        self._out.put_nowait(None)

    async def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        while (message := await self._out.get()) is not None:
            yield message

    async def write(self, data: str) -> None:
        told = json.loads(data)
        if told["type"] == "control_request":
            self.hooks = told["request"].get("hooks") or self.hooks
            answer = {"subtype": "success", "request_id": told["request_id"]}
            self._say("control_response", response={**answer, "response": {"hook_on_failure_supported": True}})
        elif told["type"] == "control_response":
            self._asked.pop(told["response"]["request_id"]).set_result(told["response"].get("response") or {})
        elif told["type"] == "user":
            turn = asyncio.create_task(self._turn(told["message"]["content"]))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)

    async def _turn(self, prompt: str) -> None:
        if prompt.startswith("/clear"):
            self._memory, self._session_id, self._last_line = [], str(uuid4()), None
        elif prompt.startswith("/compact"):
            await self._hook("PreCompact", trigger="manual", custom_instructions=prompt)
            self._memory = [f"summary by request: {prompt}"]
        else:
            stopped = await self._answer(prompt)
            self._say("result", subtype="success", result=stopped, **self._numbers())
            return
        self._say("result", subtype="success", result="", **self._numbers())

    async def _answer(self, prompt: str) -> str:
        """Why it stopped before its end, or nothing."""
        verdict = await self._hook("UserPromptSubmit", prompt=prompt)
        if verdict.get("continue") is False:
            return str(verdict["stopReason"])
        self._remember("user", prompt)
        results = []
        for name, arguments in self._tools_for(prompt):
            self.reads.append(list(self._memory))
            call_id = f"toolu_{uuid4().hex}"
            verdict = await self._hook("PreToolUse", tool_name=name, tool_input=arguments, tool_use_id=call_id)
            if verdict.get("continue") is False:
                return str(verdict["stopReason"])
            decided = verdict.get("hookSpecificOutput") or {}
            if decided.get("permissionDecision") == "deny":
                results.append(decided["permissionDecisionReason"])
                continue
            used = {"tool_name": name, "tool_input": decided.get("updatedInput", arguments), "tool_use_id": call_id}
            results.append(await asyncio.to_thread(self._run, name, **used["tool_input"]))
            await self._hook("PostToolUse", tool_response=results[-1], **used)
        self.reads.append(list(self._memory))
        text = f"Done: {', '.join(results)}."
        self._remember("assistant", text)
        said = {"role": "assistant", "model": "scripted-1", "content": [{"type": "text", "text": text}]}
        self._say("assistant", message=said, parent_tool_use_id=None, session_id=self._session_id)
        await self._hook("Stop", stop_hook_active=False, last_assistant_message=text)
        return ""

    async def _hook(self, event: str, **told: Any) -> dict[str, Any]:
        """What the SDK's hooks say; the last one that says something counts."""
        verdict: dict[str, Any] = {}
        told |= {"hook_event_name": event, "session_id": self._session_id, "transcript_path": "", "cwd": "/"}
        for matcher in self.hooks.get(event, ()):
            for callback_id in matcher["hookCallbackIds"]:
                request_id = str(uuid4())
                self._asked[request_id] = asyncio.get_running_loop().create_future()
                request = {"subtype": "hook_callback", "callback_id": callback_id, "input": told}
                request["tool_use_id"] = told.get("tool_use_id")
                answered = self._asked[request_id]
                self._say("control_request", request_id=request_id, request=request)
                verdict |= await asyncio.wait_for(answered, matcher.get("timeout", 60))
        return verdict

    def _remember(self, role: str, text: str) -> None:
        self._memory.append(text)
        usage = {"usage": {"input_tokens": 10, "output_tokens": 5}, "id": f"msg_{uuid4().hex}"}
        said = {"role": role, "content": text, **({"model": "scripted-1", **usage} if role == "assistant" else {})}
        line = {"type": role, "uuid": str(uuid4()), "parentUuid": self._last_line, "sessionId": self._session_id}
        line |= {"timestamp": datetime.now(UTC).isoformat(), "message": said}
        self._last_line = line["uuid"]
        path = self._transcript / f"{self._session_id}.jsonl"
        self._say("transcript_mirror", filePath=str(path), entries=[line])

    def _numbers(self) -> dict[str, Any]:
        return {
            "duration_ms": 1,
            "duration_api_ms": 1,
            "is_error": False,
            "num_turns": 1,
            "session_id": self._session_id,
        }

    def _say(self, kind: str, **told: Any) -> None:
        self._out.put_nowait({"type": kind, **told})


def say(line: str) -> None:
    print(line, flush=True)


def tools_for(prompt: str) -> list[Tool]:
    order = int(prompt.split()[-1].rstrip("."))
    refund: list[Tool] = [("refund", {"order": order, "amount": 50})] if order % REFUND_EVERY == 0 else []
    if refund:
        say(f"[model] will want refund({order}, 50): a person must allow it: {ALLOW}")
    return [("look_up", {"order": order}), *refund]


async def work_through(session: sojourn.Session, orders: int, seconds: float, config_dir: Path) -> None:
    def run(name: str, **arguments: Any) -> str:
        say(f"[tool]  {name}({', '.join(map(str, arguments.values()))}) starts")
        time.sleep(seconds)
        return f"{name} {arguments['order']} ok"

    claude = SteeredClaude(session, approve={"refund"})
    options = ClaudeAgentOptions(
        hooks=claude.hooks(),
        session_store=SojournSessionStore(parent=session),
        env={"CLAUDE_CONFIG_DIR": str(config_dir)},
    )
    scripted = ScriptedClaude(config_dir, tools_for, run)
    async with ClaudeSDKClient(options, transport=scripted) as client:
        for order in range(FIRST_ORDER, FIRST_ORDER + orders):
            with session.turn():
                await claude.query(client, f"Please check order {order}.")
                async for message in client.receive_response():
                    show(message)
            say(f"[model] read {len(scripted.reads[-1])} messages" if scripted.reads else "")
            await asyncio.sleep(seconds)


def show(message: Any) -> None:
    if isinstance(message, AssistantMessage):
        say("".join(f"[agent] {block.text}" for block in message.content if isinstance(block, TextBlock)))
    elif isinstance(message, ResultMessage) and message.result:
        say(f"[claude] {message.result}")


def explain(key: str) -> None:
    say(f"The agent works. See it at {WEB_APP}, and steer it there or from another terminal:")
    for verb in ("pause", "resume", "reset", "compact", "cancel"):
        say(f"    sojourn sessions {verb} {key}")
    say("(Reset and compact work while it is paused, or between two orders.)")


def main() -> None:
    parser = argparse.ArgumentParser(description="A Claude Agent SDK program that you can steer.")
    parser.add_argument("--key", default="claude-example", help="the session's key")
    parser.add_argument("--orders", type=int, default=30, help="how many orders it checks")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a tool takes")
    options = parser.parse_args()
    explain(options.key)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            sojourn.start_session(options.key, kind="conversation", agent_id="support", goal="Check orders") as session,
        ):
            asyncio.run(work_through(session, options.orders, options.seconds, Path(folder)))
        say("Done.")
    except sojourn.SessionCanceled as canceled:
        say(f"Stopped: {canceled}")


if __name__ == "__main__":
    main()
