"""An agent of the OpenAI Agents SDK that you can steer. It needs no API key: the model is a fake.

sojourn serve                                 # in one terminal
pip install openai-agents
python examples/openai_agents_steerable.py    # in another
"""

from __future__ import annotations

import asyncio
import json
import time

import httpx2
from agents import Agent, OpenAIResponsesModel, function_tool, set_tracing_disabled
from openai import AsyncOpenAI

import sojourn
from sojourn.integrations.openai_agents import SojournMemory, run_steered

KEY = "example-openai-agents"
ACTIONS = f"http://127.0.0.1:7437/api/v1/sessions/{KEY}/actions"
QUESTIONS = ("Is order 1 paid?", "Refund order 2", "Is order 3 paid?", "Refund order 4", "Is order 5 paid?")


@function_tool
async def look_up(order: int) -> str:
    await asyncio.sleep(5)  # so that you can pause, and see that it finishes
    return f"order {order} is paid"


@function_tool(needs_approval=True)
async def refund(order: int) -> str:
    return f"order {order} is refunded"


def fake_model(request: httpx2.Request) -> httpx2.Response:
    """It wants one tool for each question, and then says what the tool said."""
    last = json.loads(request.content)["input"][-1]
    if last.get("role") == "user":
        name = "refund" if "Refund" in last["content"] else "look_up"
        order = int("".join(filter(str.isdigit, last["content"])))
        call = {"name": name, "arguments": json.dumps({"order": order})}
        said = {"type": "function_call", "id": "fc", "call_id": f"call_{time.time_ns()}", "status": "completed", **call}
    else:
        text = {"type": "output_text", "text": f"So {last['output']}.", "annotations": []}
        said = {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [text]}
    tokens = len(request.content) // 4
    usage = {
        "input_tokens": tokens, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": tokens + 10,
    }  # fmt: skip
    answer = {
        "id": f"fake-{time.time_ns()}", "object": "response", "created_at": 1, "model": "fake-model",
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    }  # fmt: skip
    return httpx2.Response(200, json={**answer, "output": [said], "usage": usage})


async def main() -> None:
    print(f"See it at http://127.0.0.1:7437 as session {KEY}.")
    print(f"Pause it:  curl -X POST {ACTIONS}/pause -H 'content-type: application/json' -d '{{}}'")
    print(
        "Then resume, cancel, reset or compact it: the same with that word at the end. Refunds wait for your approval."
    )
    set_tracing_disabled(True)  # The framework would send its own traces to OpenAI.
    client = AsyncOpenAI(api_key="none", http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(fake_model)))
    model = OpenAIResponsesModel("fake-model", openai_client=client)  # With a key of yours: "gpt-5"
    agent = Agent("support", instructions="You are a support agent.", model=model, tools=[look_up, refund])
    async with client, sojourn.start_session(KEY, kind="conversation", agent_id="support") as session:
        memory = SojournMemory(session)
        for question in QUESTIONS:
            print(f"\nuser: {question}")
            result = await run_steered(agent, question, session, memory)
            print(f"agent: {result.final_output}")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except sojourn.SessionCanceled as canceled:
        print(f"\n{canceled}")
