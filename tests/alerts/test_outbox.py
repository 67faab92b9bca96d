"""When deliveries are tried, given up and told again, with a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
from tests.alerts.receiver import Receiver
from tests.stores import Stores

from sojourn.app.alerts import alerting as outbox
from sojourn.app.alerts import forwarding
from sojourn.app.alerts.alerting import REST_AFTER_FAILURE_NS, Alerting
from sojourn.app.alerts.carriers import Carried, Carriers
from sojourn.app.alerts.channel_set import ChannelSet
from sojourn.app.alerts.messages import Alert
from sojourn.app.errors import Conflict
from sojourn.app.policies.signaling import Fired, Signals
from sojourn.domain.alerts import MAX_ATTEMPTS, MINUTE_NS, NS, Channel, Delivery, backoff_ns
from sojourn.ledger.alerts import DeliveryFilter

START_NS = 1_800_000_000 * NS


class Clock:
    def __init__(self) -> None:
        self.now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns

    def pass_by(self, ns: int) -> None:
        self.now_ns += ns


class Outbox:
    """A workspace with channels, signals and the machinery between them, on real SQLite."""

    def __init__(self, stores: Stores, workspace: str, receiver: Receiver, clock: Clock) -> None:
        self.stores, self.workspace, self.receiver, self.clock = stores, workspace, receiver, clock
        self.channels = ChannelSet(stores.ledger, clock, can_email=False)
        self.alerting = Alerting(stores.ledger, Carriers(None, "http://sojourn", clock), clock)
        self.signals = Signals(stores.ledger, clock)

    def channel(self, path: str, **fields: object) -> Channel:
        channel = Channel("", self.workspace, path, "webhook", url=self.receiver.url + path)
        return self.channels.create(replace(channel, **fields))  # type: ignore[arg-type]

    def fire(self, subtype: str = "stuck", words: str = "") -> None:
        self.signals.fire(self.workspace, Fired("alert", subtype, words or str(self.clock.now_ns)))

    async def turn(self) -> None:
        await self.alerting.turn()
        await self.alerting.sent()

    def deliveries(self, channel: Channel) -> list[Delivery]:
        found, _ = self.channels.deliveries(self.workspace, DeliveryFilter(channel.id), None, 100)
        return [one for _, one, _ in found][::-1]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
async def box(stores: Stores, workspace: str, receiver: Receiver) -> AsyncIterator[Outbox]:
    opened = Outbox(stores, workspace, receiver, Clock())
    yield opened
    for channel, _ in opened.channels.listed(workspace):
        opened.channels.remove(workspace, channel.id)
    await opened.alerting.close()


async def test_a_receiver_that_fails_is_tried_again_after_ever_longer_waits(box: Outbox) -> None:
    channel = box.channel("/500/backoff")
    box.fire()

    waits_ns = []
    for _ in range(4):
        await box.turn()
        (delivery,) = box.deliveries(channel)
        waits_ns.append(delivery.next_at_ns - box.clock())
        box.clock.now_ns = delivery.next_at_ns

    assert [wait_ns // NS for wait_ns in waits_ns] == [5, 15, 45, 135]
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("waiting", 4, "it answered 500")


async def test_it_is_not_tried_before_its_time(box: Outbox) -> None:
    box.channel("/500/early")
    box.fire()
    await box.turn()

    box.clock.pass_by(5 * NS - 1)
    await box.turn()
    early = len(box.receiver.at("/500/early"))
    box.clock.pass_by(1)
    await box.turn()

    assert (early, len(box.receiver.at("/500/early"))) == (1, 2)


async def test_after_the_last_attempt_it_is_given_up_with_the_reason_until_somebody_retries_it(box: Outbox) -> None:
    channel = box.channel("/302/gone")
    box.fire()
    for _ in range(MAX_ATTEMPTS):
        await box.turn()
        box.clock.pass_by(backoff_ns(MAX_ATTEMPTS))
    (given_up,) = box.deliveries(channel)
    await box.turn()
    tries = len(box.receiver.at("/302/gone"))
    box.receiver.statuses["/302/gone"] = 204

    box.channels.retry(box.workspace, given_up.id)
    await box.turn()

    assert (given_up.state, given_up.attempts) == ("failed", MAX_ATTEMPTS)
    assert given_up.last_error == "it answered 302: redirects are not followed"
    assert tries == MAX_ATTEMPTS
    assert [one.state for one in box.deliveries(channel)] == ["sent"]
    assert box.receiver.at("/200/elsewhere") == []
    with pytest.raises(Conflict):
        box.channels.retry(box.workspace, given_up.id)


def test_the_waits_have_a_maximum() -> None:
    assert [backoff_ns(attempts) // NS for attempts in (1, 2, 7, 8, 100)] == [5, 15, 3_600, 3_600, 3_600]


async def test_in_a_quiet_period_a_group_is_sent_once_with_its_count(box: Outbox) -> None:
    channel = box.channel("/200/quiet", quiet_minutes=10)
    box.fire()
    await box.turn()

    for _ in range(3):
        box.clock.pass_by(MINUTE_NS)
        box.fire()
        await box.turn()
    before = len(box.receiver.at("/200/quiet"))
    box.clock.pass_by(7 * MINUTE_NS)
    await box.turn()

    bodies = [one.json for one in box.receiver.at("/200/quiet")]
    assert before == 1
    assert [one["signal"]["count"] for one in bodies] == [1, 4]
    assert "(fired 4 times)" in bodies[1]["text"]
    assert [one.count for one in box.deliveries(channel)] == [1, 4]


async def test_another_group_is_not_kept_quiet(box: Outbox) -> None:
    box.channel("/200/groups", quiet_minutes=10)

    for subtype in ("one", "two"):
        box.fire(subtype)
        await box.turn()

    assert [one.json["signal"]["subtype"] for one in box.receiver.at("/200/groups")] == ["one", "two"]


async def test_a_group_that_fires_while_its_alert_waits_is_told_by_it(box: Outbox) -> None:
    channel = box.channel("/503/waits")
    box.fire()
    await box.turn()
    box.clock.pass_by(MINUTE_NS)
    box.fire()
    box.receiver.statuses["/503/waits"] = 200

    await box.turn()

    first, second = box.receiver.at("/503/waits")
    (delivery,) = box.deliveries(channel)
    assert (delivery.state, delivery.count, delivery.attempts) == ("sent", 2, 2)
    assert second.json["signal"]["count"] == 2
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


async def test_a_group_that_fires_while_its_alert_is_on_the_way_is_told_again(
    box: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = box.channel("/200/on-the-way", quiet_minutes=5)
    carry = Carriers.carry

    async def carry_and_fire(carriers: Carriers, alert: Alert) -> Carried:
        box.clock.pass_by(MINUTE_NS)
        await asyncio.to_thread(box.fire)
        await box.alerting.turn()
        return await carry(carriers, alert)

    box.fire()
    with monkeypatch.context() as patched:
        patched.setattr(Carriers, "carry", carry_and_fire)
        await box.turn()
    box.clock.pass_by(5 * MINUTE_NS)
    await box.turn()

    assert [one.json["signal"]["count"] for one in box.receiver.at("/200/on-the-way")] == [1, 2]
    assert [one.state for one in box.deliveries(channel)] == ["sent", "sent"]


async def test_a_slow_receiver_holds_up_no_other_channel(box: Outbox) -> None:
    slow, quick = box.channel("/slow/hold"), box.channel("/200/hold")
    box.fire()

    await box.alerting.turn()
    await _until(lambda: box.deliveries(quick)[0].state == "sent")
    for subtype in ("second", "third"):
        box.fire(subtype)
        await box.alerting.turn()
        await _until(lambda: all(one.state == "sent" for one in box.deliveries(quick)))

    assert len(box.receiver.at("/200/hold")) == 3
    assert {one.state for one in box.deliveries(slow)} == {"waiting"}


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


async def test_a_receiver_that_does_not_answer_in_time_has_failed(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sojourn.app.alerts.webhooks.ANSWER_WITHIN_S", 0.2)
    channel = box.channel("/slow/late")
    box.fire()

    await box.turn()

    assert box.deliveries(channel)[0].last_error == "it did not answer within 0.2 s"


async def test_a_receiver_that_is_not_there_has_failed(box: Outbox) -> None:
    channel = box.channel("/200/x", url="http://127.0.0.1:1/")
    box.fire()

    await box.turn()

    assert box.deliveries(channel)[0].last_error == "it cannot be reached: ConnectError"


async def test_one_that_fails_is_not_asked_once_for_each_alert(box: Outbox) -> None:
    channel = box.channel("/500/many")
    for subtype in "abcde":
        box.fire(subtype)

    await box.turn()
    asked_at_once = len(box.receiver.at("/500/many"))
    box.receiver.statuses["/500/many"] = 200
    box.clock.pass_by(REST_AFTER_FAILURE_NS)
    await box.turn()

    assert asked_at_once == 1
    assert [one.state for one in box.deliveries(channel)] == ["sent"] * 5


async def test_a_process_that_dies_while_it_sends_leaves_the_alert_to_the_next(
    box: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try was counted before it was made, and nothing was noted after."""
    channel = box.channel("/200/dies")
    box.fire()
    with monkeypatch.context() as patched:
        patched.setattr(Alerting, "_note_sent", _die)
        await box.turn()
    (owed,) = box.deliveries(channel)

    successor = Alerting(box.stores.ledger, Carriers(None, "http://sojourn", box.clock), box.clock)
    box.clock.now_ns = owed.next_at_ns
    await successor.turn()
    await successor.sent()
    await successor.close()

    first, second = box.receiver.at("/200/dies")
    assert (owed.state, owed.attempts) == ("waiting", 1)
    assert box.deliveries(channel)[0].state == "sent"
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def _die(*_: object) -> None:
    raise SystemError("the process ended here")


async def test_two_processes_send_an_alert_once(box: Outbox) -> None:
    box.channel("/200/replicas")
    other = Alerting(box.stores.ledger, Carriers(None, "http://sojourn", box.clock), box.clock)
    box.fire()

    await asyncio.gather(box.alerting.turn(), other.turn())
    await asyncio.gather(box.alerting.sent(), other.sent())
    await other.close()

    assert len(box.receiver.at("/200/replicas")) == 1


async def test_a_channel_is_owed_no_more_than_so_many(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "MAX_WAITING", 2)
    channel = box.channel("/500/full")
    for subtype in "abc":
        box.fire(subtype)

    await box.turn()

    assert [one.state for one in box.deliveries(channel)] == ["waiting", "waiting", "failed"]
    assert "wait for this channel already" in box.deliveries(channel)[2].last_error


async def test_what_is_over_is_kept_only_so_long(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_KEPT", 2)
    channel = box.channel("/200/kept")
    for subtype in "abcd":
        box.fire(subtype)

    await box.turn()

    assert len(box.receiver.at("/200/kept")) == 4
    assert len(box.deliveries(channel)) == 2


async def test_what_waits_for_a_channel_that_is_off_waits_on(box: Outbox) -> None:
    channel = box.channel("/500/off")
    box.fire()
    await box.turn()
    box.receiver.statuses["/500/off"] = 200
    box.channels.change(box.workspace, channel.id, is_enabled=False)
    box.clock.pass_by(MINUTE_NS)
    await box.turn()
    while_off = box.deliveries(channel)[0].state

    box.channels.change(box.workspace, channel.id, is_enabled=True)
    await box.turn()

    assert (while_off, box.deliveries(channel)[0].state) == ("waiting", "sent")
