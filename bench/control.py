"""How long it takes from an operator's request to the agent's confirmation: an idle agent, a real server, real HTTP.

The agent is this process's SDK, waiting between two tool calls.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import httpx

import sojourn
from bench.sending import percentile
from bench.servers import sojourn_server

KEY = "bench-control"
ROUNDS = 100
REGISTER_TIMEOUT_S = 30


def report() -> list[str]:
    with tempfile.TemporaryDirectory() as folder, sojourn_server(Path(folder) / "data") as server:
        sojourn.configure(server.url, spool_dir=str(Path(folder) / "spool"))
        is_over = threading.Event()
        agent = threading.Thread(target=_idle_agent, args=(is_over,), daemon=True)
        agent.start()
        with httpx.Client(base_url=server.url, timeout=40) as operator:
            _until_controllable(operator)
            pauses, resumes = _measured(operator)
        is_over.set()
        agent.join(10)
        sojourn.shutdown()
    return [
        f"{ROUNDS} pauses and resumes of an idle agent, from the request to its confirmation.",
        "",
        "| what | p50 ms | p95 ms | worst ms | goal |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {percentile(took, 0.5):.0f} | {percentile(took, 0.95):.0f} | {max(took):.0f} | p95 1,000 |"
            for name, took in (("pause", pauses), ("resume", resumes))
        ),
    ]


def _idle_agent(is_over: threading.Event) -> None:
    with sojourn.start_session(KEY, goal="wait to be steered", agent_id="idle") as session:
        while not is_over.wait(0.01):
            session.checkpoint()


def _until_controllable(operator: httpx.Client) -> None:
    until_s = time.monotonic() + REGISTER_TIMEOUT_S
    while time.monotonic() < until_s:
        answer = operator.get(f"/api/v1/sessions/{KEY}")
        if answer.status_code == 200 and answer.json()["controllable"]:
            return
        time.sleep(0.1)
    raise RuntimeError("the agent did not register")


def _measured(operator: httpx.Client) -> tuple[list[float], list[float]]:
    took: dict[str, list[float]] = {"pause": [], "resume": []}
    for _ in range(ROUNDS):
        for verb, durations_ms in took.items():
            begun_s = time.perf_counter()
            command = operator.post(f"/api/v1/sessions/{KEY}/actions/{verb}", json={}).json()["command"]
            settled = operator.get(f"/api/v1/commands/{command['id']}", params={"wait_s": 30}).json()
            durations_ms.append(1_000 * (time.perf_counter() - begun_s))
            if settled["status"] != "applied":
                raise RuntimeError(f"{verb} was {settled['status']}")
            time.sleep(0.05)
    return took["pause"], took["resume"]
