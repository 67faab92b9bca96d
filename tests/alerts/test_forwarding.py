"""Signals that match are forwarded to webhooks, and others are not."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest
from tests.alerts.alerted import Alerted
from tests.alerts.receiver import Receiver
from tests.steering_http.operators import Json, fresh, path_of, until

SECRET = "a secret of more than 16"


def told(receiver: Receiver, path: str, count: int = 1) -> list[Json]:
    """The bodies, as soon as there are so many."""
    until(lambda: len(receiver.at(path)) >= count)
    return [one.json for one in receiver.at(path)]


def test_a_signal_that_matches_is_forwarded_with_its_session(alerted: Alerted, receiver: Receiver) -> None:
    """Acceptance 154. The body holds the signal as the feed tells it, the session's key and a link to it."""
    path, key = f"/200/{fresh('hook')}", f"run:{fresh('a/b')}"
    channel = alerted.channel(receiver.url + path, name="Ops", match={"subtype": ["budget"]})
    alerted.begin(key, goal="book a flight", agent_id="booker", environment="staging")

    alerted.fire(key, subtype="other")
    alerted.fire(key, subtype="budget", message="too dear", limit=5)

    (body,) = told(receiver, path)
    signal = body["signal"]
    assert signal == alerted.server.get(f"/api/v1/signals/{signal['id']}")
    assert (signal["subtype"], signal["data"]) == ("budget", {"limit": 5})
    assert body["session_key"] == key
    assert (body["session"]["goal"], body["session"]["environment"]) == ("book a flight", "staging")
    assert body["channel"] == {"id": channel["id"], "name": "Ops"}
    encoded = path_of(key).removeprefix("/api/v1")
    assert body["url"] == f"https://sojourn.example{encoded}?tab=timeline&event=signal%3A{signal['id']}"
    assert body["text"].startswith("alert/budget: too dear")
    sent = alerted.delivery(channel, "sent")
    assert (sent["id"], sent["attempts"], sent["message"]) == (body["delivery_id"], 1, "too dear")


def test_what_it_is_signed_with_can_be_checked(alerted: Alerted, receiver: Receiver) -> None:
    path = f"/200/{fresh('signed')}"
    channel = alerted.channel(receiver.url + path, secret=SECRET, match={"text": path})

    alerted.fire(message=f"at {path}")
    told(receiver, path)

    (received,) = receiver.at(path)
    timestamp = received.headers["sojourn-timestamp"]
    signed = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + received.body, hashlib.sha256).hexdigest()
    assert received.headers["sojourn-signature"] == f"v1={signed}"
    assert abs(int(timestamp) - time.time()) < 60
    assert received.headers["sojourn-delivery"] == received.json["delivery_id"]
    assert received.headers["idempotency-key"] == f"{received.json['delivery_id']}.1"
    assert channel["has_secret"] is True
    assert SECRET not in alerted.server.post(f"/api/v1/alert-channels/{channel['id']}/test").text
    assert "secret" not in channel


def test_the_link_of_a_session_leads_to_an_event_that_is_there(alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/200/{fresh('linked')}", fresh("linked")
    alerted.channel(receiver.url + path, match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)
    alerted.fire(key, message="look here")

    (body,) = told(receiver, path)

    event_id = f"signal:{body['signal']['id']}"
    row = until(lambda: [one for one in alerted.events(key, "signal") if one["event_id"] == event_id])
    assert row[0]["preview"] == "look here"


@pytest.mark.parametrize(
    ("match", "is_wanted"),
    [
        ({}, True),
        ({"type": ["guardrail", "alert"]}, True),
        ({"type": ["guardrail"]}, False),
        ({"subtype": ["stuck"]}, True),
        ({"agent_id": ["MINE"]}, True),
        ({"agent_id": ["someone"]}, False),
        ({"environment": ["production"]}, True),
        ({"environment": ["staging"]}, False),
        ({"policy_id": ["6d1f"]}, False),
        ({"text": "TOO Dear"}, True),
        ({"text": "too cheap"}, False),
        ({"type": ["alert"], "text": "cheap"}, False),
    ],
)
def test_every_part_of_a_match_must_hold(
    alerted: Alerted, receiver: Receiver, match: dict[str, object], is_wanted: bool
) -> None:
    path, key = f"/200/{fresh('match')}", fresh("match")
    mine = {**match, **({"agent_id": [key]} if match.get("agent_id") == ["MINE"] else {})}
    channel = alerted.channel(receiver.url + path, match=mine)
    last = alerted.channel(f"{receiver.url}{path}/last", match={"agent_id": [key]})
    alerted.begin(key, agent_id=key, environment="production")

    alerted.fire(key, message="it is too dear")

    alerted.delivery(last, "sent")
    until(lambda: not alerted.deliveries(channel, state="waiting"))
    mine_only = [one for one in receiver.at(path) if one.json["session_key"] == key]
    assert len(mine_only) == (1 if is_wanted else 0)


def test_a_signal_of_a_policy_is_forwarded_with_its_outcome(alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/200/{fresh('policy')}", fresh("policy")
    sent = {"type": "cost_limit", "agent_id": key, "condition": {"cost_exceeded": 1}, "action": {"type": "notify"}}
    policy = alerted.server.post("/api/v1/policies", json={**sent, "name": "budget"}).json()
    alerted.channel(receiver.url + path, match={"policy_id": [policy["id"]], "text": "BUDGET"})
    alerted.begin(key, agent_id=key)

    alerted.tell({"session": key, "type": "llm_call", "model": "m", "cost_usd": 1.5})

    (body,) = told(receiver, path)
    assert (body["signal"]["policy_id"], body["signal"]["subtype"]) == (policy["id"], "cost_limit")


def test_a_group_that_fires_again_is_told_again_without_a_quiet_period(alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/200/{fresh('again')}", fresh("again")
    channel = alerted.channel(receiver.url + path, match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)

    alerted.fire(key, message="first")
    told(receiver, path)
    alerted.fire(key, message="second")
    bodies = told(receiver, path, 2)

    assert [(one["signal"]["count"], one["signal"]["message"]) for one in bodies] == [(1, "first"), (2, "second")]
    until(lambda: len(alerted.deliveries(channel, state="sent")) == 2)


def test_a_quiet_channel_is_told_once_and_then_owes_the_rest(alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/200/{fresh('quiet')}", fresh("quiet")
    channel = alerted.channel(receiver.url + path, match={"agent_id": [key]}, quiet_minutes=10)
    alerted.begin(key, agent_id=key)

    alerted.fire(key, message="first")
    alerted.delivery(channel, "sent")
    for place in range(3):
        alerted.fire(key, message=f"again {place}")
    waiting = until(lambda: [one for one in alerted.deliveries(channel, state="waiting") if one["count"] == 4])

    assert len(receiver.at(path)) == 1
    assert len(waiting) == 1
    assert 500 < seconds_until(waiting[0]["next_at"]) <= 600


def seconds_until(at: str) -> float:
    return time.mktime(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) - time.mktime(time.gmtime())


def test_what_fired_before_there_was_a_channel_is_nobodys_alert(alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/200/{fresh('late')}", fresh("late")
    alerted.begin(key, agent_id=key)
    alerted.fire(key, subtype="before")
    alerted.channel(receiver.url + path, match={"agent_id": [key]})

    alerted.fire(key, subtype="after")

    assert [one["signal"]["subtype"] for one in told(receiver, path)] == ["after"]


def test_a_channel_that_is_off_hears_of_nothing(alerted: Alerted, receiver: Receiver) -> None:
    path, key = f"/200/{fresh('off')}", fresh("off")
    channel = alerted.channel(receiver.url + path, match={"agent_id": [key]}, is_enabled=False)
    last = alerted.channel(f"{receiver.url}{path}/last", match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)

    alerted.fire(key, subtype="asleep")
    alerted.delivery(last, "sent")
    alerted.change(channel, is_enabled=True)
    alerted.fire(key, subtype="awake")

    assert [one["signal"]["subtype"] for one in told(receiver, path)] == ["awake"]


def test_a_deleted_session_is_forgotten_by_the_outbox(alerted: Alerted, receiver: Receiver) -> None:
    key = fresh("deleted")
    channel = alerted.channel(f"{receiver.url}/500/{key}", match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)
    alerted.fire(key, message="private words")
    until(lambda: alerted.deliveries(channel)[0]["last_error"] if alerted.deliveries(channel) else "")
    alerted.tell({"session": key, "status": "completed"})

    assert alerted.server.request("DELETE", path_of(key)).status_code == 204

    assert alerted.deliveries(channel) == []
    assert alerted.server.get(f"/api/v1/alert-channels/{channel['id']}")["waiting"] == 0
