"""Who am I, logins, and what an admin decides: members, roles, API keys, workspaces."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request
from starlette.responses import Response

from sojourn.api import access_models as models
from sojourn.api.access_models import LogIn, Me, NewPassword
from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.authentication import COOKIE, credentials_of
from sojourn.api.control_models import SENT_ERRORS, UUID
from sojourn.api.dependencies import ADMIN, Asking, Served, Services, Workspace
from sojourn.api.filters import each_once
from sojourn.api.models import Error
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.access import admission
from sojourn.app.access.door import LOGIN_FOR_NS
from sojourn.app.access.people import ROLE_NAME, Member, People
from sojourn.app.errors import Conflict
from sojourn.app.views.times import parse_time, rfc3339
from sojourn.domain.access import ROLES, Permission, Principal
from sojourn.ledger.access import ApiKey

router = APIRouter(prefix="/api/v1", tags=["access"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
NO_CONTENT = 204
NS = 1_000_000_000
KeyId = Annotated[str, Path(pattern=UUID)]
UserId = Annotated[str, Path(pattern=UUID)]
RoleName = Annotated[str, Path(pattern=f"^{ROLE_NAME.pattern}$")]
DECIDED: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    404: {"model": Error, "description": "There is no such member, role or key"},
    409: {"model": Error, "description": "It is there already, or it is the last admin"},
}
TRIED: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    401: {"model": Error, "description": "The address or the password is wrong"},
    409: {"model": Error, "description": "There is nobody who could log in"},
    429: {"model": Error, "description": "Too many wrong passwords for this address"},
}


@router.get("/me", response_model=Me, responses=LIST_ERRORS, operation_id="who_am_i")
def me(served: Served, asking: Asking) -> Json:
    """Who asks, and what they may do in which workspace. Open to everybody: it tells whether a login is needed."""
    return Json(_me(served, asking))


@router.post("/login", response_model=Me, responses=TRIED, operation_id="log_in")
def log_in(request: Request, served: Served, sent: Annotated[LogIn, Body()]) -> Json:
    """Gives the browser a cookie for two weeks."""
    if served.door.is_local:
        raise Conflict("nobody has to log in here: SOJOURN_AUTH is local")
    token, user = served.door.log_in(sent.email, sent.password)
    principal = served.door.principal_of_user(user)
    answer = Json(_me(served, principal))
    is_secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    answer.set_cookie(COOKIE, token, max_age=LOGIN_FOR_NS // NS, httponly=True, samesite="lax", secure=is_secure)
    return answer


@router.post("/logout", status_code=NO_CONTENT, response_class=Response, responses=LIST_ERRORS, operation_id="log_out")
def log_out(request: Request, served: Served) -> Response:
    """Ends this login, here and everywhere it was copied to."""
    if secret := credentials_of(request.headers).secret:
        served.door.log_out(secret)
    answer = Response(status_code=NO_CONTENT)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


@router.put(
    "/me/password", status_code=NO_CONTENT, response_class=Response, responses=TRIED, operation_id="set_password"
)
def set_password(served: Served, asking: Asking, sent: Annotated[NewPassword, Body()]) -> Response:
    """Ends every login of yours."""
    principal = admission.known(asking)
    if principal.kind != "user":
        raise Conflict("only a person who has logged in has a password")
    served.door.user(principal.name, sent.old)
    _people(served).set_password(principal.name, sent.new)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/workspaces",
    status_code=201,
    response_model=models.Workspace,
    responses=DECIDED,
    operation_id="create_workspace",
    dependencies=[ADMIN],
)
def create_workspace(served: Served, asking: Asking, sent: Annotated[models.NewWorkspace, Body()]) -> Json:
    """Whoever makes it is its admin."""
    made = _people(served).add_workspace(sent.id, sent.name, admission.known(asking))
    served.door.forget()
    return Json({"id": made.id, "name": made.name, "created_at": rfc3339(made.created_at_ns)}, status_code=201)


@router.get(
    "/members",
    response_model=models.MemberList,
    responses=LIST_ERRORS,
    operation_id="list_members",
    dependencies=[ADMIN],
)
def list_members(served: Served, workspace_id: Workspace) -> Json:
    """The people of a workspace, by address."""
    return Json({"items": [_member_json(member) for member in _people(served).members(workspace_id)]})


@router.post(
    "/members",
    status_code=201,
    response_model=models.Member,
    responses=DECIDED,
    operation_id="add_member",
    dependencies=[ADMIN],
)
def add_member(served: Served, workspace_id: Workspace, sent: Annotated[models.NewMember, Body()]) -> Json:
    """What they see begins with the first session that ever ran here."""
    added = _people(served).add_member(workspace_id, sent.email, sent.name, sent.password, sent.roles)
    return Json(_member_json(added), status_code=201)


@router.patch(
    "/members/{id}",
    response_model=models.Member,
    responses=DECIDED,
    operation_id="change_member",
    dependencies=[ADMIN],
)
def change_member(
    served: Served, workspace_id: Workspace, id: UserId, sent: Annotated[models.ChangedMember, Body()]
) -> Json:
    return Json(_member_json(_people(served).change_member(workspace_id, id.lower(), sent.roles)))


@router.delete(
    "/members/{id}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=DECIDED,
    operation_id="remove_member",
    dependencies=[ADMIN],
)
def remove_member(served: Served, workspace_id: Workspace, id: UserId) -> Response:
    """Out of this workspace; somebody who is in no other is forgotten."""
    _people(served).remove_member(workspace_id, id.lower())
    return Response(status_code=NO_CONTENT)


@router.get(
    "/roles", response_model=models.RoleList, responses=LIST_ERRORS, operation_id="list_roles", dependencies=[ADMIN]
)
def list_roles(served: Served, workspace_id: Workspace) -> Json:
    """The roles that every workspace has, then this one's own."""
    built_in = [_role_json(name, permissions, True) for name, permissions in ROLES.items()]
    own = [_role_json(name, names, False) for name, names in _people(served).own_roles(workspace_id).items()]
    return Json({"items": built_in + own, "permissions": list(Permission)})


@router.put(
    "/roles/{name}", response_model=models.Role, responses=DECIDED, operation_id="put_role", dependencies=[ADMIN]
)
def put_role(served: Served, workspace_id: Workspace, name: RoleName, sent: Annotated[models.SentRole, Body()]) -> Json:
    """A role of the workspace's own; who has it has what it now says, at once."""
    _people(served).put_role(workspace_id, name, sent.permissions)
    return Json(_role_json(name, sent.permissions, False))


@router.delete(
    "/roles/{name}",
    status_code=NO_CONTENT,
    response_class=Response,
    responses=DECIDED,
    operation_id="remove_role",
    dependencies=[ADMIN],
)
def remove_role(served: Served, workspace_id: Workspace, name: RoleName) -> Response:
    _people(served).remove_role(workspace_id, name)
    return Response(status_code=NO_CONTENT)


@router.get(
    "/api-keys",
    response_model=models.ApiKeyList,
    responses=LIST_ERRORS,
    operation_id="list_api_keys",
    dependencies=[ADMIN],
)
def list_api_keys(served: Served, workspace_id: Workspace) -> Json:
    """The latest first, with those that were revoked."""
    return Json({"items": [_key_json(key) for key in _people(served).keys(workspace_id)]})


@router.post(
    "/api-keys",
    status_code=201,
    response_model=models.MadeApiKey,
    responses=DECIDED,
    operation_id="create_api_key",
    dependencies=[ADMIN],
)
def create_api_key(
    served: Served, workspace_id: Workspace, asking: Asking, sent: Annotated[models.NewApiKey, Body()]
) -> Json:
    """The secret is told this once. Nobody gives a key more than they may themselves."""
    until_ns = 0 if sent.expires_at is None else parse_time(sent.expires_at, "expires_at")
    people = _people(served)
    key, secret = people.add_key(workspace_id, sent.name, sent.roles, admission.known(asking), until_ns)
    return Json({**_key_json(key), "secret": secret}, status_code=201)


@router.delete(
    "/api-keys/{id}",
    response_model=models.ApiKey,
    responses=DECIDED,
    operation_id="revoke_api_key",
    dependencies=[ADMIN],
)
def revoke_api_key(served: Served, workspace_id: Workspace, id: KeyId) -> Json:
    """Refused from now on; it stays in the list."""
    return Json(_key_json(_people(served).revoke_key(workspace_id, id.lower())))


def _people(served: Services) -> People:
    return People(served.ledger, served.clock)


def _me(served: Services, principal: Principal | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "auth": "local" if served.door.is_local else "password",
        "person": None,
        "workspaces": [],
        "chat_url": served.settings.chat_url,
    }
    if principal is None:
        return told
    names = {workspace.id: workspace.name for workspace in _people(served).workspaces()}
    workspaces = [
        {"id": each, "name": names.get(each, ""), "permissions": list(principal.permissions(each))}
        for each in sorted(principal.grants)
    ]
    person = {"id": principal.id, "name": principal.name, "kind": principal.kind}
    return {**told, "person": person, "workspaces": workspaces}


def _member_json(member: Member) -> dict[str, Any]:
    user = member.user
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "roles": list(member.roles),
        "is_disabled": user.is_disabled,
        "created_at": rfc3339(user.created_at_ns),
    }


def _role_json(name: str, permissions: Any, is_built_in: bool) -> dict[str, Any]:
    chosen = [each for each in Permission if each in set(permissions)]
    return {"name": name, "permissions": chosen, "is_built_in": is_built_in}


def _key_json(key: ApiKey) -> dict[str, Any]:
    times = {name: getattr(key, f"{name}_ns") for name in ("created_at", "expires_at", "revoked_at", "used_at")}
    return {
        **{name: getattr(key, name) for name in ("id", "name", "hint", "created_by")},
        "roles": list(key.roles),
        **{name: rfc3339(at_ns) if at_ns else None for name, at_ns in times.items()},
    }
