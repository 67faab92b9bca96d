"""Claude Agent SDK: hooks that make Claude Code obey its session, and a SessionStore that keeps transcripts in Sojourn.

claude = SteeredClaude(session, approve={"Bash"})
options = ClaudeAgentOptions(hooks=claude.hooks(), session_store=SojournSessionStore(parent=session))
async with ClaudeSDKClient(options) as client:
    await claude.query(client, "Fix the failing test")
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid4, uuid5

from claude_agent_sdk import (
    ClaudeSDKClient,
    HookContext,
    HookMatcher,
    SessionKey,
    SessionListSubkeysKey,
    SessionStore,
    SessionStoreEntry,
    SessionStoreListEntry,
)

from sojourn.integrations import UntoldToolCall, approved_arguments, text_of
from sojourn.sdk.approvals import Approval
from sojourn.sdk.client import current_client
from sojourn.sdk.delivery import make_client
from sojourn.sdk.errors import ApprovalDenied, SessionCanceled
from sojourn.sdk.memory import Compaction
from sojourn.sdk.session import Session

Output = Any  # HookJSONOutput; the SDK types a key that Python cannot write as it is on the wire
Event = Literal["UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "PreCompact", "Stop"]
WAIT_S = 30 * 24 * 3600.0  # a pause or an approval may last; after the SDK's own 60 s the tool would run
STORE_TRIGGER = "claude_agent_sdk"
STORE_TIMEOUT_S = 30.0  # the SDK gives an append 60 s
PAGE = 500  # sessions of one answer
CLEAR, COMPACT = "/clear", "/compact"


class SteeredClaude:
    """Waits while the session is paused, lets no tool start once it is canceled, asks a person about tools.

    Claude Code can forget only between two turns: a reset or a compact happens with the next `query`, as its own /clear
    or /compact. After a cancel the turn ends with its reason as the result; `query` then raises SessionCanceled.
    Say `is_told=False` if something else (Claude Code's own telemetry) tells of prompts, answers and tools.
    """

    def __init__(self, session: Session, *, approve: Collection[str] = (), is_told: bool = True) -> None:
        self._session = session
        self._approve = frozenset(approve)
        self._is_told = is_told
        self._lock = threading.Lock()
        self._commands: list[str] = []
        self._running: dict[str, tuple[UntoldToolCall, str, int]] = {}  # by tool_use_id: also its event, its start
        session.on_reset(self._clear_next)
        session.on_compact(self._compact_next)

    def hooks(self) -> dict[Any, list[HookMatcher]]:
        """For `ClaudeAgentOptions(hooks=…)`. A tool whose hook fails does not run."""
        guards = {
            "UserPromptSubmit": self.before_turn,
            "PreToolUse": self.before_tool,
            "PreCompact": self.before_compact,
        }
        watchers = {"PostToolUse": self.after_tool, "PostToolUseFailure": self.after_tool, "Stop": self.after_turn}
        return {
            **{
                event: [HookMatcher(hooks=[hook], timeout=WAIT_S, on_failure="block")] for event, hook in guards.items()
            },
            **{event: [HookMatcher(hooks=[hook])] for event, hook in watchers.items()},
        }

    async def query(self, client: ClaudeSDKClient, prompt: str) -> None:
        """Instead of `client.query`: a safe point, with the resets and compacts that are due before the prompt."""
        await self._session.checkpoint_async()
        with self._lock:
            commands, self._commands = self._commands, []
        for command in commands:
            await client.query(command)
            async for _ in client.receive_response():
                await self._session.checkpoint_async()
        await client.query(prompt)

    async def before_turn(self, told: Any, tool_use_id: str | None, context: HookContext) -> Output:
        self._end_tools()
        prompt = str(told.get("prompt") or "")
        try:
            await self._session.checkpoint_async()
        except SessionCanceled as canceled:
            return {"decision": "block", "reason": str(canceled), **_stop(canceled)}
        if self._is_told and prompt and not prompt.startswith((CLEAR, COMPACT)) and not self._has_told(prompt):
            self._session.message("user", prompt)
        return {}

    async def before_tool(self, told: Any, tool_use_id: str | None, context: HookContext) -> Output:
        name, arguments, call_id = told["tool_name"], told["tool_input"], told["tool_use_id"]
        call, verdict = UntoldToolCall(self._session), {}
        try:
            if name in self._approve:
                arguments = await approved_arguments(self._session, name, arguments, call_id, Approval())
                verdict = _verdict("allow", "a person allowed it", updatedInput=arguments)
            await call.__aenter__()
        except ApprovalDenied as denied:
            return _verdict("deny", str(denied))
        except SessionCanceled as canceled:
            return {**_verdict("deny", str(canceled)), **_stop(canceled)}
        self._running[call_id] = (call, uuid4().hex, time.time_ns())
        self._tell_tool(told, arguments, {"status": "pending"})
        return verdict

    async def after_tool(self, told: Any, tool_use_id: str | None, context: HookContext) -> Output:
        error = str(told.get("error") or "") if told["hook_event_name"] == "PostToolUseFailure" else ""
        outcome = {"status": "error", "error": error} if error else {"status": "ok"}
        self._tell_tool(told, told["tool_input"], {**outcome, "output": told.get("tool_response")})
        self._end_tool(told["tool_use_id"])
        return {}

    async def before_compact(self, told: Any, tool_use_id: str | None, context: HookContext) -> Output:
        try:
            await self._session.checkpoint_async()
        except SessionCanceled as canceled:
            return _stop(canceled)
        if self._is_told and told.get("trigger") == "auto":  # of a manual one the operator's command tells
            self._session.live.tell({"type": "compaction", "name": "compaction", "details": {"trigger": "auto"}})
        return {}

    async def after_turn(self, told: Any, tool_use_id: str | None, context: HookContext) -> Output:
        self._end_tools()
        if self._is_told and (text := told.get("last_assistant_message")):
            self._session.message("assistant", text)
        return {}

    def _clear_next(self) -> None:
        with self._lock:
            self._commands = [CLEAR]

    def _compact_next(self, compaction: Compaction) -> None:
        """Claude Code writes its own summary; it is told what ours says and what to keep."""
        asked = [compaction.instructions, f"Keep the last {compaction.keep_turns} turns of the user as they are."]
        asked.append(f"A summary of what came before: {compaction.summary}" if compaction.summary else "")
        with self._lock:
            self._commands.append(" ".join([COMPACT, *filter(None, asked)]))

    def _has_told(self, prompt: str) -> bool:
        """By `session.turn(prompt)`."""
        last = (self._session.history() or [{}])[-1]
        return last.get("role") == "user" and text_of(last.get("content")) == prompt

    def _tell_tool(self, told: Any, arguments: Any, outcome: Mapping[str, Any]) -> None:
        if not self._is_told or told["tool_use_id"] not in self._running:
            return
        _, event_id, started_at = self._running[told["tool_use_id"]]
        name, ended_at = told["tool_name"], {} if outcome["status"] == "pending" else {"ended_at": time.time_ns()}
        record = {"event_id": event_id, "started_at": started_at, "tool_call_id": told["tool_use_id"], **ended_at}
        agent = {"agent_id": told["agent_type"]} if told.get("agent_type") else {}
        self._session.live.tell(
            {"type": "tool_call", "name": name, "tool_name": name, "input": arguments, **record, **agent, **outcome}
        )

    def _end_tool(self, call_id: str) -> None:
        if (running := self._running.pop(call_id, None)) is not None:
            running[0].__exit__()

    def _end_tools(self) -> None:
        """Of a tool that Claude Code refused after our hook nothing more is heard."""
        for call_id in list(self._running):
            self._end_tool(call_id)


def _verdict(decision: Literal["allow", "deny"], reason: str, **more: Any) -> dict[str, Any]:
    told = {"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": reason}
    return {"hookSpecificOutput": {**told, **more}}


def _stop(canceled: SessionCanceled) -> dict[str, Any]:
    return {"continue_": False, "stopReason": str(canceled)}


class SojournSessionStore(SessionStore):
    """Keeps each transcript as a session of its own in Sojourn; those of subagents below the one that called them.

    What is said, thought and done shows there; each line also stays as it came, so that `resume` can load it again.
    """

    def __init__(self, *, parent: Session | str | None = None, namespace: str = "claude") -> None:
        self._parent = parent.key if isinstance(parent, Session) else parent
        self._namespace = namespace
        self._last_place = 0
        self._lock = asyncio.Lock()

    async def append(self, key: SessionKey, entries: list[SessionStoreEntry]) -> None:
        if not entries:
            return
        async with self._lock:
            records = [
                self._session_record(key),
                *(record for entry in entries for record in self._records(key, entry)),
            ]
            lines = "\n".join(json.dumps(record) for record in records)
            answer = await self._ask("POST", "/api/v1/events", lines.encode(), "application/x-ndjson")
        if answer.json().get("rejected"):
            raise RuntimeError(f"Sojourn refused lines of a transcript: {answer.text[:500]}")

    async def load(self, key: SessionKey) -> list[SessionStoreEntry] | None:
        answer = await self._ask("GET", f"{self._path(key)}/export?format=jsonl")
        if answer.status_code == 404:
            return None
        told = [json.loads(line).get("event", {}).get("attributes", {}) for line in answer.iter_lines() if line]
        lines = {int(one["claude.place"]): str(one["claude.line"]) for one in told if "claude.line" in one}
        return [json.loads(lines[place]) for place in sorted(lines)] or None

    async def list_sessions(self, project_key: str) -> list[SessionStoreListEntry]:
        prefix = f"{self._namespace}:{project_key}/"
        found = [
            (str(one["key"]), one)
            async for one in self._pages(f"/api/v1/sessions?trigger_type={STORE_TRIGGER}&source={quote(project_key)}")
        ]
        mains = [(key[len(prefix) :], one) for key, one in found if key.startswith(prefix)]
        return [
            {"session_id": name, "mtime": _epoch_ms(one["metadata"])} for name, one in mains if name and "/" not in name
        ]

    async def delete(self, key: SessionKey) -> None:
        if not key.get("subpath"):
            for subpath in await self.list_subkeys(key):
                await self._ask("DELETE", self._path({**key, "subpath": subpath}))
        await self._ask("DELETE", self._path(key))

    async def list_subkeys(self, key: SessionListSubkeysKey) -> list[str]:
        main = self._key(key)
        children = [str(one["key"]) async for one in self._pages(f"{self._path(key)}/children?")]
        return [child[len(main) + 1 :] for child in children if child.startswith(f"{main}/")]

    def _session_record(self, key: SessionKey) -> dict[str, Any]:
        main = self._key({**key, "subpath": ""})
        return {
            "session": self._key(key),
            "kind": "conversation",
            "status": "idle",
            "origin": "sdk",
            "agent_id": "claude-code",
            "trigger_type": STORE_TRIGGER,
            "trigger_source": key["project_key"],
            "metadata": {"stored_at_ms": time.time_ns() // 1_000_000},
            **({"parent": parent} if (parent := main if key.get("subpath") else self._parent) else {}),
        }

    def _records(self, key: SessionKey, entry: SessionStoreEntry) -> Iterator[dict[str, Any]]:
        """The line as an event, and the model call that it is a part of."""
        session, line = self._key(key), dict(entry)
        self._last_place = max(self._last_place + 1, time.time_ns())
        name = str(uuid5(NAMESPACE_URL, f"{session}#{line['uuid']}")) if line.get("uuid") else uuid4().hex
        at = {"started_at": line["timestamp"]} if _is_time(line.get("timestamp")) else {}
        kept = {"claude.place": self._last_place, "claude.line": json.dumps(line)}
        yield {"session": session, "event_id": name, "attributes": kept, **at, **_shown(line)}
        said = line.get("message")
        if isinstance(said, Mapping) and isinstance(usage := said.get("usage"), Mapping) and said.get("id"):
            call_id = str(uuid5(NAMESPACE_URL, f"{session}#call#{said['id']}"))
            yield {"session": session, "event_id": call_id, **at, **_model_call(said, usage)}

    def _key(self, key: Mapping[str, Any]) -> str:
        main = f"{self._namespace}:{key['project_key']}/{key['session_id']}"
        return f"{main}/{key['subpath']}" if key.get("subpath") else main

    def _path(self, key: Mapping[str, Any]) -> str:
        return f"/api/v1/sessions/{quote(self._key(key), safe='')}"

    async def _pages(self, path: str) -> Any:
        cursor = ""
        while True:
            answer = await self._ask("GET", f"{path}&limit={PAGE}" + (f"&cursor={quote(cursor)}" if cursor else ""))
            told = answer.json() if answer.status_code == 200 else {}
            for one in told.get("items", ()):
                yield one
            if not (cursor := told.get("next_cursor") or ""):
                return

    async def _ask(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Any:
        """A missing session is an answer; any other failure is raised: the SDK tries again and tells of it."""

        def ask() -> Any:
            with make_client(current_client().settings, STORE_TIMEOUT_S) as client:
                answer = client.request(method, path, content=body, headers={"content-type": content_type})
            if answer.status_code != 404:
                answer.raise_for_status()
            return answer

        return await asyncio.to_thread(ask)


def _shown(line: Mapping[str, Any]) -> dict[str, Any]:
    """What the timeline shows of a line: Claude Code writes one content block a line."""
    kind, said = str(line.get("type") or "line"), line.get("message")
    content = said.get("content") if isinstance(said, Mapping) else None
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    block = next((one for one in blocks if isinstance(one, Mapping)), {}) if isinstance(blocks, list) else {}
    if kind in {"user", "assistant"} and block.get("type") == "text" and not line.get("isMeta"):
        return {"type": "message", "role": kind, ("input" if kind == "user" else "output"): text_of(blocks)}
    if block.get("type") == "tool_use":
        name = str(block.get("name") or "tool")
        told = {"tool_name": name, "tool_call_id": str(block.get("id") or ""), "input": block.get("input")}
        return {"type": "tool_call", "name": name, **told}
    if block.get("type") == "tool_result":
        failed = {"status": "error"} if block.get("is_error") else {}
        told = {"tool_call_id": str(block.get("tool_use_id") or ""), "output": block.get("content")}
        return {"type": "tool_result", "name": "tool result", **told, **failed}
    if line.get("subtype") == "compact_boundary":
        return {"type": "compaction", "name": "compaction"}
    return {"type": "transcript_line", "name": kind[:200]}


def _model_call(said: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """Claude's input tokens leave the cache out; ours are all of them."""
    read, written = int(usage.get("cache_read_input_tokens") or 0), int(usage.get("cache_creation_input_tokens") or 0)
    return {
        "type": "llm_call",
        "name": f"chat {said.get('model') or ''}".strip(),
        "model": str(said.get("model") or ""),
        "provider": "anthropic",
        "response_id": str(said["id"]),
        "input_tokens": int(usage.get("input_tokens") or 0) + read + written,
        "output_tokens": int(usage.get("output_tokens") or 0),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "details": {"counts_messages": False},
    }


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= len("2026-01-01T00:00:00Z") and value[4:5] == "-"


def _epoch_ms(metadata: Mapping[str, Any]) -> int:
    return int(metadata.get("stored_at_ms") or time.time_ns() // 1_000_000)
