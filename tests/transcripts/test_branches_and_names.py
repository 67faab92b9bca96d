"""Branches of a Pi session, and sessions whose format gives them no id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sojourn.domain.events import Event
from sojourn.transcripts.reading import read_file

HEADER = {"type": "session", "id": "s1", "version": 3, "cwd": "/tmp", "timestamp": "2026-01-01T10:00:00Z"}


def said(name: str, parent: Any, text: str, role: str = "user") -> dict[str, Any]:
    above = {"parentIds": parent} if isinstance(parent, list) else {"parentId": parent}
    message = {"role": role, "content": [{"type": "text", "text": text}]}
    return {"type": "message", "id": name, **above, "timestamp": "2026-01-01T10:00:01Z", "message": message}


def events(path: Path, *records: Any) -> list[Event]:
    path.write_text("\n".join(map(json.dumps, records)))
    return [mapped.event for batch in read_file(path) for mapped in batch.mapped]


def spoken(found: list[Event]) -> list[str]:
    return [event.preview for event in found if event.type == "message"]


def test_a_branch_of_pi_that_was_left_is_no_message_of_the_session(tmp_path: Path) -> None:
    lines = [HEADER, said("a", None, "start"), said("b", "a", "wrong way"), said("c", "a", "right way")]

    found = events(tmp_path / "pi.jsonl", *lines)

    assert spoken(found) == ["start", "right way"]
    assert [event.preview for event in found if "abandoned" in event.details] == ["wrong way"]


def test_branches_of_pi_that_were_merged_all_count(tmp_path: Path) -> None:
    lines = [
        HEADER,
        said("a", None, "start"),
        said("b", "a", "one"),
        said("c", "a", "two"),
        said("d", ["b", "c"], "both"),
    ]

    assert spoken(events(tmp_path / "pi.jsonl", *lines)) == ["start", "one", "two", "both"]


def test_the_end_of_a_pi_session_is_read_without_its_header(tmp_path: Path) -> None:
    found = events(tmp_path / "pi.jsonl", said("c", "b", "and then?"), said("d", "c", "this.", "assistant"))

    assert spoken(found) == ["and then?", "this."]
    assert len({event.session_hint for event in found}) == 1


def test_two_models_at_the_same_task_are_two_sessions(tmp_path: Path) -> None:
    def trajectory(answer: str) -> list[dict[str, Any]]:
        traj = [{"role": "user", "content": "Book"}, {"role": "assistant", "content": answer}]
        return [{"task_id": 0, "reward": 1.0, "info": {}, "traj": traj}]

    path = tmp_path / "tau.json"
    path.write_text(json.dumps(trajectory("Done")))
    one = {mapped.event.session_hint for batch in read_file(path) for mapped in batch.mapped}
    path.write_text(json.dumps(trajectory("No")))
    other = {mapped.event.session_hint for batch in read_file(path) for mapped in batch.mapped}

    assert len(one | other) == 2


def test_long_texts_of_an_inspect_log_are_put_where_they_belong(tmp_path: Path) -> None:
    event = {"event": "info", "timestamp": "2026-01-01T10:00:01Z", "data": "attachment://x"}
    sample = {"id": 1, "epoch": 1, "messages": [], "events": [event], "attachments": {"x": "a long text"}}

    (found,) = events(
        tmp_path / "log.json", {"eval": {"task": "t"}, "plan": {}, "status": "success", "samples": [sample]}
    )

    assert json.loads(found.attributes)["data"] == "a long text"
