"""tau2-bench's spoken sessions: ticks of a fifth of a second in which both sides may speak at once (full duplex).

A run of ticks in which one side speaks is one message. What was said is often not recorded, only that it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.values import amount_of, list_of, object_of, text_of
from sojourn.transcripts.chat_messages import Calls
from sojourn.transcripts.tau_bench import describe, read_message
from sojourn.transcripts.transcript import MS, Batch, Transcript, time_of

NAME = "tau2_voice"
SIDES = {"agent_chunk": "assistant", "user_chunk": "user"}
MAX_PAUSE_TICKS = 5  # a side that is silent for a second has ended what it says
NOT_TOLD = "[speech, not transcribed]"
EFFECTS = "speech_effects"
Tick = Mapping[str, Any]


def matches(document: Any) -> bool:
    ticks = document.get("ticks") if isinstance(document, Mapping) else None
    return isinstance(ticks, list) and any(isinstance(tick, Mapping) and SIDES.keys() & tick.keys() for tick in ticks)


def read(document: Any) -> list[Batch]:
    ticks = [tick for tick in document["ticks"] if isinstance(tick, Mapping)]
    transcript = Transcript(NAME, f"tau2:{text_of(document.get('id'))}", "tau2-agent")
    describe(transcript, document, "voice")
    calls = Calls()
    for side, role in SIDES.items():
        for utterance in _utterances(ticks, side):
            _read_utterance(transcript, side, role, utterance)
    for number, tick in enumerate(ticks):
        _read_tools(transcript, number, tick, calls)
    return [transcript.finish()]


def _utterances(ticks: list[Tick], side: str) -> list[list[Tick]]:
    found: list[list[Tick]] = []
    silent_for = MAX_PAUSE_TICKS + 1
    for tick in ticks:
        chunk = object_of(tick.get(side))
        silent_for += 1
        if chunk.get("contains_speech") or chunk.get("content"):
            if silent_for > MAX_PAUSE_TICKS:
                found.append([])
            found[-1].append(tick)
            silent_for = 0
    return found


def _read_utterance(transcript: Transcript, side: str, role: str, utterance: list[Tick]) -> None:
    chunks = [object_of(tick.get(side)) for tick in utterance]
    said = "".join(text_of(chunk.get("content")) for chunk in chunks).strip()
    started_at_ns, ended_at_ns = (time_of(tick.get("timestamp")) for tick in (utterance[0], utterance[-1]))
    first = text_of(utterance[0].get("tick_id")) or str(started_at_ns)
    effects = {text_of(object_of(object_of(chunk.get(EFFECTS)).get("speech_insert")).get("type")) for chunk in chunks}
    details = {
        "modality": "speech",
        "speech_ms": max(0, ended_at_ns - started_at_ns) // MS,
        "effects": sorted(effects - {""}),
    }
    transcript.message(
        f"{role}-{first}",
        started_at_ns,
        role,
        [{"type": "text", "content": said or NOT_TOLD}],
        ended_at_ns=max(ended_at_ns, started_at_ns),
        agent=transcript.agent if role == "assistant" else "",
        details={name: value for name, value in details.items() if value},
    )
    cost = sum(amount_of(chunk.get("cost")) or 0 for chunk in chunks)
    if role == "assistant" and cost:
        transcript.call(first, started_at_ns, "", "", (), reported_cost_usd=cost, reported_cost_by="cost")


def _read_tools(transcript: Transcript, number: int, tick: Tick, calls: Calls) -> None:
    """Calls and their results stand on the tick or in its chunks."""
    at_ns = time_of(tick.get("timestamp"))
    for side in ("agent", "user"):
        chunk = object_of(tick.get(f"{side}_chunk"))
        asked = list_of(tick.get(f"{side}_tool_calls")) or list_of(chunk.get("tool_calls"))
        if asked:
            role = "assistant" if side == "agent" else "user"
            read_message(transcript, f"{number}:{side}", at_ns, {"role": role, "tool_calls": asked}, "", calls)
        for place, result in enumerate(map(object_of, list_of(tick.get(f"{side}_tool_results")))):
            answered = {**result, "role": "tool"}
            read_message(transcript, f"{number}:{side}:{place}", at_ns, answered, "", calls)
