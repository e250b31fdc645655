"""Real mail servers get each notice once, whoever sends and whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.notices.conftest import BASE_URL, Mailbox
from tests.stories import HostMaker
from tests.support.host_app import KEY, Host
from tests.support.races import at_once, wait_for
from tests.support.smtp import PASSWORD, USER, MailServer
from tests.support.visitor import Visitor
from vestibule import EventKind
from vestibule.audit.flows import record
from vestibule.audit.values import Origin
from vestibule.cli.flask_group import group
from vestibule.migrations import say_newest
from vestibule.notices import courier as courier_module
from vestibule.notices.courier import Courier
from vestibule.notices.flows import dead_letters, overdue, waiting_to_send
from vestibule.notices.models import Outbox
from vestibule.notices.sending import Round
from vestibule.notices.transports import MailServer as Transport
from vestibule.notices.transports import transport_of
from vestibule.notices.values import LEASE, MOST_TRIES, pause_after

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _trusted(mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.authority))


def address_of(server: MailServer, scheme: str = "smtp") -> str:
    return f"{scheme}://{USER}:{quote(PASSWORD, safe='')}@localhost:{server.port}"


def changes(host: Host, user_id: str, count: int) -> None:
    """So many events that are told."""
    subject = host.subject(user_id).id
    for _ in range(count):
        with host.services.database.write() as connection:
            record(
                connection,
                host.clock.now(),
                EventKind.PASSWORD_CHANGED,
                origin=Origin("192.0.2.1", "", "r"),
                subject_id=subject,
            )


def sender(make: HostMaker, mail: str, **config: object) -> tuple[Mailbox, Visitor]:
    host = make(VESTIBULE_MAIL=mail, VESTIBULE_BASE_URL=BASE_URL, **config)
    ann = Visitor.new(host, "ann")
    ann.enters_password()
    return Mailbox(host, Path()), ann


def test_a_server_with_starttls_gets_it_and_the_password_is_in_no_log(
    make: HostMaker, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox, ann = sender(make, address_of(mail_server))
    changes(mailbox.host, ann.user_id, 1)
    assert mailbox.sends().sent == 1
    assert mail_server.recipients == ["ann@example.org"]
    assert mail_server.logins == [USER]
    (row,) = mailbox.host.rows(Outbox)
    assert (row.recipient, row.next_try_at, row.last_error) == ("", None, "")
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(mailbox.host.services.settings)


def test_without_tls_or_with_another_certificate_nothing_is_said(
    make: HostMaker, mail_server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailServer.running(tmp_path / "..", tls=False) as open_server:
        mailbox, ann = sender(make, address_of(open_server))
        changes(mailbox.host, ann.user_id, 1)
        assert mailbox.sends().failed == 1
        assert (open_server.mails, open_server.logins) == ([], [])
    monkeypatch.delenv("SSL_CERT_FILE")
    mailbox, ann = sender(make, address_of(mail_server))
    changes(mailbox.host, ann.user_id, 1)
    assert mailbox.sends().failed == 1
    assert (mail_server.mails, mail_server.logins) == ([], [])


def test_a_server_that_is_down_is_tried_again_later_and_at_last_no_more(
    make: HostMaker, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox, ann = sender(make, address_of(mail_server))
    changes(mailbox.host, ann.user_id, 1)
    mail_server.answer = f"451 Not now, and your password is {PASSWORD}"
    assert mailbox.sends().failed == 1
    assert mailbox.sends().failed == 0  # it waits
    mailbox.host.clock.moves(pause_after(1).total_seconds())
    for tries in range(2, MOST_TRIES + 1):
        assert mailbox.sends().failed == 1, tries
        mailbox.host.clock.moves(pause_after(tries).total_seconds())
    assert mailbox.sends().failed == 0
    with mailbox.host.services.database.read() as connection:
        assert dead_letters(connection) == (1, "SMTPDataError 451")
    assert PASSWORD not in caplog.text
    with mailbox.host.engine.begin() as connection:
        say_newest(connection)
    said = mailbox.host.app.test_cli_runner().invoke(group, ["doctor"])
    assert "notices: 1 could not be sent; the last one met SMTPDataError 451." in said.output
    assert said.exit_code == 1


def test_a_server_that_comes_back_gets_what_waited(
    make: HostMaker, mail_server: MailServer
) -> None:
    mailbox, ann = sender(make, address_of(mail_server))
    changes(mailbox.host, ann.user_id, 3)
    mail_server.answer = "451 Not now"
    assert mailbox.sends().failed == 1  # and the others were not even tried
    mail_server.answer = "250 OK"
    mailbox.host.clock.moves(pause_after(1).total_seconds())
    assert mailbox.sends().sent == 3


@pytest.mark.parametrize("address", ["eve@bücher.example", "spam@example.org"])
def test_a_mail_that_the_server_never_takes_holds_up_no_other(
    make: HostMaker, mail_server: MailServer, address: str
) -> None:
    mailbox, ann = sender(make, address_of(mail_server))
    mail_server.refuses = "spam@"
    mailbox.host.vestibule.addresses(lambda user: address if user.username == "eve" else user.email)
    eve = Visitor.new(mailbox.host, "eve")
    eve.enters_password()
    changes(mailbox.host, eve.user_id, 2)
    mailbox.host.clock.moves(1)
    changes(mailbox.host, ann.user_id, 1)
    done = mailbox.sends()
    assert (done.failed, done.sent) == (2, 1)
    assert mail_server.recipients == ["ann@example.org"]


SEND = """
import sys
from flask import Flask
from flask_login import LoginManager
from vestibule import Vestibule
from vestibule.cli.flask_group import group
app = Flask("host")
app.config.update(SECRET_KEY="of a process that only sends", VESTIBULE_DATABASE=sys.argv[1],
                  VESTIBULE_MAIL=sys.argv[2], VESTIBULE_KEYS=[sys.argv[3]],
                  VESTIBULE_BASE_URL="http://localhost")
LoginManager(app)
Vestibule(app)
raise SystemExit(app.test_cli_runner().invoke(group, ["send-mail"]).exit_code)
"""


@contextmanager
def another_process(url: str, mail: str) -> Iterator[subprocess.Popen[bytes]]:
    """``flask vestibule send-mail`` beside this process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen([sys.executable, "-c", SEND, url, mail, KEY], env=environment)
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_notice_comes_once_while_many_send_and_one_is_killed(
    request: pytest.FixtureRequest,
    make: HostMaker,
    mail_server: MailServer,
    tmp_path: Path,
    kind: str,
) -> None:
    mail = address_of(mail_server)
    url = request.getfixturevalue("postgresql_url") if kind == "postgresql" else None
    host = make(url, VESTIBULE_MAIL=mail, VESTIBULE_BASE_URL=BASE_URL)
    people = [Visitor.new(host, name) for name in ("ann", "ben")]
    for one in people:
        one.enters_password()
    host.clock.moves(-3600)  # other processes have the real time
    for one in people:
        changes(host, one.user_id, 15)
    mail_server.holds = 1
    with another_process(host.url, mail) as victim:
        assert mail_server.held.wait(30)
        victim.send_signal(signal.SIGKILL)  # while the server has its mail and did not say yes
        victim.wait()
    mail_server.let_go.set()
    host.clock.moves(3600)
    with another_process(host.url, mail) as one, another_process(host.url, mail) as other:
        workers = [Mailbox(at, tmp_path) for at in (host, *(host.restarted() for _ in range(3)))]
        at_once([worker.sends for worker in workers])
        assert [one.wait(60), other.wait(60)] == [0, 0]
    assert len(mail_server.mails) == 29
    host.clock.moves(2 * LEASE.total_seconds())  # the other process took it at the real time
    assert Mailbox(host, tmp_path).sends().sent == 1
    counted = Counter(str(one["Message-ID"]) for one in mail_server.mails)
    assert len(counted) == 30
    assert set(counted.values()) == {1}


def test_the_thread_of_a_process_sends_what_is_committed(mailbox: Mailbox, person: Visitor) -> None:
    courier = Courier(mailbox.sends)
    courier.start()
    try:
        changes(mailbox.host, person.user_id, 2)
        wait_for(lambda: len(list(mailbox.folder.glob("*.eml"))) == 2)
    finally:
        courier.stop()


def test_what_a_host_commits_after_it_said_so_is_sent_too(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commit is told of when it begins; the first look may be faster than the commit."""
    monkeypatch.setattr(courier_module, "LOOKS_EVERY", 3600)
    looks: list[int] = []

    def look() -> Round:
        looks.append(1)
        return Round()

    courier = Courier(look)
    courier.start()
    try:
        wait_for(lambda: looks)
        before = len(looks)
        for wake in list(waiting_to_send):
            wake()
        wait_for(lambda: len(looks) >= before + 3)
    finally:
        courier.stop()


def test_a_folder_that_is_lost_meanwhile_loses_no_mail(mailbox: Mailbox, person: Visitor) -> None:
    changes(mailbox.host, person.user_id, 1)
    assert len(mailbox.mails()) == 1
    away = mailbox.folder.rename(mailbox.folder.with_name("away"))
    mailbox.folder.write_text("in the way")
    changes(mailbox.host, person.user_id, 1)
    assert mailbox.sends().failed == 1
    mailbox.folder.unlink()
    away.rename(mailbox.folder)
    mailbox.host.clock.moves(pause_after(1).total_seconds())
    assert len(mailbox.mails()) == 1
    assert (mailbox.folder.stat().st_mode & 0o777) == 0o700


def test_what_should_have_gone_out_is_told_by_doctor(mailbox: Mailbox, person: Visitor) -> None:
    changes(mailbox.host, person.user_id, 2)
    mailbox.host.clock.moves(2 * 3600)
    with mailbox.host.services.database.read() as connection:
        assert overdue(connection, mailbox.host.clock.now()) == 2


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("mail.example.org", "neither smtp://"),
        ("smtp://", "neither smtp://"),
        ("smtp+plain://u:the-password@mail.example.org", "without TLS"),
        ("smtp://u:the-password@mail.example.org:port", "port"),
        ("smtp://u:the-password/+x@mail.example.org", "port"),
        ("smtp://u:the-password#x@mail.example.org", "port"),
        ("smtp://u:the-password\u2100@mail.example.org", "port"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_finding_without_its_password(
    address: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem) as refusal:
        transport_of(address)
    assert "the-password" not in str(refusal.value)


def test_addresses_of_mail_servers_are_read_as_they_are_written() -> None:
    assert transport_of("smtps://m@mail.example.org") == Transport(
        "smtps", "mail.example.org", 465, "m"
    )
    assert transport_of("smtp+plain://localhost") == Transport("smtp+plain", "localhost", 25)
    assert transport_of("") is None
