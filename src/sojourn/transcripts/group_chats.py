"""Group chats without times: who-and-when (AG2), AgentRx (Magentic-One). A change of speaker is a handoff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sojourn.conventions.values import text_of
from sojourn.domain.identity import content_id
from sojourn.transcripts.transcript import SECOND, Batch, Transcript

NAME = "group_chat"
SYNTHETIC_START_NS = 1_704_067_200 * SECOND
DIRECTED = re.compile(r"^(?P<speaker>.+?) \(-> (?P<to>.+)\)$")
THINKING = re.compile(r"^(?P<speaker>.+?) \((thought|termination condition|final answer)\)$")
PEOPLE = frozenset({"human", "user"})


def matches(document: Any) -> bool:
    if isinstance(document, Mapping):
        history = document.get("history")
        return "question" in document and _is_chat(history)
    return _is_chat(document) and all(
        set(one) <= {"role", "content", "name"} for one in document if isinstance(one, Mapping)
    )


def _is_chat(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, Mapping) and "role" in first and "content" in first


def read(document: Any) -> list[Batch]:
    record = document if isinstance(document, Mapping) else {}
    chat = [one for one in record.get("history", document) if isinstance(one, Mapping)]
    # Several teams answer the same question.
    said = content_id(NAME, *(text_of(one.get("content")) for one in chat[:3]))
    key = f"{text_of(record['question_ID'])}:{said[:12]}" if record.get("question_ID") else said
    transcript = Transcript(NAME, f"chat:{key}", "")
    transcript.fields |= {
        "agent_id": "",
        "kind": "run",
        "goal": text_of(record.get("question")) or text_of(chat[0].get("content"))[:500],
        "service": "group-chat",
        "metadata": {"time_is_synthetic": True},
        "status": "completed",
        "status_reason": "the chat ended",
    }
    if "is_correct" in record:
        transcript.fields["metrics"] = {"goal_completed": bool(record["is_correct"])}
    speaker = ""
    for number, one in enumerate(chat):
        speaker = _read_turn(transcript, number, one, speaker)
    return [transcript.finish()]


def _read_turn(transcript: Transcript, number: int, one: Mapping[str, Any], before: str) -> str:
    """Returns who spoke."""
    at_ns = SYNTHETIC_START_NS + number * SECOND
    label, text = text_of(one.get("name") or one.get("role")), text_of(one.get("content"))
    thinking, directed = THINKING.match(label), DIRECTED.match(label)
    speaker = (thinking or directed or {"speaker": label})["speaker"]
    parts = [{"type": "text", "content": text}]
    if speaker in PEOPLE:
        transcript.message(number, at_ns, "user", parts, agent="")
        return before
    if thinking:
        said = transcript.draft(
            "reasoning", number, at_ns, name="reasoning", agent=speaker, output_value=text, preview=text
        )
        transcript.add(said)
    else:
        transcript.message(number, at_ns, "assistant", parts, agent=speaker)
    if directed or (before and before != speaker):
        source, target = (speaker, directed["to"]) if directed else (before, speaker)
        transcript.add(
            transcript.draft(
                "handoff",
                number,
                at_ns,
                name="handoff",
                agent=source,
                details={
                    "from": source,
                    "to": target,
                    "inferred": directed is None,
                    "context": text[:500] if directed else "",
                },
            )
        )
    return speaker
