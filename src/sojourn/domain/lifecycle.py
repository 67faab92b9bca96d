"""The one state machine of a session, as tables: what moves it, who may, and what an operator may ask for now.

A vendor's vocabulary is a projection of this machine, never a second one. The states are `sessions.SessionStatus`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sojourn.domain.sessions import Session, SessionKind
from sojourn.domain.sessions import SessionStatus as Status


class Act(StrEnum):
    """What can happen to a session."""

    BEGIN = "begin"  # it works, or works again
    REST = "rest"  # its turn ended; it waits for the user
    PAUSE = "pause"  # asked to start no new tool call
    HALT = "halt"  # every process that runs it confirms: nothing in flight, gates shut
    WAVER = "waver"  # a process that has not confirmed the pause has come to it
    RESUME = "resume"  # the gates open
    CANCEL = "cancel"  # asked to end for good
    STOP = "stop"  # every process that runs it confirms: no tool call can start any more
    ESCALATE = "escalate"  # handed to a human
    RETURN = "return"  # a human hands it back
    COMPLETE = "complete"  # ended well
    FAIL = "fail"  # ended with an error
    FALL_SILENT = "fall_silent"  # nothing was heard for too long


class By(StrEnum):
    """Who may cause it."""

    OPERATOR = "operator"  # a person, a policy or a gateway acting for one
    RUNTIME = "runtime"  # the process that runs the agent
    SENDER = "sender"  # whoever reports the session
    TIME = "time"  # the sweeper


CAUSED_BY: Mapping[Act, frozenset[By]] = {
    Act.BEGIN: frozenset({By.SENDER}),
    Act.REST: frozenset({By.SENDER}),
    Act.PAUSE: frozenset({By.OPERATOR, By.SENDER}),
    Act.HALT: frozenset({By.RUNTIME, By.SENDER}),
    Act.WAVER: frozenset({By.RUNTIME}),
    Act.RESUME: frozenset({By.OPERATOR, By.SENDER}),
    Act.CANCEL: frozenset({By.OPERATOR, By.SENDER}),
    Act.STOP: frozenset({By.RUNTIME, By.SENDER}),
    Act.ESCALATE: frozenset({By.OPERATOR, By.SENDER}),
    Act.RETURN: frozenset({By.OPERATOR, By.SENDER}),
    Act.COMPLETE: frozenset({By.SENDER}),
    Act.FAIL: frozenset({By.SENDER}),
    Act.FALL_SILENT: frozenset({By.TIME}),
}
OPEN = frozenset(
    {
        Status.PENDING,
        Status.RUNNING,
        Status.IDLE,
        Status.PAUSING,
        Status.PAUSED,
        Status.CANCELING,
        Status.ESCALATED,
    }
)
TERMINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELED, Status.ABANDONED})
HELD = frozenset({Status.PAUSING, Status.PAUSED, Status.CANCELING, Status.CANCELED, Status.ESCALATED})

MOVES: Mapping[tuple[Status, Act], Status] = {
    (Status.PENDING, Act.BEGIN): Status.RUNNING,
    (Status.PENDING, Act.REST): Status.IDLE,
    (Status.IDLE, Act.BEGIN): Status.RUNNING,
    (Status.RUNNING, Act.REST): Status.IDLE,
    (Status.RUNNING, Act.PAUSE): Status.PAUSING,
    (Status.IDLE, Act.PAUSE): Status.PAUSING,
    (Status.PAUSING, Act.HALT): Status.PAUSED,
    (Status.PAUSED, Act.WAVER): Status.PAUSING,
    (Status.PAUSING, Act.RESUME): Status.RUNNING,
    (Status.PAUSED, Act.RESUME): Status.RUNNING,
    **{(status, Act.CANCEL): Status.CANCELING for status in OPEN - {Status.CANCELING}},
    **{(status, Act.STOP): Status.CANCELED for status in OPEN},  # a sender may say so without having been asked
    (Status.RUNNING, Act.ESCALATE): Status.ESCALATED,
    (Status.IDLE, Act.ESCALATE): Status.ESCALATED,
    (Status.ESCALATED, Act.RETURN): Status.RUNNING,
    # An agent may end before it hears of a pause or a cancel: what happened is what is told.
    **{(status, Act.COMPLETE): Status.COMPLETED for status in OPEN},
    **{(status, Act.FAIL): Status.FAILED for status in OPEN},
    # A pause and a human are waited for as long as it takes.
    **{(status, Act.FALL_SILENT): Status.ABANDONED for status in (Status.RUNNING, Status.IDLE, Status.CANCELING)},
    (Status.ABANDONED, Act.BEGIN): Status.RUNNING,
    (Status.ABANDONED, Act.REST): Status.IDLE,
    (Status.ABANDONED, Act.COMPLETE): Status.COMPLETED,
    (Status.ABANDONED, Act.FAIL): Status.FAILED,
    (Status.ABANDONED, Act.CANCEL): Status.CANCELING,  # it is back, and what was asked of it still stands
    (Status.ABANDONED, Act.STOP): Status.CANCELED,
    # Its sender goes on with it: another turn, another process. Not with a canceled one: that is for ever.
    (Status.COMPLETED, Act.BEGIN): Status.RUNNING,
    (Status.FAILED, Act.BEGIN): Status.RUNNING,
    (Status.COMPLETED, Act.REST): Status.IDLE,
    (Status.FAILED, Act.REST): Status.IDLE,
}
# What is only inferred from events may be inferred anew from more of them.
INFERRED = frozenset(
    {
        Status.RUNNING,
        Status.IDLE,
        Status.PAUSED,
        Status.COMPLETED,
        Status.FAILED,
        Status.CANCELED,
        Status.ABANDONED,
    }
)


class Verb(StrEnum):
    """What an operator can ask for."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RESET = "reset"
    COMPACT = "compact"
    ESCALATE = "escalate"
    RETURN = "return"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    EXPORT = "export"
    DELETE = "delete"


PAST: Mapping[Verb, str] = {
    Verb.PAUSE: "paused",
    Verb.RESUME: "resumed",
    Verb.CANCEL: "canceled",
    Verb.RESET: "reset",
    Verb.COMPACT: "compacted",
    Verb.ESCALATE: "escalated",
    Verb.RETURN: "returned",
    Verb.ARCHIVE: "archived",
    Verb.UNARCHIVE: "unarchived",
    Verb.EXPORT: "exported",
    Verb.DELETE: "deleted",
}
RUNTIME_VERBS = frozenset({Verb.PAUSE, Verb.RESUME, Verb.CANCEL, Verb.RESET, Verb.COMPACT})  # an agent must obey these
MEMORY_VERBS = frozenset({Verb.RESET, Verb.COMPACT})
ENDED: frozenset[Verb] = frozenset({Verb.RESET, Verb.COMPACT, Verb.ARCHIVE, Verb.UNARCHIVE, Verb.EXPORT, Verb.DELETE})
MATRIX: Mapping[Status, frozenset[Verb]] = {
    Status.PENDING: frozenset({Verb.CANCEL, Verb.EXPORT}),
    Status.RUNNING: frozenset({Verb.PAUSE, Verb.CANCEL, Verb.ESCALATE, Verb.EXPORT}),
    Status.IDLE: frozenset(
        {Verb.PAUSE, Verb.CANCEL, Verb.RESET, Verb.COMPACT, Verb.ESCALATE, Verb.EXPORT, Verb.DELETE}
    ),
    Status.PAUSING: frozenset({Verb.RESUME, Verb.CANCEL, Verb.EXPORT}),
    Status.PAUSED: frozenset({Verb.RESUME, Verb.CANCEL, Verb.RESET, Verb.COMPACT, Verb.EXPORT}),
    Status.CANCELING: frozenset({Verb.EXPORT}),
    Status.ESCALATED: frozenset({Verb.CANCEL, Verb.COMPACT, Verb.RETURN, Verb.EXPORT}),
    **dict.fromkeys(TERMINAL, ENDED),
}
ONLY_CONVERSATIONS = frozenset(
    {*((status, verb) for status in TERMINAL for verb in MEMORY_VERBS), (Status.IDLE, Verb.DELETE)}
)
# Asking again for what is so already is no mistake.
ALREADY: Mapping[Verb, frozenset[Status]] = {
    Verb.PAUSE: frozenset({Status.PAUSING, Status.PAUSED}),
    Verb.RESUME: frozenset({Status.RUNNING, Status.IDLE}),
    Verb.CANCEL: frozenset({Status.CANCELING, Status.CANCELED}),
    Verb.ESCALATE: frozenset({Status.ESCALATED}),
}


class Reach(StrEnum):
    """Whether a session's agent can hear us."""

    NONE = "none"  # no runtime ever listened for it
    LISTENING = "listening"
    LOST = "lost"  # its runtime has gone silent; it may come back
    DETACHED = "detached"  # its runtime let go of it in order: no process runs it now


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides which actions a session allows."""

    status: str
    kind: str
    is_archived: bool = False
    reach: str = Reach.NONE
    verbs: frozenset[str] = frozenset()  # that its runtime can do
    owns_memory: bool = False  # its conversation memory is read from Sojourn


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer to a request. Refused if `refusal` is not empty."""

    refusal: str = ""
    code: str = ""  # invalid_state or not_controllable
    changes: bool = True  # whether there is anything to do


def standing_of(session: Session) -> Standing:
    return Standing(
        status=session.status,
        kind=session.kind,
        is_archived=session.archived_at_ns is not None,
        reach=session.reach or Reach.NONE,
        verbs=frozenset(session.verbs),
        owns_memory=session.owns_memory,
    )


def moved(status: str, act: Act) -> Status | None:
    """Where an act leads from here; None if it leads nowhere."""
    return MOVES.get((Status(status), act))


def is_move(before: str, after: str, evidence: str = "declared") -> bool:
    """Whether some act, or for inferred statuses some new event, leads from one status to the other."""
    if evidence == "inferred" and Status(after) in INFERRED and Status(before) in INFERRED | {Status.PENDING}:
        return True
    return any(start == before and end == after for (start, _), end in MOVES.items())


def judge_request(standing: Standing, verb: Verb) -> Verdict:
    """Whether an operator may ask for this now, and why not."""
    status = Status(standing.status)
    if status in ALREADY.get(verb, ()):
        return Verdict(changes=False)
    if verb in (Verb.ARCHIVE, Verb.UNARCHIVE) and status in TERMINAL:
        return Verdict(changes=standing.is_archived == (verb == Verb.UNARCHIVE))
    if verb not in MATRIX[status]:
        return Verdict(f"a session that is {status} cannot {_worded(verb)}", "invalid_state")
    if (status, verb) in ONLY_CONVERSATIONS and standing.kind != SessionKind.CONVERSATION:
        return Verdict(f"what is {status} can {_worded(verb)} only if it is a conversation", "invalid_state")
    deaf = _why_it_cannot_hear(standing, verb)
    return Verdict(deaf, "not_controllable") if deaf else Verdict()


def actions(standing: Standing) -> tuple[list[str], dict[str, str]]:
    """What is allowed now, and for each other verb why it is not."""
    allowed: list[str] = []
    refused: dict[str, str] = {}
    for verb in Verb:
        verdict = judge_request(standing, verb)
        if verdict.refusal:
            refused[verb] = verdict.refusal
        elif verdict.changes:
            allowed.append(verb)
        else:
            refused[verb] = _nothing_to_do(standing, verb)
    return allowed, refused


def controllability(standing: Standing) -> tuple[bool, str]:
    """Whether pause and cancel can reach the agent, and why or why not."""
    if standing.status in TERMINAL:
        return False, f"it is over: {standing.status}"
    return standing.reach == Reach.LISTENING, REACH_WORDS[Reach(standing.reach)]


REACH_WORDS: Mapping[Reach, str] = {
    Reach.NONE: "no runtime listens for it: it only sends telemetry (docs/steering.md)",
    Reach.LISTENING: "its runtime listens",
    Reach.LOST: "its runtime has gone silent; a command reaches it when it comes back",
    Reach.DETACHED: "no process runs it now; a command holds when one comes to it",
}


def _why_it_cannot_hear(standing: Standing, verb: Verb) -> str:
    if verb not in RUNTIME_VERBS or (standing.status == Status.PENDING and verb == Verb.CANCEL):
        return ""
    if verb in MEMORY_VERBS and standing.owns_memory and standing.reach != Reach.LISTENING:
        return ""
    if standing.reach == Reach.NONE:
        return REACH_WORDS[Reach.NONE]
    if verb not in standing.verbs and verb != Verb.RESUME:
        return f"its runtime cannot {verb}"
    if verb in MEMORY_VERBS and standing.reach == Reach.DETACHED:
        return "no process runs it now, and its memory is not kept by Sojourn"
    return ""


def _worded(verb: Verb) -> str:
    return f"be {PAST[verb]}"


def _nothing_to_do(standing: Standing, verb: Verb) -> str:
    if verb == Verb.UNARCHIVE:
        return "it is not archived"
    return "it is archived already" if verb == Verb.ARCHIVE else f"it is {standing.status} already"
