"""Comis' JSON-RPC, WebSocket and REST calls against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import websockets
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Operator, fresh, seconds_ago, until
from tests.steering_http.played_runtime import PlayedRuntime

from sojourn.gateways.comis.envelope import MAX_BATCH, MAX_MESSAGE_BYTES
from sojourn.gateways.comis.session_keys import SessionKey, parse_key

Json = dict[str, Any]
TALK = [
    "I am Ada and my order is 4711. It should go to Graz, and it was paid for on Monday.",
    "Hello Ada, order 4711 is here.",
    "Where is it?",
    "At the depot in Graz.",
    "When does it come?",
    "On 3 May.",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("comis") / "data") as running:
        yield running


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)


def rpc(server: RunningServer, method: str, **params: Any) -> Any:
    """The result of a call that must not fail."""
    answered = asked(server, method, **params)
    assert "error" not in answered, answered
    return answered["result"]


def asked(server: RunningServer, method: str, **params: Any) -> Json:
    answer = server.post("/rpc", json={"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    assert found["id"] == 7
    return found


def sent(server: RunningServer, content: Any) -> Any:
    body = content if isinstance(content, (str, bytes)) else json.dumps(content)
    return server.post("/rpc", content=body).json()


def rest(key: str, more: str = "") -> str:
    return f"/comis/api/sessions/{quote(key, safe='')}{more}"


def talked(operator: Operator, key: str, **fields: Any) -> str:
    operator.begin(key, "idle", "conversation", **fields)
    operator.say(key, *TALK)
    return key


def kept_by_sojourn(operator: Operator, key: str) -> str:
    """A conversation whose memory is read from Sojourn, and that no process runs just now."""
    talked(operator, key)
    PlayedRuntime(operator.server, key, owns_memory=True).let_go(key)
    return key


def key_for(user: str, channel: str = "telegram", tenant: str = "default", agent: str = "main") -> str:
    return f"agent:{agent}:{tenant}:{fresh(user)}:{channel}:peer:42"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("acme:ada:telegram", SessionKey("acme", "ada", "telegram")),
        ("agent:main:acme:ada:telegram", SessionKey("acme", "ada", "telegram", "main")),
        ("acme:ada:sub-agent:1-2:x:peer:p:9", SessionKey("acme", "ada", "sub-agent:1-2:x", peer="p:9")),
        ("a:b:discord:peer:p:guild:g:thread:t", SessionKey("a", "b", "discord", peer="p", guild="g", thread="t")),
        ("a:b:discord:guild:g", SessionKey("a", "b", "discord", guild="g")),
        ("a:b:peer", SessionKey("a", "b", "peer")),
        ("a:b:peer:peer:x", SessionKey("a", "b", "peer", peer="x")),
        ("trace:0af7", None),
        ("agent:main:acme", None),
        ("plain", None),
        ("", None),
        ("::", None),
        ("a:b:", None),
    ],
)
def test_session_keys_are_parsed_greedily(text: str, parsed: SessionKey | None) -> None:
    assert parse_key(text) == parsed


def test_sessions_are_listed_by_tenant(server: RunningServer, operator: Operator) -> None:
    """Acceptance 66."""
    tenant = fresh("acme")
    own, other = key_for("ada", tenant=tenant), key_for("ada", tenant=fresh("umbrella"))
    talked(operator, own)
    talked(operator, other)

    for spelling in ("tenantId", "tenant_id", "tenant"):
        listed = rpc(server, "session.list", **{spelling: tenant})
        assert [row["sessionKey"] for row in listed["sessions"]] == [own]
        assert (listed["total"], listed["hasMore"]) == (1, False)


def test_a_key_without_tenant_belongs_to_the_default_one(server: RunningServer, operator: Operator) -> None:
    key = talked(operator, fresh("plain"))

    listed = rpc(server, "session.list", tenantId="default", search=key)

    assert [row["tenantId"] for row in listed["sessions"]] == ["default"]


def test_sessions_are_listed_by_agent(server: RunningServer, operator: Operator) -> None:
    """Acceptance 67."""
    agent = fresh("planner")
    in_key = talked(operator, key_for("ada", agent=agent))
    declared = talked(operator, fresh("declared"), agent_id=agent)
    talked(operator, key_for("ada", agent=fresh("other")))

    listed = rpc(server, "session.list", agentId=agent)

    assert {row["key"] for row in listed["sessions"]} == {in_key, declared}
    assert {row["agentId"] for row in listed["sessions"]} == {agent}


def test_sessions_are_listed_by_channel(server: RunningServer, operator: Operator) -> None:
    """Acceptance 68."""
    channel = fresh("telegram")
    in_key = talked(operator, key_for("ada", channel=channel))
    declared = talked(operator, fresh("declared"), channel=channel)
    talked(operator, key_for("ada", channel="discord"))

    for spelling in ("channelType", "channel_type", "channel"):
        listed = rpc(server, "session.list", **{spelling: channel})
        assert {row["key"] for row in listed["sessions"]} == {in_key, declared}
    assert {row["channelType"] for row in listed["sessions"]} == {channel}


def test_the_search_of_the_list_looks_at_key_agent_and_channel_only(server: RunningServer, operator: Operator) -> None:
    """Acceptance 75."""
    word = fresh("needle")
    by_agent = talked(operator, fresh("found"), agent_id=f"x{word}y")
    by_key = talked(operator, f"default:{word}:web")
    operator.begin(fresh("only-said"), "idle", "conversation")
    operator.say(fresh("only-said"), f"the word is {word}")

    listed = rpc(server, "session.list", search=word.upper())

    assert {row["key"] for row in listed["sessions"]} == {by_agent, by_key}
    assert rpc(server, "session.list", search=by_key)["sessions"][0]["key"] == by_key


def test_kinds_come_from_key_and_parent(server: RunningServer, operator: Operator) -> None:
    user = fresh("kinds")
    group, dm, sub = f"t:{user}:discord:guild:9", f"t:{user}:discord", f"t:{user}:sub-agent:1"
    talked(operator, group)
    talked(operator, dm)
    talked(operator, sub, parent=dm)

    def keys(kind: str) -> list[str]:
        return sorted(row["key"] for row in rpc(server, "session.list", search=user, kind=kind)["sessions"])

    assert (keys("group"), keys("dm"), keys("sub-agent")) == ([group], [dm], [sub])
    assert keys("all") == sorted([group, dm, sub])
    assert asked(server, "session.list", kind="pub")["error"]["code"] == -32602


def test_a_status_says_how_long_ago_something_happened(server: RunningServer, operator: Operator) -> None:
    ages = {"active": 10, "idle": 20 * 60, "expired": 3 * 3600}
    keys = {word: fresh(word) for word in ages}
    for word, age_s in ages.items():
        at = seconds_ago(age_s)
        operator.tell({"session": keys[word], "type": "message", "role": "user", "input": "hi", "started_at": at})

    told = {word: rpc(server, "session.status", key=key)["status"] for word, key in keys.items()}

    assert told == {word: word for word in ages}
    recent = rpc(server, "session.list", since_minutes=60, limit=5_000)["sessions"]
    assert keys["idle"] in [row["key"] for row in recent]
    assert keys["expired"] not in [row["key"] for row in recent]


def test_a_list_is_paged(server: RunningServer, operator: Operator) -> None:
    user = fresh("paged")
    keys = {talked(operator, f"t:{user}:web:thread:{number}") for number in range(3)}

    first = rpc(server, "session.list", search=user, limit=2)
    second = rpc(server, "session.list", search=user, limit=2, offset=2)

    assert (first["total"], first["hasMore"], second["hasMore"]) == (3, True, False)
    assert {row["key"] for row in first["sessions"] + second["sessions"]} == keys
    everything = rpc(server, "session.list", limit=1)
    assert (len(everything["sessions"]), everything["hasMore"]) == (1, True)
    assert everything["total"] >= 3


def test_a_status_tells_messages_tokens_and_cache(server: RunningServer, operator: Operator) -> None:
    """Acceptance 69, 106, 107, 108, 111."""
    key = talked(operator, key_for("status"), agent_id="main")
    call = {"session": key, "type": "llm_call", "model": "gpt-5", "input": "hi", "output": "hello"}
    tokens = {"input_tokens": 1_000, "output_tokens": 50, "cache_read_tokens": 400, "cache_write_tokens": 100}
    operator.tell({**call, **tokens, "cost_usd": 0.25, "response_id": fresh("r")})
    operator.tell({"session": key, "type": "tool_call", "tool_name": "look", "input": {}, "output": "ok"})

    told = rpc(server, "session.status", key=key)

    assert [one["content"] for one in told["messages"]][:6] == TALK
    assert told["tokensUsed"] == {"totalTokens": 1_050, "inputTokens": 1_000, "outputTokens": 50, "totalCost": 0.25}
    assert told["cache"] == {"readTokens": 400, "writeTokens": 100, "hitRate": 0.4}
    assert (told["model"], told["agentName"], told["stepsExecuted"]) == ("gpt-5", "main", 1)
    assert (told["session"]["inputTokens"], told["session"]["toolCalls"]) == (1_000, 1)
    billed = rpc(server, "obs.billing.bySession", sessionKey=key)
    assert (billed["totalCost"], billed["totalTokens"], billed["callCount"]) == (0.25, 1_050, 1)
    assert billed["totalCost"] == operator.session(key)["cost_usd"]


def test_billing_tells_what_the_cache_saved(server: RunningServer, operator: Operator) -> None:
    key, without = fresh("cached"), fresh("uncached")
    call = {"type": "llm_call", "model": "gpt-4o", "provider": "openai", "input_tokens": 2_000_000, "output_tokens": 0}
    operator.tell({"session": key, **call, "cache_read_tokens": 1_000_000}, {"session": without, **call})

    saved, nothing = (rpc(server, "obs.billing.bySession", sessionKey=one) for one in (key, without))

    assert nothing["totalCacheSaved"] == 0
    assert saved["totalCacheSaved"] == pytest.approx(nothing["totalCost"] - saved["totalCost"])
    assert saved["totalCacheSaved"] > 0


def test_billing_counts_what_came_since(server: RunningServer, operator: Operator) -> None:
    key = fresh("billed")
    for age_s, cost in ((7_200, 1.0), (60, 0.5)):
        call = {"type": "llm_call", "model": "gpt-5", "input_tokens": 10, "output_tokens": 1}
        at = seconds_ago(age_s)
        operator.tell({"session": key, **call, "cost_usd": cost, "started_at": at, "ended_at": at})

    assert rpc(server, "obs.billing.bySession", session_key=key)["totalCost"] == 1.5
    assert rpc(server, "obs.billing.bySession", session_key=key, sinceMs=3_600_000)["totalCost"] == 0.5
    since = rpc(server, "obs.billing.bySession", session_key=key, sinceMs=3_600_000)
    assert since == {"totalCost": 0.5, "totalTokens": 11, "callCount": 1}  # callers take no null for what a cache saved
    everything = rpc(server, "obs.billing.bySession", sessionKey="all")["sessions"]
    assert {"sessionKey": key, "totalCost": 1.5}.items() <= next(
        row for row in everything if row["sessionKey"] == key
    ).items()


def test_a_status_without_a_key_tells_what_everybody_used(server: RunningServer, operator: Operator) -> None:
    talked(operator, fresh("anybody"))

    told = rpc(server, "session.status")

    assert told["sessions"] >= 1
    assert set(told["tokensUsed"]) == {"totalTokens", "totalCost"}


@pytest.mark.parametrize("spelling", ["session_key", "sessionKey", "key", "conversation_ref", "conversationRef"])
def test_every_spelling_of_a_key_names_the_session(server: RunningServer, operator: Operator, spelling: str) -> None:
    key = talked(operator, key_for("spelled"))

    told = rpc(server, "session.history", **{spelling: key})

    assert [one["content"] for one in told["messages"]] == TALK
    assert told["session"]["key"] == key


def test_what_later_callers_insist_on_is_in_every_answer(server: RunningServer, operator: Operator) -> None:
    """Its command line and console refuse an answer whole if one of these is missing or of another type."""
    tenant, agent = fresh("tenant"), fresh("agent")
    key = kept_by_sojourn(operator, key_for("ada", tenant=tenant, agent=agent))
    told = {"tenant_id": tenant, "agent_id": agent}

    (row,) = rpc(server, "session.list", **told)["sessions"]
    named = {**told, "conversation_ref": row["conversationRef"]}
    history = rpc(server, "session.history", **named)
    exported = rpc(server, "session.export", **named)
    compacted = rpc(server, "session.compact", **named, keep_turns=1)
    reset = rpc(server, "session.reset", **named)
    deleted = rpc(server, "session.delete", **named)

    assert row["conversationRef"] == key
    assert is_of(row, agentId=str, kind=str, messageCount=int, totalTokens=int, updatedAt=int, createdAt=int)
    assert is_of(history, total=int, offset=int, limit=int, hasMore=bool)
    assert is_of(history["session"], key=str, channelType=str, toolCalls=int, compactions=int, resetCount=int)
    assert all(is_of(message, role=str, content=str, timestamp=int) for message in history["messages"])
    assert is_of(exported, messages=list, metadata=dict, messageCount=int, createdAt=int, updatedAt=int)
    assert is_of(compacted, messageCount=int, estimatedTokens=int)
    assert compacted["compactionTriggered"] is True
    assert reset["reset"] is True
    assert is_of(reset, previousMessageCount=int)
    assert deleted["deleted"] is True
    assert is_of(deleted["transcript"], messages=list, metadata=dict, messageCount=int)
    assert {one["conversationRef"] for one in (exported, compacted, reset, deleted)} == {key}


def is_of(told: Json, **types: type) -> bool:
    return all(type(told.get(name)) is wanted for name, wanted in types.items())


def test_a_history_is_read_by_pages_with_every_role(server: RunningServer, operator: Operator) -> None:
    key = talked(operator, fresh("paged-history"))
    operator.tell(
        {
            "session": key,
            "type": "tool_call",
            "tool_name": "look",
            "tool_call_id": "c1",
            "input": {"at": 1},
            "output": 9,
        }
    )

    first = rpc(server, "session.history", session_key=key, limit=4)
    rest_of_it = rpc(server, "session.history", session_key=key, limit=4, offset=4)

    assert (first["total"], first["hasMore"], rest_of_it["hasMore"]) == (7, True, False)
    tool = rest_of_it["messages"][-1]
    assert (tool["role"], tool["toolName"], tool["toolCallId"], tool["content"]) == ("tool", "look", "c1", "9")
    assert first["messages"][0]["timestamp"] > 1_600_000_000_000


def test_content_is_searched_by_scope(server: RunningServer, operator: Operator) -> None:
    word = fresh("zebra").replace("-", "")
    key = fresh("searched")
    operator.begin(key, "idle", "conversation")
    operator.say(key, f"a {word} please", f"one {word} for you")

    every = rpc(server, "session.search", query=word)
    users = rpc(server, "session.search", query=word, scope="user")
    recent = rpc(server, "session.search", limit=2)

    assert (every["mode"], every["total"], every["results"][0]["sessionKey"]) == ("search", 1, key)
    assert [(one["sessionKey"], one["role"]) for one in users["results"]] == [(key, "user")]
    assert word in users["results"][0]["snippet"]
    assert (recent["mode"], len(recent["sessions"])) == ("recent", 2)


def test_content_and_recent_sessions_are_searched_by_agent_and_tenant(
    server: RunningServer, operator: Operator
) -> None:
    word, tenant = fresh("okapi").replace("-", ""), fresh("tenant")
    mine, other = (key_for("ada", tenant=tenant, agent=agent) for agent in ("alpha", "beta"))
    for key in (mine, other):
        operator.begin(key, "idle", "conversation")
        operator.say(key, f"a {word} please", "here it is")

    def keys(told: Json, name: str) -> list[str]:
        return [one["sessionKey"] for one in told[name]]

    assert keys(rpc(server, "session.search", query=word, agent_id="alpha", tenant_id=tenant), "results") == [mine]
    assert keys(rpc(server, "session.search", query=word, tenant_id="nobody's"), "results") == []
    assert keys(rpc(server, "session.search", agent_id="beta", tenant_id=tenant), "sessions") == [other]


def test_a_reset_leaves_no_messages(server: RunningServer, operator: Operator) -> None:
    """Acceptance 71, 91, 110, 113."""
    key = kept_by_sojourn(operator, key_for("reset"))

    done = rpc(server, "session.reset", session_key=key)

    assert done == {"sessionKey": key, "conversationRef": key, "reset": True, "previousMessageCount": 6}
    after = rpc(server, "session.history", session_key=key)
    assert (after["messages"], after["total"], after["session"]["resetCount"]) == ([], 0, 1)


def test_a_compaction_leaves_a_summary_and_the_recent_turns(server: RunningServer, operator: Operator) -> None:
    """Acceptance 72, 92, 109, 113."""
    key = kept_by_sojourn(operator, key_for("compact"))

    done = rpc(server, "session.compact", key=key, keep_turns=1, instructions="keep order numbers")

    assert (done["compactionTriggered"], done["messageCount"], done["previousMessageCount"]) == (True, 3, 6)
    assert done["instructions"] == "keep order numbers"
    after = rpc(server, "session.history", session_key=key)
    assert [one["role"] for one in after["messages"]] == ["system", "user", "assistant"]
    assert "order is 4711" in after["messages"][0]["content"]
    assert [one["content"] for one in after["messages"][1:]] == TALK[-2:]
    assert (after["session"]["compactions"], after["session"]["resetCount"]) == (1, 0)


def test_there_may_be_nothing_to_compact(server: RunningServer, operator: Operator) -> None:
    key = kept_by_sojourn(operator, fresh("short"))

    done = rpc(server, "session.compact", session_key=key)

    assert (done["compactionTriggered"], done["messageCount"]) == (False, 6)
    assert done["reason"] == "nothing is older than its last 4 turns"


def test_a_runtime_that_listens_resets_its_own_memory(server: RunningServer, operator: Operator) -> None:
    key = talked(operator, fresh("listening"))
    runtime = PlayedRuntime(server, key)

    async def both() -> Json:
        asking = asyncio.to_thread(rpc, server, "session.reset", session_key=key)
        obeying = asyncio.to_thread(until, lambda: runtime.obey(wait_s=1))
        done, _ = await asyncio.gather(asking, obeying)
        return done

    assert asyncio.run(both())["reset"] is True


@pytest.mark.parametrize("verb", ["reset", "compact"])
def test_what_only_sends_telemetry_cannot_be_steered_and_says_why(
    server: RunningServer, operator: Operator, verb: str
) -> None:
    key = talked(operator, fresh("telemetry"))

    error = asked(server, f"session.{verb}", session_key=key)["error"]

    assert error["code"] == -32603
    assert "only sends telemetry" in error["message"]
    assert error["data"]["code"] == "not_controllable"
    assert "export" in error["data"]["allowed"]


def test_a_deleted_session_is_gone(server: RunningServer, operator: Operator) -> None:
    """Acceptance 70, 94, 112: the answer gives its transcript back for the last time."""
    key = talked(operator, key_for("deleted"))

    done = rpc(server, "session.delete", key=key)

    assert (done["deleted"], done["transcript"]["messageCount"]) == (True, 6)
    assert asked(server, "session.history", session_key=key)["error"]["message"] == f"Session not found: {key}"
    assert rpc(server, "session.list", search=key)["sessions"] == []


def test_a_session_that_runs_is_not_deleted(server: RunningServer, operator: Operator) -> None:
    key = fresh("running")
    operator.begin(key, "running", "conversation")
    operator.say(key, "hello")

    error = asked(server, "session.delete", key=key)["error"]

    assert (error["code"], error["data"]["code"]) == (-32603, "invalid_state")
    assert "cancel it first" in error["message"]


def test_an_export_is_a_jsonl_transcript(server: RunningServer, operator: Operator) -> None:
    """Acceptance 73, 93, 112."""
    key = talked(operator, key_for("exported"))

    done = rpc(server, "session.export", session_key=key)
    streamed = server.request("GET", rest(key, "/export"))

    lines = [json.loads(line) for line in done["jsonl"].splitlines()]
    assert (lines[0]["type"], lines[0]["key"]) == ("session", key)
    assert [line["content"] for line in lines[1:]] == TALK
    assert (done["sessionKey"], done["messageCount"], done["truncated"]) == (key, 6, False)
    assert streamed.headers["content-type"] == "application/jsonl"
    assert [json.loads(line)["content"] for line in streamed.text.splitlines()[1:]] == TALK


def test_several_sessions_are_exported_at_once(server: RunningServer, operator: Operator) -> None:
    """Acceptance 82."""
    keys = [talked(operator, fresh("together")) for _ in range(2)]

    done = rpc(server, "session.export", keys=keys)

    lines = [json.loads(line) for line in done["jsonl"].splitlines()]
    assert (done["exported"], done["truncated"], len(lines)) == (2, False, 14)
    assert [line["key"] for line in lines if line.get("type") == "session"] == keys
    assert asked(server, "session.export", keys=[*keys, "nobody"])["error"]["message"] == "Session not found: nobody"


def test_an_export_shows_where_it_was_reset(server: RunningServer, operator: Operator) -> None:
    """Acceptance 100."""
    key = kept_by_sojourn(operator, fresh("marked"))
    rpc(server, "session.reset", session_key=key)

    messages = rpc(server, "session.export", session_key=key)["messages"]

    assert [one["content"] for one in messages[:6]] == TALK
    assert messages[6]["kind"] == "reset"


def test_several_sessions_are_reset_at_once(server: RunningServer, operator: Operator) -> None:
    """Acceptance 81: what one refuses is no matter of the others."""
    kept = [kept_by_sojourn(operator, fresh("bulk")) for _ in range(2)]
    deaf = talked(operator, fresh("bulk-deaf"))

    done = rpc(server, "session.reset", keys=[*kept, deaf, kept[0]])

    assert (done["reset"], sorted(one["sessionKey"] for one in done["results"])) == (2, sorted(kept))
    assert [(one["sessionKey"], one["code"]) for one in done["failed"]] == [(deaf, "not_controllable")]


def test_bulk_calls_of_the_console_work(server: RunningServer, operator: Operator) -> None:
    """Acceptance 82, 83."""
    keys = [kept_by_sojourn(operator, fresh("console")) for _ in range(2)]
    targets = {"targets": [{"tenantId": "default", "agentId": "main", "conversationRef": key} for key in keys]}

    exported = server.post("/comis/api/sessions/bulk-export", json={"keys": keys})
    reset = server.post("/comis/api/sessions/bulk-reset", json=targets)
    deleted = server.post("/comis/api/sessions/bulk-delete", json={"keys": [*keys, "nobody"]})

    lines = [json.loads(line) for line in exported.text.splitlines()]
    assert [line["key"] for line in lines if line.get("type") == "session"] == keys
    assert reset.json()["reset"] == 2
    assert (deleted.json()["deleted"], len(deleted.json()["failed"])) == (2, 1)
    assert server.request("GET", rest(keys[0])).status_code == 404


def test_rest_twins_answer_for_keys_with_colons_and_slashes(server: RunningServer, operator: Operator) -> None:
    """Acceptance 64, 65."""
    key = kept_by_sojourn(operator, f"agent:main:default:{fresh('a/b c%2F')}:web:thread:x/reset")

    listed = server.get("/comis/api/sessions", search=key)
    detail = server.get(rest(key))
    reset = server.post(rest(key, "/reset"))
    deleted = server.request("DELETE", rest(key))

    assert [row["key"] for row in listed] == [key]
    assert [one["content"] for one in detail["messages"]] == TALK
    assert reset.json()["reset"] is True
    assert deleted.json()["deleted"] is True


def test_rest_refusals_are_told_in_comis_form(server: RunningServer, operator: Operator) -> None:
    missing = server.request("GET", rest("nobody:at:all"))
    refused = server.post(rest(talked(operator, fresh("deaf")), "/compact"), json={})
    nothing = server.post("/comis/api/sessions/bulk-reset", json={})
    unknown = server.request("GET", "/comis/api/nothing")

    assert (missing.status_code, missing.json()["error"]) == (404, "Session not found: nobody:at:all")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_controllable")
    assert (nothing.status_code, unknown.status_code) == (422, 404)
    assert "error" in unknown.json()


def test_context_pipelines_are_told_newest_first(server: RunningServer, operator: Operator) -> None:
    """Acceptance 104."""
    key = fresh("pipelined")
    layers = [{"name": "history-window", "duration_ms": 4, "messages_in": 9, "messages_out": 5}]
    for number, age_s in enumerate((30, 20)):
        told = {"layers": layers, "tokensLoaded": 100 + number, "cache_hit_tokens": 7, "budgetUtilization": 0.5}
        at, end = seconds_ago(age_s), seconds_ago(age_s - 1)
        event = {"session": key, "type": "span", "name": "context", "agent_id": "main", "details": {"pipeline": told}}
        operator.tell({**event, "started_at": at, "ended_at": end})

    [newest, older] = rpc(server, "obs.context.pipeline", sessionKey=key)
    [only] = rpc(server, "obs.context.pipeline", sessionKey=key, limit=1)

    assert (newest["tokensLoaded"], older["tokensLoaded"], only) == (101, 100, newest)
    assert (newest["cacheHitTokens"], newest["budgetUtilization"], newest["layerCount"]) == (7, 0.5, 1)
    assert newest["layers"] == [{"name": "history-window", "durationMs": 4.0, "messagesIn": 9, "messagesOut": 5}]
    assert 900 <= newest["durationMs"] <= 1_100


def test_without_a_pipeline_model_calls_tell_their_context(server: RunningServer, operator: Operator) -> None:
    """Acceptance 103."""
    key, agent = fresh("called"), fresh("planner")
    call = {"session": key, "type": "llm_call", "agent_id": agent, "model": "gpt-5", "input": "hi", "output": "ho"}
    operator.tell({**call, "input_tokens": 100, "cache_read_tokens": 60, "output_tokens": 5})

    [snapshot] = rpc(server, "obs.context.pipeline", agentId=agent)

    assert (snapshot["sessionKey"], snapshot["tokensLoaded"], snapshot["cacheMissTokens"]) == (key, 100, 40)
    assert sum(snapshot["budget"].values()) == 100


def test_a_pipeline_may_be_told_in_comis_own_words(server: RunningServer, operator: Operator) -> None:
    key = fresh("spelled")
    layer = {"name": "history-window", "durationMs": 4.5, "messagesIn": 9, "messagesOut": 5}
    operator.tell({"session": key, "type": "span", "name": "context", "details": {"pipeline": {"layers": [layer, 7]}}})

    [snapshot] = rpc(server, "obs.context.pipeline", session_key=key)

    assert (snapshot["layers"], snapshot["layerCount"]) == ([layer], 1)


def test_the_newest_of_many_model_calls_are_told(server: RunningServer, operator: Operator) -> None:
    key = fresh("many")
    calls = [
        {
            "session": key,
            "type": "llm_call",
            "model": "gpt-5",
            "input": f"q{number}",
            "input_tokens": number,
            "seq": number,
        }
        for number in range(1, 2_101)
    ]
    operator.tell(*calls)

    found = rpc(server, "obs.context.pipeline", key=key, limit=2)

    assert [one["tokensLoaded"] for one in found] == [2_100, 2_099]


@pytest.mark.parametrize(
    "told",
    [
        {"leafSummariesCreated": 3, "condensedSummariesCreated": 1, "maxDepthReached": 2, "totalSummariesCreated": 4},
        {"leaf_summaries_created": 3, "condensed_summaries_created": 1, "max_depth_reached": 2},
    ],
)
def test_summaries_that_a_sender_counts_are_told_newest_first(
    server: RunningServer, operator: Operator, told: Json
) -> None:
    key, agent = fresh("dag"), fresh("main")
    event = {"session": key, "type": "span", "name": "dag", "agent_id": agent}
    older = {**event, "details": {"dag": {"leafSummariesCreated": 1}}, "started_at": seconds_ago(30)}
    operator.tell({**older, "ended_at": seconds_ago(29)})
    operator.tell({**event, "details": {"dag": told}, "started_at": seconds_ago(20), "ended_at": seconds_ago(18)})

    newest, first = rpc(server, "obs.context.dag", agent_id=agent)
    [only] = rpc(server, "obs.context.dag", sessionKey=key, limit=1)

    counts = ("leafSummariesCreated", "condensedSummariesCreated", "maxDepthReached", "totalSummariesCreated")
    assert [newest[name] for name in counts] == [3, 1, 2, 4]
    assert (first["totalSummariesCreated"], only, newest["sessionKey"]) == (1, newest, key)
    assert 1_900 <= newest["durationMs"] <= 2_100
    assert newest["timestamp"] > first["timestamp"]


def test_compactions_make_summaries_of_summaries_until_a_reset(server: RunningServer, operator: Operator) -> None:
    key = kept_by_sojourn(operator, key_for("summed"))
    for turn in ("one more", "and another"):
        rpc(server, "session.compact", session_key=key, keep_turns=1)
        operator.say(key, turn, "yes")
    rpc(server, "session.reset", session_key=key)
    operator.say(key, "anew", "yes", "again", "yes")
    rpc(server, "session.compact", session_key=key, keep_turns=1)

    found = rpc(server, "obs.context.dag", session_key=key)

    told = [(one["leafSummariesCreated"], one["condensedSummariesCreated"], one["maxDepthReached"]) for one in found]
    assert told == [(1, 0, 0), (0, 1, 1), (1, 0, 0)]


@pytest.mark.parametrize("method", ["session.send", "session.spawn", "session.run_status"])
def test_what_sojourn_does_not_do_is_said(server: RunningServer, method: str) -> None:
    failure = asked(server, method, session_key="a", text="hi", task="x", run_id="r")["error"]

    assert (failure["code"], failure["data"]) == (-32603, {"code": "not_supported"})
    assert method in failure["message"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{no json", -32700),
        ("", -32700),
        ("[]", -32600),
        ("1", -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "session.list"}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": 1}, -32600),
        ({"jsonrpc": "2.0", "id": True, "method": "session.list"}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.fly"}, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.list", "params": [1]}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.history"}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.history", "params": {"key": 4}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.list", "params": {"limit": "y"}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.reset", "params": {"keys": []}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "session.history", "params": {"key": "nobody"}}, -32603),
        ([{"jsonrpc": "2.0", "method": "session.list"}] * (MAX_BATCH + 1), -32600),
        ("x" * (MAX_MESSAGE_BYTES + 1), -32600),
    ],
)
def test_mistakes_have_the_codes_of_json_rpc(server: RunningServer, content: Any, code: int) -> None:
    answered = sent(server, content)

    assert answered["jsonrpc"] == "2.0"
    assert answered["error"]["code"] == code
    assert answered["error"]["message"]


def test_a_batch_is_answered_without_its_notifications(server: RunningServer) -> None:
    call = {"jsonrpc": "2.0", "method": "session.list", "params": {"limit": 1}}

    answered = sent(server, [{**call, "id": "a"}, call, {"jsonrpc": "2.0", "id": None, "method": "no.such"}, 5])
    nothing = server.post("/rpc", json=[call, call])

    assert [(one["id"], "result" in one) for one in answered] == [("a", True), (None, False), (None, False)]
    assert [one["error"]["code"] for one in answered[1:]] == [-32601, -32600]
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_json_rpc_is_spoken_over_a_websocket(server: RunningServer, operator: Operator) -> None:
    key = talked(operator, fresh("socket"))
    call = {"jsonrpc": "2.0", "id": 1, "method": "session.history", "params": {"session_key": key}}

    async def talk(path: str) -> list[Any]:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}{path}") as socket:
            answers = []
            for message in (json.dumps(call), "{broken", b"\x00", json.dumps([call, call])):
                await socket.send(message)
                answers.append(json.loads(await socket.recv()))
            return answers

    for path in ("/ws", "/comis/ws"):
        one, broken, binary, batch = asyncio.run(talk(path))
        assert one["result"]["total"] == 6
        assert (broken["error"]["code"], binary["error"]["code"]) == (-32700, -32700)
        assert [answer["id"] for answer in batch] == [1, 1]


def test_rpc_is_served_below_the_mount_too(server: RunningServer) -> None:
    answer = server.post("/comis/rpc", json={"jsonrpc": "2.0", "id": 1, "method": "session.list"})

    assert "sessions" in answer.json()["result"]
