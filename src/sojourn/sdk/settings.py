"""Where the SDK sends to and keeps what cannot be sent yet."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_ENDPOINT = "http://127.0.0.1:7437"
URL_VARIABLE = "SOJOURN_URL"
API_KEY_VARIABLE = "SOJOURN_API_KEY"
DISABLED_VARIABLE = "SOJOURN_DISABLED"
SPOOL_VARIABLE = "SOJOURN_SPOOL_DIR"
WORKSPACE_VARIABLE = "SOJOURN_WORKSPACE"
DEFAULT_WORKSPACE = "default"
SAID_NO = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Settings:
    url: str  # base URL of the server, without a slash at its end
    api_key: str = field(repr=False)  # never in a log
    spool_dir: Path  # of this destination alone
    is_disabled: bool
    workspace: str  # whose UUIDs `session.session_id` shows
    takes_all_spans: bool  # also those outside of any session: the program asked for it by configure()

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    @property
    def is_loopback(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def read_settings(
    endpoint: str | None = None,
    api_key: str | None = None,
    spool_dir: str | os.PathLike[str] | None = None,
    *,
    takes_all_spans: bool = False,
) -> Settings:
    """What the caller says, else the environment, else what suits a server on this machine."""
    url = (endpoint or os.environ.get(URL_VARIABLE) or DEFAULT_ENDPOINT).strip().rstrip("/")
    key = (api_key if api_key is not None else os.environ.get(API_KEY_VARIABLE, "")).strip()
    root = Path(spool_dir or os.environ.get(SPOOL_VARIABLE) or _state_dir() / "sojourn" / "spool")
    return Settings(
        url=url,
        api_key=key,
        spool_dir=root / _destination(url, key),
        is_disabled=os.environ.get(DISABLED_VARIABLE, "").strip().lower() not in SAID_NO,
        workspace=os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE,
        takes_all_spans=takes_all_spans,
    )


def _state_dir() -> Path:
    if told := os.environ.get("XDG_STATE_HOME"):
        return Path(told)
    if local := os.environ.get("LOCALAPPDATA"):
        return Path(local)
    return Path(os.path.expanduser("~")) / ".local" / "state"


def _destination(url: str, api_key: str) -> str:
    """What waits for one server, under one key, must never reach another."""
    return hashlib.blake2b(f"{url}\x00{api_key}".encode("utf-8", "replace"), digest_size=8).hexdigest()
