"""The read API over HTTP: every answer has exactly the documented shape."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.api.read_server import ReadServer
from tests.views.view_sessions import T0_NS, Script, asks_tool, said, tool_answer

from sojourn.api import event_models, models, view_models
from sojourn.domain.sessions import ModelUse, Session

# What may be asked of a session just now is nothing for a file.
OF_THE_MOMENT = {
    "reach",
    "controllable",
    "controllable_reason",
    "verbs",
    "allowed_actions",
    "refused_actions",
    "tools_in_flight",
}
KEY = "agent:main:telegram:a/b 100%/events"


def a_run(server: ReadServer, key: str = KEY, **fields: Any) -> Session:
    """An agent that looks something up and answers."""
    script = Script(key, server.workspace_id)
    ask, hi = asks_tool("call_1", "search", {"q": "lost parcel"}), said("user", "Where is my parcel?")
    script.add("run", "span", 0, 60, agent_id="planner", name="invoke_agent planner")
    below: dict[str, Any] = {"parent_event_id": "run"}
    told: dict[str, Any] = {**below, "tools": [{"name": "search"}]}
    script.model_call(
        "c1",
        1,
        10,
        [said("system", "Be brief."), hi],
        [ask],
        input_tokens=100,
        output_tokens=10,
        cost_usd=0.01,
        details={"ttft_ms": 120},
        **told,
    )
    script.tool_call("t1", 10, 20, "search", {"q": "lost parcel"}, {"hits": 2}, tool_call_id="call_1", **below)
    script.model_call(
        "c2",
        20,
        30,
        [said("system", "Be brief."), hi, ask, tool_answer("call_1", {"hits": 2})],
        [said("assistant", "At the depot.")],
        input_tokens=200,
        output_tokens=20,
        cost_usd=0.02,
        **told,
    )
    script.add("s1", "state_change", 31, 31, details={"variable": "step", "old": None, "new": 1}, **below)
    script.add("s2", "state_change", 32, 32, details={"variable": "step", "old": 1, "new": {"n": 2}}, **below)
    script.add("h1", "handoff", 40, 40, details={"from": "planner", "to": "writer", "context": "the parcel"}, **below)
    script.add(
        "p1",
        "span",
        45,
        50,
        **below,
        details={
            "pipeline": {"layers": [{"name": "trim", "duration_ms": 3, "messages_in": 9, "messages_out": 4}]},
        },
    )
    fields = {"goal": "Where is my parcel?", "agent_id": "planner", "agents": ("planner",), **fields}
    session = script.session(server.events, **fields)
    server.put(session)
    return session


def test_the_list_shows_a_session_with_every_field(server: ReadServer) -> None:
    session = a_run(server, channel="telegram")

    answer = server.get("/sessions", models.SessionList)

    assert answer["total"] == 1
    assert answer["items"][0]["id"] == session.id
    assert answer["items"][0]["trigger"] == {"type": "", "source": ""}
    assert (answer["items"][0]["controllable"], answer["items"][0]["allowed_actions"]) == (
        False,
        ["escalate", "export"],
    )
    assert answer["items"][0]["total_tokens"] == 330
    assert answer["items"][0]["started_at"] == "2025-06-15T15:06:40Z"


@pytest.mark.parametrize(
    "chosen",
    [
        {"agent": "planner"},
        {"channel": "telegram"},
        {"status": "running"},
        {"q": "parcel"},
        {"q": "agent:planner parcel"},
        {"q": "status:running"},
        {"started_after": "2025-06-15T00:00:00Z"},
        {"started_before": "2100-01-01T00:00:00+02:00"},
        {"model": "gpt-5"},
        {"has_errors": "false"},
        {"agent": ["nobody", "planner"]},
        {"unknown": "ignored"},
    ],
)
def test_a_filter_that_fits_keeps_the_session(server: ReadServer, chosen: dict[str, Any]) -> None:
    a_run(server, channel="telegram")

    assert server.get("/sessions", models.SessionList, **chosen)["total"] == 1


@pytest.mark.parametrize(
    "chosen",
    [
        {"agent": "nobody"},
        {"channel": "web"},
        {"status": "failed"},
        {"q": "unheard-of"},
        {"q": "agent:nobody parcel"},
        {"started_before": "2025-06-15T00:00:00Z"},
        {"has_errors": "true"},
        {"min_duration_ms": 9_000_000},
        {"parent": KEY},
        {"q": "text:parcel text:unicorn"},
        {"agent": "nul\x00byte"},
    ],
)
def test_a_filter_that_does_not_fit_leaves_the_session_out(server: ReadServer, chosen: dict[str, Any]) -> None:
    a_run(server, channel="telegram")

    assert server.get("/sessions", models.SessionList, **chosen)["total"] == 0


def test_words_of_the_content_find_a_session_and_show_the_passage(server: ReadServer) -> None:
    a_run(server)

    item = server.get("/sessions", models.SessionList, q="depot")["items"][0]

    assert "depot" in item["match"]["passage"]
    assert (item["match"]["role"], item["match"]["field"]) == ("assistant", "message")


def test_pages_follow_each_other_without_a_gap(server: ReadServer) -> None:
    for index in range(5):
        server.put(
            Session(
                id=f"00000000-0000-0000-0000-00000000000{index}",
                key=f"k{index}",
                workspace_id=server.workspace_id,
                started_at_ns=T0_NS + index,
            )
        )

    first = server.get("/sessions", limit=2)
    second = server.get("/sessions", limit=2, cursor=first["next_cursor"])
    third = server.get("/sessions", limit=2, cursor=second["next_cursor"])

    assert [item["key"] for page in (first, second, third) for item in page["items"]] == ["k4", "k3", "k2", "k1", "k0"]
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    "id_in_path",
    [
        quote(KEY, safe=""),
        quote(KEY, safe=":"),
        "agent%3Amain%3Atelegram%3Aa%2fb%20100%25%2Fevents",
    ],
)
def test_a_session_is_found_by_its_encoded_key(server: ReadServer, id_in_path: str) -> None:
    session = a_run(server)

    assert server.get(f"/sessions/{id_in_path}", models.Session)["id"] == session.id
    assert server.get(f"/sessions/{id_in_path}/events", event_models.EventWindow)["total"] > 0
    assert server.get(f"/sessions/{id_in_path}/events/c1", event_models.EventDetail)["event_id"] == "c1"


def test_a_key_whose_slashes_a_proxy_decoded_is_found(server: ReadServer) -> None:
    session = a_run(server, "agent:main:telegram:a/b")

    assert server.get("/sessions/agent:main:telegram:a/b")["id"] == session.id
    assert server.get("/sessions/agent:main:telegram:a/b/conversation", view_models.Conversation)["total"] > 0


def test_a_session_is_found_by_its_id_and_by_a_key_that_is_a_uuid(server: ReadServer) -> None:
    key = "7d9f0e3c-1111-4222-8333-444455556666"
    session = a_run(server, key)

    assert server.get(f"/sessions/{session.id}")["key"] == key
    assert server.get(f"/sessions/{key}")["id"] == session.id
    assert server.get(f"/sessions/{session.id.upper()}")["id"] == session.id


@pytest.mark.parametrize(
    "path",
    [
        "/sessions/nobody",
        "/sessions/%00",
        "/sessions/%F0%28%8C%28",
        "/sessions/" + "x" * 3000,
        "/sessions/a%2Fb/events",
        "/sessions/7d9f0e3c-1111-4222-8333-444455556666/metrics",
        "/sessions/%20/export",
    ],
)
def test_a_session_that_is_not_there_is_told_in_json(server: ReadServer, path: str) -> None:
    assert server.status(path) == 404


def test_the_timeline_shows_a_tool_call_and_its_result_as_a_pair(server: ReadServer) -> None:
    session = a_run(server)

    answer = server.get(f"/sessions/{session.id}/events", event_models.EventWindow, type=["tool_call", "tool_result"])

    assert [(row["type"], row["pair"]) for row in answer["items"]] == [
        ("tool_call", {"event_id": "t1", "phase": 1}),
        ("tool_result", {"event_id": "t1", "phase": 0}),
    ]
    assert answer["items"][0]["duration_ms"] == 10.0


def test_the_timeline_is_read_forward_and_back(server: ReadServer) -> None:
    session = a_run(server)
    path = f"/sessions/{session.id}/events"

    first = server.get(path, event_models.EventWindow, limit=4)
    second = server.get(path, event_models.EventWindow, limit=4, after=first["next_cursor"])
    back = server.get(path, event_models.EventWindow, limit=4, before=second["prev_cursor"])
    jumped = server.get(path, event_models.EventWindow, limit=4, offset=4)

    assert first["prev_cursor"] is None
    assert back["items"] == first["items"]
    assert back["prev_cursor"] is None
    assert jumped["items"] == second["items"]
    assert first["total"] == 9


def test_an_event_shows_its_content_and_everything_else(server: ReadServer) -> None:
    session = a_run(server)

    event = server.get(f"/sessions/{session.id}/events/c1", event_models.EventDetail)

    assert [content["kind"] for content in event["input"]] == ["message", "tool_definition", "message"]
    assert event["input"][2]["parts"] == [{"type": "text", "content": "Where is my parcel?"}]
    assert event["output"][0]["parts"][0]["arguments"] == {"q": "lost parcel"}
    assert event["details"] == {"ttft_ms": 120}


def test_long_content_is_cut_and_read_on_in_ranges(server: ReadServer) -> None:
    script = Script("long content", server.workspace_id)
    script.model_call("c1", 0, 1, [said("user", "é" * 70_000 + "end")])
    server.put(script.session(server.events))

    content = server.get("/sessions/long%20content/events/c1", event_models.EventDetail)["input"][0]
    rest = server.get(f"/sessions/long%20content/blocks/{content['hash']}", event_models.BlockRange, offset=65_536)

    assert (content["truncated"], content["text_chars"]) == (True, 70_003)
    assert rest["text"].endswith("end")
    assert (len(rest["text"]), rest["next_offset"], rest["total_chars"]) == (70_003 - 65_536, None, 70_003)


@pytest.mark.parametrize(
    "path",
    [
        "/events/none",
        "/events/%00",
        "/blocks/zz",
        "/blocks/" + "0" * 32,
        "/context/c9",
        "/blocks/00",
    ],
)
def test_a_part_of_a_session_that_is_not_there_is_told_in_json(server: ReadServer, path: str) -> None:
    session = a_run(server)

    assert server.status(f"/sessions/{session.id}{path}") == 404


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("/sessions", {"limit": 0}),
        ("/sessions", {"limit": 501}),
        ("/sessions", {"limit": "ten"}),
        ("/sessions", {"limit": "5.0"}),
        ("/sessions", {"limit": [5, 6]}),
        ("/stats/trends", {"has_errors": ["true", "false"]}),
        ("/sessions", {"sort": "colour"}),
        ("/sessions", {"cursor": "no cursor"}),
        ("/sessions", {"status": "happy"}),
        ("/sessions", {"started_after": "yesterday"}),
        ("/sessions", {"started_after": "2025-13-45T00:00:00Z"}),
        ("/sessions", {"started_after": ""}),
        ("/sessions", {"started_before": "2025-06-15T12:00:00"}),
        ("/sessions", {"min_duration_ms": 10**30}),
        ("/sessions/facets", {"field": "colour"}),
        ("/sessions/facets", {}),
        ("/sessions/{id}/events", {"after": "no cursor"}),
        ("/sessions/{id}/events", {"offset": -1}),
        ("/sessions/{id}/events", {"offset": 10**20}),
        ("/sessions/{id}/events", {"limit": 501}),
        ("/sessions/{id}/conversation", {"before": "no cursor"}),
        ("/sessions/{id}/traces", {"cursor": "no cursor"}),
        ("/sessions/{id}/state", {"cursor": "no cursor"}),
        ("/sessions/{id}/context", {"cursor": "no cursor"}),
        ("/sessions/{id}/context/pipelines", {"cursor": "no cursor"}),
        ("/sessions/{id}/export", {"format": "xml"}),
        ("/sessions/export", {"format": "xml"}),
        ("/sessions/export", {"sort": "colour"}),
        ("/stats/trends", {"bucket": "century"}),
        ("/search", {}),
    ],
)
def test_a_value_that_a_parameter_cannot_have_is_refused(server: ReadServer, path: str, chosen: dict[str, Any]) -> None:
    session = a_run(server)

    assert server.status(path.replace("{id}", session.id), **chosen) == 422


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("/sessions", {"cursor": "garbage"}),
        ("/sessions/{id}/children", {"cursor": "garbage"}),
        ("/sessions/{id}/events", {"after": "garbage"}),
        ("/sessions/{id}/events", {"before": "W10"}),
        ("/sessions/{id}/conversation", {"before": "garbage"}),
        ("/sessions/{id}/traces", {"cursor": "garbage"}),
        ("/sessions/{id}/state", {"cursor": "garbage"}),
        ("/sessions/{id}/context", {"cursor": "garbage"}),
        ("/sessions/{id}/context/pipelines", {"cursor": "garbage"}),
    ],
)
def test_a_cursor_that_the_list_did_not_make_leads_nowhere(
    server: ReadServer, path: str, chosen: dict[str, Any]
) -> None:
    session = a_run(server)

    assert server.status(path.replace("{id}", session.id), **chosen) == 404


def test_a_cursor_counts_more_than_an_offset(server: ReadServer) -> None:
    path = f"/sessions/{a_run(server).id}/events"
    first = server.get(path, event_models.EventWindow, limit=2)

    second = server.get(path, event_models.EventWindow, limit=2, after=first["next_cursor"], offset=4)

    assert second == server.get(path, event_models.EventWindow, limit=2, after=first["next_cursor"])


def test_every_view_of_a_session_has_its_documented_shape(server: ReadServer) -> None:
    session = a_run(server)

    conversation = server.get(f"/sessions/{session.id}/conversation", view_models.Conversation)
    traces = server.get(f"/sessions/{session.id}/traces", view_models.Traces)
    agents = server.get(f"/sessions/{session.id}/agents", view_models.Agents)
    state = server.get(f"/sessions/{session.id}/state", view_models.State)
    context = server.get(f"/sessions/{session.id}/context", view_models.ContextCalls)
    detail = server.get(f"/sessions/{session.id}/context/c2", view_models.ContextDetail)
    pipelines = server.get(f"/sessions/{session.id}/context/pipelines", view_models.Pipelines)
    metrics = server.get(f"/sessions/{session.id}/metrics", view_models.Metrics)

    assert [item["kind"] for item in conversation["items"]] == [
        "message",
        "message",
        "tool_call",
        "message",
        "state_change",
        "state_change",
        "handoff",
    ]
    assert (traces["items"][0]["root_event_id"], traces["items"][0]["input_tokens"]) == ("run", 300)
    assert agents["participants"][0]["agent_id"] == "planner"
    assert state["variables"][0]["value"] == {"n": 2}
    assert [call["entered"] for call in context["calls"]] == [3, 2]
    assert [ref["role"] for ref in detail["entered"]] == ["assistant", "tool"]
    assert pipelines["items"][0]["layers"][0]["name"] == "trim"
    assert metrics["tools"][0]["calls"] == 1


def test_the_views_of_an_empty_session_are_empty(server: ReadServer) -> None:
    session = Script("nothing", server.workspace_id).session(server.events)
    server.put(session)

    assert server.get(f"/sessions/{session.id}/events", event_models.EventWindow)["items"] == []
    assert server.get(f"/sessions/{session.id}/conversation", view_models.Conversation)["items"] == []
    assert server.get(f"/sessions/{session.id}/traces", view_models.Traces)["items"] == []
    assert server.get(f"/sessions/{session.id}/agents", view_models.Agents)["tree"] == []
    assert server.get(f"/sessions/{session.id}/state", view_models.State)["variables"] == []
    assert server.get(f"/sessions/{session.id}/context", view_models.ContextCalls)["calls"] == []
    assert server.get(f"/sessions/{session.id}/context/pipelines", view_models.Pipelines)["items"] == []
    assert server.get(f"/sessions/{session.id}/metrics", view_models.Metrics)["latency"]["turns"] == []


def test_children_name_their_caller(server: ReadServer) -> None:
    parent = a_run(server, "parent")
    child = a_run(server, "child", parent_session_id=parent.id)

    answer = server.get("/sessions/parent/children", models.SessionList)

    assert [item["id"] for item in answer["items"]] == [child.id]
    assert answer["total"] == 1
    assert server.get("/sessions", parent="parent")["total"] == 1


def test_facets_count_the_values_of_a_filter(server: ReadServer) -> None:
    a_run(server, "one", channel="web")
    a_run(server, "two", channel="web")
    a_run(server, "three", channel="mail")

    assert server.get("/sessions/facets", models.Facets, field="channel")["items"] == [
        {"value": "web", "count": 2},
        {"value": "mail", "count": 1},
    ]
    assert server.get("/sessions/facets", models.Facets, field="channel", prefix="ma")["items"][0]["value"] == "mail"


def test_search_names_session_passage_and_event(server: ReadServer) -> None:
    session = a_run(server, "found by its words")

    hits = server.get("/search", models.SearchResults, q="at the DEPOT")["items"]

    assert [(hit["session"]["id"], hit["event_id"], hit["role"]) for hit in hits] == [(session.id, "c2", "assistant")]
    assert server.get("/search", models.SearchResults, q="")["items"] == []


def test_statistics_follow_the_filters_of_the_list(server: ReadServer) -> None:
    use = ModelUse(model="gpt-5", provider="openai", calls=2, input_tokens=300, output_tokens=30, cost_usd=0.03)
    a_run(server, "one", channel="web", models=(use,))
    a_run(server, "two", channel="mail", models=(use,))

    overview = server.get("/stats/overview", models.Overview, channel="web")
    trends = server.get("/stats/trends", models.Trends, by="channel")
    used = server.get("/stats/models", models.ModelStatsList)
    agents = server.get("/stats/agents", models.AgentStatsList)

    assert (overview["sessions"], overview["running"], overview["cost_usd"]) == (1, 1, pytest.approx(0.03))
    assert sorted(bucket["group"] for bucket in trends["buckets"]) == ["mail", "web"]
    assert (used["items"][0]["calls"], used["items"][0]["sessions"]) == (4, 2)
    assert (agents["items"][0]["agent_id"], agents["items"][0]["sessions"]) == ("planner", 2)


def test_a_session_downloads_as_json_lines(server: ReadServer) -> None:
    session = a_run(server)

    response = server.http.get(f"/api/v1/sessions/{session.id}/export")
    lines = [json.loads(line) for line in response.text.splitlines()]

    assert response.headers["content-type"] == "application/jsonl"
    assert f"session-{session.id}.jsonl" in response.headers["content-disposition"]
    models.Session.model_validate(lines[0]["session"])
    assert [line["event"]["event_id"] for line in lines[1:]] == ["run", "c1", "t1", "c2", "s1", "s2", "h1", "p1"]
    event_models.EventDetail.model_validate(lines[2]["event"])
    assert lines[3]["event"]["output"][0]["value"] == {"hits": 2}


def test_a_session_downloads_as_otlp(server: ReadServer) -> None:
    session = a_run(server, service="parcels")

    document = server.get(f"/sessions/{session.id}/export", format="otlp")

    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    attributes = {one["key"]: one["value"] for one in spans[1]["attributes"]}
    assert document["resourceSpans"][0]["resource"]["attributes"][0]["value"] == {"stringValue": "parcels"}
    assert len(spans) == 8
    assert spans[1]["parentSpanId"] == spans[0]["spanId"]
    assert attributes["gen_ai.operation.name"] == {"stringValue": "chat"}
    assert attributes["sojourn.session.id"] == {"stringValue": KEY}
    assert json.loads(attributes["gen_ai.input.messages"]["stringValue"])[1]["role"] == "user"


def test_the_filtered_list_downloads_as_csv_with_every_column(server: ReadServer) -> None:
    a_run(server, "one", channel="web", goal='=HYPERLINK("x")', tags={"team": "a,b"})
    a_run(server, "two", channel="mail")

    response = server.http.get("/api/v1/sessions/export", params={"format": "csv", "channel": "web"})
    rows = list(csv.DictReader(io.StringIO(response.text)))

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row["key"] for row in rows] == ["one"]
    assert rows[0]["goal"] == '\'=HYPERLINK("x")'
    assert json.loads(rows[0]["tags"]) == {"team": "a,b"}
    assert {*models.Session.model_fields} - {"trigger"} - OF_THE_MOMENT <= {*rows[0]}


def test_the_list_downloads_as_json_lines_over_many_pages(server: ReadServer) -> None:
    server.put(
        *(
            Session(
                id=f"00000000-0000-0000-0000-{index:012}",
                key=f"k{index}",
                workspace_id=server.workspace_id,
                started_at_ns=T0_NS + index,
            )
            for index in range(1_001)
        )
    )

    response = server.http.get("/api/v1/sessions/export", params={"format": "jsonl"})

    assert len({json.loads(line)["key"] for line in response.text.splitlines()}) == 1_001
