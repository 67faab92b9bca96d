"""Alerts as e-mail."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from urllib.parse import unquote, urlsplit

import aiosmtplib

from sojourn.app.alerts.errors import NotSent
from sojourn.app.alerts.messages import Alert, channels_link, facts, headline, link
from sojourn.app.views.times import NS_PER_S

SENT_WITHIN_S = 20.0  # the whole conversation with the mail server
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
NEEDED = "e-mail needs a mail server: set SOJOURN_SMTP_URL and SOJOURN_SMTP_FROM (docs/settings.md)"


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    username: str
    password: str
    is_tls: bool  # from the first byte
    start_tls: bool | None  # None: if the server offers it
    sender: str  # with or without a name before the address

    @property
    def address(self) -> str:
        return parseaddr(self.sender)[1]


def mail_server(url: str, sender: str) -> MailServer | None:
    """None if none is configured. A password never travels in the clear to another machine."""
    if not url or not sender:
        return None
    parts = urlsplit(url)
    host = parts.hostname or ""
    start_tls: bool | None = None
    if parts.scheme == "smtps":
        start_tls = False
    elif parts.scheme == "smtp+starttls" or (parts.username and host not in LOOPBACK):
        start_tls = True
    return MailServer(
        host=host,
        port=parts.port or PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=parts.scheme == "smtps",
        start_tls=start_tls,
        sender=sender,
    )


async def send(server: MailServer | None, alert: Alert, public_url: str, now_ns: int) -> str:
    """What the mail server had against some of the recipients; raises NotSent if nobody gets it."""
    if server is None:
        raise NotSent(NEEDED)
    message = written(server, alert, public_url, now_ns)
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            refused, _ = await aiosmtplib.send(
                message,
                sender=server.address,
                recipients=list(alert.channel.recipients),
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                use_tls=server.is_tls,
                start_tls=server.start_tls,
                # Encryption that is only taken where it is offered keeps nobody out by checking names.
                validate_certs=server.start_tls is not None,
                local_hostname=_own_name(),
                timeout=SENT_WITHIN_S,
            )
    except TimeoutError as error:
        raise NotSent(f"the mail server was not done within {SENT_WITHIN_S:g} s") from error
    except aiosmtplib.SMTPException as error:
        raise NotSent(f"the mail server refused it: {error}") from error
    except (OSError, ValueError) as error:
        raise NotSent(f"the mail server cannot be reached: {type(error).__name__}") from error
    return "; ".join(f"refused for {address}: {answer.message}" for address, answer in refused.items())


def written(server: MailServer, alert: Alert, public_url: str, now_ns: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = [Address(addr_spec=address) for address in alert.channel.recipients]
    message["Subject"] = f"[Sojourn] {headline(alert)}"
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ns // NS_PER_S, UTC))
    message["Message-ID"] = f"<{alert.idempotency_key}@{server.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(alert, public_url))
    message.add_alternative(_html(alert, public_url), subtype="html")
    return message


def _plain(alert: Alert, public_url: str) -> str:
    rows = "\n".join(f"{name + ':':13}{value}" for name, value in facts(alert))
    return (
        f"{alert.signal.message or headline(alert)}\n\n{rows}\n\n{link(alert, public_url)}\n\n"
        f"-- \nSent by the alert channel {alert.channel.name}: {channels_link(public_url)}\n"
    )


def _html(alert: Alert, public_url: str) -> str:
    cell = 'style="padding:2px 14px 2px 0;vertical-align:top"'
    rows = "".join(
        f'<tr><th {cell} align="left"><span style="color:#666c7e;font-weight:400">{escape(name)}</span></th>'
        f"<td {cell}>{escape(value)}</td></tr>"
        for name, value in facts(alert)
    )
    what = "Open the session" if alert.signal.session_key else "Open Sojourn"
    return (
        '<!doctype html><html><body style="font:14px/1.5 sans-serif;color:#171a23">'
        f'<p style="font-size:16px;font-weight:600">{escape(alert.signal.message or headline(alert))}</p>'
        f"<table>{rows}</table>"
        f'<p><a href="{escape(link(alert, public_url))}">{what}</a></p>'
        f'<p style="color:#666c7e;font-size:12px">Sent by the alert channel '
        f'<a href="{escape(channels_link(public_url))}">{escape(alert.channel.name)}</a>.</p></body></html>\n'
    )


def _own_name() -> str:
    """Without asking a name server, which may be slow."""
    name = socket.gethostname()
    return name if name.isascii() and name.isprintable() and " " not in name and name else "localhost"
