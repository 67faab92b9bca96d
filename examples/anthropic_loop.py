"""A hand-written loop around the `anthropic` client that you can steer. It needs no API key: the model is a fake.

sojourn serve                        # in one terminal
pip install anthropic
python examples/anthropic_loop.py    # in another
"""

from __future__ import annotations

import json
import time

import httpx2
from anthropic import Anthropic

import sojourn
from sojourn.integrations.anthropic_client import ChatMemory, create, run_tools

KEY = "example-anthropic-loop"
ACTIONS = f"http://127.0.0.1:7437/api/v1/sessions/{KEY}/actions"
QUESTIONS = ("Is order 1 paid?", "Refund order 2", "Is order 3 paid?", "Refund order 4", "Is order 5 paid?")
TOOLS = [
    {"name": name, "input_schema": {"type": "object", "properties": {"order": {"type": "integer"}}}}
    for name in ("look_up", "refund")
]


def look_up(order: int) -> str:
    time.sleep(5)  # so that you can pause, and see that it finishes
    return f"order {order} is paid"


def refund(order: int) -> str:
    return f"order {order} is refunded"


def fake_model(request: httpx2.Request) -> httpx2.Response:
    """It wants one tool for each question, and then says what the tool said."""
    said = json.loads(request.content)["messages"][-1]["content"]
    if isinstance(said, str):
        name = "refund" if "Refund" in said else "look_up"
        order = int("".join(filter(str.isdigit, said)))
        block = {"type": "tool_use", "id": f"call_{time.time_ns()}", "name": name, "input": {"order": order}}
    else:
        block = {"type": "text", "text": f"So {said[0]['content']}."}
    answer = {"id": f"fake-{time.time_ns()}", "type": "message", "role": "assistant", "model": "fake-model"}
    stop_reason = "tool_use" if block["type"] == "tool_use" else "end_turn"
    usage = {"input_tokens": len(request.content) // 4, "output_tokens": 10}
    return httpx2.Response(200, json={**answer, "content": [block], "stop_reason": stop_reason, "usage": usage})


def main() -> None:
    # With a key of yours: client = Anthropic()
    client = Anthropic(api_key="none", http_client=httpx2.Client(transport=httpx2.MockTransport(fake_model)))
    print(f"See it at http://127.0.0.1:7437 as session {KEY}.")
    print(f"Pause it:  curl -X POST {ACTIONS}/pause -H 'content-type: application/json' -d '{{}}'")
    print(
        "Then resume, cancel, reset or compact it: the same with that word at the end. Refunds wait for your approval."
    )
    functions = {"look_up": look_up, "refund": refund}
    with client, sojourn.start_session(KEY, kind="conversation", agent_id="support") as session:
        memory = ChatMemory(session, system="You are a support agent.")
        for question in QUESTIONS:
            print(f"\nuser: {question}")
            with memory.turn(question):
                while True:
                    answer = create(session, client, memory, model="fake-model", max_tokens=1_000, tools=TOOLS)
                    if answer.stop_reason != "tool_use":
                        break
                    run_tools(session, memory, answer, functions, needs_approval={"refund"})
            print("agent:", "".join(block.text for block in answer.content if block.type == "text"))


if __name__ == "__main__":
    try:
        main()
    except sojourn.SessionCanceled as canceled:
        print(f"\n{canceled}")
