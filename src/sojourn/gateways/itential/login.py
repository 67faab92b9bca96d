"""Cookie, Basic and OAuth: clients insist on one of them.

In local mode any password is as good as none, and a token is nothing but the name that somebody gave. Else names and
passwords are those of Sojourn's people, a token is that of a login, and an API key stands for a client and its secret.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Annotated, Any
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Depends, Request

from sojourn.app.access import admission
from sojourn.app.access.door import Credentials
from sojourn.app.access.secrecy import KEY_PREFIX
from sojourn.app.errors import SojournError
from sojourn.domain.access import Principal
from sojourn.gateways import Actor, Asking, Json, SentObject, Served, Services

router = APIRouter()
COOKIE = "token"
LOCAL = "local"  # the kind of whoever asks where nobody logs in
PREFIX = "sojourn."
MAX_NAME_CHARS = 200
MAX_FORM_BYTES = 16 * 1024
EXPIRES_IN_S = 3_600


class Unauthorized(SojournError):
    code = "unauthorized"
    status = 401


@router.post("/login")
def log_in(served: Served, sent: SentObject) -> Json:
    user = sent.get("user") if isinstance(sent.get("user"), dict) else sent
    assert isinstance(user, dict)
    token = _token(served, _name(user.get("username")), str(user.get("password") or ""))
    answer = Json(token)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict")
    return answer


@router.post("/oauth/token")
async def give_token(request: Request, served: Served) -> Json:
    fields = await _form(request)
    name, secret = _name(fields.get("client_id")), str(fields.get("client_secret") or "")
    return Json(
        {
            "access_token": await asyncio.to_thread(_token, served, name, secret),
            "token_type": "Bearer",
            "expires_in": EXPIRES_IN_S,
        }
    )


def _token(served: Services, name: str, secret: str) -> str:
    """Raises Unauthenticated where a login is needed and this is none."""
    if served.door.is_local:
        return token_of(name)
    if secret.startswith(KEY_PREFIX):
        served.door.principal(Credentials(secret))
        return secret
    token: str = served.door.log_in(name, secret)[0]
    return token


def person(request: Request, asking: Asking) -> str:
    """The name that was given at the login in local mode, where nobody checks it; else ""."""
    if admission.known(asking).kind != LOCAL:
        return ""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _decoded(value).partition(":")[0]
    if scheme.lower() == "bearer":
        return _named_by(value)
    cookie = request.cookies.get(COOKIE, "")
    return _named_by(cookie) if cookie else ""


Person = Annotated[str, Depends(person)]


def operator(actor: Actor, name: Person) -> str:
    """Who asks, with the name that nobody has checked."""
    return told_as(actor, name)


Operator = Annotated[str, Depends(operator)]


def told_as(actor: str, name: str) -> str:
    return f"{actor} ({name})" if name else actor


def named_as(asking: Principal | None, name: str) -> str:
    """Somebody else, as they are told when they ask themselves."""
    known = admission.known(asking)
    return told_as(known.name, name) if known.kind == LOCAL else name


def token_of(name: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _named_by(token: str) -> str:
    if not token.startswith(PREFIX):
        raise Unauthorized("this token is not from here; log in again")
    return _decoded(token.removeprefix(PREFIX))


def _decoded(text: str) -> str:
    try:
        padded = text.strip() + "=" * (-len(text.strip()) % 4)
        return base64.b64decode(padded, altchars=b"-_").decode()[:MAX_NAME_CHARS]
    except (binascii.Error, ValueError) as error:
        raise Unauthorized("the credentials cannot be read") from error


def _name(sent: Any) -> str:
    if not isinstance(sent, str) or not sent.strip():
        raise Unauthorized("a name is missing")
    return sent.strip().replace("\x00", "")[:MAX_NAME_CHARS]


async def _form(request: Request) -> dict[str, Any]:
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > MAX_FORM_BYTES:
            raise Unauthorized("this is no request for a token")
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            found = orjson.loads(taken)
        except orjson.JSONDecodeError as error:
            raise Unauthorized("this is no request for a token") from error
        return found if isinstance(found, dict) else {}
    return {name: values[0] for name, values in parse_qs(taken.decode("utf-8", "replace")).items()}
