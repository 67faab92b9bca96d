"""People, keys and roles at a server that asks who is there."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from uuid import uuid4

import httpx
from tests.running_server import NO_TLS, RunningServer, clean_environment

Json = dict[str, Any]
TIMEOUT_S = 60


class Office:
    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.password = "correct horse battery"
        self._clients: list[httpx.Client] = []
        self._admin: httpx.Client | None = None

    def sojourn(self, *arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """The command line on the machine of the server."""
        return subprocess.run(
            [sys.executable, "-m", "sojourn", *arguments],
            env=clean_environment(COLUMNS="160", SOJOURN_DATA_DIR=str(self.server.data_dir), **environment),
            input=given + "\n",
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def client(self, **headers: str) -> httpx.Client:
        client = httpx.Client(base_url=self.server.url, headers=headers, timeout=TIMEOUT_S, verify=NO_TLS)
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Everybody but the admin goes home."""
        for client in self._clients:
            if client is not self._admin:
                client.close()
        self._clients = [self._admin] if self._admin else []

    @property
    def admin(self) -> httpx.Client:
        if self._admin is None:
            self._admin = self.log_in("ada@example.org")
        return self._admin

    def log_in(self, email: str) -> httpx.Client:
        client = self.client()
        answer = client.post("/api/v1/login", json={"email": email, "password": self.password})
        assert answer.status_code == 200, answer.text
        return client

    def workspace(self) -> str:
        name = f"w-{uuid4().hex[:12]}"
        assert self.admin.post("/api/v1/workspaces", json={"id": name}).status_code == 201
        return name

    def role(self, *permissions: str, workspace: str = "default") -> str:
        name = f"r-{uuid4().hex[:12]}"
        answer = self.admin.put(
            f"/api/v1/roles/{name}", params={"workspace": workspace}, json={"permissions": list(permissions)}
        )
        assert answer.status_code == 200, answer.text
        return name

    def hire(self, *roles: str, workspace: str = "default") -> tuple[Json, httpx.Client]:
        """Somebody new, and their browser."""
        email = f"{uuid4().hex[:12]}@example.org"
        answer = self.admin.post(
            "/api/v1/members",
            params={"workspace": workspace},
            json={"email": email, "password": self.password, "roles": list(roles)},
        )
        assert answer.status_code == 201, answer.text
        return answer.json(), self.log_in(email)

    def person(self, *permissions: str, workspace: str = "default") -> httpx.Client:
        """The browser of somebody who may do this and nothing else."""
        return self.hire(self.role(*permissions, workspace=workspace), workspace=workspace)[1]

    def key(self, *roles: str, workspace: str = "default") -> httpx.Client:
        """A program with a new API key."""
        answer = self.admin.post(
            "/api/v1/api-keys",
            params={"workspace": workspace},
            json={"name": "for a test", "roles": list(roles or ("agent",))},
        )
        assert answer.status_code == 201, answer.text
        return self.client(authorization=f"Bearer {answer.json()['secret']}")

    def tell(self, *records: Json, workspace: str = "default") -> None:
        answer = self.key("sender", workspace=workspace).post("/api/v1/events", json=list(records))
        assert answer.status_code == 200, answer.text
