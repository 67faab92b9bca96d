"""Sojourn: see, understand and steer every session of your AI agents.

In an agent's program:

    import sojourn

    sojourn.configure()
    with sojourn.using_session("ticket-42", goal="Refund order 1138", agent_id="support"):
        run_my_agent()
"""

from sojourn.sdk.session_context import using_session
from sojourn.sdk.stamping import SessionStamp, configure

__all__ = ["SessionStamp", "__version__", "configure", "using_session"]
__version__ = "0.1.0"
