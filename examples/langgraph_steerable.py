"""A LangChain agent on LangGraph that you can steer. No API key: its model follows a script.

pip install sojourn langchain
sojourn serve                                # in another terminal
python examples/langgraph_steerable.py
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver

import sojourn
from sojourn.integrations.langgraph import SojournMiddleware

FIRST_ORDER = 1001
REFUND_EVERY = 3  # orders
WEB_APP = os.environ.get("SOJOURN_URL", "http://127.0.0.1:7437")
ALLOW = "sojourn tasks list, then sojourn tasks complete ID --approve (or --deny)"


def say(line: str) -> None:
    print(line, flush=True)


class ScriptedChatModel(BaseChatModel):
    """Looks each order up, refunds what was paid twice, then answers."""

    model_name: str = "scripted-1"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> ScriptedChatModel:
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        read = [message.text.replace("\n", " ") for message in messages if message.text]
        say(f"[model] reads {len(read)} messages: {' | '.join(read)}")
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages))])

    def _answer(self, messages: list[BaseMessage]) -> AIMessage:
        asked = [message.text for message in messages if isinstance(message, HumanMessage)][-1]
        order, done = int(asked.split()[-1].rstrip(".")), messages[-1]
        if not isinstance(done, ToolMessage):
            return call("look_up_order", order=order)
        if done.name == "look_up_order" and done.text == "paid twice":
            say(f"[model] wants refund_order({order}, 50): a person must allow it: {ALLOW}")
            return call("refund_order", order=order, amount=50)
        usage = {"input_tokens": 10 * len(messages), "output_tokens": 5, "total_tokens": 10 * len(messages) + 5}
        return AIMessage(f"Order {order}: {done.text}.", usage_metadata=usage)


def call(tool: str, **arguments: Any) -> AIMessage:
    call_id = f"{tool}-{arguments['order']}-{time.monotonic_ns()}"
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": call_id, "type": "tool_call"}])


def refund_order(order: int, amount: int) -> str:
    """Pays money back."""
    say(f"[tool]  refund_order({order}, {amount}) starts")
    return "refunded"


def work_through(session: sojourn.Session, orders: int, seconds: float) -> None:
    def look_up_order(order: int) -> str:
        """Looks an order up."""
        say(f"[tool]  look_up_order({order}) starts")
        time.sleep(seconds)
        say(f"[tool]  look_up_order({order}) ends")
        return "paid twice" if order % REFUND_EVERY == 0 else "paid"

    agent = create_agent(
        ScriptedChatModel(),
        [look_up_order, refund_order],
        system_prompt="Check the orders.",
        middleware=[SojournMiddleware(session, approve={"refund_order"})],
        checkpointer=InMemorySaver(),
    )
    for order in range(FIRST_ORDER, FIRST_ORDER + orders):
        question = {"messages": [HumanMessage(f"Please check order {order}.")]}
        with session.turn():
            result = agent.invoke(question, {"configurable": {"thread_id": session.key}})
        say(f"[agent] {result['messages'][-1].text}")
        time.sleep(seconds)


def explain(key: str) -> None:
    say(f"The agent works. See it at {WEB_APP}, and steer it there or from another terminal:")
    for verb in ("pause", "resume", "reset", "compact", "cancel"):
        say(f"    sojourn sessions {verb} {key}")
    say("(Reset and compact work while it is paused, or between two orders.)")


def main() -> None:
    parser = argparse.ArgumentParser(description="A LangChain agent that you can steer.")
    parser.add_argument("--key", default="langgraph-example", help="the session's key")
    parser.add_argument("--orders", type=int, default=30, help="how many orders it checks")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a look-up takes")
    options = parser.parse_args()
    explain(options.key)
    try:
        with sojourn.start_session(
            options.key, kind="conversation", agent_id="support", goal="Check orders"
        ) as session:
            work_through(session, options.orders, options.seconds)
        say("Done.")
    except sojourn.SessionCanceled as canceled:
        say(f"Stopped: {canceled}")


if __name__ == "__main__":
    main()
