"""The gate alone, where the order of events within one step of the event loop matters."""

from __future__ import annotations

import asyncio

import pytest

from sojourn.sdk.gate import Gate


@pytest.mark.parametrize("steps", range(6))
async def test_a_host_that_is_canceled_as_news_arrive_is_canceled(steps: int) -> None:
    gate = Gate("a session", lambda receipt: None, may_be_older=True)
    waiting = asyncio.create_task(gate.wait_async())
    await asyncio.sleep(0.01)
    assert not waiting.done(), "it waits for the first word"

    gate.hear()
    for _ in range(steps):
        await asyncio.sleep(0)
    is_in_time = waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled() == is_in_time
