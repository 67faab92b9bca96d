"""`python -m bench [name …]`: measures and prints Markdown tables."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench import control, gateway_calls, ingest, large_session, million, sdk_overhead, search, under_load, visible

MEASURES: dict[str, Callable[[], list[str]]] = {
    "ingest": ingest.report,  # against Phoenix, the same load in one run
    "visible": visible.report,  # event sent until seen in the live stream
    "large_session": large_session.report,  # windows of a session of 100,000 events
    "million": million.report,  # the list of 1,000,000 sessions
    "search": search.report,  # words in gigabytes of content
    "control": control.report,  # a request until the agent's confirmation
    "sdk_overhead": sdk_overhead.report,  # what each event costs the agent
    "gateway_calls": gateway_calls.report,  # what agents of a vendor wait for during ingest
    "under_load": under_load.report,  # questions while ingest is at its limit
}


def main() -> None:
    names = sys.argv[1:] or list(MEASURES)
    for name in names:
        if name not in MEASURES:
            sys.exit(f"no measure named {name}; there are {', '.join(MEASURES)}")
        print(f"\n## {name}\n", flush=True)
        print("\n".join(MEASURES[name]()), flush=True)


if __name__ == "__main__":
    main()
