"""Processes that end in every way, fork, or have nothing of the server installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from tests.running_server import clean_environment, free_port
from tests.sdk.contract_server import contract_server

EXIT_LIMIT_S = 20
NOT_OF_THE_SDK = (
    "alembic", "apscheduler", "chdb", "clickhouse_connect", "fastapi", "genai_prices", "orjson", "platformdirs",
    "prometheus_client", "psycopg", "pyarrow", "pydantic", "requests", "rich", "sqlalchemy", "sse_starlette",
    "starlette", "structlog", "typer", "uvicorn",
)  # fmt: skip


def run(script: str, url: str, spool_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        env=clean_environment(SOJOURN_URL=url, SOJOURN_SPOOL_DIR=str(spool_dir)),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_it_works_without_anything_of_the_server(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            f"""
            import importlib.abc, sys

            class Missing(importlib.abc.MetaPathFinder):
                def find_spec(self, name, path, target=None):
                    if name.partition(".")[0] in {NOT_OF_THE_SDK!r}:
                        raise ImportError(name)

            sys.meta_path.insert(0, Missing())
            import sojourn
            with sojourn.start_session("light") as session, session.tool_call("t"):
                pass
            assert not any(name.startswith(("sojourn.app", "sojourn.domain", "sojourn.api")) for name in sys.modules)
            """,
            server.url,
            tmp_path,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert server.statuses("light") == ["running", "completed"]


def test_a_process_that_exits_without_closing_completes_its_sessions(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            """
            import sojourn
            session = sojourn.start_session("open", kind="run")
            chat = sojourn.start_session("chat", kind="conversation")
            session.message("user", "hi")
            """,
            server.url,
            tmp_path,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert server.record(session="open", status="completed")["status_reason"] == "the process exited"
        assert server.record(session="chat", status="idle")
        assert server.record(session="open", type="message")


def test_a_program_that_fails_fails_the_sessions_it_left_open(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            """
            import sojourn
            session = sojourn.start_session("open")
            raise LookupError("nowhere")
            """,
            server.url,
            tmp_path,
        )

        assert done.returncode == 1
        assert server.record(session="open", status="failed")["status_reason"] == "LookupError: nowhere"


def test_a_session_in_a_with_block_ends_by_sys_exit(tmp_path: Path) -> None:
    with contract_server() as server:
        for code, status in ((0, "completed"), (3, "failed")):
            done = run(
                f"""
                import sojourn, sys
                with sojourn.start_session("exit-{code}"):
                    sys.exit({code})
                """,
                server.url,
                tmp_path,
            )
            assert done.returncode == code
            assert server.record(session=f"exit-{code}", status=status)


def test_a_killed_process_has_told_what_was_open(tmp_path: Path) -> None:
    script = """
    import sojourn, time
    with sojourn.start_session("killed") as session, session.tool_call("slow"):
        time.sleep(60)
    """
    with contract_server() as server:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            env=clean_environment(SOJOURN_URL=server.url, SOJOURN_SPOOL_DIR=str(tmp_path)),
        )
        server.until(lambda: any(span.name == "execute_tool slow" for span in server.spans), 30)
        server.until(lambda: server.polls, 30)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

        assert server.statuses("killed") == ["running"]
        assert all(not span.ended_at_ns for span in server.spans)


def test_what_a_process_could_not_send_the_next_one_sends(tmp_path: Path) -> None:
    port = free_port()
    script = """
    import sojourn, sys
    with sojourn.start_session(sys.argv[1] if sys.argv[1:] else "early", goal="g") as session:
        session.message("user", "hi")
        with session.llm_call(model="m"):
            pass
    """
    early = run(script, f"http://127.0.0.1:{port}", tmp_path)
    assert early.returncode == 0
    with contract_server(port) as server:
        later = run(script.replace('"early"', '"later"'), server.url, tmp_path)

        assert later.returncode == 0
        assert server.statuses("early") == ["running", "completed"]
        assert server.statuses("later") == ["running", "completed"]
        assert {span.attributes["sojourn.session.id"] for span in server.spans} == {"early", "later"}
        assert list(tmp_path.rglob("*.batch")) == []


def test_a_server_that_hangs_does_not_hold_the_end_of_a_process(tmp_path: Path) -> None:
    with contract_server() as server:
        server.mode = "hang"
        begun = time.monotonic()
        done = run(
            """
            import sojourn
            with sojourn.start_session("s") as session:
                session.message("user", "hi")
            """,
            server.url,
            tmp_path,
        )

        assert done.returncode == 0
        assert time.monotonic() - begun < EXIT_LIMIT_S
    assert list(tmp_path.rglob("*.batch"))


def test_a_forked_child_speaks_for_itself_and_leaves_the_parents_session_open(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            """
            import os, warnings
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads, from Python 3.12 on
            import sojourn
            with sojourn.start_session("parent") as session:
                session.flush()
                child = os.fork()
                if child == 0:
                    with sojourn.start_session("child") as own:
                        session.message("user", "from the child")
                        with own.tool_call("t"), session.tool_call("u"):
                            pass
                    session.close()
                    sojourn.shutdown()
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                session.flush()
                session.message("user", "from the parent")
            """,
            server.url,
            tmp_path,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert server.statuses("parent") == ["running", "completed"]
        assert server.statuses("child") == ["running", "completed"]
        said = [record["input"] for record in server.records if record.get("type") == "message"]
        assert said == ["from the child", "from the parent"]
        assert server.record(session="parent", status="completed")["at"] == max(
            record["at"] for record in server.records if "at" in record
        )


def test_a_tracer_provider_set_up_late_is_noticed(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            """
            import sojourn
            from opentelemetry import trace
            from opentelemetry.sdk.trace import TracerProvider
            import sojourn.sdk.client
            trace.set_tracer_provider(TracerProvider())
            with sojourn.start_session("late"), trace.get_tracer("theirs").start_as_current_span("their span"):
                pass
            """,
            server.url,
            tmp_path,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert server.ended("their span").attributes["sojourn.session.id"] == "late"


def test_without_configure_only_spans_inside_of_sessions_are_sent(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            """
            import sojourn
            from opentelemetry import trace
            sojourn.start_session("early").close()
            with trace.get_tracer("theirs").start_as_current_span("outside"):
                with sojourn.start_session("one"), trace.get_tracer("theirs").start_as_current_span("inside"):
                    pass
                with sojourn.using_session("two"), trace.get_tracer("theirs").start_as_current_span("inside too"):
                    pass
            """,
            server.url,
            tmp_path,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert {span.name for span in server.spans} == {"invoke_agent", "inside", "inside too"}


def test_importing_it_starts_nothing(tmp_path: Path) -> None:
    with contract_server() as server:
        done = run(
            """
            import sojourn, threading
            assert threading.active_count() == 1
            """,
            server.url,
            tmp_path / "spool",
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert server.requests == []
        assert not os.path.exists(tmp_path / "spool")
