"""Who carries alerts: a webhook client and a mail server, behind one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Self

from sojourn.app.alerts import mail, webhooks
from sojourn.app.alerts.mail import MailServer
from sojourn.app.alerts.messages import Alert
from sojourn.domain.alerts import ChannelKind


class Carried(NamedTuple):
    note: str  # what somebody had against it though it was sent
    status: int | None = None  # of a webhook


class Carriers:
    """Use it on one event loop, and close it there."""

    def __init__(self, mail_server: MailServer | None, public_url: str, clock: Callable[[], int]) -> None:
        self._mail_server = mail_server
        self._public_url = public_url
        self._clock = clock
        self._client = webhooks.new_client()

    async def carry(self, alert: Alert) -> Carried:
        """Raises NotSent if nobody got it."""
        if alert.channel.kind == ChannelKind.EMAIL:
            return Carried(await mail.send(self._mail_server, alert, self._public_url, self._clock()))
        return Carried("", await webhooks.post(self._client, alert, self._public_url, self._clock()))

    async def close(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
