"""Every setting, read once from the environment (SOJOURN_*) and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import platformdirs

PREFIX = "SOJOURN_"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})
MIB = 1 << 20


class InvalidSetting(ValueError):
    """A setting has a value that it cannot have."""


def default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("sojourn", appauthor=False))


@dataclass(frozen=True, slots=True)
class Settings:
    """The variable of a field is SOJOURN_ and its name in capitals; docs/settings.md repeats the meanings."""

    host: Annotated[str, "address to listen on; with `SOJOURN_AUTH=local` only a loopback address"] = "127.0.0.1"
    port: Annotated[int, "port of the web app, the API and OTLP"] = 7437
    otlp_port: Annotated[int, "second port on 127.0.0.1, where OTLP exporters send by default; 0 for none"] = 4318
    data_dir: Annotated[Path, "where the embedded stores keep their files"] = field(default_factory=default_data_dir)
    database_url: Annotated[str, "`postgresql://…` instead of SQLite in the data directory"] = ""
    clickhouse_url: Annotated[str, "`http://…` of a ClickHouse server instead of the embedded engine"] = ""
    clickhouse_cluster: Annotated[str, "cluster on which tables are replicated and distributed"] = ""
    auth: Annotated[
        str, "`local`: whoever uses this machine may do everything; `password`: a login or API key is needed"
    ] = "local"
    allowed_hosts: Annotated[
        tuple[str, ...], "names, comma-separated, by which a proxy with a login on this machine is reached"
    ] = ()
    max_body_bytes: Annotated[int, "largest request body, decompressed"] = 64 * MIB
    max_file_bytes: Annotated[int, "largest file that `sojourn ingest` may send to the server"] = 2048 * MIB
    max_bytes_in_flight: Annotated[int, "bodies read and decoded at once; beyond it senders are told 503"] = 256 * MIB
    max_queued_rows: Annotated[int, "records waiting to be stored; beyond it senders are told 503"] = 100_000
    max_queued_bytes: Annotated[int, "content waiting to be stored; beyond it senders are told 503"] = 256 * MIB
    max_live_streams: Annotated[int, "open live streams; beyond it readers are told 503"] = 1_000
    decode_threads: Annotated[int, "threads that decompress and decode request bodies"] = 2
    abandoned_after_s: Annotated[
        int, "seconds without event or heartbeat until a run is abandoned (Niitaka: stale)"
    ] = 300
    drain_timeout_s: Annotated[int, "how long requests in flight may take to finish when the server stops"] = 30
    summariser_url: Annotated[str, "OpenAI-compatible base URL (up to `/v1`) that summarises compacted memory"] = ""
    summariser_model: Annotated[str, "model that summarises; needed with the URL"] = ""
    summariser_api_key: Annotated[str, "key for that endpoint, if it wants one"] = ""
    smtp_url: Annotated[
        str, "mail server of e-mail alerts: `smtp://`, `smtps://` or `smtp+starttls://user:password@host:port`"
    ] = ""
    smtp_from: Annotated[str, "sender of e-mail alerts, `address` or `Name <address>`; needed with the URL"] = ""
    public_url: Annotated[str, "where people reach the web app, for links in alerts; else the address above"] = ""
    chat_url: Annotated[
        str, "where people talk to your agents; `{session}` and `{agent}` in it are filled in, and sessions link there"
    ] = ""
    gateway_root: Annotated[str, "gateway (`niitaka`, …) that answers at the root, too, for clients without prefix"] = (
        ""
    )
    log_level: Annotated[str, "`debug`, `info`, `warning` or `error`"] = "info"
    log_format: Annotated[str, "`json`, `console`, or `auto`: console on a terminal, else json"] = "auto"

    @property
    def ledger_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'ledger.db'}"

    @property
    def events_dir(self) -> Path:
        return self.data_dir / "events"

    @property
    def web_url(self) -> str:
        """Where links to the web app lead, without a slash at the end."""
        host = "localhost" if self.host in EVERY_ADDRESS else self.host
        return self.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_embedded(self) -> bool:
        """Whether a store lives in the data directory, which then has one owner."""
        return not (self.database_url and self.clickhouse_url)

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS or self.host.startswith("127.")


CHOICES = {
    "auth": ("local", "password"),
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("auto", "json", "console"),
}
SCHEMES = {"smtp_url": ("smtp", "smtps", "smtp+starttls"), "public_url": ("http", "https")}
HIGHEST = {"port": 65_535, "otlp_port": 65_535, "decode_threads": 64}
MAY_BE_ZERO = frozenset({"port", "otlp_port"})
NO_LIMIT = 2**62


def read_settings(environment: Mapping[str, str], **flags: Any) -> Settings:
    """Flags beat the environment, which beats the defaults. A flag that is None was not given."""
    kinds = get_type_hints(Settings)
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    for each in fields(Settings):
        text = environment.get(variable_of(each.name), "").strip()
        if text and each.name not in given:
            given[each.name] = _value_of(each.name, kinds[each.name], text)
    settings = Settings(**given)
    for each in fields(Settings):
        _check(each.name, getattr(settings, each.name))
    return settings


def variable_of(name: str) -> str:
    return PREFIX + name.upper()


def meanings() -> dict[str, str]:
    """What each setting is for."""
    return {name: get_args(kind)[1] for name, kind in get_type_hints(Settings, include_extras=True).items()}


def _value_of(name: str, kind: Any, text: str) -> Any:
    if get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is Path:
        return Path(text).expanduser()
    try:
        return kind(text)
    except ValueError as error:
        raise InvalidSetting(f"{variable_of(name)}={text!r} must be a whole number") from error


def _check(name: str, value: Any) -> None:
    lowest = 0 if name in MAY_BE_ZERO else 1
    if isinstance(value, int) and not lowest <= value <= HIGHEST.get(name, NO_LIMIT):
        raise InvalidSetting(f"{variable_of(name)}={value} is out of range")
    if name == "chat_url" and value and not value.startswith(("http://", "https://")):
        raise InvalidSetting(f"{variable_of(name)}={value!r} must begin with http:// or https://")
    if name in CHOICES and value not in CHOICES[name]:
        raise InvalidSetting(f"{variable_of(name)}={value!r} must be one of: {', '.join(CHOICES[name])}")
    if name in SCHEMES and value:
        _check_url(name, value)
    if name == "smtp_from" and value and ("@" not in value or not value.isprintable()):
        raise InvalidSetting(f"{variable_of(name)}={value!r} must be an e-mail address")


def _check_url(name: str, url: str) -> None:
    """It may hold a password, so it is not repeated."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in SCHEMES[name] and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        forms = ", ".join(f"{scheme}://host" for scheme in SCHEMES[name])
        raise InvalidSetting(f"{variable_of(name)} must be one of: {forms}, and a port if it is not the usual one")
