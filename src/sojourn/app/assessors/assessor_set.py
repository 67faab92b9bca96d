"""The assessors of a workspace: every change is checked before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sojourn.app.assessors.rules import check_rule
from sojourn.app.errors import Conflict, Invalid, NotFound
from sojourn.domain.assessments import CONFIGS, Assessor, AssessorKind
from sojourn.ledger.ledger import Ledger

MAX_ASSESSORS = 50  # of a workspace
CHECKS = {kind: Draft202012Validator(schema) for kind, schema in CONFIGS.items()}


class AssessorSet:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def listed(self, workspace_id: str) -> list[Assessor]:
        with self._ledger.read() as conn:
            found: list[Assessor] = self._ledger.assessors.listed(conn, workspace_id)
        return found

    def get(self, workspace_id: str, assessor_id: str) -> Assessor:
        with self._ledger.read() as conn:
            assessor: Assessor | None = self._ledger.assessors.get(conn, workspace_id, assessor_id)
        if assessor is None:
            raise NotFound("there is no such assessor")
        return assessor

    def create(self, assessor: Assessor) -> Assessor:
        """The first active one of a workspace looks at what changes from now on, and not at all that ever was."""
        check_assessor(assessor)
        now_ns = self._clock()
        created = replace(assessor, id=str(uuid4()), created_at_ns=now_ns, updated_at_ns=now_ns)
        with self._ledger.begin() as conn:
            if len(self._ledger.assessors.listed(conn, assessor.workspace_id)) >= MAX_ASSESSORS:
                raise Conflict(f"a workspace has at most {MAX_ASSESSORS} assessors")
            self._put(conn, created)
        self._ledger.notify()
        return created

    def change(self, workspace_id: str, assessor_id: str, **changed: Any) -> Assessor:
        """Only the named fields change. What it has assessed stays as it was said."""
        after = replace(self.get(workspace_id, assessor_id), **changed, updated_at_ns=self._clock())
        check_assessor(after)
        with self._ledger.begin() as conn:
            self._put(conn, after)
        self._ledger.notify()
        return after

    def remove(self, workspace_id: str, assessor_id: str) -> None:
        self.get(workspace_id, assessor_id)
        with self._ledger.begin() as conn:
            self._ledger.assessors.remove(conn, workspace_id, assessor_id)

    def _put(self, conn: Any, assessor: Assessor) -> None:
        if assessor.is_active and assessor.workspace_id not in self._ledger.assessors.workspaces(conn):
            latest_id = self._ledger.changes.latest_id(conn)
            self._ledger.checkpoints.set(conn, followed_to(assessor.workspace_id), latest_id)
        self._ledger.assessors.put(conn, assessor)


def followed_to(workspace_id: str) -> str:
    """The checkpoint up to which the workspace's changes were looked at."""
    return f"assessing:{workspace_id}"


def check_assessor(assessor: Assessor) -> None:
    """Raises Invalid with the place of the first fault."""
    kind = AssessorKind(assessor.kind)
    fault = best_match(CHECKS[kind].iter_errors(assessor.config))
    if fault is not None:
        path = ".".join(map(str, ("config", *fault.absolute_path)))
        raise Invalid(f"{path}: {fault.message}"[:500])
    if kind == AssessorKind.RULE:
        check_rule(assessor.config)
