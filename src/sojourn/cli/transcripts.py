"""A session as text: who said what, which tools ran, what it cost, and the markers in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from rich.rule import Rule
from rich.text import Text

from sojourn.cli.output import STATUS_STYLES, clean, clock, count, duration, money, one_line

Json = dict[str, Any]
ROLE_STYLES = {"user": "bold cyan", "assistant": "bold green", "system": "bold magenta", "tool": "bold yellow"}
MAX_TOOL_CHARS = 2_000  # of arguments or of a result, unless everything is asked for
INDENT = "  "
# What a marker says besides its kind, in this order.
MARKER_FACTS = {
    "handoff": ("from", "to", "context"),
    "compaction": ("trigger", "tokens_before", "tokens_after"),
    "reset": ("reason",),
    "error": ("error_type", "error"),
    "guardrail_eval": ("guardrail", "result", "score", "explanation"),
    "decision": ("decision", "reason"),
    "state_change": ("variable", "old", "new"),
}


def heading(session: Json) -> Iterator[Text]:
    yield Text(clean(session["goal"] or session["key"]), style="bold")
    facts = {
        "key": session["key"],
        "status": f"{session['status']} ({session['status_reason']})",
        "agent": session["agent_id"],
        "channel": session["channel"],
        "environment": session["environment"],
        "started": clock(session["started_at"]),
        "took": duration(session["duration_ms"]),
    }
    for name, value in facts.items():
        if value:
            yield Text.assemble((f"{name:<12}", "dim"), clean(value))
    tokens = f"{count(session['input_tokens'])} in, {count(session['output_tokens'])} out"
    cached = f", {count(session['cache_read_tokens'])} from cache" if session["cache_read_tokens"] else ""
    yield Text.assemble((f"{'tokens':<12}", "dim"), tokens + cached)
    unpriced = f" ({session['unpriced_calls']} calls without a known price)" if session["unpriced_calls"] else ""
    yield Text.assemble((f"{'cost':<12}", "dim"), money(session["cost_usd"]) + unpriced)
    for use in session["models"]:
        line = f"{clean(use['model'])}: {use['calls']} calls, {money(use['cost_usd'])}"
        yield Text.assemble((f"{'model':<12}", "dim"), line)


def body(items: Iterable[Json], calls: Mapping[str, Json], *, is_full: bool) -> Iterator[Text | Rule]:
    """`calls` are the model calls by their event id."""
    agent_id = ""
    for item in items:
        if item["kind"] in {"message", "task"}:
            yield from _message(item, calls.get(item["event_id"]), agent_id)
        elif item["kind"] == "tool_call" and item["tool"]:
            yield from _tool(item["tool"], is_full)
        else:
            yield _marker(item)
        agent_id = item["agent_id"] or agent_id


def _message(item: Json, call: Json | None, agent_before: str) -> Iterator[Text]:
    said_by = item["role"] or item["kind"]
    head = Text.assemble("\n", (clean(said_by), ROLE_STYLES.get(said_by, "bold")), (f"  {clock(item['at'])}", "dim"))
    if item["agent_id"] and item["agent_id"] != agent_before:
        head.append(f"  {clean(item['agent_id'])}", "dim")
    if call is not None and said_by == "assistant":
        head.append(f"  {_spent(call)}", "dim")
    yield head
    for part in item["parts"]:
        yield _part(part)
    if item["truncated"]:
        yield Text(f"{INDENT}… {count(item['text_chars'])} characters in all: sojourn sessions export", "dim")


def _spent(call: Json) -> str:
    model = clean(call["model_used"] or call["model_requested"])
    tokens = f"{count(call['input_tokens'])} → {count(call['output_tokens'])} tokens"
    return f"{model}  {tokens}  {money(call['cost_usd'])}"


def _part(part: Json) -> Text:
    kind = part.get("type")
    if kind == "text":
        return Text(_indented(part.get("content", "")))
    if kind == "reasoning":
        return Text(_indented(part.get("content", "")), "italic dim")
    if kind == "tool_call":
        return Text(f"{INDENT}→ {clean(part.get('name'))}({one_line(_text(part.get('arguments')), 200)})", "yellow")
    if kind == "tool_call_response":
        return Text(_indented(_text(part.get("response"))), "dim")
    return Text(f"{INDENT}[{clean(kind)}] {one_line(_text(part), 200)}", "dim")


def _tool(tool: Json, is_full: bool) -> Iterator[Text]:
    style = STATUS_STYLES.get(tool["status"], "yellow")
    took = f"  {duration(tool['duration_ms'])}" if tool["duration_ms"] is not None else ""
    failed = f"  {tool['status']}" if tool["status"] != "ok" else ""
    yield Text.assemble("\n", (f"→ {clean(tool['name'])}", f"bold {style}"), (took + failed, "dim"))
    for label, value in (("", tool["arguments"]), ("= ", tool["result"])):
        if value not in (None, "", {}):
            yield Text(_indented(label + _cut(_text(value), is_full)), "dim")


def _marker(item: Json) -> Rule:
    details = item["details"]
    facts = [
        f"{name.replace('_', ' ')} {one_line(_text(details[name]), 120)}"
        for name in MARKER_FACTS.get(item["kind"], ())
        if details.get(name) not in (None, "")
    ]
    title = Text(f"{item['kind'].replace('_', ' ')}: {', '.join(facts)}" if facts else item["kind"].replace("_", " "))
    return Rule(title, style="red" if item["kind"] == "error" else "dim", align="left")


def _cut(text: str, is_full: bool) -> str:
    if is_full or len(text) <= MAX_TOOL_CHARS:
        return text
    return f"{text[:MAX_TOOL_CHARS]}\n… {count(len(text))} characters in all; --full shows them"


def _indented(text: Any) -> str:
    return "\n".join(INDENT + line for line in clean(text).splitlines())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
