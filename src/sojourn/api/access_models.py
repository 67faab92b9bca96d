"""What people, roles and keys look like over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sojourn.api.control_models import Plain, Sent, SentTime
from sojourn.api.models import Model, Time
from sojourn.app.access.people import WORKSPACE_ID
from sojourn.domain.access import Permission

MAX_ROLES = 20
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S"), Plain]
Roles = Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(min_length=1, max_length=MAX_ROLES)]
Password = Annotated[str, StringConstraints(max_length=1_000)]
Email = Annotated[str, StringConstraints(max_length=254), Plain]


class WorkspaceGrant(Model):
    id: str
    name: str
    permissions: list[Permission]


class Person(Model):
    id: str
    name: str = Field(description="As audits and statuses tell it: the e-mail address, or key:name")
    kind: Literal["local", "user", "key"]


class Me(Model):
    """Who asks, and what they may do where."""

    auth: Literal["local", "password"] = Field(description="Whether a login is needed")
    person: Person | None = Field(description="null: log in")
    workspaces: list[WorkspaceGrant]
    chat_url: str = Field(description="Where people talk to agents, with {session} and {agent} in it; empty if nowhere")


class LogIn(Sent):
    email: Email
    password: Password


class NewPassword(Sent):
    old: Password
    new: Password


class Workspace(Model):
    id: str
    name: str
    created_at: Time | None


class NewWorkspace(Sent):
    id: Annotated[str, StringConstraints(pattern=f"^{WORKSPACE_ID.pattern}$")]
    name: Annotated[str, StringConstraints(max_length=120), Plain] = ""


class Member(Model):
    id: str
    email: str
    name: str
    roles: list[str]
    is_disabled: bool
    created_at: Time | None


class MemberList(Model):
    items: list[Member]


class NewMember(Sent):
    email: Email
    name: Annotated[str, StringConstraints(max_length=120), Plain] = ""
    password: Password = Field(default="", description="Needed for somebody who is in no workspace yet")
    roles: Roles


class ChangedMember(Sent):
    roles: Roles


class Role(Model):
    name: str
    permissions: list[Permission]
    is_built_in: bool = Field(description="The same in every workspace")


class RoleList(Model):
    items: list[Role]
    permissions: list[Permission] = Field(description="All there are")


class SentRole(Sent):
    permissions: Annotated[list[Annotated[Permission, Field(strict=False)]], Field(max_length=50)]


class ApiKey(Model):
    id: str
    name: str
    hint: str = Field(description="How the secret begins")
    roles: list[str]
    created_by: str
    created_at: Time | None
    expires_at: Time | None
    revoked_at: Time | None
    used_at: Time | None = Field(description="Within a minute")


class ApiKeyList(Model):
    items: list[ApiKey]


class NewApiKey(Sent):
    name: Name
    roles: Roles
    expires_at: SentTime | None = None


class MadeApiKey(ApiKey):
    secret: str = Field(description="Told this once")
