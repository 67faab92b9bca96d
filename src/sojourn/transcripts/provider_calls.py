"""Model calls as providers' HTTP shows them: which API a request is for, and what it and its answer say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from sojourn.conventions.chat_messages import instructions_of, recognised_messages
from sojourn.conventions.values import amount_of, count_of, first_of, first_text, list_of, object_of, text_of
from sojourn.domain.messages import Message, text_message

Json = Mapping[str, Any]
# Which API a path belongs to; the first that fits.
PATHS = (
    ("uploads", re.compile(r"/traces/ingest$")),
    ("chat", re.compile(r"/chat/completions$")),
    ("responses", re.compile(r"/responses$")),
    ("anthropic", re.compile(r"/messages$|/anthropic/models/[^/]+:(streamRawPredict|rawPredict)$")),
    ("gemini", re.compile(r"/models/(?P<model>[^/]+):(streamGenerateContent|generateContent)$")),
    ("bedrock", re.compile(r"/model/(?P<model>[^/]+)/converse(-stream)?$")),
    ("bedrock_model", re.compile(r"/model/(?P<model>[^/]+)/invoke(-with-response-stream)?$")),
    ("completion", re.compile(r"/v1/complete$|/completions$|/api/generate$")),
    ("ollama", re.compile(r"/api/chat$")),
    ("embeddings", re.compile(r"/embeddings$")),
)
PROVIDERS = (
    ("openai.azure.com", "azure.ai.openai"),
    ("azure.com", "azure.ai.inference"),
    ("openai.com", "openai"),
    ("anthropic.com", "anthropic"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("amazonaws.com", "aws.bedrock"),
    ("mistral.ai", "mistral_ai"),
    ("groq.com", "groq"),
    ("deepseek.com", "deepseek"),
    ("perplexity.ai", "perplexity"),
    ("x.ai", "x_ai"),
    ("cohere.com", "cohere"),
    ("openrouter.ai", "openrouter"),
)


@dataclass(slots=True)
class ModelCall:
    """What a request and its answer say, in the words of Draft."""

    fields: dict[str, Any] = field(default_factory=dict)
    system: list[Message] = field(default_factory=list)
    inputs: list[Message] = field(default_factory=list)
    outputs: list[Message] = field(default_factory=list)
    tools: list[Any] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def api_of(url: str) -> tuple[str, str]:
    """The API that an address belongs to ("" if it is none of a model's) and the model that it names."""
    path = urlsplit(url).path.rstrip("/")
    for api, pattern in PATHS:
        if fits := pattern.search(path):
            return api, unquote(fits.groupdict().get("model") or "")
    return "", ""


def provider_of(url: str) -> str:
    host = (urlsplit(url).hostname or "").lower()
    known = next((name for end, name in PROVIDERS if host == end or host.endswith((f".{end}", f"-{end}"))), "")
    return known or host


def read_call(url: str, request: Json, response: Json) -> ModelCall:
    api, model = api_of(url)
    call = ModelCall()
    model = first_text(request, "model") or model
    call.fields = {
        "model_requested": model,
        "model_used": first_text(response, "model", "modelVersion") or model,
        "provider": provider_of(url),
        "usage_key": first_text(response, "id", "responseId"),
    }
    call.system = instructions_of({**request, **_instructions(request)})
    call.inputs = recognised_messages(_said(request)) or []
    call.tools = _tools(request)
    if api == "embeddings":
        call.details["operation"] = "embeddings"
        call.inputs = call.inputs or [text_message("user", text_of(request.get("input")))]
    READERS[api](call, response)
    return call


def _instructions(request: Json) -> Json:
    """Gemini writes its own in camel case; Bedrock and Anthropic may give a list of parts."""
    system = first_of(request, "system", "systemInstruction", "system_instruction", "instructions")
    if isinstance(system, Mapping) and isinstance(system.get("parts"), list):
        system = system["parts"]
    if isinstance(system, list):
        system = "\n".join(text_of(object_of(part).get("text")) for part in system)
    return {"system": system}


def _said(request: Json) -> Any:
    given = first_of(request, "messages", "input", "contents", "prompt", "inputText", "message")
    return [{"role": "user", "content": given}] if isinstance(given, str) else _plain(given)


def _plain(messages: Any) -> Any:
    """Bedrock's parts ({text}, {toolUse}, {toolResult}) in Anthropic's words; others as they are."""
    return [
        {**one, "content": [_part(part) for part in one["content"]]}
        if isinstance(one, Mapping) and isinstance(one.get("content"), list)
        else one
        for one in list_of(messages)
    ]


def _part(part: Any) -> Any:
    if not isinstance(part, Mapping) or "type" in part:
        return part
    if used := object_of(part.get("toolUse")):
        return {"type": "tool_use", "id": used.get("toolUseId"), "name": used.get("name"), "input": used.get("input")}
    if answered := object_of(part.get("toolResult")):
        content = [
            {"type": "text", "text": text_of(object_of(one).get("text") or one)}
            for one in list_of(answered.get("content"))
        ]
        return {"type": "tool_result", "tool_use_id": answered.get("toolUseId"), "content": content}
    return part


def _tools(request: Json) -> list[Any]:
    held = list_of(first_of(request, "tools", "functions") or object_of(request.get("toolConfig")).get("tools"))
    found: list[Any] = []
    for tool in held:
        declared = first_of(object_of(tool), "functionDeclarations", "function_declarations")
        found += declared if isinstance(declared, list) else [tool]
    return found


def _read_chat(call: ModelCall, response: Json) -> None:
    choices = [object_of(choice) for choice in list_of(response.get("choices"))]
    call.outputs = recognised_messages([_with_reasoning(object_of(choice.get("message"))) for choice in choices]) or []
    _finish(call, *(choice.get("finish_reason") for choice in choices))
    _read_openai_usage(call, object_of(response.get("usage")))


def _with_reasoning(message: Json) -> Json:
    """OpenRouter's name for what others call reasoning_content."""
    return {**message, "reasoning_content": first_of(message, "reasoning_content", "reasoning")}


def _read_completion(call: ModelCall, response: Json) -> None:
    """Text in, text out, as before there were messages; Bedrock's other models answer alike."""
    held = [response, *map(object_of, list_of(first_of(response, "choices", "results", "outputs", "generations")))]
    said = [text_of(first_of(one, "completion", "generation", "outputText", "text", "response")) for one in held]
    call.outputs = [text_message("assistant", "".join(said))] if any(said) else []
    _finish(call, *(first_of(one, "stop_reason", "finish_reason", "completionReason") for one in held))
    _read_openai_usage(call, object_of(response.get("usage")))
    given = first_of(response, "inputTokenCount", "inputTextTokenCount", "prompt_token_count", "prompt_eval_count")
    made = first_of(response, "outputTokenCount", "generation_token_count", "eval_count")
    call.fields["input_tokens"] = first_count(call.fields["input_tokens"], given)
    call.fields["output_tokens"] = first_count(call.fields["output_tokens"], made)


def first_count(*values: Any) -> int | None:
    return next((count for value in values if (count := count_of(value)) is not None), None)


def _read_bedrock_model(call: ModelCall, response: Json) -> None:
    """Each model in its own words."""
    if isinstance(response.get("content"), list):
        _read_anthropic(call, response)
    elif object_of(response.get("output")).get("message"):
        _read_bedrock(call, response)
    else:
        _read_completion(call, response)


def _read_responses(call: ModelCall, response: Json) -> None:
    call.outputs = recognised_messages(response.get("output")) or []
    _finish(call, response.get("status"))
    _read_openai_usage(call, object_of(response.get("usage")))


def _read_openai_usage(call: ModelCall, usage: Json) -> None:
    """Cached tokens are part of the input, reasoning part of the output."""
    given = object_of(first_of(usage, "input_tokens_details", "prompt_tokens_details"))
    made = object_of(first_of(usage, "output_tokens_details", "completion_tokens_details"))
    call.fields |= {
        "input_tokens": count_of(first_of(usage, "input_tokens", "prompt_tokens")),
        "output_tokens": count_of(first_of(usage, "output_tokens", "completion_tokens")),
        "cache_read_tokens": count_of(given.get("cached_tokens")),
        "reasoning_tokens": count_of(made.get("reasoning_tokens")),
    }
    if (cost := amount_of(usage.get("cost"))) is not None:  # OpenRouter tells it
        call.fields |= {"reported_cost_usd": cost, "reported_cost_by": "usage.cost"}


def _read_anthropic(call: ModelCall, response: Json) -> None:
    """`input_tokens` leaves the cache out."""
    content = response.get("content")
    call.outputs = recognised_messages([{"role": "assistant", "content": content}]) or [] if content else []
    _finish(call, response.get("stop_reason"))
    usage = object_of(response.get("usage"))
    read, written = (count_of(usage.get(f"cache_{name}_input_tokens")) for name in ("read", "creation"))
    given = count_of(usage.get("input_tokens"))
    call.fields |= {
        "input_tokens": None if given is None else given + (read or 0) + (written or 0),
        "output_tokens": count_of(usage.get("output_tokens")),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
    }


def _read_gemini(call: ModelCall, response: Json) -> None:
    """Thoughts are counted beside the output."""
    candidates = [object_of(candidate) for candidate in list_of(response.get("candidates"))]
    said = [{"role": "model", **object_of(candidate.get("content"))} for candidate in candidates]
    call.outputs = recognised_messages([one for one in said if one.get("parts")]) or []
    _finish(call, *(candidate.get("finishReason") for candidate in candidates))
    usage = object_of(response.get("usageMetadata"))
    thought, made = count_of(usage.get("thoughtsTokenCount")), count_of(usage.get("candidatesTokenCount"))
    call.fields |= {
        "input_tokens": count_of(usage.get("promptTokenCount")),
        "output_tokens": None if made is None and thought is None else (made or 0) + (thought or 0),
        "cache_read_tokens": count_of(usage.get("cachedContentTokenCount")),
        "reasoning_tokens": thought,
    }


def _read_bedrock(call: ModelCall, response: Json) -> None:
    """The cache is counted beside the input."""
    call.outputs = recognised_messages(_plain([object_of(response.get("output")).get("message")])) or []
    _finish(call, response.get("stopReason"))
    usage = object_of(response.get("usage"))
    read, written = count_of(usage.get("cacheReadInputTokens")), count_of(usage.get("cacheWriteInputTokens"))
    given = count_of(usage.get("inputTokens"))
    call.fields |= {
        "input_tokens": None if given is None else given + (read or 0) + (written or 0),
        "output_tokens": count_of(usage.get("outputTokens")),
        "cache_read_tokens": read,
        "cache_write_tokens": written,
    }


def _read_ollama(call: ModelCall, response: Json) -> None:
    call.outputs = recognised_messages([response.get("message")]) or []
    _finish(call, response.get("done_reason"))
    call.fields |= {
        "provider": "ollama",
        "input_tokens": count_of(response.get("prompt_eval_count")),
        "output_tokens": count_of(response.get("eval_count")),
    }


def _finish(call: ModelCall, *reasons: Any) -> None:
    if told := [text_of(reason) for reason in reasons if reason]:
        call.details["finish_reasons"] = told


READERS: dict[str, Callable[[ModelCall, Json], None]] = {
    "chat": _read_chat,
    "responses": _read_responses,
    "anthropic": _read_anthropic,
    "gemini": _read_gemini,
    "bedrock": _read_bedrock,
    "bedrock_model": _read_bedrock_model,
    "completion": _read_completion,
    "ollama": _read_ollama,
    "embeddings": _read_chat,
}
