"""Plain chats: a list of messages in a provider's shape, bare or below `messages`, in one document or one a line.

A chat that nobody named is known by its words: a bare one, which may grow, by those up to the first answer; a
finished one below `messages` by all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sojourn.conventions.genai_messages import ROLE_SPELLINGS, message_of_any
from sojourn.conventions.values import count_of, first_of, first_text, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import ROLES, Part, dump_json
from sojourn.transcripts.transcript import SECOND, Batch, Transcript, time_of

NAME = "chat"
SYNTHETIC_START_NS = 1_704_067_200 * SECOND  # 2024-01-01: where a chat without times is put, a message a second
KEYS = ("session_id", "conversation_id", "thread_id", "chat_id", "id")
TIMES = ("timestamp", "created_at", "created", "time", "date")
SAID = ("content", "tool_calls", "function_call", "parts")
CONTENT_OF = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "parts", "function_call", "usage"})
Item = Mapping[str, Any]


def matches(document: Any) -> bool:
    """All have a provider's role, and no answer names its speaker: those are group chats."""
    items = document.get("messages") if isinstance(document, Mapping) else document
    return (
        isinstance(items, list)
        and bool(items)
        and all(is_message(item) for item in items)
        and any(_role(item) in {"user", "assistant"} for item in items)
        and not any(_role(item) == "assistant" and item.get("name") for item in items)
    )


def is_message(item: Any) -> bool:
    return isinstance(item, Mapping) and _role(item) in ROLES and any(name in item for name in SAID)


def read(document: Any) -> list[Batch]:
    if not isinstance(document, Mapping):
        return [chat(document, {}, _opening(document))]
    items: list[Item] = document["messages"]
    return [chat(items, {name: value for name, value in document.items() if name != "messages"}, items)]


def chat(items: Sequence[Item], head: Item, naming: Sequence[Item]) -> Batch:
    """One session; without a name of its own it is known by the messages in `naming`."""
    key = first_text(head, *KEYS) or content_id(NAME, *(dump_json(item) for item in naming))
    transcript = Transcript(NAME, f"chat:{key}", first_text(head, "agent", "agent_id", "assistant_id"))
    transcript.fields["goal"] = first_text(head, "title", "name")
    if not any(_time(item) for item in items):
        transcript.fields["metadata"] = {"time_is_synthetic": True}
    at_ns = _time(head) or SYNTHETIC_START_NS
    if head:
        transcript.unknown("head", _time(items[0]) or at_ns, "chat", head)
    calls = Calls()
    for number, item in enumerate(items):
        at_ns = _time(item) or at_ns + (SECOND if number else 0)
        _read_message(transcript, number, at_ns, item, calls, first_text(item, "model") or first_text(head, "model"))
    return transcript.finish()


class Calls:
    """Which call a result answers: by id, or the oldest open one. Some programs repeat ids, or give none."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []  # what the sender calls it, what we do
        self._names: set[str] = set()

    def begin(self, place: str, call_id: str) -> str:
        """Our name of a new call: the sender's, unless that is taken."""
        name = call_id if call_id and call_id not in self._names else f"{call_id}#{place}"
        self._names.add(name)
        self._open.append((call_id, name))
        return name

    def end(self, call_id: str) -> str:
        """Our name of the call; the sender's if none is open."""
        found = next((one for one in self._open if not call_id or one[0] == call_id), None)
        if found is None:
            return call_id
        self._open.remove(found)
        return found[1]


def _opening(items: Sequence[Item]) -> Sequence[Item]:
    answered = next((number for number, item in enumerate(items) if _role(item) == "assistant"), len(items))
    return items[: answered + 1]


def _role(item: Item) -> str:
    role = text_of(item.get("role")).lower()
    return ROLE_SPELLINGS.get(role, role)


def _time(item: Item) -> int:
    return time_of(first_of(item, *TIMES))


def _read_message(transcript: Transcript, number: int, at_ns: int, item: Item, calls: Calls, model: str) -> None:
    message = message_of_any(item)
    if message.role == "tool" and not any(part["type"] == "tool_call_response" for part in message.parts):
        transcript.result(calls.end(""), at_ns, item.get("content"), place=number)
        return
    spoken: list[Part] = []
    for place, part in enumerate(message.parts):
        kind, call_id = part["type"], text_of(part.get("id"))
        if kind == "tool_call":
            name = calls.begin(f"{number}:{place}", call_id)
            transcript.tool(name, at_ns, text_of(part.get("name")), part.get("arguments"))
        elif kind == "tool_call_response":
            transcript.result(calls.end(call_id), at_ns, part.get("response"), place=f"{number}:{place}")
        elif kind == "reasoning":
            transcript.reasoning(f"{number}:{place}", at_ns, text_of(part.get("content")))
        elif part != {"type": "text", "content": ""}:
            spoken.append(part)
    if spoken:
        said = transcript.draft("message", number, at_ns, name=message.role)
        side = said.outputs if message.role == "assistant" else said.inputs
        side.append(message._replace(parts=tuple(spoken)))
        transcript.add(said, {name: value for name, value in item.items() if name not in CONTENT_OF})
    if message.role == "assistant" and (usage := object_of(item.get("usage"))):
        _read_usage(transcript, number, at_ns, usage, model, spoken)


def _read_usage(
    transcript: Transcript, number: int, at_ns: int, usage: Item, model: str, spoken: Iterable[Part]
) -> None:
    """OpenAI's or Anthropic's words; Anthropic leaves the cache out of the input."""
    read, written = count_of(usage.get("cache_read_input_tokens")), count_of(usage.get("cache_creation_input_tokens"))
    given = count_of(first_of(usage, "prompt_tokens", "input_tokens"))
    inside = count_of(object_of(usage.get("prompt_tokens_details")).get("cached_tokens"))
    transcript.call(
        number,
        at_ns,
        model,
        "",
        spoken,
        input_tokens=None if given is None else given + (read or 0) + (written or 0),
        output_tokens=count_of(first_of(usage, "completion_tokens", "output_tokens")),
        cache_read_tokens=inside if read is None else read,
        cache_write_tokens=written,
    )
