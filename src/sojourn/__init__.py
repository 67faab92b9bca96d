"""Sojourn: see, understand and steer every session of your AI agents.

import sojourn

with sojourn.start_session(goal="Refund order 1138", agent_id="support") as session:
    with session.llm_call(model="gpt-5", provider="openai", input=messages) as call:
        call.record(output=ask_the_model(messages))
"""

from sojourn.sdk.drops import Dropped
from sojourn.sdk.errors import ApprovalDenied, InvalidMetric, SessionCanceled
from sojourn.sdk.memory import Compaction
from sojourn.sdk.session import Session, current_session
from sojourn.sdk.session_context import using_session
from sojourn.sdk.sessions import dropped, flush, shutdown, start_session
from sojourn.sdk.stamping import SessionStamp, configure
from sojourn.sdk.tasks import Answer
from sojourn.sdk.tools import require_approval, tool

__all__ = [
    "Answer",
    "ApprovalDenied",
    "Compaction",
    "Dropped",
    "InvalidMetric",
    "Session",
    "SessionCanceled",
    "SessionStamp",
    "__version__",
    "configure",
    "current_session",
    "dropped",
    "flush",
    "require_approval",
    "shutdown",
    "start_session",
    "tool",
    "using_session",
]
__version__ = "0.1.0"
