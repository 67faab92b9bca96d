"""The SDK stamps the session onto every span in its context, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sojourn


@pytest.fixture
def spans() -> tuple[TracerProvider, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(sojourn.SessionStamp())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


def test_spans_inside_carry_the_session_and_its_fields(spans: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = spans

    with sojourn.using_session("ticket-42", goal="refund"), provider.get_tracer("other").start_as_current_span("chat"):
        pass

    attributes = dict(exporter.get_finished_spans()[0].attributes or {})
    assert attributes == {"sojourn.session.id": "ticket-42", "sojourn.session.goal": "refund"}


def test_spans_outside_carry_nothing(spans: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = spans

    with sojourn.using_session("ticket-42"):
        pass
    with provider.get_tracer("other").start_as_current_span("chat"):
        pass

    assert not exporter.get_finished_spans()[0].attributes


def test_an_inner_session_replaces_the_outer_and_ends(spans: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = spans
    tracer = provider.get_tracer("other")

    with sojourn.using_session("outer", goal="all"):
        with sojourn.using_session("inner", parent_session_key="outer"), tracer.start_as_current_span("a"):
            pass
        with tracer.start_as_current_span("b"):
            pass

    named = {span.name: dict(span.attributes or {}) for span in exporter.get_finished_spans()}
    assert named["a"] == {"sojourn.session.id": "inner", "sojourn.session.parent_session_key": "outer"}
    assert named["b"] == {"sojourn.session.id": "outer", "sojourn.session.goal": "all"}


async def test_two_tasks_at_once_keep_their_own_session(spans: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = spans

    async def work(key: str) -> None:
        with sojourn.using_session(key):
            await asyncio.sleep(0)
            with provider.get_tracer("other").start_as_current_span(key):
                await asyncio.sleep(0)

    await asyncio.gather(work("one"), work("two"))

    assert {(span.name, (span.attributes or {})["sojourn.session.id"]) for span in exporter.get_finished_spans()} == {
        ("one", "one"),
        ("two", "two"),
    }


def test_a_misspelt_field_is_said_at_once() -> None:
    with pytest.raises(TypeError, match="gaol"), sojourn.using_session("ticket-42", gaol="refund"):
        pass
