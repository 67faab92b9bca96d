"""Alerts: which signals are forwarded to whom, how soon, and how often a delivery is tried."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from sojourn.domain.signals import Signal

NS = 1_000_000_000
MINUTE_NS = 60 * NS
MAX_ATTEMPTS = 10  # about three hours and a half, with the waits below
FIRST_BACKOFF_NS = 5 * NS
BACKOFF_FACTOR = 3
MAX_BACKOFF_NS = 3_600 * NS
MAX_URL_CHARS = 2_000
MAX_RECIPIENTS = 20
MAX_ADDRESS_CHARS = 254
MAX_QUIET_MINUTES = 7 * 24 * 60
MIN_SECRET_CHARS = 16
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


class ChannelKind(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"


class DeliveryState(StrEnum):
    WAITING = "waiting"  # for its first try or for the next one
    SENT = "sent"
    FAILED = "failed"  # given up; a person may have it tried again


@dataclass(frozen=True, slots=True)
class Match:
    """Which signals: one of the values of each list that is not empty, and the words if there are any."""

    type: tuple[str, ...] = ()
    subtype: tuple[str, ...] = ()
    agent_id: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    policy_id: tuple[str, ...] = ()
    text: str = ""  # somewhere in the message, the type or the policy's name, in any case


@dataclass(frozen=True, slots=True)
class Channel:
    """Somebody who wants to know: a webhook, or people with e-mail addresses."""

    id: str
    workspace_id: str
    name: str
    kind: str  # a ChannelKind
    url: str = ""  # of a webhook
    recipients: tuple[str, ...] = ()  # of an e-mail
    secret: str = ""  # signs what a webhook is sent; told to nobody
    match: Match = field(default_factory=Match)
    quiet_minutes: int = 0  # a group that fires again so soon is sent once, with its count
    is_enabled: bool = True
    created_by: str = ""
    created_at_ns: int = 0
    updated_at_ns: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One group of signals for one channel, and how far it got."""

    id: str
    workspace_id: str
    channel_id: str
    signal_id: str
    session_id: str = ""
    count: int = 1  # how often the group had fired when this was promised
    state: str = DeliveryState.WAITING
    attempts: int = 0
    created_at_ns: int = 0
    next_at_ns: int = 0  # of one that waits: when it is tried
    tried_at_ns: int = 0
    sent_at_ns: int = 0
    last_error: str = ""


def matches(match: Match, signal: Signal, environment: str) -> bool:
    """`environment` is that of its session, "" without one."""
    told = {
        "type": signal.type,
        "subtype": signal.subtype,
        "agent_id": signal.agent_id,
        "environment": environment,
        "policy_id": signal.policy_id,
    }
    if any(wanted and told[name] not in wanted for name in told if (wanted := getattr(match, name))):
        return False
    said = f"{signal.type}/{signal.subtype} {signal.data.get('policy', '')} {signal.message}"
    return match.text.casefold() in said.casefold()


def backoff_ns(attempts: int) -> int:
    """How long to wait after so many tries that failed."""
    return int(min(MAX_BACKOFF_NS, FIRST_BACKOFF_NS * BACKOFF_FACTOR ** max(0, attempts - 1)))


def due_at_ns(channel: Channel, latest: Delivery | None, now_ns: int) -> int:
    """When a group that fired now is to be sent: at once, or when the quiet after its last alert is over."""
    if latest is None or latest.state != DeliveryState.SENT:
        return now_ns
    return max(now_ns, latest.sent_at_ns + channel.quiet_minutes * MINUTE_NS)


def fault_of(channel: Channel) -> str:
    """What is wrong with it, in words that begin with the field; "" if nothing is."""
    if channel.kind == ChannelKind.WEBHOOK:
        if channel.recipients:
            return "recipients: a webhook has none"
        return _fault_of_url(channel.url) or _fault_of_secret(channel.secret)
    if channel.url or channel.secret:
        return "url, secret: only a webhook has them"
    if not 1 <= len(channel.recipients) <= MAX_RECIPIENTS:
        return f"recipients: 1 to {MAX_RECIPIENTS} addresses are needed"
    for address in channel.recipients:
        if len(address) > MAX_ADDRESS_CHARS or ADDRESS.fullmatch(address) is None:
            return f"recipients: {address[:80]!r} is no e-mail address"
    return ""


def _fault_of_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "url: it is no URL"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "url: an http:// or https:// URL with a host is needed"
    if parts.username is not None or parts.password is not None:
        return "url: it may hold no name or password; they would be shown to everybody who sees the channel"
    if len(url) > MAX_URL_CHARS or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return f"url: it has blanks in it, or more than {MAX_URL_CHARS} characters"
    return ""


def _fault_of_secret(secret: str) -> str:
    if secret and len(secret) < MIN_SECRET_CHARS:
        return f"secret: at least {MIN_SECRET_CHARS} characters are needed"
    return ""
