"""The policies in force: every change is checked, written down and told who made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from sqlalchemy import Connection

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.policies.expressions import check_expression
from sojourn.domain.policies import Policy, PolicyType
from sojourn.domain.policy_forms import ACTIONS, CONDITIONS
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.policies import PolicyChange

MAX_POLICIES = 2_000  # of a workspace
CHECKS = {
    part: {kind: Draft202012Validator(schema) for kind, schema in schemas.items()}
    for part, schemas in (("condition", CONDITIONS), ("action", ACTIONS))
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file of policies changed."""

    policies: list[Policy]
    deleted: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that hold together or not at all."""

    created: Sequence[Policy] = ()
    changed: Sequence[tuple[str, dict[str, Any]]] = ()  # an id, and the fields that change
    deleted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes policies, and by what way."""

    actor: str
    source: str


class PolicySet:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def listed(self, workspace_id: str, agent_id: str | None = None) -> list[Policy]:
        with self._ledger.read() as conn:
            found: list[Policy] = self._ledger.policies.listed(conn, workspace_id, agent_id)
        return found

    def for_agent(self, workspace_id: str, agent_id: str) -> list[Policy]:
        """Its own, and those for every agent."""
        return [policy for policy in self.listed(workspace_id) if policy.agent_id in ("", agent_id)]

    def get(self, workspace_id: str, policy_id: str) -> Policy:
        with self._ledger.read() as conn:
            return self._known(conn, workspace_id, policy_id)

    def create(self, policy: Policy, author: Author) -> Policy:
        check_policy(policy)
        with self._ledger.begin() as conn:
            self._begin_to_follow(conn, policy.workspace_id, 1)
            created = self._created(conn, policy, author)
        self._ledger.notify()
        return created

    def change(self, workspace_id: str, policy_id: str, author: Author, **changed: Any) -> Policy:
        """Only the named fields change."""
        with self._ledger.begin() as conn:
            after = self._changed(conn, self._known(conn, workspace_id, policy_id), changed, author)
        self._ledger.notify()
        return after

    def remove(self, workspace_id: str, policy_id: str, author: Author) -> None:
        with self._ledger.begin() as conn:
            self._removed(conn, [self._known(conn, workspace_id, policy_id)], author)

    def apply(self, workspace_id: str, batch: Batch, author: Author) -> list[Policy]:
        """What was created and changed, in the order in which it was sent."""
        for place, policy in enumerate(batch.created):
            check_policy(policy, f"create.{place}.")
        with self._ledger.begin() as conn:
            self._begin_to_follow(conn, workspace_id, len(batch.created) - len(batch.deleted))
            self._removed(conn, [self._known(conn, workspace_id, id) for id in batch.deleted], author)
            created = [self._created(conn, policy, author) for policy in batch.created]
            changed = [
                self._changed(conn, self._known(conn, workspace_id, id), fields, author, f"change.{place}.")
                for place, (id, fields) in enumerate(batch.changed)
            ]
        self._ledger.notify()
        return [*created, *changed]

    def imported(self, workspace_id: str, sent: Sequence[Policy], author: Author, *, replaces: bool) -> Imported:
        """All of them or none. Replacing touches only the agents that are named, as a file speaks of those."""
        for place, policy in enumerate(sent):
            check_policy(policy, f"policies.{place}.")
        with self._ledger.begin() as conn:
            self._begin_to_follow(conn, workspace_id, len(sent))
            named = {policy.agent_id for policy in sent}
            known = self._ledger.policies.listed(conn, workspace_id)
            old = [policy for policy in known if policy.agent_id in named] if replaces else []
            self._removed(conn, old, author)
            created = [self._created(conn, policy, author) for policy in sent]
        self._ledger.notify()
        return Imported(created, len(old))

    def audit(
        self, workspace_id: str, agent_id: str | None, before: int | None, limit: int, policy_id: str = ""
    ) -> list[tuple[int, PolicyChange]]:
        with self._ledger.read() as conn:
            found: list[tuple[int, PolicyChange]] = self._ledger.policies.changes(
                conn, workspace_id, agent_id, before, limit, policy_id
            )
        return found

    def _known(self, conn: Connection, workspace_id: str, policy_id: str) -> Policy:
        policy: Policy | None = self._ledger.policies.get(conn, workspace_id, policy_id)
        if policy is None:
            raise NotFound("there is no such policy", {"policy_id": policy_id})
        return policy

    def _begin_to_follow(self, conn: Connection, workspace_id: str, new_count: int) -> None:
        """The first policy of a workspace looks at what changes from now on, and not at all that ever was."""
        known = self._ledger.policies.listed(conn, workspace_id)
        if len(known) + new_count > MAX_POLICIES:
            raise Invalid(f"a workspace has at most {MAX_POLICIES} policies")
        if self._ledger.checkpoints.get(conn, followed_to(workspace_id)) is None:
            self._ledger.checkpoints.set(conn, followed_to(workspace_id), self._ledger.changes.latest_id(conn))

    def _created(self, conn: Connection, policy: Policy, author: Author) -> Policy:
        now_ns = self._clock()
        created = replace(
            policy,
            id=policy.id or str(uuid4()),
            source=author.source,
            created_by=author.actor,
            created_at_ns=now_ns,
            updated_at_ns=now_ns,
        )
        self._ledger.policies.put(conn, created)
        self._ledger.policies.note(conn, [self._change("created", author, None, created)])
        return created

    def _changed(
        self, conn: Connection, before: Policy, fields: dict[str, Any], author: Author, where: str = ""
    ) -> Policy:
        after = replace(before, **fields)
        check_policy(after, where)
        if after == before:
            return before
        after = replace(after, updated_at_ns=self._clock())
        self._ledger.policies.put(conn, after)
        self._ledger.policies.note(conn, [self._change("updated", author, before, after)])
        return after

    def _removed(self, conn: Connection, gone: Iterable[Policy], author: Author) -> None:
        removed = list(gone)
        if removed:
            self._ledger.policies.remove(conn, removed[0].workspace_id, [policy.id for policy in removed])
            self._ledger.policies.note(conn, [self._change("deleted", author, policy, None) for policy in removed])

    def _change(self, action: str, author: Author, before: Policy | None, after: Policy | None) -> PolicyChange:
        policy = after or before
        assert policy is not None
        return PolicyChange(
            workspace_id=policy.workspace_id,
            at_ns=self._clock(),
            actor=author.actor,
            action=action,
            source=author.source,
            policy_id=policy.id,
            agent_id=policy.agent_id,
            policy_type=str(policy.type),
            before=stated(before) if before else None,
            after=stated(after) if after else None,
        )


def followed_to(workspace_id: str) -> str:
    """The checkpoint up to which the workspace's changes were looked at."""
    return f"policing:{workspace_id}"


def stated(policy: Policy) -> dict[str, Any]:
    """What a policy says, as the audit keeps it."""
    return {
        "type": str(policy.type),
        "agent_id": policy.agent_id,
        "name": policy.name,
        "condition": policy.condition,
        "action": policy.action,
        "priority": policy.priority,
        "is_enabled": policy.is_enabled,
    }


def check_policy(policy: Policy, where: str = "") -> None:
    """Raises Invalid with the place of the first fault."""
    if policy.type not in set(PolicyType):
        raise Invalid(f"{where}type: {policy.type!r} is not one of: {', '.join(PolicyType)}")
    kind = PolicyType(policy.type)
    for part, sent in (("condition", policy.condition), ("action", policy.action)):
        fault = best_match(CHECKS[part][kind].iter_errors(sent))
        if fault is not None:
            path = ".".join(map(str, (part, *fault.absolute_path)))
            raise Invalid(f"{where}{path}: {fault.message}"[:500])
    if kind == PolicyType.CONDITION:
        check_expression(policy.condition["cel"], where)
