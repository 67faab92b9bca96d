"""A Pydantic AI agent that you can steer. It needs no API key: the model is a fake.

sojourn serve                               # in one terminal
pip install pydantic-ai-slim
python examples/pydantic_ai_steerable.py    # in another
"""

from __future__ import annotations

import asyncio

from pydantic_ai import Agent, Tool
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

import sojourn
from sojourn.integrations.pydantic_ai import SojournMemory, SojournSteering

KEY = "example-pydantic-ai"
ACTIONS = f"http://127.0.0.1:7437/api/v1/sessions/{KEY}/actions"
QUESTIONS = ("Is order 1 paid?", "Refund order 2", "Is order 3 paid?", "Refund order 4", "Is order 5 paid?")


async def look_up(order: int) -> str:
    await asyncio.sleep(5)  # so that you can pause, and see that it finishes
    return f"order {order} is paid"


async def refund(order: int) -> str:
    return f"order {order} is refunded"


def fake_model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """It wants one tool for each question, and then says what the tool said."""
    last = messages[-1].parts[-1]
    if isinstance(last, UserPromptPart):
        question = str(last.content)
        name = "refund" if "Refund" in question else "look_up"
        order = int("".join(filter(str.isdigit, question)))
        return ModelResponse(parts=[ToolCallPart(name, {"order": order})])
    return ModelResponse(parts=[TextPart(f"So {last.content}." if isinstance(last, ToolReturnPart) else "Hm.")])


async def main() -> None:
    print(f"See it at http://127.0.0.1:7437 as session {KEY}.")
    print(f"Pause it:  curl -X POST {ACTIONS}/pause -H 'content-type: application/json' -d '{{}}'")
    print(
        "Then resume, cancel, reset or compact it: the same with that word at the end. Refunds wait for your approval."
    )
    async with sojourn.start_session(KEY, kind="conversation", agent_id="support") as session:
        memory = SojournMemory(session)
        agent = Agent(
            FunctionModel(fake_model),  # With a key of yours: "openai:gpt-5"
            instructions="You are a support agent.",
            tools=[Tool(look_up), Tool(refund, requires_approval=True)],
            capabilities=[SojournSteering(session, memory)],
        )
        for question in QUESTIONS:
            print(f"\nuser: {question}")
            result = await agent.run(question, message_history=memory.messages())
            print(f"agent: {result.output}")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except sojourn.SessionCanceled as canceled:
        print(f"\n{canceled}")
