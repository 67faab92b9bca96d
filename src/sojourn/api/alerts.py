"""Alerts: signals that are forwarded to webhooks and e-mail addresses, and what became of each."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from sojourn.api.answers import PAGE_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, UUID, WHOLE, Plain, Sent
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import ADMIN, Actor, Served, Services, Workspace
from sojourn.api.filters import WHOLE as WHOLE_TEXT
from sojourn.api.filters import each_once
from sojourn.api.models import Error, Model, Time
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.alerts.carriers import Carriers
from sojourn.app.alerts.channel_set import ChannelSet
from sojourn.app.alerts.mail import mail_server
from sojourn.app.views import cursors
from sojourn.app.views.times import rfc3339
from sojourn.domain import alerts as domain
from sojourn.domain.signals import Signal
from sojourn.ledger.alerts import DeliveryFilter, Standing

router = APIRouter(
    prefix="/api/v1", tags=["alerts"], route_class=SteeringRoute, dependencies=[Depends(each_once), ADMIN]
)
NO_CONTENT = 204
MAX_VALUES = 50  # of one list of a match
MAX_SECRET_CHARS = 256
MISSING: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    404: {"model": Error, "description": "There is no such alert channel"},
}
FULL: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    409: {"model": Error, "description": "There are too many alert channels"},
}
NOT_AGAIN: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    404: {"model": Error, "description": "There is no such delivery"},
    409: {"model": Error, "description": "It was sent, or a later alert tells the same"},
}
Kind = Literal["webhook", "email"]
State = Literal["waiting", "sent", "failed"]
ChannelId = Annotated[str, Path(pattern=UUID)]
DeliveryId = Annotated[str, Path(pattern=UUID)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S"), Plain]
Url = Annotated[str, Field(max_length=domain.MAX_URL_CHARS), Plain]
Address = Annotated[str, Field(max_length=domain.MAX_ADDRESS_CHARS), Plain]
Addresses = Annotated[list[Address], Field(max_length=domain.MAX_RECIPIENTS)]
Secret = Annotated[str, Field(max_length=MAX_SECRET_CHARS), Plain]
QuietMinutes = Annotated[int, Field(ge=0, le=domain.MAX_QUIET_MINUTES), WHOLE]
Value = Annotated[str, Field(min_length=1, max_length=256), Plain]
ValueList = Annotated[list[Value], Field(max_length=MAX_VALUES)]
ANY = "One of these; empty for every one"


class SentMatch(Sent):
    """Which signals; what is left out lets every one through."""

    type: ValueList = Field(default_factory=list, description=ANY)
    subtype: ValueList = Field(default_factory=list, description=ANY)
    agent_id: ValueList = Field(default_factory=list, description=ANY)
    environment: ValueList = Field(default_factory=list, description=f"{ANY}. Of the session")
    policy_id: ValueList = Field(default_factory=list, description=ANY)
    text: Annotated[str, Field(max_length=256), Plain] = Field(
        default="", description="Somewhere in the message, the type or the policy's name, in any case"
    )


class NewChannel(Sent):
    name: Name
    kind: Kind
    url: Url = Field(default="", description="Of a webhook: http:// or https://, without name and password")
    recipients: Addresses = Field(default_factory=list, description="Of an e-mail")
    secret: Secret = Field(
        default="", description=f"Signs what a webhook is sent; at least {domain.MIN_SECRET_CHARS} characters"
    )
    match: SentMatch = Field(default_factory=SentMatch)
    quiet_minutes: QuietMinutes = Field(
        default=0, description="A group that fires again so soon after its alert is sent once, with its count"
    )
    is_enabled: bool = True


class ChangedChannel(Sent):
    """What is left out stays as it is."""

    name: Name | None = None
    url: Url | None = None
    recipients: Addresses | None = None
    secret: Secret | None = Field(default=None, description='"" takes it away')
    match: SentMatch | None = None
    quiet_minutes: QuietMinutes | None = None
    is_enabled: bool | None = None


class AlertMatch(Model):
    type: list[str]
    subtype: list[str]
    agent_id: list[str]
    environment: list[str]
    policy_id: list[str]
    text: str


class AlertChannel(Model):
    """Somebody who wants to know of signals."""

    id: str
    name: str
    kind: Kind
    url: str
    recipients: list[str]
    has_secret: bool = Field(description="The secret itself is told to nobody")
    match: AlertMatch
    quiet_minutes: int
    is_enabled: bool
    created_by: str
    created_at: Time | None
    updated_at: Time | None
    waiting: int = Field(description="Alerts that wait to be sent")
    failed: int = Field(description="Alerts that were given up")
    last_sent_at: Time | None


class AlertChannelList(Model):
    items: list[AlertChannel]
    can_email: bool = Field(description="Whether a mail server is configured")


class AlertTest(Model):
    is_sent: bool
    error: str = Field(description="Why not; or which recipients the mail server refused")
    status: int | None = Field(description="Of a webhook that answered")
    duration_ms: float


class AlertDelivery(Model):
    """One group of signals on its way to one channel."""

    id: str
    channel_id: str
    signal_id: str
    session_id: str
    session_key: str
    type: str
    subtype: str
    message: str
    count: int = Field(description="How often the group had fired")
    state: State = Field(description="failed: given up after too many attempts")
    attempts: int
    last_error: str
    created_at: Time | None
    next_at: Time | None = Field(description="When one that waits is tried")
    tried_at: Time | None
    sent_at: Time | None


class AlertDeliveryList(Model):
    items: list[AlertDelivery]
    next_cursor: str | None
    total: int


@router.get("/alert-channels", response_model=AlertChannelList, operation_id="list_alert_channels")
def list_channels(served: Served, workspace_id: Workspace) -> Json:
    """All alert channels, the oldest first."""
    items = [_channel_json(*one) for one in _set(served).listed(workspace_id)]
    return Json({"items": items, "can_email": _can_email(served)})


@router.post(
    "/alert-channels", status_code=201, response_model=AlertChannel, responses=FULL, operation_id="create_alert_channel"
)
def create_channel(served: Served, workspace_id: Workspace, actor: Actor, new: Annotated[NewChannel, Body()]) -> Json:
    """Hears of signals that fire from now on."""
    sent = _fields(new.model_dump())
    channel = domain.Channel(id="", workspace_id=workspace_id, created_by=actor, **sent)
    return Json(_channel_json(_set(served).create(channel), Standing()), status_code=201)


@router.get("/alert-channels/{id}", response_model=AlertChannel, responses=MISSING, operation_id="read_alert_channel")
def read_channel(served: Served, workspace_id: Workspace, id: ChannelId) -> Json:
    return Json(_channel_json(*_set(served).get(workspace_id, id.lower())))


@router.patch(
    "/alert-channels/{id}", response_model=AlertChannel, responses=MISSING, operation_id="change_alert_channel"
)
def change_channel(
    served: Served, workspace_id: Workspace, id: ChannelId, sent: Annotated[ChangedChannel, Body()]
) -> Json:
    """A channel that is switched off hears of nothing, and what waits for it waits on."""
    changed = _fields(sent.model_dump(exclude_none=True))
    return Json(_channel_json(*_set(served).change(workspace_id, id.lower(), **changed)))


@router.delete(
    "/alert-channels/{id}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=MISSING,
    operation_id="delete_alert_channel",
)
def delete_channel(served: Served, workspace_id: Workspace, id: ChannelId) -> Response:
    """With what waits for it and the record of what it was sent."""
    _set(served).remove(workspace_id, id.lower())
    return Response(status_code=NO_CONTENT)


@router.post(
    "/alert-channels/{id}/test", response_model=AlertTest, responses=MISSING, operation_id="test_alert_channel"
)
async def test_channel(served: Served, workspace_id: Workspace, id: ChannelId) -> Json:
    """Sends a test now, and answers what came of it."""
    channels = _set(served)
    channel, _ = await asyncio.to_thread(channels.get, workspace_id, id.lower())
    settings = served.settings
    server = mail_server(settings.smtp_url, settings.smtp_from)
    async with Carriers(server, settings.web_url, served.clock) as carriers:
        tested = await channels.test(carriers, channel)
    return Json({name: getattr(tested, name) for name in AlertTest.model_fields})


@router.get(
    "/alert-deliveries", response_model=AlertDeliveryList, responses=PAGE_ERRORS, operation_id="list_alert_deliveries"
)
def list_deliveries(
    served: Served,
    workspace_id: Workspace,
    channel: Annotated[str | None, Query(pattern=UUID, description="Only of this channel")] = None,
    state: Annotated[State | None, Query(description="Only in this state")] = None,
    limit: Annotated[int, Query(ge=1, le=500), WHOLE_TEXT] = 50,
    cursor: Cursor = None,
) -> Json:
    """Deliveries, the latest first. The latest 1,000 of each channel are kept, and all that wait."""
    with following(cursor):
        before = cursors.decode(cursor, "cursor", int)[0] if cursor else None
    filter = DeliveryFilter((channel or "").lower(), state or "")
    found, total = _set(served).deliveries(workspace_id, filter, before, limit + 1)
    shown = found[:limit]
    more = cursors.encode(shown[-1][0]) if len(found) > limit else None
    items = [_delivery_json(delivery, signal) for _, delivery, signal in shown]
    return Json({"items": items, "next_cursor": more, "total": total})


@router.post(
    "/alert-deliveries/{id}/retry", response_model=AlertDelivery, responses=NOT_AGAIN, operation_id="retry_alert"
)
def retry_delivery(served: Served, workspace_id: Workspace, id: DeliveryId) -> Json:
    """Try it again now; one that was given up has all its attempts before it again."""
    return Json(_delivery_json(*_set(served).retry(workspace_id, id.lower())))


def _set(served: Services) -> ChannelSet:
    return ChannelSet(served.ledger, served.clock, can_email=_can_email(served))


def _can_email(served: Services) -> bool:
    return mail_server(served.settings.smtp_url, served.settings.smtp_from) is not None


def _fields(sent: dict[str, Any]) -> dict[str, Any]:
    if "recipients" in sent:
        sent["recipients"] = tuple(dict.fromkeys(sent["recipients"]))
    if "match" in sent:
        lists: dict[str, Any] = {name: tuple(sent["match"][name]) for name in sent["match"] if name != "text"}
        sent["match"] = domain.Match(**lists, text=sent["match"]["text"])
    return sent


def _channel_json(channel: domain.Channel, standing: Standing) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": str(channel.kind),
        "url": channel.url,
        "recipients": list(channel.recipients),
        "has_secret": bool(channel.secret),
        "match": {name: getattr(channel.match, name) for name in AlertMatch.model_fields},
        "quiet_minutes": channel.quiet_minutes,
        "is_enabled": channel.is_enabled,
        "created_by": channel.created_by,
        "created_at": rfc3339(channel.created_at_ns),
        "updated_at": rfc3339(channel.updated_at_ns),
        "waiting": standing.waiting,
        "failed": standing.failed,
        "last_sent_at": rfc3339(standing.last_sent_at_ns),
    }


def _delivery_json(delivery: domain.Delivery, signal: Signal | None) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "channel_id": delivery.channel_id,
        "signal_id": delivery.signal_id,
        "session_id": delivery.session_id,
        "session_key": signal.session_key if signal else "",
        "type": signal.type if signal else "",
        "subtype": signal.subtype if signal else "",
        "message": signal.message if signal else "",
        "count": delivery.count,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
        "last_error": delivery.last_error,
        "created_at": rfc3339(delivery.created_at_ns),
        "next_at": rfc3339(delivery.next_at_ns) if delivery.state == domain.DeliveryState.WAITING else None,
        "tried_at": rfc3339(delivery.tried_at_ns),
        "sent_at": rfc3339(delivery.sent_at_ns),
    }
