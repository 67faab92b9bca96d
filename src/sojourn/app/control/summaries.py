"""Summaries of older messages: by a model that the user configured, or by choosing their most telling sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from sojourn.app.views.history import last_turns, text_of

log = structlog.get_logger(__name__)
Json = dict[str, Any]
EXTRACTIVE = "extractive"
MAX_SUMMARY_CHARS = 4_000
SHARE = 0.3  # of the text that a summary made of sentences may be long
MIN_SUMMARY_CHARS = 400
SEPARATORS = 3  # characters between a role, what it said, and the next
MAX_PROMPT_CHARS = 200_000
MAX_SENTENCE_CHARS = 400
REQUEST_TIMEOUT_S = 60.0
CHARS_A_TOKEN = 4  # for estimates only
WORD = re.compile(r"[\w'-]{3,}")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
COMMON_TEXT = """
the and for that this with you are have not was but from can will your they what there which would could should has had
its our who how when where why all any been were more than then them these those into also just about out over some such
only very may might must shall does did done her his him she
"""
COMMON_WORDS = frozenset(COMMON_TEXT.split())
INSTRUCTIONS = (
    "Summarise the conversation below for the assistant that goes on with it. Keep goals, decisions, names, numbers, "
    "identifiers, results of tools and open questions. Leave out pleasantries. Answer with the summary alone."
)


@dataclass(frozen=True, slots=True)
class SummariserSettings:
    """An OpenAI-compatible endpoint; none if `url` is empty."""

    url: str = ""  # base URL, up to and with /v1
    model: str = ""
    api_key: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    text: str
    summarised_by: str  # extractive, or model:<name>
    keep_turns: int
    messages_before: int
    messages_after: int
    tokens_before: int  # estimated
    tokens_after: int

    def as_arguments(self) -> Json:
        return {
            "summary": self.text,
            "summarised_by": self.summarised_by,
            "keep_turns": self.keep_turns,
            "messages_before": self.messages_before,
            "messages_after": self.messages_after,
            "tokens_before": self.tokens_before,
            "tokens_after": self.tokens_after,
        }


class Summaries:
    def __init__(self, settings: SummariserSettings) -> None:
        self._settings = settings

    def of(self, memory: Json, keep_turns: int, instructions: str) -> Summary | None:
        """What a compaction puts in place of all but the last turns; None if there is nothing older."""
        messages: list[Json] = memory["messages"]
        kept = last_turns(messages, keep_turns)
        older = messages[: len(messages) - len(kept)]
        if not older:
            return None
        earlier = str(memory["summary"] or "")
        text, made_by = self._summarised(earlier, older, instructions)
        after = len(text) + sum(map(_chars, kept))
        return Summary(
            text,
            made_by,
            keep_turns,
            len(messages),
            len(kept) + 1,
            (len(earlier) + sum(map(_chars, messages))) // CHARS_A_TOKEN,
            after // CHARS_A_TOKEN,
        )

    def _summarised(self, earlier: str, older: Sequence[Json], instructions: str) -> tuple[str, str]:
        if self._settings.url:
            try:
                return self._by_model(earlier, older, instructions), f"model:{self._settings.model}"
            except (httpx.HTTPError, KeyError, IndexError, TypeError, ValueError) as failure:
                log.warning("compaction.summariser_failed", reason=str(failure)[:300])
                label = f"{EXTRACTIVE} (the summariser failed: {type(failure).__name__})"
                return extract(earlier, older), label
        return extract(earlier, older), EXTRACTIVE

    def _by_model(self, earlier: str, older: Sequence[Json], instructions: str) -> str:
        told = "\n".join(f"{message['role']}: {said(message)}" for message in older)[-MAX_PROMPT_CHARS:]
        asked = f"{INSTRUCTIONS}\n{instructions}".strip()
        parts = ([f"Summary so far:\n{earlier}"] if earlier else []) + [f"Conversation:\n{told}"]
        body = {
            "model": self._settings.model,
            "messages": [{"role": "system", "content": asked}, {"role": "user", "content": "\n\n".join(parts)}],
        }
        headers = {"authorization": f"Bearer {self._settings.api_key}"} if self._settings.api_key else {}
        url = f"{self._settings.url.rstrip('/')}/chat/completions"
        answer = httpx.post(url, json=body, headers=headers, timeout=REQUEST_TIMEOUT_S)
        answer.raise_for_status()
        text = str(answer.json()["choices"][0]["message"]["content"]).strip()
        if not text:
            raise ValueError("the summariser gave no text")
        return text[:MAX_SUMMARY_CHARS]


def extract(earlier: str, older: Sequence[Json]) -> str:
    """The sentences that hold the words used most, in their order, each with who said it.

    What the user asked first always stays; a sentence with a number or an identifier counts more.
    """
    sentences = [
        (message["role"], sentence[:MAX_SENTENCE_CHARS]) for message in older for sentence in _sentences(said(message))
    ]
    whole = len(earlier) + sum(len(text) for _, text in sentences)
    limit = max(min(MIN_SUMMARY_CHARS, whole // 2), min(MAX_SUMMARY_CHARS, int(SHARE * whole)))
    counts = Counter(word for _, text in sentences for word in _words(text))
    first_user = next((place for place, (role, _) in enumerate(sentences) if role == "user"), -1)

    def weight(place: int) -> tuple[bool, float]:
        words = _words(sentences[place][1])
        telling = sum(counts[word] for word in words) / (len(words) + 3)
        has_fact = any(character.isdigit() for character in sentences[place][1])
        return place == first_user, telling * (1.6 if has_fact else 1.0)

    chosen: set[int] = set()
    seen: set[str] = set()
    room = limit - min(len(earlier), limit // 2)
    for place in sorted(range(len(sentences)), key=weight, reverse=True):
        text = sentences[place][1]
        taken = len(text) + len(sentences[place][0]) + SEPARATORS
        if text in seen or (taken > room and chosen):
            continue
        seen.add(text)
        chosen.add(place)
        room -= taken
    lines = [f"{sentences[place][0]}: {sentences[place][1]}" for place in sorted(chosen)]
    tools = Counter(message["tool"]["name"] for message in older if message.get("tool"))
    used = "tools used: " + ", ".join(f"{name} ({count})" for name, count in tools.most_common(20)) if tools else ""
    return "\n".join(part for part in (earlier[: limit // 2], *lines, used) if part)


def said(message: Json) -> str:
    """The text of a message; of a tool call what it was asked and what came of it."""
    tool = message.get("tool")
    if not tool:
        return text_of(message)
    return f"{tool['name']}({tool['arguments']}) -> {tool['result']}"


def _chars(message: Json) -> int:
    return len(said(message))


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in SENTENCE_END.split(text) if sentence.strip()]


def _words(text: str) -> list[str]:
    return [word for word in WORD.findall(text.lower()) if word not in COMMON_WORDS]
