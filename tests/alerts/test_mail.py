"""Alerts by e-mail, over a real SMTP server."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest
from tests.alerts.alerted import CHANNELS, Alerted
from tests.alerts.mailbox import REFUSED, Letter, Mailbox
from tests.running_server import free_port, started
from tests.steering_http.operators import fresh, until

from sojourn.app.alerts.mail import MailServer, mail_server


def letter_to(mailbox: Mailbox, address: str) -> Letter:
    found: list[Letter] = until(lambda: mailbox.to(address))
    return found[0]


def test_a_signal_comes_as_plain_text_and_html_with_a_link(alerted: Alerted, mailbox: Mailbox) -> None:
    key = fresh("mailed")
    channel = alerted.mail_channel(
        f"{key}@example.com", "second@example.com", name="On call", match={"agent_id": [key]}
    )
    alerted.begin(key, agent_id=key, goal="book <b>a flight</b>", environment="production")

    alerted.fire(key, type="guardrail", subtype="cost_limit", message="Cost $2 is <over> the limit", policy="budget")

    letter = letter_to(mailbox, f"{key}@example.com")
    link = f"https://sojourn.example/sessions/{key}?tab=timeline&event=signal%3A"
    assert letter.sender == "alerts@example.com"
    assert letter.recipients == [f"{key}@example.com", "second@example.com"]
    assert letter.message["From"] == "Sojourn <alerts@example.com>"
    assert letter.message["Subject"] == "[Sojourn] guardrail/cost_limit: Cost $2 is <over> the limit"
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert link in letter.text
    assert "production" in letter.text
    assert "budget" in letter.text
    assert "Cost $2 is &lt;over&gt; the limit" in letter.html
    assert "book &lt;b&gt;a flight&lt;/b&gt;" in letter.html
    assert f'href="{link.replace("&", "&amp;")}' in letter.html
    assert mailbox.logins[-1] == ("alerts", "p@ss/word")
    assert alerted.delivery(channel, "sent")["last_error"] == ""


def test_no_word_of_a_signal_becomes_a_header(alerted: Alerted, mailbox: Mailbox) -> None:
    key = fresh("injected")
    alerted.mail_channel(f"{key}@example.com", name="a\r\nBcc: c@example.com", match={"agent_id": [key]})
    alerted.begin(key, agent_id=key, goal="x\r\n\r\n<script>")

    alerted.fire(key, message="hello\r\nBcc: thief@example.com\r\n\r\nbody", subtype="a\nX-Evil: 1\u202e")

    letter = letter_to(mailbox, f"{key}@example.com")
    assert letter.recipients == [f"{key}@example.com"]
    assert letter.message["Bcc"] is None
    assert letter.message["X-Evil"] is None
    assert letter.message["Subject"] == "[Sojourn] alert/a X-Evil: 1: hello Bcc: thief@example.com body"
    assert "<script>" not in letter.html


def test_a_recipient_that_the_server_refuses_is_told_with_the_delivery(alerted: Alerted, mailbox: Mailbox) -> None:
    key = fresh("half")
    channel = alerted.mail_channel(f"{key}@example.com", REFUSED, match={"text": key})

    alerted.fire(message=f"about {key}")

    assert letter_to(mailbox, f"{key}@example.com").recipients == [f"{key}@example.com"]
    assert alerted.delivery(channel, "sent")["last_error"] == f"refused for {REFUSED}: no such user here"


def test_when_everybody_is_refused_it_is_tried_again(alerted: Alerted) -> None:
    key = fresh("none")
    channel = alerted.mail_channel(REFUSED, match={"text": key})

    alerted.fire(message=f"about {key}")

    waiting = until(lambda: [one for one in alerted.deliveries(channel, state="waiting") if one["last_error"]])
    assert "no such user here" in waiting[0]["last_error"]


def test_a_test_is_sent_at_once(alerted: Alerted, mailbox: Mailbox) -> None:
    address = f"{fresh('test')}@example.com"
    channel = alerted.mail_channel(address, name="On call", is_enabled=False)

    tested = alerted.test(channel)

    assert (tested["is_sent"], tested["error"]) == (True, "")
    letter = mailbox.to(address)[0]
    assert "test of the channel “On call”" in letter.text
    assert "https://sojourn.example/signals/alerts" in letter.text
    assert alerted.deliveries(channel) == []


def test_without_a_mail_server_an_email_channel_is_refused_and_the_setting_named(
    tmp_path: Path,
) -> None:
    with started(tmp_path / "data") as server:
        answer = server.post(CHANNELS, json={"name": "x", "kind": "email", "recipients": ["a@example.com"]})

        assert answer.status_code == 422
        assert "SOJOURN_SMTP_URL" in answer.json()["message"]
        assert server.get(CHANNELS) == {"items": [], "can_email": False}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay", MailServer("relay", 25, "", "", False, None, "a@b.c")),
        ("smtp://u:p@relay:2525", MailServer("relay", 2525, "u", "p", False, True, "a@b.c")),
        ("smtp://u:p@127.0.0.1", MailServer("127.0.0.1", 25, "u", "p", False, None, "a@b.c")),
        ("smtps://u:p%40w@mail", MailServer("mail", 465, "u", "p@w", True, False, "a@b.c")),
        ("smtp+starttls://mail", MailServer("mail", 587, "", "", False, True, "a@b.c")),
    ],
)
def test_a_password_is_never_sent_in_the_clear_to_another_machine(url: str, expected: MailServer) -> None:
    assert mail_server(url, "a@b.c") == expected


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(["openssl", "req", "-x509", *made, *named, *files], check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_mail_goes_over_tls_to_a_server_with_a_certificate_that_is_trusted(
    scheme: str, tmp_path: Path, certificate: Path, tls: ssl.SSLContext
) -> None:
    from_the_start = {"ssl_context": tls, "auth_require_tls": False}  # it does not know that it is encrypted
    options = {"smtps": from_the_start, "smtp+starttls": {"tls_context": tls, "require_starttls": True}}
    with Mailbox(**options[scheme]) as mailbox:
        url = f"{scheme}://u:p%40ss%2Fword@127.0.0.1:{mailbox.port}"
        trusting = {"SSL_CERT_FILE": str(certificate.with_suffix(".crt"))}
        settings = {"SOJOURN_SMTP_URL": url, "SOJOURN_SMTP_FROM": "alerts@example.com"}
        with started(tmp_path / "trusting", **settings, **trusting) as server:
            alerted = Alerted(server)
            tested = alerted.test(alerted.mail_channel("a@example.com"))
        assert (tested["is_sent"], tested["error"]) == (True, "")
        with started(tmp_path / "doubting", **settings) as server:
            alerted = Alerted(server)
            doubted = alerted.test(alerted.mail_channel("b@example.com"))

    assert mailbox.to("a@example.com")
    assert mailbox.to("b@example.com") == []
    assert doubted["is_sent"] is False
    assert doubted["error"].startswith("the mail server")


def test_a_mail_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = {"SOJOURN_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "SOJOURN_SMTP_FROM": "alerts@example.com"}
    with started(tmp_path / "data", **settings) as server:
        alerted = Alerted(server)
        channel = alerted.mail_channel("a@example.com")

        tested = alerted.test(channel)

        assert (tested["is_sent"], tested["status"]) == (False, None)
        assert tested["error"].startswith("the mail server")
