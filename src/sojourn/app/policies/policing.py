"""Looks at every session after it was recounted, and acts. Ingest never waits for it.

It follows the numbered changes of the ledger, so what changed while it was away is found when it comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sojourn.app.control.control import Control
from sojourn.app.control.requests import Ask
from sojourn.app.errors import SojournError
from sojourn.app.ingest import Ingest
from sojourn.app.lease import Lease
from sojourn.app.policies.approvals import Approvals
from sojourn.app.policies.judging import decision_of, findings, settled, signal_id, signal_of
from sojourn.app.policies.policy_set import followed_to
from sojourn.app.policies.signaling import announce
from sojourn.app.policies.timeline import event_of_signal
from sojourn.app.turns import Turns
from sojourn.domain.lifecycle import Verb
from sojourn.domain.policies import IN_SDK, Finding, Policy, Rung, applies, resolve
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

MAX_A_TURN = 500
LEASE = "policing"
LEASE_NS = 20 * 1_000_000_000
INTERVAL_S = 5.0  # without news
REST_S = 0.1  # between turns, so that a busy server does not judge a session with every flush
VERBS = {Rung.PAUSE: Verb.PAUSE, Rung.CANCEL: Verb.CANCEL}


class Policing:
    def __init__(
        self, ledger: Ledger, events: EventStore, ingest: Ingest, control: Control, clock: Callable[[], int]
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._ingest = ingest
        self._control = control
        self._clock = clock
        self._approvals = Approvals(ledger, control, clock)
        self._lease = Lease(ledger, LEASE, LEASE_NS, clock)
        self._turns = Turns("policing", self.turn, "policing.failed", INTERVAL_S, REST_S)

    def start(self) -> None:
        self._turns.start(self._ledger.on_change)

    async def close(self) -> None:
        await self._turns.close()

    async def turn(self) -> bool:
        """Whether there is more to do."""
        if not await asyncio.to_thread(self._lease.is_mine):
            return False
        done = 0
        for workspace_id in await asyncio.to_thread(self._workspaces):
            done = max(done, await self._police(workspace_id))
        return max(done, await self._record()) >= MAX_A_TURN

    async def _police(self, workspace_id: str) -> int:
        """The sessions of a workspace that have changed since the last turn."""
        last_id, seen, sessions, policies = await asyncio.to_thread(self._changed, workspace_id)
        for session in sessions:
            held = [policy for policy in policies if applies(policy, (session.agent_id, *session.agents))]
            fresh = await asyncio.to_thread(self._judge, session, held) if held else []
            for finding, signal in fresh:
                await self._act(session, finding, signal)
        await self._approvals.follow(workspace_id, sessions)
        if seen:
            await asyncio.to_thread(self._remember, workspace_id, last_id)
        return seen

    def _workspaces(self) -> list[str]:
        """All that ever had a policy: an approval outlives the policy that asked for it."""
        with self._ledger.read() as conn:
            followed = self._ledger.checkpoints.starting_with(conn, followed_to(""))
        return [name.removeprefix(followed_to("")) for name in followed]

    def _changed(self, workspace_id: str) -> tuple[int, int, list[Session], list[Policy]]:
        with self._ledger.read() as conn:
            after_id = self._ledger.checkpoints.get(conn, followed_to(workspace_id)) or 0
            changes = self._ledger.changes.after(conn, workspace_id, after_id, MAX_A_TURN)
            refs = [(workspace_id, one) for one in dict.fromkeys(change.session_id for change in changes)]
            sessions = self._ledger.sessions.get_many(conn, refs) if refs else {}
            policies = self._ledger.policies.listed(conn, workspace_id)
        last_id = changes[-1].id if changes else after_id
        judged = [policy for policy in policies if policy.is_enabled and policy.type not in IN_SDK]
        return last_id, len(changes), [sessions[ref] for ref in refs if ref in sessions], judged

    def _remember(self, workspace_id: str, last_id: int) -> None:
        with self._ledger.begin() as conn:
            self._ledger.checkpoints.set(conn, followed_to(workspace_id), last_id)

    def _judge(self, session: Session, policies: Sequence[Policy]) -> list[tuple[Finding, Signal]]:
        """What fired for the first time is written down, with the decision that it led to."""
        with self._ledger.read() as conn:
            ids = [signal_id(session, policy) for policy in policies]
            known: dict[str, Signal] = self._ledger.signals.get_many(conn, session.workspace_id, ids)
        silent = [policy for policy, id in zip(policies, ids, strict=True) if _is_unanswered(known.get(id))]
        found = findings(self._events, session, silent)
        if not found:
            return []
        now_ns = self._clock()
        verdict = resolve(found)
        fresh: list[tuple[Finding, Signal]] = []
        fired: list[Signal] = []
        with self._ledger.begin() as conn:
            for finding in found:
                signal = signal_of(session, finding, now_ns)
                if finding is not verdict.winner and finding.policy.rung != Rung.NOTIFY:
                    signal = settled(signal, "a stronger policy won")
                if self._ledger.signals.add(conn, signal):
                    fired.append(signal)
                if finding is verdict.winner:
                    fresh.append((finding, known.get(signal.id, signal)))
            self._ledger.decisions.add(conn, decision_of(session, found, verdict, now_ns))
            announce(conn, self._ledger, fired)
        self._ledger.notify()
        return fresh

    async def _act(self, session: Session, finding: Finding, signal: Signal) -> None:
        """A refusal is told with the signal, and is nobody's failure."""
        rung = finding.policy.rung
        if rung == Rung.NOTIFY:
            return
        actor = f"policy:{finding.policy.label}"
        try:
            if rung == Rung.REQUIRE_APPROVAL:
                after = settled(signal, "waiting", await self._approvals.ask(session, actor, finding, signal))
            else:
                ask = Ask(VERBS[rung], actor, finding.message, correlation_id=signal.id)
                answer = await self._control.ask(session, ask)
                after = settled(signal, "asked" if answer.command.changed else "nothing to do")
        except SojournError as refusal:
            after = settled(signal, f"refused: {refusal.message}"[:500])
        await asyncio.to_thread(self._replace, after)

    def _replace(self, signal: Signal) -> None:
        with self._ledger.begin() as conn:
            self._ledger.signals.replace(conn, signal)
            announce(conn, self._ledger, [signal])
        self._ledger.notify()

    async def _record(self) -> int:
        """Puts signals onto the timelines of their sessions."""
        signals = await asyncio.to_thread(self._unrecorded)
        for workspace_id in {signal.workspace_id for signal in signals}:
            told = [event_of_signal(signal) for signal in signals if signal.workspace_id == workspace_id]
            await self._ingest.submit(workspace_id, told)
        if signals:
            await asyncio.to_thread(self._recorded, signals)
        return len(signals)

    def _unrecorded(self) -> list[Signal]:
        with self._ledger.read() as conn:
            return list(self._ledger.signals.unrecorded(conn, MAX_A_TURN))

    def _recorded(self, signals: Sequence[Signal]) -> None:
        with self._ledger.begin() as conn:
            self._ledger.signals.recorded(conn, signals)


def _is_unanswered(signal: Signal | None) -> bool:
    """It has not fired yet, or nothing came of it because the server stopped in between."""
    return signal is None or (signal.action != Rung.NOTIFY and not signal.outcome)
