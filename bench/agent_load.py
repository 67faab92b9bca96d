"""A load of realistic agent sessions: repeated history, tools, subagents, errors. The same seed gives the same load.

A session of 20 spans: a root, model calls whose input repeats the history, tool calls between them, one subagent in
four sessions, an error in one tool call of twenty. About 3.4 KB of attributes a span, as measured on real agents
(docs/benchmarks.md says how).
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
    "al",
    "er",
    "in",
    "or",
    "us",
]
TOOLS = ("search_flights", "read_file", "run_tests", "get_weather", "lookup_order", "query_database")
AGENTS = ("support", "researcher", "coder", "triage", "billing")
MODELS = (
    ("openai", "gpt-4.1"),
    ("anthropic", "claude-sonnet-4-5"),
    ("openai", "gpt-4o-mini"),
    ("gcp.gemini", "gemini-2.5-flash"),
)
SYSTEM_PROMPT_WORDS = 90
TURNS = 10
MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """Sessions cut into requests, as an exporter would send them."""

    requests: list[bytes]  # gzip-compressed ExportTraceServiceRequest
    span_count: int
    session_count: int
    raw_bytes: int  # of the uncompressed requests


class Words:
    """Zipf-like prose, so that compression and search meet what they meet in reality."""

    def __init__(self, random_source: random.Random) -> None:
        self._random = random_source
        self._vocabulary = [
            "".join(random_source.choices(SYLLABLES, k=random_source.randint(1, 4))) for _ in range(8_000)
        ]
        self._weights = [1 / (rank + 3) for rank in range(len(self._vocabulary))]

    def text(self, count: int) -> str:
        return " ".join(self._random.choices(self._vocabulary, self._weights, k=count))


class SessionSpans:
    """One session's spans."""

    def __init__(self, number: int, random_source: random.Random, words: Words, started_ns: int) -> None:
        self._random = random_source
        self._words = words
        self._now = started_ns
        self._number = number
        self._trace_id = random_source.randbytes(16)
        self._agent = random_source.choice(AGENTS)
        self._provider, self._model = random_source.choice(MODELS)
        self._history: list[dict[str, object]] = []
        self.key = f"chat:{number}"
        self.spans: list[Span] = []

    def build(self) -> list[Span]:
        root_id = self._random.randbytes(8)
        started = self._now
        system = json.dumps(
            [{"type": "text", "content": f"You are {self._agent}. " + self._words.text(SYSTEM_PROMPT_WORDS)}]
        )
        self._say("user", self._words.text(25))
        parent = root_id
        for turn in range(TURNS):
            if turn == 4 and self._number % 4 == 0:
                parent = self._subagent(root_id)
            self._call_model(parent, system, is_last=turn == TURNS - 1)
            if turn < TURNS - 1:
                self._call_tool(parent)
        self._span(
            "invoke_agent " + self._agent,
            root_id,
            b"",
            started,
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": self._agent,
                "gen_ai.conversation.id": self.key,
                "gen_ai.provider.name": self._provider,
                "user.id": f"user-{self._number % 500}",
            },
        )
        return self.spans

    def _say(self, role: str, text: str) -> None:
        self._history.append({"role": role, "parts": [{"type": "text", "content": text}]})

    def _subagent(self, parent: bytes) -> bytes:
        span_id = self._random.randbytes(8)
        self._span(
            "invoke_agent helper",
            span_id,
            parent,
            self._now,
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "helper",
                "gen_ai.conversation.id": f"{self.key}/helper",
            },
        )
        return span_id

    def _call_model(self, parent: bytes, system: str, is_last: bool) -> None:
        started, tool = self._now, self._random.choice(TOOLS)
        self._now += self._random.randint(200, 3_000) * MS
        parts: list[dict[str, object]] = [{"type": "text", "content": self._words.text(70 if is_last else 30)}]
        if not is_last:
            self._call_id = f"call_{self._random.getrandbits(64):x}"
            self._tool = tool
            parts.append(
                {"type": "tool_call", "id": self._call_id, "name": tool, "arguments": {"query": self._words.text(6)}}
            )
        answer = {"role": "assistant", "parts": parts}
        messages = json.dumps(self._history)
        self._span(
            f"chat {self._model}",
            self._random.randbytes(8),
            parent,
            started,
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": self._provider,
                "gen_ai.request.model": self._model,
                "gen_ai.response.model": self._model,
                "gen_ai.response.id": f"resp_{self._random.getrandbits(96):x}",
                "gen_ai.usage.input_tokens": len(messages) // 4,
                "gen_ai.usage.output_tokens": 90,
                "gen_ai.usage.cache_read.input_tokens": len(messages) // 8,
                "gen_ai.system_instructions": system,
                "gen_ai.input.messages": messages,
                "gen_ai.output.messages": json.dumps([answer]),
            },
        )
        self._history.append(answer)

    def _call_tool(self, parent: bytes) -> None:
        started = self._now
        self._now += self._random.randint(5, 900) * MS
        result = self._words.text(95)
        is_error = self._random.random() < 0.05
        self._span(
            f"execute_tool {self._tool}",
            self._random.randbytes(8),
            parent,
            started,
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": self._tool,
                "gen_ai.tool.call.id": self._call_id,
                "gen_ai.tool.call.arguments": json.dumps({"query": self._words.text(6)}),
                "gen_ai.tool.call.result": result,
            },
            error="TimeoutError" if is_error else "",
        )
        self._history.append(
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": self._call_id, "response": result}]}
        )

    def _span(
        self, name: str, span_id: bytes, parent: bytes, started: int, attributes: dict[str, object], error: str = ""
    ) -> None:
        if error:
            attributes = {**attributes, "error.type": error}
        self._now += MS
        self.spans.append(
            Span(
                trace_id=self._trace_id,
                span_id=span_id,
                parent_span_id=parent,
                name=name,
                kind=Span.SPAN_KIND_CLIENT,
                start_time_unix_nano=started,
                end_time_unix_nano=self._now,
                attributes=list(map(_attribute, attributes.items())),
                status=Status(code=Status.STATUS_CODE_ERROR, message=error) if error else Status(),
            )
        )


def build_load(
    sessions: int, spans_a_request: int = 500, seed: int = 7, first_number: int = 0, end_ns: int = 0
) -> Load:
    """Requests of whole and cut sessions; the sessions end one second apart, the last at `end_ns`."""
    requests, raw_bytes, span_count = [], 0, 0
    for raw, spans in _requests(sessions, spans_a_request, seed, first_number, end_ns):
        requests.append(gzip.compress(raw, compresslevel=6))
        raw_bytes += len(raw)
        span_count += spans
    return Load(requests, span_count, sessions, raw_bytes)


def _requests(
    sessions: int, spans_a_request: int, seed: int, first_number: int, end_ns: int
) -> Iterator[tuple[bytes, int]]:
    random_source = random.Random(seed)
    words = Words(random_source)
    waiting: list[Span] = []
    for number in range(first_number, first_number + sessions):
        started = end_ns - (first_number + sessions - number) * 1_000 * MS
        waiting += SessionSpans(number, random_source, words, started).build()
        while len(waiting) >= spans_a_request:
            yield _request(waiting[:spans_a_request]), spans_a_request
            waiting = waiting[spans_a_request:]
    if waiting:
        yield _request(waiting), len(waiting)


def _request(spans: list[Span]) -> bytes:
    resource = Resource(
        attributes=[
            _attribute(("service.name", "bench-agents")),
            _attribute(("deployment.environment.name", "production")),
        ]
    )
    scope = InstrumentationScope(name="bench.agents", version="1")
    scoped = ScopeSpans(scope=scope, spans=spans)
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[scoped])]
    ).SerializeToString()


def _attribute(item: tuple[str, object]) -> KeyValue:
    key, value = item
    if isinstance(value, bool):
        return KeyValue(key=key, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=key, value=AnyValue(int_value=value))
    return KeyValue(key=key, value=AnyValue(string_value=str(value)))
