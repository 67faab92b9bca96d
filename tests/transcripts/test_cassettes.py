"""Recorded HTTP: what providers were asked and answered becomes a session, in whatever form it was recorded."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from sojourn.domain.events import Event
from sojourn.domain.messages import message_of
from sojourn.transcripts.reading import read_file
from sojourn.transcripts.transcript import Batch

CASSETTES = Path(__file__).parents[1] / "fixtures" / "transcripts" / "cassettes"
DATE = "Fri, 15 Aug 2025 17:56:14 GMT"
ENDED_NS = 1_755_280_574 * 1_000_000_000
CHAT_URL = "https://api.openai.com/v1/chat/completions"
CLAUDE_URL = "https://api.anthropic.com/v1/messages"
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro"
ASKED = {"model": "gpt-5", "messages": [{"role": "user", "content": "Weather in Bonn?"}]}
ANSWERED = {
    "id": "chatcmpl-1",
    "model": "gpt-5-2025",
    "choices": [{"message": {"role": "assistant", "content": "Sunny."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}},
}


def batches(path: Path) -> list[Batch]:
    return list(read_file(path))


def events(path: Path) -> list[Event]:
    return [mapped.event for batch in batches(path) for mapped in batch.mapped]


def exchange(url: str, asked: Any, answered: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    said = answered if isinstance(answered, str | bytes) else json.dumps(answered)
    return {
        "request": {
            "method": "POST",
            "uri": url,
            "body": json.dumps(asked),
            "headers": {"authorization": ["sk-hidden"]},
        },
        "response": {
            "status": {"code": status, "message": ""},
            "headers": {"Date": [DATE], **{name: [value] for name, value in headers.items()}},
            "body": {"string": said},
        },
    }


def recorded(tmp_path: Path, *exchanges: dict[str, Any]) -> list[Event]:
    path = tmp_path / "cassette.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "interactions": list(exchanges)}))
    return events(path)


def sse(*chunks: Any) -> str:
    return "".join(f"event: message\ndata: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def spoken(path: Path) -> list[str]:
    blocks = [block for batch in batches(path) for mapped in batch.mapped for block in mapped.blocks]
    return [
        part["content"]
        for block in blocks
        if block.kind == "message"
        for part in message_of(block).parts
        if "content" in part
    ]


def test_a_real_recording_has_its_calls_their_usage_and_the_tool_that_ran() -> None:
    found = events(CASSETTES / "test_function_tool_exception.yaml.gz")

    calls = [event for event in found if event.type == "llm_call"]
    assert [event.model_used for event in calls] == ["gpt-4o-2024-08-06"] * 2
    assert sum(event.input_tokens or 0 for event in calls) == 527
    assert sum(event.output_tokens or 0 for event in calls) == 40
    assert Counter(event.type for event in found) == {"llm_call": 2, "tool_call": 1}
    assert {event.provider for event in calls} == {"openai"}
    assert len({event.session_hint for event in found}) == 1


def test_traces_uploaded_in_the_same_recording_name_the_agents_and_count_nothing_twice() -> None:
    found = events(CASSETTES / "test_recipe_agents_hierarchy.yaml.gz")

    own = [event for event in found if event.session_hint]
    assert {event.agent_id for event in own} >= {"Main Chat Agent", "Recipe Editor Agent"}
    assert Counter(event.type for event in own)["handoff"] == 1
    keys = [event.usage_key for event in own if event.type == "llm_call"]
    assert len(keys) == len(set(keys)) == 7
    assert all(event.input_tokens for event in own if event.type == "llm_call")


def test_a_trace_that_tells_of_other_calls_stays_a_session_of_its_own() -> None:
    found = events(CASSETTES / "test_recipe_agents_hierarchy.yaml.gz")

    assert {event.agent_id for event in found if not event.session_hint} == {"Symphony Composer"}


def test_reading_a_recording_twice_gives_the_same_events() -> None:
    path = CASSETTES / "test_recipe_agents_hierarchy.yaml.gz"

    assert batches(path) == batches(path)


def test_times_come_from_the_answers_headers(tmp_path: Path) -> None:
    (call,) = recorded(tmp_path, exchange(CHAT_URL, ASKED, ANSWERED, **{"openai-processing-ms": "1500"}))

    assert (call.started_at_ns, call.ended_at_ns) == (ENDED_NS - 1_500_000_000, ENDED_NS)


def test_secrets_in_headers_and_addresses_are_left_out(tmp_path: Path) -> None:
    found = recorded(tmp_path, exchange(f"{GEMINI}:generateContent?key=hidden", {"contents": []}, {}))

    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("api.openai.com/v1", "openai"),
        ("my.openai.azure.com/openai/deployments/x", "azure.ai.openai"),
        ("api.groq.com/openai/v1", "groq"),
        ("localhost:8000/v1", "localhost"),
    ],
)
def test_the_host_names_the_provider(tmp_path: Path, host: str, provider: str) -> None:
    (call,) = recorded(tmp_path, exchange(f"https://{host}/chat/completions", ASKED, ANSWERED))

    assert (call.provider, call.input_tokens, call.cache_read_tokens) == (provider, 12, 4)


def test_a_chat_stream_is_put_together(tmp_path: Path) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": ""}}
    chunks = [
        {"id": "x", "model": "gpt-5", "choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [call]}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": '"Bonn"}'}}]}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}},
    ]

    found = recorded(tmp_path, exchange(CHAT_URL, {**ASKED, "stream": True}, sse(*chunks)))

    call_event, tool = found
    assert (call_event.input_tokens, call_event.output_tokens) == (5, 7)
    assert (tool.tool_name, tool.preview, tool.status) == ("weather", '{"city":"Bonn"}', "pending")


def test_an_anthropic_stream_is_put_together_with_its_cache(tmp_path: Path) -> None:
    usage = {"input_tokens": 3, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 1}
    block = {"type": "tool_use", "id": "t1", "name": "ls", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": '{"path": "/"}'}
    chunks = [
        {"type": "message_start", "message": {"id": "msg_1", "model": "claude-sonnet-5", "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Let me "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "look."}},
        {"type": "content_block_start", "index": 1, "content_block": block},
        {"type": "content_block_delta", "index": 1, "delta": delta},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 42}},
    ]
    asked = {"model": "claude-sonnet-5", "system": "Be brief.", "messages": [{"role": "user", "content": "ls"}]}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "bin etc"}
    answered = {"id": "msg_2", "content": [{"type": "text", "text": "Two."}], "usage": {"input_tokens": 1}}
    history = [*asked["messages"], {"role": "user", "content": [result]}]

    found = recorded(
        tmp_path,
        exchange(CLAUDE_URL, asked, sse(*chunks)),
        exchange(CLAUDE_URL, {**asked, "messages": history}, answered),
    )

    first = next(event for event in found if event.usage_key == "msg_1")
    tool = next(event for event in found if event.type == "tool_call")
    assert (first.input_tokens, first.output_tokens, first.cache_read_tokens) == (123, 42, 100)
    assert first.preview == "Let me look."
    assert (tool.tool_name, tool.preview, tool.status) == ("ls", '{"path":"/"}', "ok")


def test_gemini_answers_and_its_nameless_calls_are_matched_in_order(tmp_path: Path) -> None:
    def called(city: str) -> dict[str, Any]:
        return {"functionCall": {"name": "weather", "args": {"city": city}}}

    def told(what: str) -> dict[str, Any]:
        return {"functionResponse": {"name": "weather", "response": {"is": what}}}

    def answer(*parts: dict[str, Any]) -> dict[str, Any]:
        usage = {"promptTokenCount": 10, "candidatesTokenCount": 4, "thoughtsTokenCount": 6}
        return {"candidates": [{"content": {"role": "model", "parts": list(parts)}}], "usageMetadata": usage}

    first = {"role": "user", "parts": [{"text": "Bonn, then Ulm"}]}
    history = [first, {"role": "model", "parts": [called("Bonn")]}, {"role": "user", "parts": [told("sunny")]}]
    longer = [*history, {"role": "model", "parts": [called("Ulm")]}, {"role": "user", "parts": [told("rainy")]}]
    url = f"{GEMINI}:generateContent"

    found = recorded(
        tmp_path,
        exchange(url, {"contents": [first]}, answer(called("Bonn"))),
        exchange(url, {"contents": history}, answer(called("Ulm"))),
        exchange(
            f"{GEMINI}:streamGenerateContent?alt=sse",
            {"contents": longer},
            sse(answer({"text": "Sun, "}), answer({"text": "rain."})),
        ),
    )

    calls = [event for event in found if event.type == "llm_call"]
    tools = [event for event in found if event.type == "tool_call"]
    assert [(event.provider, event.model_used) for event in calls] == [("gcp.gemini", "gemini-2.5-pro")] * 3
    assert [(event.input_tokens, event.output_tokens, event.reasoning_tokens) for event in calls] == [(10, 10, 6)] * 3
    assert calls[-1].preview == "Sun, rain."
    assert [(event.preview, event.status) for event in tools] == [('{"city":"Bonn"}', "ok"), ('{"city":"Ulm"}', "ok")]


def test_bedrock_ollama_and_embeddings_are_calls_too(tmp_path: Path) -> None:
    said = {"role": "assistant", "content": [{"text": "Hi"}]}
    converse = {"output": {"message": said}, "usage": {"inputTokens": 2, "outputTokens": 1, "cacheReadInputTokens": 5}}
    local = {"message": {"role": "assistant", "content": "Hi"}, "prompt_eval_count": 9, "eval_count": 2, "done": True}
    asked = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}

    found = recorded(
        tmp_path,
        exchange("https://bedrock-runtime.eu-west-1.amazonaws.com/model/nova/converse", asked, converse),
        exchange("http://localhost:11434/api/chat", {**ASKED, "model": "qwen3"}, local),
        exchange(
            "https://api.openai.com/v1/embeddings", {"model": "e3", "input": "x"}, {"usage": {"prompt_tokens": 8}}
        ),
    )

    assert [(event.provider, event.input_tokens, event.preview) for event in found] == [
        ("aws.bedrock", 7, "Hi"),
        ("ollama", 9, "Hi"),
        ("openai", 8, "x"),
    ]


def test_an_answer_that_is_an_error_says_so(tmp_path: Path) -> None:
    error = {"error": {"type": "rate_limit_error", "message": "Slow down"}}

    (call,) = recorded(tmp_path, exchange(CLAUDE_URL, ASKED, error, status=429))

    assert (call.status, call.error_type, call.error) == ("error", "rate_limit_error", "Slow down")


def test_other_requests_are_kept_beside_the_calls(tmp_path: Path) -> None:
    found = recorded(tmp_path, exchange("https://api.tavily.com/search?q=x", {"q": "x"}, {"results": []}))

    assert [(event.type, event.name) for event in found] == [("span", "POST api.tavily.com/search")]


@pytest.mark.parametrize("packed", [True, False])
def test_bytes_and_compressed_answers_are_read(tmp_path: Path, packed: bool) -> None:
    said = json.dumps(ANSWERED).encode()

    (call,) = recorded(tmp_path, exchange(CHAT_URL, ASKED, gzip.compress(said) if packed else said))

    assert (call.preview, call.usage_key) == ("Sunny.", "chatcmpl-1")


def other_forms() -> dict[str, Any]:
    asked, said = json.dumps(ASKED), json.dumps(ANSWERED)
    har = {
        "startedDateTime": "2025-08-15T17:56:13.000Z",
        "time": 1000,
        "request": {"method": "POST", "url": CHAT_URL, "postData": {"text": asked}},
        "response": {"status": 200, "headers": [{"name": "Date", "value": DATE}], "content": {"text": said}},
    }
    ruby = {
        "request": {"method": "post", "uri": CHAT_URL, "body": {"encoding": "UTF-8", "string": asked}},
        "response": {"status": {"code": 200}, "body": {"base64_string": base64.b64encode(said.encode()).decode()}},
        "recorded_at": "Fri, 15 Aug 2025 17:56:14 GMT",
    }
    go = {
        "request": {"method": "POST", "url": CHAT_URL, "body": asked},
        "response": {"body": said, "code": 200, "status": "200 OK", "headers": {"Date": [DATE]}},
    }
    structured = {
        "request": {"method": "POST", "uri": CHAT_URL, "parsed_body": ASKED},
        "response": {"parsed_body": ANSWERED, "status": {"code": 200}, "headers": {"date": [DATE]}},
    }
    return {
        "har": {"log": {"version": "1.2", "entries": [har]}},
        "ruby": {"http_interactions": [ruby], "recorded_with": "VCR 6"},
        "go": {"version": 2, "interactions": [go]},
        "structured": {"interactions": [structured]},
    }


@pytest.mark.parametrize("form", ["har", "ruby", "go", "structured"])
def test_recordings_of_other_tools_are_read_alike(tmp_path: Path, form: str) -> None:
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(other_forms()[form]))

    (call,) = events(path)

    assert (call.type, call.preview, call.input_tokens, call.status) == ("llm_call", "Sunny.", 12, "ok")


def test_the_words_of_both_sides_are_there(tmp_path: Path) -> None:
    recorded(tmp_path, exchange(CHAT_URL, ASKED, ANSWERED))

    assert spoken(tmp_path / "cassette.yaml") == ["Weather in Bonn?", "Sunny."]


def test_a_recording_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "cassette.yaml"
    whole = yaml.safe_dump({"interactions": [exchange(CHAT_URL, ASKED, ANSWERED) for _ in range(3)]})
    path.write_text(whole[: whole.rindex("Sunny") + 5])

    found = batches(path)

    assert len([one for batch in found for one in batch.mapped]) == 2
    (problem,) = [problem for batch in found for problem in batch.problems]
    assert problem.line > 1


def test_a_recording_that_grows_without_end_through_aliases_is_refused(tmp_path: Path) -> None:
    lines = ["interactions:", "- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))

    (batch,) = batches(path)

    assert "aliases" in str(batch.problems[0])


def framed(kind: str, payload: Any) -> bytes:
    """A frame of AWS's event stream; its checksums are not looked at."""
    header = b"\x0b:event-type\x07" + len(kind).to_bytes(2) + kind.encode()
    body = json.dumps(payload).encode()
    return (16 + len(header) + len(body)).to_bytes(4) + len(header).to_bytes(4) + b"crc." + header + body + b"crc."


def test_a_bedrock_stream_is_put_together_from_its_frames(tmp_path: Path) -> None:
    frames = [
        framed("messageStart", {"role": "assistant"}),
        framed("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Let me look."}}),
        framed("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"name": "top", "toolUseId": "t1"}}}),
        framed("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"sign":'}}}),
        framed("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '"WZPZ"}'}}}),
        framed("messageStop", {"stopReason": "tool_use"}),
        framed("metadata", {"usage": {"inputTokens": 353, "outputTokens": 38}}),
    ]
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/claude-v1%3A0/converse-stream"

    call, tool = recorded(tmp_path, exchange(url, {"messages": []}, b"".join(frames)))

    assert (call.model_used, call.input_tokens, call.output_tokens) == ("claude-v1:0", 353, 38)
    assert (tool.tool_name, tool.preview) == ("top", '{"sign":"WZPZ"}')


def test_a_model_that_bedrock_only_passes_on_speaks_its_own_words(tmp_path: Path) -> None:
    def wrapped(event: Any) -> bytes:
        return framed("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()})

    frames = [
        wrapped({"type": "message_start", "message": {"id": "m1", "usage": {"input_tokens": 38}}}),
        wrapped({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Sure"}}),
        wrapped({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 246}}),
    ]
    host = "https://bedrock-runtime.us-east-1.amazonaws.com/model"
    answered = {"content": [{"type": "text", "text": "Hi"}], "usage": {"input_tokens": 1, "output_tokens": 2}}
    titan = {"inputTextTokenCount": 5, "results": [{"outputText": "Blue", "completionReason": "FINISH"}]}

    found = recorded(
        tmp_path,
        exchange(f"{host}/claude/invoke-with-response-stream", ASKED, b"".join(frames)),
        exchange(f"{host}/claude/invoke", ASKED, answered),
        exchange(f"{host}/titan/invoke", {"inputText": "Sky?"}, titan),
    )

    assert [(event.preview, event.input_tokens) for event in found] == [("Sure", 38), ("Hi", 1), ("Blue", 5)]


def test_plain_completions_are_calls_too(tmp_path: Path) -> None:
    url = "https://api.anthropic.com/v1/complete"
    chunks = [{"type": "completion", "completion": " Light", "model": "claude-2.1"}, {"completion": " scatters."}]
    answered = {"id": "cmpl-1", "choices": [{"text": "Light."}], "usage": {"prompt_tokens": 4, "completion_tokens": 2}}

    found = recorded(
        tmp_path,
        exchange(url, {"prompt": "Why?", "model": "claude-2.1"}, sse(*chunks)),
        exchange("https://api.openai.com/v1/completions", {"prompt": "Why?"}, answered),
    )

    assert [event.preview for event in found] == ["Light scatters.", "Light."]
    assert found[1].input_tokens == 4


def test_a_recording_without_headers_takes_its_times_from_the_answers(tmp_path: Path) -> None:
    plain = exchange(CHAT_URL, ASKED, {**ANSWERED, "created": 1_755_280_574})
    plain["response"]["headers"] = {}

    (call,) = recorded(tmp_path, plain)

    assert call.started_at_ns == ENDED_NS
