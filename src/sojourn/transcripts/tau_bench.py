"""tau-bench and tau2-bench: simulated customers, an agent with tools, a reward. The first has no times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.genai_messages import part_of, tool_call_part
from sojourn.conventions.values import amount_of, count_of, json_of, list_of, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import Part, dump_json
from sojourn.transcripts.chat_messages import Calls
from sojourn.transcripts.transcript import SECOND, Batch, Transcript, time_of

NAME = "tau_bench"
SYNTHETIC_START_NS = 1_704_067_200 * SECOND  # 2024-01-01: where a record without times is put, one second a message
ESCALATION = "transfer_to_human_agents"
AGENT = "tau-agent"


def matches(document: Any) -> bool:
    if isinstance(document, Mapping):
        return isinstance(document.get("simulations"), list)
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, Mapping) and "traj" in first and "task_id" in first


def read(document: Any) -> list[Batch]:
    """One session for each simulation or trajectory."""
    if isinstance(document, Mapping):
        info = object_of(document.get("info"))
        return [_simulation(one, info) for one in document["simulations"] if isinstance(one, Mapping)]
    return [_trajectory(one, number) for number, one in enumerate(document) if isinstance(one, Mapping)]


def _simulation(record: Mapping[str, Any], info: Mapping[str, Any]) -> Batch:
    domain = text_of(object_of(info.get("environment_info")).get("domain_name"))
    transcript = Transcript("tau2_bench", f"tau2:{text_of(record.get('id'))}", f"{domain or 'tau2'}-agent")
    model = text_of(object_of(info.get("agent_info")).get("llm"))
    describe(transcript, record, domain)
    start_ns = time_of(record.get("start_time"))
    calls = Calls()
    for number, message in enumerate(list_of(record.get("messages"))):
        if isinstance(message, Mapping):
            at_ns = time_of(message.get("timestamp")) or start_ns + number
            read_message(transcript, number, at_ns, message, model, calls)
    return transcript.finish()


def describe(transcript: Transcript, record: Mapping[str, Any], domain: str) -> None:
    """How a simulation ended, and what it was of."""
    score = amount_of(object_of(record.get("reward_info")).get("reward"))
    ended = text_of(record.get("termination_reason"))
    transcript.fields |= {
        "service": f"tau2-{domain}" if domain else "tau2",
        "status": "failed" if "error" in ended or ended == "max_steps" else "completed",
        "status_reason": ended,
        "tags": {"task": text_of(record.get("task_id")), "trial": text_of(record.get("trial"))},
        "metrics": {} if score is None else {"score": score, "goal_completed": score >= 1},
    }


def _trajectory(record: Mapping[str, Any], number: int) -> Batch:
    # Each model and domain counts its tasks from 0.
    said = content_id(NAME, dump_json(record.get("traj")))[:12]
    key = f"tau:{text_of(record.get('task_id'))}:{text_of(record.get('trial')) or number}:{said}"
    transcript = Transcript(NAME, key, AGENT)
    score = amount_of(record.get("reward"))
    transcript.fields |= {
        "service": "tau-bench",
        "status": "completed",
        "status_reason": "the trajectory ended",
        "metadata": {"time_is_synthetic": True},
        "metrics": {} if score is None else {"score": score, "goal_completed": score >= 1},
    }
    calls = Calls()
    for place, message in enumerate(list_of(record.get("traj"))):
        if isinstance(message, Mapping):
            read_message(transcript, place, SYNTHETIC_START_NS + place * SECOND, message, "", calls)
    return transcript.finish()


def read_message(
    transcript: Transcript, place: object, at_ns: int, message: Mapping[str, Any], model: str, calls: Calls
) -> None:
    """What a side said or called, or what a tool answered."""
    role, content = text_of(message.get("role")), message.get("content")
    if role == "tool":
        call_id = text_of(message.get("id") or message.get("tool_call_id"))
        error = text_of(content)[:2_000] if message.get("error") else ""
        transcript.result(calls.end(call_id), at_ns, json_of(content), error, place)
        return
    parts: list[Part] = [part_of(content)] if content else []
    speaker = transcript.agent if role == "assistant" else ""
    transcript.message(place, at_ns, role, parts, agent=speaker)
    for number, call in enumerate(list_of(message.get("tool_calls"))):
        if isinstance(call, Mapping):
            part = tool_call_part(call)
            part["id"] = calls.begin(f"{place}:{number}", text_of(part["id"]))  # some agents repeat their ids
            _read_call(transcript, at_ns, part, text_of(call.get("requestor")))
    usage = message.get("usage")
    cost = amount_of(message.get("cost"))
    if role == "assistant" and isinstance(usage, Mapping):
        transcript.call(
            place,
            at_ns,
            model,
            "",
            parts,
            input_tokens=count_of(usage.get("prompt_tokens")),
            output_tokens=count_of(usage.get("completion_tokens")),
            reported_cost_usd=cost,
            reported_cost_by="cost",
        )


def _read_call(transcript: Transcript, at_ns: int, part: Part, requestor: str) -> None:
    name = text_of(part["name"])
    transcript.tool(text_of(part["id"]), at_ns, name, part["arguments"])
    if name == ESCALATION:
        transcript.add(
            transcript.draft(
                "handoff",
                part["id"],
                at_ns,
                name=name,
                details={
                    "from": requestor or transcript.agent,
                    "to": "human",
                    "context": text_of(part["arguments"])[:2_000],
                    "inferred": False,
                },
            )
        )
