"""Whoever declares experiments, reports sessions of them and compares, over plain HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from tests.steering_http.operators import Json, Operator, fresh

BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Experimenter(Operator):
    def path(self, experiment_id: str) -> str:
        return f"/api/v1/experiments/{quote(experiment_id, safe='')}"

    def declare(self, *names: str, **fields: Any) -> Json:
        sent = {"id": fresh("experiment"), "variants": [{"name": name} for name in names], **fields}
        answer = self.server.post("/api/v1/experiments", json=sent)
        assert answer.status_code == 201, answer.text
        created: Json = answer.json()
        return created

    def read(self, experiment_id: str) -> Json:
        found: Json = self.server.get(self.path(experiment_id))
        return found

    def change(self, experiment_id: str, **fields: Any) -> httpx.Response:
        return self.server.request("PATCH", self.path(experiment_id), json=fields)

    def delete(self, experiment_id: str) -> httpx.Response:
        return self.server.request("DELETE", self.path(experiment_id))

    def ask_variant(self, experiment_id: str, **sent: Any) -> httpx.Response:
        return self.server.post(f"{self.path(experiment_id)}/assignments", json=sent)

    def variant_of(self, experiment_id: str, **sent: Any) -> str | None:
        answer = self.ask_variant(experiment_id, **sent)
        assert answer.status_code == 200, answer.text
        variant: str | None = answer.json()["variant"]
        return variant

    def compare(self, experiment_id: str, **parameters: Any) -> Json:
        found: Json = self.server.get(f"{self.path(experiment_id)}/comparison", **parameters)
        return found

    def run(
        self,
        experiment_id: str,
        variant: str,
        status: str = "completed",
        *,
        cost_usd: float | None = None,
        lasts_s: float = 10,
        began: datetime = BEGAN,
        **fields: Any,
    ) -> list[Json]:
        """A session with one model call, and what was told of it."""
        key, end = fresh("run"), began + timedelta(seconds=lasts_s)
        call = {"session": key, "type": "llm_call", "event_id": fresh("call"), "model": "own", "cost_usd": cost_usd}
        times = {"started_at": began.isoformat(), "ended_at": end.isoformat()}
        session = {"session": key, "kind": "run", "experiment_id": experiment_id, "variant": variant, "status": status}
        told = [{**call, **times, "input_tokens": 100}, {**session, "at": end.isoformat(), **fields}]
        self.tell(*told)
        return told


def estimate(compared: Json, variant: str, measure: str) -> Json:
    place = [one["name"] for one in compared["measures"]].index(measure)
    found: Json = variant_in(compared, variant)["estimates"][place]
    return found


def variant_in(compared: Json, name: str) -> Json:
    found: Json = next(one for one in compared["variants"] if one["name"] == name)
    return found
