"""Channels and deliveries over HTTP: what is taken, what is refused, what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.alerts.alerted import CHANNELS, DELIVERIES, Alerted
from tests.alerts.receiver import Receiver
from tests.live_reader import reading
from tests.steering_http.operators import fresh, until

GUIDE = Path(__file__).parents[2] / "docs" / "alerts.md"
HOOK = {"name": "hook", "kind": "webhook", "url": "http://127.0.0.1:1/x"}
MAIL = {"name": "mail", "kind": "email", "recipients": ["a@example.com"]}


def test_a_channel_is_shown_as_it_was_made_and_without_its_secret(alerted: Alerted) -> None:
    match = {"type": ["alert"], "environment": ["production"], "text": "cost"}
    sent = {"secret": "x" * 16, "match": match, "quiet_minutes": 15}

    channel = alerted.channel("https://example.com/hook", name="Ops", **sent)

    assert channel == alerted.server.get(f"{CHANNELS}/{channel['id']}")
    assert channel in alerted.server.get(CHANNELS)["items"]
    assert channel["match"] == {**match, "subtype": [], "agent_id": [], "policy_id": []}
    assert {name: channel[name] for name in ("name", "kind", "url", "has_secret", "quiet_minutes", "is_enabled")} == {
        "name": "Ops",
        "kind": "webhook",
        "url": "https://example.com/hook",
        "has_secret": True,
        "quiet_minutes": 15,
        "is_enabled": True,
    }
    assert (channel["created_by"], channel["waiting"], channel["last_sent_at"]) == ("local", 0, None)


def test_a_change_leaves_alone_what_it_does_not_name(alerted: Alerted) -> None:
    channel = alerted.channel("https://example.com/hook", secret="x" * 16, match={"text": "cost"})

    renamed = alerted.change(channel, name="other")
    unsigned = alerted.change(channel, secret="")

    assert {**channel, "name": "other", "updated_at": renamed["updated_at"]} == renamed
    assert (unsigned["name"], unsigned["has_secret"], unsigned["match"]["text"]) == ("other", False, "cost")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({**HOOK, "url": ""}, "url"),
        ({**HOOK, "url": "ftp://example.com"}, "url"),
        ({**HOOK, "url": "javascript:alert(1)"}, "url"),
        ({**HOOK, "url": "https://user:password@example.com/"}, "url: it may hold no name or password"),
        ({**HOOK, "url": "https://example.com/a b"}, "url"),
        ({**HOOK, "url": "https://example.com:99999/"}, "url"),
        ({**HOOK, "url": "http://[::1"}, "url"),
        ({**HOOK, "recipients": ["a@example.com"]}, "recipients"),
        ({**HOOK, "secret": "short"}, "secret: at least 16"),
        ({**HOOK, "quiet_minutes": -1}, "quiet_minutes"),
        ({**HOOK, "kind": "pigeon"}, "kind"),
        ({**HOOK, "name": " "}, "name"),
        ({**HOOK, "match": {"colour": ["red"]}}, "match.colour"),
        ({**MAIL, "recipients": []}, "recipients: 1 to 20"),
        ({**MAIL, "recipients": ["no address"]}, "'no address' is no e-mail address"),
        ({**MAIL, "recipients": ["a@example.com\r\nBcc: b@example.com"]}, "recipients"),
        ({**MAIL, "recipients": ["<a@example.com>"]}, "recipients"),
        ({**MAIL, "recipients": ["a..b@example.com"]}, "recipients"),
        ({**MAIL, "url": "https://example.com"}, "only a webhook"),
    ],
)
def test_a_channel_that_makes_no_sense_is_refused_with_the_place(
    alerted: Alerted, sent: dict[str, object], words: str
) -> None:
    answer = alerted.server.post(CHANNELS, json=sent)

    assert answer.status_code == 422
    assert words in answer.json()["message"]


def test_a_channel_that_is_not_there(alerted: Alerted) -> None:
    path = f"{CHANNELS}/00000000-0000-4000-8000-000000000000"

    answers = [
        alerted.server.request("GET", path),
        alerted.server.request("PATCH", path, json={"name": "x"}),
        alerted.server.request("DELETE", path),
        alerted.server.post(f"{path}/test"),
        alerted.server.post(f"{DELIVERIES}/00000000-0000-4000-8000-000000000000/retry"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}


def test_a_test_answers_what_happened(alerted: Alerted, receiver: Receiver) -> None:
    name = fresh("tested")
    good = alerted.channel(f"{receiver.url}/200/{name}", name=name)
    bad = alerted.channel(f"{receiver.url}/403/{name}")
    gone = alerted.channel("http://127.0.0.1:1/")

    told = [alerted.test(channel) for channel in (good, bad, gone)]

    assert [(one["is_sent"], one["status"], one["error"]) for one in told] == [
        (True, 200, ""),
        (False, 403, "it answered 403"),
        (False, None, "it cannot be reached: ConnectError"),
    ]
    (received,) = receiver.at(f"/200/{name}")
    assert (received.json["type"], received.json["channel"]["name"]) == ("test", name)
    assert received.json["url"] == "https://sojourn.example/signals/alerts"


def test_deliveries_are_paged_and_filtered(alerted: Alerted, receiver: Receiver) -> None:
    key = fresh("paged")
    good = alerted.channel(f"{receiver.url}/200/{key}", match={"agent_id": [key]})
    bad = alerted.channel(f"{receiver.url}/500/{key}", match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)
    for subtype in ("one", "two", "three"):
        alerted.fire(key, subtype=subtype)
    until(lambda: len(alerted.deliveries(good, state="sent")) == 3)

    first = alerted.server.get(DELIVERIES, channel=good["id"], limit=2)
    rest = alerted.server.get(DELIVERIES, channel=good["id"], limit=2, cursor=first["next_cursor"])

    assert (first["total"], rest["next_cursor"]) == (3, None)
    assert [one["subtype"] for one in first["items"] + rest["items"]] == ["three", "two", "one"]
    assert {one["session_key"] for one in first["items"]} == {key}
    assert alerted.deliveries(bad, state="sent") == []
    waiting = until(lambda: [one for one in alerted.deliveries(bad, state="waiting") if one["last_error"]])
    assert (waiting[0]["last_error"], waiting[0]["sent_at"]) == ("it answered 500", None)
    assert waiting[0]["next_at"] > waiting[0]["tried_at"]
    standing = alerted.server.get(f"{CHANNELS}/{good['id']}")
    assert (standing["waiting"], standing["failed"]) == (0, 0)
    assert standing["last_sent_at"] == first["items"][0]["sent_at"]


def test_one_that_waits_can_be_tried_now_and_one_that_was_sent_can_not(alerted: Alerted, receiver: Receiver) -> None:
    key = fresh("retried")
    path = f"/500/{key}"
    channel = alerted.channel(receiver.url + path, match={"agent_id": [key]})
    alerted.begin(key, agent_id=key)
    alerted.fire(key)
    waiting = until(lambda: [one for one in alerted.deliveries(channel) if one["last_error"]])[0]
    receiver.statuses[path] = 200

    retried = alerted.server.post(f"{DELIVERIES}/{waiting['id']}/retry")
    sent = alerted.delivery(channel, "sent")
    again = alerted.server.post(f"{DELIVERIES}/{waiting['id']}/retry")

    assert (retried.status_code, retried.json()["state"]) == (200, "waiting")
    assert sent["id"] == waiting["id"]
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_a_deleted_channel_is_forgotten_with_its_deliveries(alerted: Alerted, receiver: Receiver) -> None:
    key = fresh("deleted")
    channel = alerted.channel(f"{receiver.url}/200/{key}", match={"text": key})
    alerted.fire(message=key)
    alerted.delivery(channel, "sent")

    answer = alerted.server.request("DELETE", f"{CHANNELS}/{channel['id']}")

    assert answer.status_code == 204
    assert alerted.deliveries(channel) == []


def test_a_signal_reaches_the_live_stream_as_it_is_in_the_feed(alerted: Alerted) -> None:
    key = fresh("live")
    alerted.begin(key)
    with reading(alerted.server.url, session=key) as live:
        live.next("ready")

        alerted.fire(key, message="look")
        first = live.next("signal.changed").data
        alerted.fire(key, message="look again")
        again = live.next("signal.changed").data

    in_feed = alerted.server.get(f"/api/v1/signals/{first['id']}")
    assert (first["message"], first["count"]) == ("look", 1)
    assert again == in_feed
    assert (again["id"], again["count"]) == (first["id"], 2)


def test_a_signal_that_went_with_its_session_is_told_as_removed(alerted: Alerted) -> None:
    key = fresh("removed")
    alerted.begin(key, status="completed")
    with reading(alerted.server.url) as live:
        start = live.next("ready")
        alerted.fire(key)
        fired = live.next("signal.changed")
    alerted.server.request("DELETE", f"/api/v1/sessions/{key}").raise_for_status()

    with reading(alerted.server.url, last_id=start.id) as live:
        gone = live.next("signal.removed")

    assert gone.data == {"id": fired.data["id"]}


def test_the_feed_is_filtered_by_time_and_tells_what_it_can_be_filtered_by(alerted: Alerted) -> None:
    subtype = fresh("facet").replace("-", "_")
    alerted.fire(subtype=subtype, type="guardrail")
    at = alerted.server.get("/api/v1/signals", subtype=subtype)["items"][0]["last_at"]

    before = alerted.server.get("/api/v1/signals", subtype=subtype, until=at)
    since = alerted.server.get("/api/v1/signals", subtype=subtype, since=at, until="2100-01-01")
    facets = alerted.server.get("/api/v1/signal-facets")

    assert (before["total"], since["total"]) == (0, 1)
    assert {"value": subtype, "count": 1} in facets["subtype"]
    assert "guardrail" in [one["value"] for one in facets["type"]]


def test_docs_verify_a_signature_as_it_is_made(alerted: Alerted, receiver: Receiver) -> None:
    """The code that docs/alerts.md gives to receivers takes what is sent, and refuses what is not."""
    path = f"/200/{fresh('docs')}"
    secret = "0123456789abcdef"
    alerted.test(alerted.channel(receiver.url + path, secret=secret))
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(code.group(1), names)
    (received,) = receiver.at(path)

    is_genuine = names["is_genuine"]
    assert callable(is_genuine)
    assert is_genuine(secret, received.headers, received.body)
    assert not is_genuine(secret, received.headers, received.body + b" ")
    assert not is_genuine("another secret..", received.headers, received.body)
    old = {**received.headers, "sojourn-timestamp": "1000000000"}
    assert not is_genuine(secret, old, received.body)
