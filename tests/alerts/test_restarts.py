"""What is owed survives kill -9."""

from __future__ import annotations

from pathlib import Path

from tests.alerts.alerted import Alerted
from tests.alerts.receiver import Receiver
from tests.running_server import RunningServer
from tests.steering_http.operators import fresh, until


def test_an_alert_that_waits_is_sent_after_kill_9_and_a_restart(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    with Receiver() as receiver:
        try:
            alerted = Alerted(server.start())
            key = fresh("killed")
            path = f"/500/{key}"
            channel = alerted.channel(receiver.url + path)
            alerted.begin(key)
            alerted.fire(key, message="still owed")
            until(lambda: receiver.at(path))
            server.kill()
            receiver.statuses[path] = 200

            server.start()
            sent = alerted.delivery(channel, "sent")

            first, last = receiver.at(path)[0], receiver.at(path)[-1]
            assert sent["attempts"] == len(receiver.at(path)) > 1
            assert last.json["signal"]["message"] == "still owed"
            assert first.headers["idempotency-key"] == last.headers["idempotency-key"]
        finally:
            server.kill()


def test_a_signal_that_nobody_had_looked_at_when_the_server_died_is_forwarded_after_a_restart(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    with Receiver() as receiver:
        try:
            alerted = Alerted(server.start())
            channel = alerted.channel(f"{receiver.url}/200/all", quiet_minutes=60)
            keys = [fresh("burst") for _ in range(5)]
            for key in keys:
                alerted.begin(key)
            for key in keys:
                alerted.fire(key)
            server.kill()  # right after the last one was acknowledged

            server.start()

            until(lambda: len(alerted.deliveries(channel, state="sent")) == len(keys))
            assert {one.json["session_key"] for one in receiver.at("/200/all")} == set(keys)
        finally:
            server.kill()
