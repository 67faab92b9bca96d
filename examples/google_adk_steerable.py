"""A Google ADK agent that you can steer. No API key: its model follows a script.

pip install sojourn google-adk
sojourn serve                                # in another terminal
python examples/google_adk_steerable.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import AsyncGenerator

from google.adk.agents import LlmAgent
from google.adk.apps import App
from google.adk.models.base_llm import BaseLlm
from google.adk.models.llm_request import LlmRequest
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai.types import Content, FunctionCall, GenerateContentResponseUsageMetadata, Part

import sojourn
from sojourn.integrations.google_adk import SojournPlugin

FIRST_ORDER = 1001
REFUND_EVERY = 3  # orders
WEB_APP = os.environ.get("SOJOURN_URL", "http://127.0.0.1:7437")
ALLOW = "sojourn tasks list, then sojourn tasks complete ID --approve (or --deny)"


def say(line: str) -> None:
    print(line, flush=True)


def look_up_order(order: int) -> str:
    """Looks an order up."""
    say(f"[tool]  look_up_order({order}) starts")
    time.sleep(options.seconds)
    say(f"[tool]  look_up_order({order}) ends")
    return "paid twice" if order % REFUND_EVERY == 0 else "paid"


def refund_order(order: int, amount: int) -> str:
    """Pays money back."""
    say(f"[tool]  refund_order({order}, {amount}) starts")
    return "refunded"


class ScriptedLlm(BaseLlm):
    """Looks each order up, refunds what was paid twice, then answers."""

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        read = [part.text for content in llm_request.contents for part in content.parts or [] if part.text]
        say(f"[model] reads {len(read)} messages: {' | '.join(text.replace(chr(10), ' ') for text in read)}")
        answer = Content(role="model", parts=[self.next_part(llm_request.contents)])
        usage = GenerateContentResponseUsageMetadata(prompt_token_count=10 * len(read), candidates_token_count=5)
        yield LlmResponse(content=answer, usage_metadata=usage)

    def next_part(self, contents: list[Content]) -> Part:
        asked = [part.text for content in contents if content.role == "user" for part in content.parts if part.text]
        order = int(asked[-1].split()[-1].rstrip("."))
        done = contents[-1].parts[0].function_response
        if done is None:
            return Part(function_call=FunctionCall(name="look_up_order", args={"order": order}))
        if done.name == "look_up_order" and done.response == {"result": "paid twice"}:
            say(f"[model] wants refund_order({order}, 50): a person must allow it: {ALLOW}")
            return Part(function_call=FunctionCall(name="refund_order", args={"order": order, "amount": 50}))
        result = done.response or {}
        return Part(text=f"Order {order}: {result.get('result') or result.get('error')}.")


async def work_through(session: sojourn.Session, orders: int) -> None:
    agent = LlmAgent(
        name="support",
        model=ScriptedLlm(model="scripted-1"),
        instruction="Check the orders.",
        tools=[look_up_order, refund_order],
    )
    plugin = SojournPlugin(session, approve={"refund_order"})
    runner = Runner(
        app=App(name="steerable", root_agent=agent, plugins=[plugin]), session_service=InMemorySessionService()
    )
    await runner.session_service.create_session(app_name="steerable", user_id="you", session_id="thread")
    for order in range(FIRST_ORDER, FIRST_ORDER + orders):
        question = Content(role="user", parts=[Part(text=f"Please check order {order}.")])
        with session.turn():
            async for event in runner.run_async(user_id="you", session_id="thread", new_message=question):
                if event.is_final_response() and event.content:
                    say(f"[agent] {event.content.parts[0].text}")
        await asyncio.sleep(options.seconds)


def explain(key: str) -> None:
    say(f"The agent works. See it at {WEB_APP}, and steer it there or from another terminal:")
    for verb in ("pause", "resume", "reset", "compact", "cancel"):
        say(f"    sojourn sessions {verb} {key}")
    say("(Reset and compact work while it is paused, or between two orders.)")


def main() -> None:
    explain(options.key)
    try:
        with sojourn.start_session(
            options.key, kind="conversation", agent_id="support", goal="Check orders"
        ) as session:
            asyncio.run(work_through(session, options.orders))
        say("Done.")
    except sojourn.SessionCanceled as canceled:
        say(f"Stopped: {canceled}")


parser = argparse.ArgumentParser(description="A Google ADK agent that you can steer.")
parser.add_argument("--key", default="adk-example", help="the session's key")
parser.add_argument("--orders", type=int, default=30, help="how many orders it checks")
parser.add_argument("--seconds", type=float, default=2.0, help="how long a look-up takes")
options = parser.parse_args()

if __name__ == "__main__":
    main()
