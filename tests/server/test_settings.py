"""Settings: where they come from, what they refuse, and that docs/settings.md tells all of them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sojourn.settings import InvalidSetting, Settings, meanings, read_settings, variable_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"\| `(SOJOURN_\w+)` \| (.*?) ?\| (.+?) \|")


def documented() -> dict[str, tuple[str, str]]:
    return {name: (default.strip("` "), meaning) for name, default, meaning in ROW.findall(DOCUMENT.read_text())}


def test_every_setting_is_documented_with_its_meaning() -> None:
    assert {name: meaning for name, (_, meaning) in documented().items()} == {
        variable_of(name): meaning for name, meaning in meanings().items()
    }


def test_the_documented_defaults_are_the_real_ones() -> None:
    for each in fields(Settings):
        default = documented()[variable_of(each.name)][0]
        real = getattr(Settings(), each.name)
        assert each.name == "data_dir" or default == ("" if real in ("", ()) else str(real)), each.name


def test_a_flag_beats_the_environment_which_beats_the_default() -> None:
    environment = {"SOJOURN_PORT": "8000", "SOJOURN_OTLP_PORT": "0", "SOJOURN_DATA_DIR": "~/sessions"}

    settings = read_settings(environment, port=9000, host=None)

    assert (settings.port, settings.otlp_port, settings.host) == (9000, 0, "127.0.0.1")
    assert settings.data_dir == Path.home() / "sessions"


def test_lists_are_comma_separated() -> None:
    assert read_settings({"SOJOURN_ALLOWED_HOSTS": "a.example, b.example,"}).allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SOJOURN_PORT", "http"),
        ("SOJOURN_PORT", "70000"),
        ("SOJOURN_PORT", "-1"),
        ("SOJOURN_DECODE_THREADS", "0"),
        ("SOJOURN_MAX_BODY_BYTES", "64 MiB"),
        ("SOJOURN_LOG_LEVEL", "loud"),
        ("SOJOURN_LOG_FORMAT", "xml"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=variable):
        read_settings({variable: value})


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert read_settings({"SOJOURN_PORT": " "}).port == 7437


def test_stores_are_embedded_until_both_are_servers() -> None:
    assert read_settings({"SOJOURN_DATABASE_URL": "postgresql://db"}).is_embedded
    assert not read_settings(
        {"SOJOURN_DATABASE_URL": "postgresql://db", "SOJOURN_CLICKHOUSE_URL": "http://ch"}
    ).is_embedded


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_addresses(host: str, is_loopback: bool) -> None:
    assert Settings(host=host).is_loopback is is_loopback
