"""Reset and compact over HTTP: what the model sees before and after, and what tells of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.running_server import RunningServer, started
from tests.steering_http.fake_summariser import FakeSummariser, answering, summarising
from tests.steering_http.operators import Operator, fresh, path_of, until
from tests.steering_http.played_runtime import PlayedRuntime

RAIN = "It rained for a long time on the road to the depot, and nobody minded it very much. " * 5
TALK = [
    f"I am Ada and my order is 4711. {RAIN}",
    f"Hello Ada, order 4711 is here. {RAIN}",
    f"Where is it? {RAIN}",
    f"At the depot in Graz. {RAIN}",
    "When does it come?",
    "On 3 May.",
]


@pytest.fixture(scope="module")
def summariser() -> Iterator[tuple[str, FakeSummariser]]:
    with summarising() as found:
        yield found


@pytest.fixture(scope="module")
def summarised(
    tmp_path_factory: pytest.TempPathFactory, summariser: tuple[str, FakeSummariser]
) -> Iterator[RunningServer]:
    environment = {
        "SOJOURN_SUMMARISER_URL": summariser[0],
        "SOJOURN_SUMMARISER_MODEL": "tiny-1",
        "SOJOURN_SUMMARISER_API_KEY": "secret",
    }
    with started(tmp_path_factory.mktemp("summarised") / "data", **environment) as running:
        yield running


def talk(operator: Operator, key: str) -> None:
    operator.begin(key, "idle", "conversation")
    operator.say(key, *TALK)


def markers(operator: Operator, key: str) -> list[str]:
    items = operator.server.get(f"{path_of(key)}/conversation")["items"]
    return [item["kind"] for item in items if item["kind"] in ("reset", "compaction")]


def test_after_a_reset_nothing_older_is_remembered(server: RunningServer, operator: Operator) -> None:
    """Acceptance 91, 110, 113."""
    key = fresh("reset")
    talk(operator, key)
    runtime = PlayedRuntime(server, key)
    before = operator.history(key)

    command = operator.act(key, "reset")
    while_asked = operator.history(key)
    runtime.obey()

    until(lambda: operator.session(key)["resets"] == 1)
    after = operator.history(key)
    assert (before["epoch"], len(before["messages"])) == (0, 6)
    assert while_asked == before
    assert operator.command(command["id"])["status"] == "applied"
    assert (after["epoch"], after["messages"], after["summary"]) == (1, [], None)
    assert markers(operator, key) == ["reset"]
    assert len(operator.events(key, "reset")) == 1


def test_what_is_said_after_a_reset_is_all_that_is_remembered(server: RunningServer, operator: Operator) -> None:
    key = fresh("reset-on")
    talk(operator, key)
    runtime = PlayedRuntime(server, key)
    operator.act(key, "reset")
    runtime.obey()
    until(lambda: operator.session(key)["resets"] == 1)

    operator.say(key, "Who am I?")

    assert operator.texts(key) == ["Who am I?"]


def test_after_a_compaction_a_summary_and_the_last_turns_stay(server: RunningServer, operator: Operator) -> None:
    """Acceptance 92, 100, 109, 113."""
    key = fresh("compact")
    talk(operator, key)
    runtime = PlayedRuntime(server, key)

    command = operator.act(key, "compact", keep_turns=1)
    runtime.obey()

    until(lambda: operator.session(key)["compactions"] == 1)
    after = operator.history(key)
    assert "order is 4711" in after["summary"]
    assert (after["epoch"], after["summarised_by"]) == (0, "extractive")
    assert operator.texts(key) == ["When does it come?", "On 3 May."]
    assert command["arguments"]["tokens_after"] < command["arguments"]["tokens_before"]
    assert command["arguments"]["summarised_by"] == "extractive"
    assert markers(operator, key) == ["compaction"]


def test_the_runtime_gets_the_summary_and_says_what_it_did(server: RunningServer, operator: Operator) -> None:
    key = fresh("told")
    talk(operator, key)
    runtime = PlayedRuntime(server, key)
    operator.act(key, "compact", keep_turns=2)

    [command] = runtime.listen()
    runtime.settle(command, "applied", messages_before=9, messages_after=5)
    runtime.poll()

    [marker] = until(lambda: operator.events(key, "compaction"))
    assert command["arguments"]["keep_turns"] == 2
    assert command["arguments"]["summary"]
    assert operator.command(command["id"])["detail"] == {"messages_before": 9, "messages_after": 5}
    assert (marker["details"]["messages_before"], marker["details"]["messages_after"]) == (9, 5)


def test_there_is_nothing_to_compact_in_a_short_conversation(server: RunningServer, operator: Operator) -> None:
    key = fresh("short")
    operator.begin(key, "idle", "conversation")
    operator.say(key, "hello", "hello")
    runtime = PlayedRuntime(server, key)

    command = operator.act(key, "compact")

    assert (command["status"], command["changed"]) == ("applied", False)
    assert command["detail"]["reason"] == "nothing is older than its last 4 turns"
    assert runtime.listen() == []
    assert operator.session(key)["compactions"] == 0


def test_a_second_compaction_builds_on_the_first(server: RunningServer, operator: Operator) -> None:
    key = fresh("twice")
    talk(operator, key)
    runtime = PlayedRuntime(server, key)
    for number in (1, 2):
        operator.act(key, "compact", keep_turns=1)
        runtime.obey()
        until(lambda number=number: operator.session(key)["compactions"] == number)
        operator.say(key, f"And order 48{number}?", "It is lost.", "Good bye.")

    after = operator.history(key)

    assert "order is 4711" in after["summary"]
    assert "order 481" in after["summary"]
    assert operator.texts(key)[-1] == "Good bye."


def test_a_memory_that_sojourn_keeps_is_reset_without_any_process(server: RunningServer, operator: Operator) -> None:
    key = fresh("kept")
    talk(operator, key)
    runtime = PlayedRuntime(server, key, owns_memory=True)
    runtime.let_go(key)

    command = operator.act(key, "reset")

    assert command["status"] == "applied"
    until(lambda: operator.history(key)["messages"] == [])


def test_a_memory_elsewhere_is_not_reset_without_a_process(server: RunningServer, operator: Operator) -> None:
    key = fresh("elsewhere")
    talk(operator, key)
    runtime = PlayedRuntime(server, key, owns_memory=False)
    runtime.let_go(key)

    answer = operator.ask(key, "reset")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_controllable")


def test_an_unknown_session_has_no_history(server: RunningServer) -> None:
    assert server.request("GET", f"{path_of(fresh('nobody'))}/history").status_code == 404


def test_a_long_history_says_that_it_is_cut(server: RunningServer, operator: Operator) -> None:
    key = fresh("cut")
    talk(operator, key)

    told = server.get(f"{path_of(key)}/history", limit=2)

    assert (len(told["messages"]), told["truncated"]) == (2, True)


def test_a_model_that_the_user_configured_writes_the_summary(
    summarised: RunningServer, summariser: tuple[str, FakeSummariser]
) -> None:
    operator, fake, key = Operator(summarised), summariser[1], fresh("model")
    fake.answer(200, answering("Ada waits for order 4711."))
    talk(operator, key)
    runtime = PlayedRuntime(summarised, key)

    operator.act(key, "compact", keep_turns=1, instructions="keep order numbers")
    runtime.obey()

    until(lambda: operator.session(key)["compactions"] == 1)
    told = operator.history(key)
    assert (told["summary"], told["summarised_by"]) == ("Ada waits for order 4711.", "model:tiny-1")
    asked = fake.asked[-1]
    assert asked["model"] == "tiny-1"
    assert "keep order numbers" in asked["messages"][0]["content"]
    assert "my order is 4711" in asked["messages"][1]["content"]
    assert "When does it come?" not in asked["messages"][1]["content"]
    assert fake.tokens[-1] == "Bearer secret"


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b"no json"), (200, b"[]"), (200, b'{"choices": []}'), (200, answering(" ")), (404, b"")],
)
def test_a_summariser_that_fails_leaves_a_labelled_extract(
    summarised: RunningServer, summariser: tuple[str, FakeSummariser], status: int, body: bytes
) -> None:
    operator, key = Operator(summarised), fresh("fallback")
    summariser[1].answer(status, body)
    talk(operator, key)
    PlayedRuntime(summarised, key)

    command = operator.act(key, "compact", keep_turns=1)

    assert command["arguments"]["summarised_by"].startswith("extractive (the summariser failed: ")
    assert "order is 4711" in command["arguments"]["summary"]
