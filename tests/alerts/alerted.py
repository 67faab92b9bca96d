"""Somebody who sets up alert channels over plain HTTP, and agents that fire signals."""

from __future__ import annotations

from typing import Any

from tests.running_server import RunningServer
from tests.steering_http.operators import Json, Operator, until

CHANNELS = "/api/v1/alert-channels"
DELIVERIES = "/api/v1/alert-deliveries"


class Alerted(Operator):
    """An operator whose channels go when the test is over."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(server)
        self._opened: list[str] = []

    def channel(self, url: str, **fields: Any) -> Json:
        return self._created({"name": "hook", "kind": "webhook", "url": url, **fields})

    def mail_channel(self, *recipients: str, **fields: Any) -> Json:
        return self._created({"name": "mail", "kind": "email", "recipients": list(recipients), **fields})

    def change(self, channel: Json, **fields: Any) -> Json:
        answer = self.server.request("PATCH", f"{CHANNELS}/{channel['id']}", json=fields)
        assert answer.status_code == 200, answer.text
        changed: Json = answer.json()
        return changed

    def test(self, channel: Json) -> Json:
        answer = self.server.post(f"{CHANNELS}/{channel['id']}/test")
        assert answer.status_code == 200, answer.text
        tested: Json = answer.json()
        return tested

    def close(self) -> None:
        for channel_id in self._opened:
            self.server.request("DELETE", f"{CHANNELS}/{channel_id}")

    def fire(self, key: str = "", type: str = "alert", subtype: str = "stuck", message: str = "", **data: Any) -> Json:
        """As an agent's SDK does."""
        sent = {"session_id": key or None, "type": type, "subtype": subtype, "message": message, "data": data}
        answer = self.server.post("/niitaka/signals", json=sent)
        assert answer.status_code == 201, answer.text
        fired: Json = answer.json()
        return fired

    def deliveries(self, channel: Json, **parameters: Any) -> list[Json]:
        found: list[Json] = self.server.get(DELIVERIES, channel=channel["id"], **parameters)["items"]
        return found

    def delivery(self, channel: Json, state: str) -> Json:
        """As soon as there is one in this state."""
        found: list[Json] = until(lambda: self.deliveries(channel, state=state))
        return found[0]

    def _created(self, sent: Json) -> Json:
        answer = self.server.post(CHANNELS, json=sent)
        assert answer.status_code == 201, answer.text
        created: Json = answer.json()
        self._opened.append(created["id"])
        return created
