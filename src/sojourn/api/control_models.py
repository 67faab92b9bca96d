"""What steering looks like over HTTP."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from sojourn.api.answers import LIST_ERRORS, Errors
from sojourn.api.models import Error, JsonObject, Model, Session, Time
from sojourn.domain.identity import MAX_SESSION_KEY_CHARS

UUID = r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
MAX_DEPTH = 64  # of JSON that a caller sends to be kept
Verb = Literal["pause", "resume", "cancel", "reset", "compact", "escalate", "return", "archive", "unarchive"]
MAX_BULK = 500
MAX_HELD = 10_000
MAX_WAIT_S = 30
SENT_ERRORS: Errors = {
    **LIST_ERRORS,
    413: {"model": Error, "description": "The body is larger than SOJOURN_MAX_BODY_BYTES"},
}


def _without_nul(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", "\ufffd")


def _whole(value: object) -> object:
    """To JSON Schema 5.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: object) -> object:
    """A number of a query is written as a number is: 1_0 and inf are none."""
    if isinstance(value, str) and NUMBER.fullmatch(value) is None:
        raise ValueError("a number is needed")
    return value


def _time_text(text: str) -> str:
    if DATE_TIME.fullmatch(text) is None:
        raise ValueError("an RFC 3339 time with an offset is needed")
    return text


def _shallow(value: Any) -> Any:
    """What is nested deeper than anybody means it is not kept: it could not be told again."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            below
            for one in level
            if isinstance(one, (dict, list))
            for below in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return value
    raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")


Id = Annotated[str, Field(pattern=UUID, description="UUID")]
Plain = AfterValidator(_without_nul)
Key = Annotated[str, Field(min_length=1, max_length=MAX_SESSION_KEY_CHARS), Plain]
Word = Annotated[str, Field(max_length=512), Plain]
Text = Annotated[str, Field(max_length=20_000), Plain]
WHOLE = BeforeValidator(_whole)  # comes last, or limits are missing in the description
Turns = Annotated[int, Field(ge=1, le=1_000), WHOLE]
SentObject = Annotated[JsonObject, AfterValidator(_shallow)]
SentJson = Annotated[Any, AfterValidator(_shallow)]
SentTime = Annotated[str, AfterValidator(_time_text), WithJsonSchema({"type": "string", "format": "date-time"})]
WaitS = Annotated[float, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait at most"), BeforeValidator(_number)]


class Sent(BaseModel):
    """What a caller sends: no field that we do not know."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), strict=True)


class ActionRequest(Sent):
    reason: Word = Field(default="", description="Shown with the status and on the timeline")
    correlation_id: Word = ""
    cascade: bool = Field(default=False, description="cancel: the sessions that it called, too")
    instructions: Text = Field(default="", description="compact: what the summary should keep")
    keep_turns: Turns | None = Field(default=None, description="compact: user turns that stay")
    id: Id | None = Field(default=None, description="The same id again is the same request")


class StillRunning(Model):
    id: str
    key: str
    status: str


class Command(Model):
    """A request to one session, and what came of it."""

    id: str
    verb: str
    session_id: str
    status: Literal["requested", "delivered", "applied", "refused", "unreachable"]
    changed: bool = Field(description="False if there was nothing to do")
    actor: str
    reason: str
    correlation_id: str
    requested_at: Time | None
    delivered_at: Time | None
    settled_at: Time | None
    arguments: JsonObject
    detail: JsonObject = Field(description="Why it was refused, or what it did")


class AnsweredCommand(Command):
    still_running: list[StillRunning] = Field(description="cancel: called sessions that it leaves alone")


class ActionAnswer(Model):
    command: AnsweredCommand
    session: Session


class CommandList(Model):
    items: list[Command]
    next_cursor: str | None


class BulkRequest(Sent):
    action: Verb | Literal["delete"]
    ids: list[Key] = Field(min_length=1, max_length=MAX_BULK, description="UUIDs or keys")
    reason: Word = ""
    correlation_id: Word = ""
    cascade: bool = False
    instructions: Text = ""
    keep_turns: Turns | None = None


class BulkOutcome(Model):
    id: str = Field(description="As it was sent")
    ok: bool
    status: int = Field(description="What the single request would have answered")
    command: AnsweredCommand | None
    code: str = ""
    message: str = ""
    allowed: list[str] = Field(default_factory=list)


class BulkAnswer(Model):
    outcomes: list[BulkOutcome]


class RuntimeInfo(Sent):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    name: Word = ""
    host: Word = ""
    pid: Annotated[int, Field(ge=0, le=2**31), WHOLE] = 0
    sdk: Word = ""


class HeldSession(Sent):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    session: Key
    session_id: Word = ""
    verbs: list[Annotated[str, Field(max_length=32), Plain]] = Field(default_factory=list, max_length=20)
    state: Literal["running", "idle", "paused", "canceled"] = "running"
    tools_in_flight: Annotated[int, Field(ge=0, le=1_000_000), WHOLE] = 0
    owns_memory: bool = False


class ReceiptSent(Sent):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    command_id: Word
    outcome: Literal["applied", "refused"]
    at: Word = ""
    reason: Text = ""
    detail: SentObject = Field(default_factory=dict)


class PollRequest(Sent):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    runtime: RuntimeInfo = Field(default_factory=RuntimeInfo)
    sessions: list[HeldSession] = Field(default_factory=list, max_length=MAX_HELD)
    known: list[Word] = Field(default_factory=list, max_length=MAX_HELD)
    receipts: list[ReceiptSent] = Field(default_factory=list, max_length=MAX_HELD)
    tasks: list[Word] = Field(default_factory=list, max_length=MAX_HELD)
    wait_s: float = Field(default=25, ge=0, le=MAX_WAIT_S)


class DeliveredCommand(Model):
    id: str
    session_id: str
    session: str
    verb: str
    actor: str
    reason: str
    correlation_id: str
    requested_at: Time | None
    arguments: JsonObject


class Task(Model):
    """Work for a human."""

    id: str
    session_id: str
    session_key: str
    tool_call_id: str = Field(description="The call that waits for it")
    event_id: str
    kind: Literal["approval", "question", "review", "manual"]
    title: str
    instructions: str
    form: JsonObject | None = Field(description="JSON Schema of the outcome")
    assignee: str
    group: str
    claimed_by: str
    claimed_at: Time | None
    deadline_at: Time | None
    default_outcome: Any = Field(description="Given when the deadline passes")
    status: Literal["open", "completed", "canceled", "expired"]
    outcome: Any
    completed_by: str
    completed_at: Time | None
    created_at: Time | None
    created_by: str
    source: str


class TaskList(Model):
    items: list[Task]
    next_cursor: str | None
    total: int


class PollAnswer(Model):
    commands: list[DeliveredCommand]
    tasks: list[Task] = Field(description="Those of the request's tasks that are closed")
    receipts_accepted: list[str]


class NewTask(Sent):
    id: Id | None = Field(default=None, description="The same id again opens nothing")
    session: Key | None = Field(default=None, description="Key or UUID of the session that it belongs to, if it does")
    tool_call_id: Word = ""
    event_id: Word = ""
    kind: Literal["approval", "question", "review", "manual"] = "manual"
    title: Annotated[str, Field(min_length=1, max_length=500)]
    instructions: Text = ""
    form: SentObject | None = Field(default=None, description="JSON Schema of the outcome")
    assignee: Word = ""
    group: Word = ""
    deadline_at: SentTime | None = Field(default=None, description="If any")
    default_outcome: SentJson = Field(default=None, description="The outcome when the deadline passes")
    source: Word = Field(default="", description="The workflow that asks, if it is no session")


class Completion(Sent):
    outcome: SentJson = Field(default=None, description="Fits the form; of an approval {approved, reason?, arguments?}")


class Withdrawal(Sent):
    reason: Word = ""


class Memory(Model):
    """What the session's model should see now."""

    epoch: int = Field(description="How often it was reset")
    summary: str | None = Field(description="What a compaction left of older messages")
    summarised_by: str = Field(description="extractive, or model:<name>")
    messages: list[JsonObject]
    truncated: bool


class Runtime(Model):
    id: str
    name: str
    host: str
    pid: int
    sdk: str
    registered_at: Time | None
    heard_at: Time | None
    ended_at: Time | None
    is_lost: bool


class RuntimeList(Model):
    items: list[Runtime]
