"""What is known of steering one session: what was asked of it, which processes run it, who it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sojourn.domain.lifecycle import HELD, OPEN, TERMINAL, Reach
from sojourn.domain.sessions import SessionKind, SessionStatus
from sojourn.domain.status import SILENCE_NS, Judgement

LOST_AFTER_NS = 45 * 1_000_000_000  # a runtime polls at least every 30 s
LET_GO_NS = 5 * 1_000_000_000  # how long the last words of a process may be on the way
IDLE_TIMEOUT_NS = 24 * 3_600 * 1_000_000_000  # of a conversation whose user does not come back


class CommandStatus(StrEnum):
    REQUESTED = "requested"
    DELIVERED = "delivered"  # a runtime has it
    APPLIED = "applied"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"  # nobody took it in time; it is delivered all the same to a runtime that comes back


SETTLED = frozenset({CommandStatus.APPLIED, CommandStatus.REFUSED})


@dataclass(frozen=True, slots=True)
class Command:
    """An operator's request to one session."""

    id: str
    workspace_id: str
    session_id: str
    verb: str
    actor: str
    reason: str = ""
    correlation_id: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    status: str = CommandStatus.REQUESTED
    changed: bool = True
    requested_at_ns: int = 0
    delivered_at_ns: int | None = None
    settled_at_ns: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)  # what came of it
    receipts: dict[str, Any] = field(default_factory=dict)  # by runtime id: outcome, at, reason, detail
    is_recorded: bool = False  # its event is in the event store


@dataclass(frozen=True, slots=True)
class Hold:
    """What was asked of a session and stands until something else is."""

    status: str = ""  # pausing, paused, canceling, canceled, escalated; "" if nothing stands
    since_ns: int = 0
    actor: str = ""
    reason: str = ""
    command_id: str = ""
    from_status: str = ""  # what it was before
    released_at_ns: int = 0  # when the last one ended: silence before it counts for nothing


@dataclass(frozen=True, slots=True)
class Attachment:
    """One process that runs the session, as it last told us."""

    runtime_id: str
    state: str  # running, idle, paused, canceled
    tools_in_flight: int
    verbs: tuple[str, ...]
    owns_memory: bool
    attached_at_ns: int
    heard_at_ns: int  # its runtime's last poll
    detached_at_ns: int | None = None

    def is_lost(self, now_ns: int) -> bool:
        return self.detached_at_ns is None and now_ns - self.heard_at_ns > LOST_AFTER_NS


@dataclass(frozen=True, slots=True)
class Steering:
    hold: Hold = Hold()
    attachments: tuple[Attachment, ...] = ()
    heartbeat_at_ns: int = 0  # its own, or of a session that it called
    open_tasks: tuple[str, ...] = ()  # their kinds

    @property
    def attached(self) -> list[Attachment]:
        return [one for one in self.attachments if one.detached_at_ns is None]

    @property
    def verbs(self) -> tuple[str, ...]:
        """What every process that runs it can do; of the last one, if none runs it now."""
        heard = self.attached or list(self.attachments[-1:])
        return tuple(verb for verb in (heard[0].verbs if heard else ()) if all(verb in one.verbs for one in heard))

    @property
    def owns_memory(self) -> bool:
        heard = self.attached or list(self.attachments[-1:])
        return bool(heard) and all(one.owns_memory for one in heard)

    @property
    def tools_in_flight(self) -> int:
        return sum(one.tools_in_flight for one in self.attached)

    @property
    def heard_at_ns(self) -> int:
        """The latest sign of life that is no event."""
        return max([self.heartbeat_at_ns, self.hold.released_at_ns, *(one.heard_at_ns for one in self.attached)])

    def reach(self, now_ns: int) -> Reach:
        if not self.attachments:
            return Reach.NONE
        if not self.attached:
            return Reach.DETACHED
        return Reach.LOST if any(one.is_lost(now_ns) for one in self.attached) else Reach.LISTENING

    def is_confirmed(self, state: str, now_ns: int) -> bool:
        """Whether every process that runs it says so, or none has run it for a while: nobody can start anything.

        One that let go of it a moment ago may still have words on the way, of how it ended.
        """
        if self.attached:
            return all(one.state == state and not one.tools_in_flight for one in self.attached)
        return now_ns >= self.let_go_at_ns + LET_GO_NS

    @property
    def let_go_at_ns(self) -> int:
        """When the last process let go of it; 0 if none ever ran it. One may just be coming to what is pending."""
        begun_ns = self.hold.since_ns if self.hold.from_status == SessionStatus.PENDING else 0
        return max((one.detached_at_ns or 0 for one in self.attachments), default=begun_ns)

    def settled_hold(self, now_ns: int) -> Hold:
        """What stands, now that its processes say what they say."""
        hold = self.hold
        if hold.status == SessionStatus.PAUSING and self.is_confirmed("paused", now_ns):
            return replace(hold, status=SessionStatus.PAUSED, since_ns=now_ns)
        if hold.status == SessionStatus.PAUSED and not self.is_confirmed("paused", now_ns):
            return replace(hold, status=SessionStatus.PAUSING, since_ns=now_ns)
        if hold.status == SessionStatus.CANCELING and self.is_confirmed("canceled", now_ns):
            return replace(hold, status=SessionStatus.CANCELED, since_ns=now_ns)
        return hold


def released(hold: Hold, actor: str, reason: str, command_id: str, now_ns: int) -> Hold:
    """Nothing stands any more."""
    return Hold("", 0, actor, reason, command_id, hold.from_status, now_ns)


def steered(
    judged: Judgement, evidence: str, steering: Steering, kind: str, now_ns: int, silence_ns: int = SILENCE_NS
) -> tuple[Judgement, str]:
    """What the events and senders say, under what was asked of the session."""
    hold = steering.hold
    has_ended_since = evidence == "declared" and judged.status in TERMINAL and judged.since_ns >= hold.since_ns
    if hold.status and (hold.status == SessionStatus.CANCELED or not has_ended_since):
        if hold.status == SessionStatus.CANCELING and _is_silent(judged, steering, now_ns, silence_ns):
            return _abandoned(judged, steering, silence_ns), "inferred"
        return held(steering, silence_ns), "declared"
    if hold.released_at_ns > judged.since_ns and judged.status in OPEN:
        judged = replace(judged, since_ns=hold.released_at_ns, reason=release_words(hold))
    if evidence == "declared" and judged.status in OPEN and judged.status not in HELD:
        return _timed(judged, steering, kind, now_ns, silence_ns)
    if steering.open_tasks and judged.status in OPEN:
        return _waiting(judged, steering), evidence
    return judged, evidence


def release_words(hold: Hold) -> str:
    return f"resumed by {hold.actor}" + (f": {hold.reason}" if hold.reason else "")


HELD_WORDS = {
    SessionStatus.PAUSING: "{actor} asked to pause; tool calls in flight finish, none starts",
    SessionStatus.PAUSED: "paused by {actor}; no tool call can start",
    SessionStatus.CANCELING: "{actor} asked to cancel; tool calls in flight finish, none starts",
    SessionStatus.CANCELED: "canceled by {actor}",
    SessionStatus.ESCALATED: "escalated by {actor}",
}


def held(steering: Steering, silence_ns: int = SILENCE_NS) -> Judgement:
    """The status of a session under what stands."""
    hold = steering.hold
    status = SessionStatus(hold.status)
    reason = HELD_WORDS[status].format(actor=hold.actor or "an operator") + (f": {hold.reason}" if hold.reason else "")
    is_canceled = status == SessionStatus.CANCELED
    due_at_ns = None
    if status == SessionStatus.CANCELING:
        due_at_ns = max(hold.since_ns, steering.heard_at_ns) + silence_ns
    if status in (SessionStatus.PAUSING, SessionStatus.CANCELING) and not steering.attached:
        due_at_ns = steering.let_go_at_ns + LET_GO_NS
    return Judgement(
        status,
        hold.since_ns,
        reason,
        end_reason="user_cancel" if is_canceled else "",
        waiting_on="" if is_canceled else waits_for(steering),
        due_at_ns=due_at_ns,
    )


def _timed(judged: Judgement, steering: Steering, kind: str, now_ns: int, silence_ns: int) -> tuple[Judgement, str]:
    """A declared open status holds while somebody is heard."""
    if steering.open_tasks:
        return _waiting(judged, steering), "declared"
    if judged.status == SessionStatus.IDLE and kind == SessionKind.CONVERSATION and steering.attachments:
        return _idle(judged, now_ns)
    has_heartbeat = kind == SessionKind.RUN or bool(steering.attachments)
    if judged.status != SessionStatus.RUNNING or not has_heartbeat:
        return judged, "declared"
    if _is_silent(judged, steering, now_ns, silence_ns):
        return _abandoned(judged, steering, silence_ns), "inferred"
    due_at_ns = max(judged.heard_at_ns, steering.heard_at_ns) + silence_ns
    return replace(judged, due_at_ns=due_at_ns), "declared"


def _idle(judged: Judgement, now_ns: int) -> tuple[Judgement, str]:
    due_at_ns = judged.heard_at_ns + IDLE_TIMEOUT_NS
    if now_ns < due_at_ns:
        return replace(judged, waiting_on=judged.waiting_on or "user", due_at_ns=due_at_ns), "declared"
    reason = f"its user said nothing for {IDLE_TIMEOUT_NS // 3_600_000_000_000} h"
    return Judgement(SessionStatus.ABANDONED, due_at_ns, reason, end_reason="idle_timeout"), "inferred"


def _is_silent(judged: Judgement, steering: Steering, now_ns: int, silence_ns: int) -> bool:
    return now_ns - max(judged.heard_at_ns, steering.heard_at_ns, steering.hold.since_ns) >= silence_ns


def _abandoned(judged: Judgement, steering: Steering, silence_ns: int) -> Judgement:
    last_ns = max(judged.heard_at_ns, steering.heard_at_ns, steering.hold.since_ns)
    reason = f"no heartbeat and no event for {silence_ns // 1_000_000_000} s"
    if steering.hold.status == SessionStatus.CANCELING:
        reason += "; the cancel still stands and reaches it if it comes back"
    return Judgement(
        SessionStatus.ABANDONED, last_ns + silence_ns, reason, end_reason="heartbeat_timeout", heard_at_ns=last_ns
    )


def _waiting(judged: Judgement, steering: Steering) -> Judgement:
    """A human may take as long as it takes."""
    return replace(judged, waiting_on=waits_for(steering), due_at_ns=None)


def waits_for(steering: Steering) -> str:
    if not steering.open_tasks:
        return ""
    return "review" if all(kind == "review" for kind in steering.open_tasks) else "human_task"
