"""A hand-written loop around the `openai` client that you can steer. It needs no API key: the model is a fake.

sojourn serve                     # in one terminal
pip install openai
python examples/openai_loop.py    # in another
"""

from __future__ import annotations

import json
import time

import httpx2
from openai import OpenAI

import sojourn
from sojourn.integrations.openai_client import ChatMemory, complete, run_tools

KEY = "example-openai-loop"
ACTIONS = f"http://127.0.0.1:7437/api/v1/sessions/{KEY}/actions"
QUESTIONS = ("Is order 1 paid?", "Refund order 2", "Is order 3 paid?", "Refund order 4", "Is order 5 paid?")
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"properties": {"order": {"type": "integer"}}}}}
    for name in ("look_up", "refund")
]


def look_up(order: int) -> str:
    time.sleep(5)  # so that you can pause, and see that it finishes
    return f"order {order} is paid"


def refund(order: int) -> str:
    return f"order {order} is refunded"


def fake_model(request: httpx2.Request) -> httpx2.Response:
    """It wants one tool for each question, and then says what the tool said."""
    last = json.loads(request.content)["messages"][-1]
    message: dict[str, object] = {"role": "assistant", "content": f"So {last['content']}."}
    if last["role"] == "user":
        name = "refund" if "Refund" in last["content"] else "look_up"
        order = int("".join(filter(str.isdigit, last["content"])))
        call = {"name": name, "arguments": json.dumps({"order": order})}
        message = {
            "role": "assistant", "content": None,
            "tool_calls": [{"id": f"call_{time.time_ns()}", "type": "function", "function": call}],
        }  # fmt: skip
    usage = {"prompt_tokens": len(request.content) // 4, "completion_tokens": 10, "total_tokens": 0}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer = {"id": f"fake-{time.time_ns()}", "object": "chat.completion", "created": 1, "model": "fake-model"}
    return httpx2.Response(200, json={**answer, "choices": [choice], "usage": usage})


def main() -> None:
    # With a key of yours: client = OpenAI()
    client = OpenAI(api_key="none", http_client=httpx2.Client(transport=httpx2.MockTransport(fake_model)))
    print(f"See it at http://127.0.0.1:7437 as session {KEY}.")
    print(f"Pause it:  curl -X POST {ACTIONS}/pause -H 'content-type: application/json' -d '{{}}'")
    print(
        "Then resume, cancel, reset or compact it: the same with that word at the end. Refunds wait for your approval."
    )
    with client, sojourn.start_session(KEY, kind="conversation", agent_id="support") as session:
        memory = ChatMemory(session, system="You are a support agent.")
        for question in QUESTIONS:
            print(f"\nuser: {question}")
            with memory.turn(question):
                while (answer := complete(session, client, memory, model="fake-model", tools=TOOLS)).tool_calls:
                    run_tools(
                        session, memory, answer, {"look_up": look_up, "refund": refund}, needs_approval={"refund"}
                    )
            print(f"agent: {answer.content}")


if __name__ == "__main__":
    try:
        main()
    except sojourn.SessionCanceled as canceled:
        print(f"\n{canceled}")
