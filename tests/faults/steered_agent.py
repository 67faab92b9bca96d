"""An agent in a process of its own: runs tools through the SDK and writes down when each of them starts.

python -m tests.faults.steered_agent KEY LOG [TOOLS] [TOOL_SECONDS]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import sojourn


def main(key: str, log: Path, tools: int, tool_s: float) -> None:
    def note(word: str) -> None:
        with log.open("a") as file:
            file.write(f"{time.time():.6f} {word}\n")

    try:
        with sojourn.start_session(key, goal="a steered run", agent_id="steered") as session:
            note("begun")
            for number in range(tools):
                with session.tool_call("work", {"number": number}) as call:
                    note("start")
                    time.sleep(tool_s)
                    call.result(number)
                    note("end")
                time.sleep(0.02)
        note("completed")
    except sojourn.SessionCanceled:
        note("canceled")


if __name__ == "__main__":
    main(
        sys.argv[1],
        Path(sys.argv[2]),
        int(sys.argv[3]) if len(sys.argv) > 3 else 10_000,
        float(sys.argv[4]) if len(sys.argv) > 4 else 0.2,
    )
