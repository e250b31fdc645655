"""Forms: each carries a token of its own browser, and nothing is changed without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner

from tests.stories import HostMaker
from tests.support.host_app import Host, make_host
from tests.support.host_tables import Users, copy_of_empty_sqlite
from tests.support.passkey_person import adds, options, with_passkey
from tests.support.recovering import has_asked, opens_link
from tests.support.routes import NOBODYS, paths, somebody, unchanged
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Visitor
from vestibule import Purpose
from vestibule.authenticators.models import Authenticator
from vestibule.browsers.models import KnownBrowser
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.passkeys.models import Passkey
from vestibule.sessions.models import Session
from vestibule.subjects.models import Subject

Fields = dict[str, str]


def login(person: Visitor) -> Fields:
    return {"username": person.username, "password": person.papers.password}


def register(person: Visitor) -> Fields:
    return {"username": "anewname", "password": "a new long password"}


def code(person: Visitor) -> Fields:
    return {"totp_code": person.fresh_code()}


def backup_code(person: Visitor) -> Fields:
    return {"backup_code": person.papers.backup_codes[0]}


def first_code(person: Visitor) -> Fields:
    return {"totp_code": person.fresh_code(person.opens("/setup-2fa").secret)}


def nothing(person: Visitor) -> Fields:
    return {}


def new_name(person: Visitor) -> Fields:
    return {"name": "Tablet"}


def another_session(person: Visitor) -> Fields:
    other = person.in_another_browser()
    other.enters_password()
    other.enters_code(person.fresh_code())
    newest = max(person.host.rows(Session), key=lambda row: row.created_at)
    return {"session": newest.public_id}


def with_another(person: Visitor) -> Fields:
    another_session(person)
    return {}


def sheet(person: Visitor) -> Fields:
    page = person.makes_new_backup_codes()
    return {"saved": "y", "sheet": page.form(with_field="sheet").fields["sheet"]}


def told_by_a_mail(person: Visitor) -> Fields:
    """Opened the link of the mail about this sign-in."""
    keyring = person.host.services.keyring
    newest = max(person.host.rows(Outbox), key=lambda row: row.made_at)
    assert person.opens(f"/not-me/link?token={link_token(keyring, newest.id)}").status == 200
    return {}


def told_of_a_recovery(person: Visitor) -> Fields:
    has_asked(person.host, person)
    keyring = person.host.services.keyring
    newest = max(person.host.rows(Outbox), key=lambda row: row.made_at)
    token = link_token(keyring, newest.id)
    assert person.opens(f"/recover/stop/link?token={token}").path == "/recover/stop"
    return {}


def reads_the_mailbox(person: Visitor) -> Fields:
    """Opened the link that begins a recovery."""
    assert opens_link(person).path == "/recover/confirm"
    return {}


def waited(person: Visitor) -> Fields:
    has_asked(person.host, person)
    return {}


def second_address(person: Visitor) -> Fields:
    return {"email": "second@example.org"}


def opened_its_link(person: Visitor) -> Fields:
    endpoint = "vestibule.confirm_notice_address"
    with person.host.app.test_request_context():
        link = person.host.vestibule.one_time_link(
            Users().find(person.username),
            Purpose.NOTICES,
            endpoint,
            lifetime=timedelta(days=1),
            about="second@example.org",
        )
    assert person.opens(link.removeprefix("http://localhost")).status == 200
    return {}


def has_a_second_address(person: Visitor) -> Fields:
    person.host.sets(Subject, second_address="second@example.org")
    return {}


def a_passkey(person: Visitor) -> Fields:
    device = SoftPasskey()
    with_passkey(person.host, "kim", device)
    return {"credential": device.shown(options(person, "sign-in"))}


def first_passkey(person: Visitor) -> Fields:
    return {"credential": SoftPasskey().created(options(person, "register")), "name": "Key"}


def its_purpose(person: Visitor) -> Fields:
    return {"purpose": "sign-in"}


WALK: dict[str, tuple[str, Callable[[Visitor], Fields]]] = {
    "/login": ("stranger", login),
    "/register": ("stranger", register),
    "/verify-2fa": ("between the steps", code),
    "/verify-2fa/backup-code": ("between the steps", backup_code),
    "/verify-2fa/cancel": ("between the steps", nothing),
    "/setup-2fa": ("must set up", first_code),
    "/confirm": ("signed in", code),
    "/backup-codes": ("signed in", sheet),
    "/backup-codes/new": ("signed in", nothing),
    "/backup-codes/download": ("signed in", sheet),
    "/security/authenticators/nobodys": ("signed in", new_name),
    "/security/authenticators/nobodys/remove": ("signed in", nothing),
    "/security/browsers/known/forget-all": ("signed in", with_another),
    "/security/browsers/known/nobodys": ("signed in", new_name),
    "/security/browsers/known/nobodys/forget": ("signed in", nothing),
    "/security/sessions/end": ("signed in", another_session),
    "/security/sessions/end-others": ("signed in", nothing),
    "/security/notices": ("signed in", second_address),
    "/security/notices/confirm": ("signed in", opened_its_link),
    "/security/notices/remove": ("signed in", has_a_second_address),
    "/not-me": ("signed in", told_by_a_mail),
    "/recover": ("between the steps", nothing),
    "/recover/confirm": ("between the steps", reads_the_mailbox),
    "/recover/stop": ("signed in", told_of_a_recovery),
    "/security/recovery/stop": ("signed in", waited),
    "/passkey": ("stranger", a_passkey),
    "/passkey/options": ("stranger", its_purpose),
    "/setup-passkey": ("must set up", first_passkey),
    "/security/passkeys/nobodys": ("signed in", new_name),
    "/security/passkeys/nobodys/remove": ("signed in", nothing),
    "/logout": ("signed in", nothing),
}
FORM_PAGE = {
    "/security/recovery/stop": "/dashboard",
    "/verify-2fa/cancel": "/verify-2fa",
    "/backup-codes": "/setup-2fa",
    "/backup-codes/new": "/setup-2fa",
    "/backup-codes/download": "/setup-2fa",
    "/security/authenticators/nobodys": "/setup-2fa",
    "/security/authenticators/nobodys/remove": "/setup-2fa",
    "/security/passkeys/nobodys": "/setup-2fa",
    "/security/passkeys/nobodys/remove": "/setup-2fa",
    "/passkey/options": "/passkey",
    "/security/browsers/known/forget-all": "/security/browsers",
    "/security/browsers/known/nobodys": "/security/browsers",
    "/security/browsers/known/nobodys/forget": "/security/browsers",
    "/security/sessions/end": "/security/sessions",
    "/security/sessions/end-others": "/security/sessions",
    "/security/notices/remove": "/security/notices",
    "/logout": "/dashboard",
}
CHANGES_NOTHING = {"/backup-codes/download"}
AUDIT = "vestibule_event"


def somebodys(host: Host, path: str) -> str:
    """The id of what the address is about."""
    known = [row.id for row in host.rows(KnownBrowser)]
    if "/browsers/" in path and known:
        return str(known[-1])
    if "/passkeys/" in path:
        return next((row.id for row in host.rows(Passkey)), NOBODYS)
    rows = sorted(host.rows(Authenticator), key=lambda row: row.confirmed_at)
    return rows[-1].id if rows else NOBODYS


class Sender:
    """Somebody ready to send a good form to an address: all but its token."""

    def __init__(self, host: Host, path: str) -> None:
        self.state, fields = WALK[path]
        self.host = host
        self.person = somebody(host, self.state)
        if "/authenticators/" in path and self.state == "signed in":
            self.person.sets_up("Tablet")
        if "/passkeys/" in path and self.state == "signed in":
            adds(self.person, SoftPasskey())
        self.path = path.replace(NOBODYS, somebodys(host, path))
        self.fields = fields(self.person)
        self.token = self.person.token(FORM_PAGE.get(path, path))

    def sends(self, token: str | None, person: Visitor | None = None, **headers: str) -> int:
        fields = self.fields | ({} if token is None else {"csrf_token": token})
        answer = (person or self.person).posts(self.path, fields, **headers)
        return answer.status_code

    def is_refused(self, token: str | None, person: Visitor | None = None, **headers: str) -> None:
        refusals = len(self.host.events("web.csrf_refused"))
        with unchanged(self.host, AUDIT):
            assert self.sends(token, person, **headers) in (403, 422)
        assert len(self.host.events("web.csrf_refused")) == refusals + 1


def mail_into(folder: Path) -> dict[str, Any]:
    outbox = (folder / "outbox").as_uri()
    return {
        "VESTIBULE_MAIL": outbox,
        "VESTIBULE_BASE_URL": "http://localhost",
        "VESTIBULE_RECOVERY_AFTER": timedelta(hours=24),
    }


def telling(host: Host) -> Host:
    """Its mails have a link, and a lost second step can be replaced."""
    host.vestibule.confirmed_address(lambda user: user.email)
    host.vestibule.password_disabled(lambda user: None)
    return host


@pytest.fixture
def walked(make: HostMaker, tmp_path: Path) -> Host:
    return telling(make(**mail_into(tmp_path)))


@pytest.fixture(scope="module", params=WALK)
def sender(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sender]:
    """One for all the refusals of an address: each shows that it changed nothing."""
    folder = tmp_path_factory.mktemp("walk")
    url = copy_of_empty_sqlite(folder / "host.db")
    host = telling(make_host(url, folder, VESTIBULE_POLICY="required", **mail_into(folder)))
    yield Sender(host, request.param)
    host.closes()


def test_the_walk_knows_every_post_rule(host: Host) -> None:
    without_form = {"/login-with-link"}  # the host's own, for stories of another first step
    assert set(paths(host.app, "POST")) - without_form == set(WALK)


@pytest.mark.requirement("WEB-1")
@pytest.mark.parametrize("path", WALK)
def test_the_forms_own_token_is_taken(walked: Host, path: str) -> None:
    sender = Sender(walked, path)
    before = walked.snapshot()
    assert sender.sends(sender.token) < 400
    assert (walked.snapshot() == before) == (path in CHANGES_NOTHING)


@pytest.mark.requirement("WEB-1")
def test_without_a_token_nothing_happens(sender: Sender) -> None:
    sender.is_refused(None)
    sender.is_refused("")
    sender.is_refused("é\x00 nonsense")


@pytest.mark.requirement("WEB-1")
def test_another_browsers_token_is_refused(sender: Sender) -> None:
    other = Visitor.new(sender.host, "other")
    sender.is_refused(other.token("/login"))
    other.enters_password()
    sender.is_refused(other.token("/setup-2fa"))


@pytest.mark.requirement("WEB-2")
def test_a_token_from_before_the_sign_in_is_worth_nothing_after(sender: Sender) -> None:
    earlier = sender.person.in_another_browser()
    before, flask_cookie = earlier.token("/login"), earlier.cookie("session")
    assert flask_cookie
    if sender.state == "stranger":
        earlier.enters_password()
        sender.is_refused(before, earlier)
    else:
        # In the same browser, as it was then: the pre-session is in Flask's cookie.
        later = sender.person.with_the_same_cookies()
        later.client.set_cookie("session", flask_cookie)
        sender.is_refused(before, later)


@pytest.mark.requirement("WEB-3")
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_sends_is_refused_whatever_token_it_has(
    sender: Sender, site: str
) -> None:
    sender.is_refused(sender.token, **{"Sec-Fetch-Site": site})


@pytest.mark.requirement("WEB-3")
@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_our_own_pages_send_is_taken(host: Host, site: str) -> None:
    sender = Sender(host, "/login")
    assert sender.sends(sender.token, **{"Sec-Fetch-Site": site}) < 400


@pytest.mark.requirement("WEB-3")
def test_a_pre_session_that_somebody_planted_opens_no_form(sender: Sender) -> None:
    """A page on a sibling host can set Flask's cookie: its value is the attacker's own."""
    attacker = Visitor.new(sender.host, "attacker")
    token, planted = attacker.token("/login"), attacker.cookie("session")
    assert planted
    victim = sender.person.with_the_same_cookies()
    victim.client.set_cookie("session", planted)
    # Before the sign-in the cookie is all there is: the browser itself tells whose page it was.
    told = {"Sec-Fetch-Site": "same-site"} if sender.state == "stranger" else {}
    sender.is_refused(token, victim, **told)


@pytest.mark.requirement("WEB-1")
def test_a_token_lasts_a_day(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = somebody(host, "stranger")
    now = TimestampSigner.get_timestamp
    for age, status in ((24 * 3600 - 60, 302), (24 * 3600 + 60, 422)):
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda s, age=age: now(s) - age)
        token = ann.token("/login")
        monkeypatch.setattr(TimestampSigner, "get_timestamp", now)
        answer = ann.posts("/login", login(ann) | {"csrf_token": token})
        assert answer.status_code in (status, status + 1)


def test_the_page_comes_back_with_a_new_token_and_words(ann: Visitor) -> None:
    ann.enters_password()
    page = ann.opens("/verify-2fa")
    form = page.form(with_field="totp_code")
    page = ann.sends(page, form, csrf_token="old", totp_code=ann.fresh_code())
    assert page.status == 422
    assert "This page was open for a long time." in page.text
    fresh = page.form(with_field="totp_code").fields["csrf_token"]
    assert ann.posts("/verify-2fa", {"csrf_token": fresh, "totp_code": ann.code()}).location
