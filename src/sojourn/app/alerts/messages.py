"""What an alert says: the JSON of a webhook, and the words that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sojourn.app.views.signal_rows import signal_json
from sojourn.app.views.times import rfc3339
from sojourn.domain.alerts import Channel
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal

MAX_HEADLINE_CHARS = 200
MAX_FACT_CHARS = 500
TEST_SUBTYPE = "test"


@dataclass(frozen=True, slots=True)
class Alert:
    """One group of signals as it is now, on its way to one channel."""

    delivery_id: str
    channel: Channel
    signal: Signal
    session: Session | None = None  # None if it belongs to none
    is_test: bool = False

    @property
    def idempotency_key(self) -> str:
        """The same until the group has fired again: then there is something new to tell."""
        return f"{self.delivery_id}.{self.signal.count}"


def test_alert(channel: Channel, delivery_id: str, now_ns: int) -> Alert:
    signal = Signal(
        id=delivery_id,
        workspace_id=channel.workspace_id,
        type="alert",
        subtype=TEST_SUBTYPE,
        message=f"This is a test of the channel “{channel.name}”. Alerts will look like this.",
        first_at_ns=now_ns,
        last_at_ns=now_ns,
    )
    return Alert(delivery_id, channel, signal, is_test=True)


def document(alert: Alert, public_url: str, now_ns: int) -> dict[str, Any]:
    """The body of a webhook."""
    session = alert.session
    told = None
    if session is not None:
        told = {
            "id": session.id,
            "key": session.key,
            "goal": session.goal,
            "agent_id": session.agent_id,
            "environment": session.environment,
            "status": str(session.status),
        }
    return {
        "type": "test" if alert.is_test else "signal",
        "delivery_id": alert.delivery_id,
        "channel": {"id": alert.channel.id, "name": alert.channel.name},
        "sent_at": rfc3339(now_ns),
        "text": f"{headline(alert)} {link(alert, public_url)}",
        "signal": signal_json(alert.signal),
        "session": told,
        "session_key": alert.signal.session_key,
        "url": link(alert, public_url),
    }


def headline(alert: Alert) -> str:
    """One line without control characters, as a subject needs."""
    signal = alert.signal
    times = f" (fired {signal.count} times)" if signal.count > 1 else ""
    words = " ".join(f"{signal.type}/{signal.subtype}: {signal.message}".split())
    return "".join(one for one in words if one.isprintable())[: MAX_HEADLINE_CHARS - len(times)] + times


def facts(alert: Alert) -> list[tuple[str, str]]:
    """What is known of it, by name; nothing that is empty."""
    signal, session = alert.signal, alert.session
    fired = f"{signal.count} times" if signal.count > 1 else "once"
    found = (
        ("Signal", f"{signal.type}/{signal.subtype}"),
        ("Policy", str(signal.data.get("policy") or "")),
        ("Action", " – ".join(part for part in (signal.action, signal.outcome) if part)),
        ("Session", session.goal or session.key if session else signal.session_key),
        ("Session key", signal.session_key),
        ("Agent", signal.agent_id),
        ("Environment", session.environment if session else ""),
        ("Fired", fired),
        ("First", rfc3339(signal.first_at_ns) or ""),
        ("Last", rfc3339(signal.last_at_ns) or ""),
    )
    return [(name, value[:MAX_FACT_CHARS]) for name, value in found if value]


def link(alert: Alert, public_url: str) -> str:
    """The web app where the alert is about something: the signal on the timeline of its session."""
    if alert.is_test:
        return channels_link(public_url)
    signal = alert.signal
    if not signal.session_key:
        return f"{public_url}/signals"
    event = quote(f"signal:{signal.id}", safe="")
    return f"{public_url}/sessions/{quote(signal.session_key, safe='')}?tab=timeline&event={event}"


def channels_link(public_url: str) -> str:
    return f"{public_url}/signals/alerts"
