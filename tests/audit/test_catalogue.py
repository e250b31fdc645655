"""The audit log: every event of the catalogue happens, and says who, what, when and where."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.admin.administrators import with_administrators
from tests.stories import HostMaker, settled
from tests.support.before_vestibule import comes_with, signed_in_before
from tests.support.guessing import guesses, loses_the_authenticator_to_guessing, sets_count
from tests.support.host_app import Host
from tests.support.host_tables import User, db
from tests.support.recovering import begins_set_up
from tests.support.visitor import Papers, Visitor
from vestibule import EventKind, Required, new_key
from vestibule.admin.flows import reset_second_step
from vestibule.audit.models import Event
from vestibule.audit.purging import plan_of, purge
from vestibule.audit.sealing import seal
from vestibule.audit.values import Factor, Origin, Result
from vestibule.authenticators.exporting import announced
from vestibule.authenticators.importing import ORIGIN, Outcome, Wanted, take_over
from vestibule.authenticators.models import Authenticator
from vestibule.authenticators.reencrypting import reencrypt
from vestibule.authenticators.values import new_secret
from vestibule.browsers.trusted import stop
from vestibule.foundation.keyring import Keyring
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.recovery.flows import stop as stop_recovery
from vestibule.signin.schedule import CODE_STRANGERS


def registers(host: Host) -> Visitor:
    papers = Papers("rita", "1", "the long password of rita", "rita@example.org")
    rita = Visitor(host, papers, address="2001:db8::7", site="http://localhost")
    page = rita.fills_in("/register", username="rita", password=papers.password)
    assert page.path == "/setup-2fa"
    return rita


def first_day(rita: Visitor) -> None:
    rita.fills_in("/setup-2fa", totp_code="000000")
    rita.sets_up()
    rita.signs_out()


def signs_in_with_trouble(rita: Visitor) -> None:
    rita.enters_password("not it")
    page = rita.enters_password()
    rita.sends(page, page.form(action="/verify-2fa/cancel"))
    rita.enters_password()
    rita.enters_code(rita.code())
    rita.enters_code(rita.wrong_code())
    rita.enters_backup_code()


def confirms_with_trouble(rita: Visitor) -> None:
    rita.fills_in("/confirm", totp_code=rita.wrong_code())
    rita.fills_in("/confirm", totp_code=rita.fresh_code())
    rita.posts("/backup-codes/new", {"csrf_token": "none of ours"})


def is_guessed(rita: Visitor) -> None:
    rita.enters_password()
    guesses(rita, 6)
    rita.host.clock.moves(hours=1)
    loses_the_authenticator_to_guessing(rita)


def is_lost_and_found(host: Host) -> None:
    """What only the host knows: a changed password, a stolen browser, an account that is gone."""
    with host.app.test_request_context():
        user = db.session.scalar(select(User).filter_by(username="rita"))
        host.vestibule.password_changed(user)
        host.vestibule.sign_out_everywhere(user)
        host.vestibule.forget(user)


def sets_up_with_a_link(host: Host) -> None:
    host.vestibule.policy(lambda user, context: Required(by_link=True))
    nina = Visitor.new(host, "nina")
    with host.app.app_context():
        user = db.session.scalar(select(User).filter_by(username="nina"))
        link = host.vestibule.enrolment_link(user)
    nina.opens(link.removeprefix("http://localhost"))
    nina.enters_password()
    nina.sets_up()


def comes_back_by_cookies(host: Host) -> None:
    """Was signed in before Vestibule came, is remembered since, and somebody copied the cookie."""
    otto = Visitor.new(host, "otto")
    cookies = signed_in_before(host, otto, remember=True)
    until = (host.clock.now() + timedelta(days=7)).isoformat()
    otto.host = host.restarted(VESTIBULE_POLICY="optional", VESTIBULE_ADOPT_UNTIL=until)
    first = comes_with(otto, cookies)
    assert first.is_signed_in()
    copied = {"vestibule-remember": first.cookie("vestibule-remember") or ""}
    assert comes_with(otto, copied).is_signed_in()
    host.clock.moves(minutes=1)
    assert not comes_with(otto, copied).is_signed_in()


def changes_phones(host: Host) -> None:
    """Names one, gets a new phone, wants none at last."""
    host = host.restarted(VESTIBULE_POLICY="optional")
    nora = Visitor.new(host, "nora")
    nora.signs_in()
    nora.sets_up()
    one = newest_authenticator(host)
    nora.fills_in(f"/security/authenticators/{one}", name="Old phone")
    nora.sets_up(page=nora.opens(f"/setup-2fa?replaces={one}"))
    page = nora.opens(f"/security/authenticators/{newest_authenticator(host)}/remove")
    nora.sends(page, page.form(action="/remove"))


def newest_authenticator(host: Host) -> str:
    rows = sorted(host.rows(Authenticator), key=lambda row: row.confirmed_at)
    return str(rows[-1].id)


def strangers_are_shut_out(host: Host) -> None:
    """Somebody knows the password and guesses codes; the owner says it was nothing."""
    sam = settled(host, "sam")
    thief = sam.in_another_browser()
    thief.enters_password()
    guesses(thief, 1)
    sets_count(sam, CODE_STRANGERS, CODE_STRANGERS.limit - 1)
    guesses(thief, 1)
    with host.app.test_request_context():
        user = db.session.scalar(select(User).filter_by(username="sam"))
        host.vestibule.reopen_codes(user)


def is_trusted(host: Host) -> None:
    """One browser whose cookie is copied, and one that its owner trusts no more."""
    tom = settled(host, "tom")
    tom.enters_password()
    tom.fills_in("/verify-2fa", totp_code=tom.fresh_code(), trust_browser="y")
    copy = tom.with_the_same_cookies()
    tom.enters_password()
    host.clock.moves(minutes=1)
    copy.enters_password()
    tom.enters_password()
    tom.fills_in("/verify-2fa", totp_code=tom.fresh_code(), trust_browser="y")
    with host.services.database.write() as connection:
        stop(connection, host.clock.now(), tom.subject_id, Origin("", "", ""))


def reads_mails(host: Host) -> None:
    """Hears at the old address that there is a new one, and says that it was somebody else."""
    lisa = Visitor.new(host, "lisa")
    lisa.signs_in()
    host.vestibule.addresses(lambda user: ["new@example.org"])
    host.vestibule.password_disabled(lambda user: None)
    with host.app.test_request_context():
        user = db.session.scalar(select(User).filter_by(username="lisa"))
        host.vestibule.addresses_changed(user)
    told = next(row for row in host.rows(Outbox) if row.kind == "account.addresses")
    lisa.opens(f"/not-me/link?token={link_token(host.services.keyring, told.id)}")
    page = lisa.opens("/not-me")
    assert lisa.sends(page, page.form(action="/not-me")).path == "/not-me/done"


def looks_around(host: Host) -> None:
    """Signs another browser out, names the one in hand, and has it forgotten."""
    uma = settled(host, "uma")
    uma.in_another_browser().signs_in()
    uma.signs_in()
    page = uma.opens("/security/sessions")
    uma.sends(page, page.form(action="/sessions/end"))
    page = uma.opens("/security/browsers")
    there = next(form.action for form in page.forms if form.action.endswith("/forget"))
    uma.fills_in(there.removesuffix("/forget"), name="Laptop")
    uma.sends(page, page.form(action=there))


def is_looked_after(host: Host) -> None:
    """By an administrator."""
    with_administrators(host, "root")
    root, vera = Visitor.new(host, "root"), Visitor.new(host, "vera")
    root.signs_in()
    for action in ("unlock", "sign-out", "enrolment-link", "disable", "enable"):
        page = root.opens(f"/admin/account/{action}?user={vera.user_id}")
        form = page.form(with_field="reason")
        assert root.sends(page, form, reason="asked for", name="vera").status == 200
    page = root.opens("/admin/audit")
    assert root.sends(page, page.form(action="/export"), format="csv").status == 200


def comes_and_goes(host: Host) -> None:
    """On the command line: somebody comes from another program, and the operator leaves."""
    assert take_over(host.services, [Wanted("77", new_secret())]) == [Outcome.NEW]
    announced(host.services, ORIGIN)
    fresh = Keyring([new_key(), *host.services.settings.keys])
    assert list(reencrypt(replace(host.services, keyring=fresh), ORIGIN))


def is_purged(host: Host) -> None:
    """After more than a year; of the log only what came after is left."""
    assert seal(host.services)
    host.clock.moves(days=400)
    Visitor.new(host, "una").enters_password()
    assert seal(host.services)
    plan = plan_of(host.services, host.clock.now() - timedelta(days=365))
    assert plan
    purge(host.services, host.services.database, plan)


OF_THE_SITE = {
    EventKind.ACCOUNT_IMPORTED,
    EventKind.ADMINISTRATOR_MADE,
    EventKind.BREACHES_NOT_ASKED,
    EventKind.EMAIL_CHANGED,
    EventKind.EMAIL_CHANGE_ASKED,
    EventKind.EMAIL_CONFIRMED,
    EventKind.NAME_CHANGED,
    EventKind.NOTICE_ADDRESS_ADDED,
    EventKind.NOTICE_ADDRESS_REMOVED,
    EventKind.PASSWORD_FORGOTTEN,
}
"""Only the ready site writes these, or a host that sends mails; their own stories show them."""


@pytest.fixture
def rita(make: HostMaker) -> Visitor:
    """Registered on the first day, and had every kind of trouble since."""
    rita = registers(make())
    first_day(rita)
    signs_in_with_trouble(rita)
    confirms_with_trouble(rita)
    is_guessed(rita)
    return rita


def loses_everything(host: Host) -> None:
    """And asks for a new second step; the first time that is stopped."""
    host.vestibule.confirmed_address(lambda user: user.email)
    lea = settled(host, "lea")
    origin = Origin("", "", "")
    for stopped in (True, False):
        lea.enters_password()
        begins_set_up(lea)
        if stopped:
            stop_recovery(host.services, lea.subject_id, "mail", origin)
    host.clock.moves(hours=72)
    lea.enters_password()
    lea.sets_up(page=begins_set_up(lea))
    given = {"reason": "lost it again", "actor": "cli:op", "origin": origin}
    reset_second_step(host.services, lea.user_id, **given)


@pytest.mark.requirement("LOG-1")
@pytest.mark.requirement("LOG-2")
@pytest.mark.requirement("LOG-9")
def test_every_event_of_the_catalogue_is_written_by_some_story(rita: Visitor) -> None:
    is_lost_and_found(rita.host)
    sets_up_with_a_link(rita.host.restarted(VESTIBULE_BASE_URL="http://localhost"))
    comes_back_by_cookies(rita.host)
    changes_phones(rita.host)
    strangers_are_shut_out(rita.host)
    is_trusted(
        rita.host.restarted(
            VESTIBULE_POLICY="optional", VESTIBULE_TRUST_BROWSERS_FOR=timedelta(days=30)
        )
    )
    reads_mails(
        rita.host.restarted(VESTIBULE_MAIL="file:///nowhere", VESTIBULE_BASE_URL="http://localhost")
    )
    looks_around(rita.host.restarted(VESTIBULE_POLICY="optional"))
    loses_everything(
        rita.host.restarted(
            VESTIBULE_MAIL="file:///nowhere",
            VESTIBULE_BASE_URL="http://localhost",
            VESTIBULE_RECOVERY_AFTER=timedelta(hours=72),
        )
    )
    is_looked_after(
        rita.host.restarted(VESTIBULE_MAIL="file:///nowhere", VESTIBULE_BASE_URL="http://localhost")
    )
    comes_and_goes(rita.host)
    written = {row.kind for row in rita.host.rows(Event)}
    is_purged(rita.host)
    written |= {row.kind for row in rita.host.rows(Event)}
    assert written | OF_THE_SITE == {kind.value for kind in EventKind}


@pytest.mark.requirement("LOG-3")
def test_every_event_says_who_what_when_where_and_how_it_ended(rita: Visitor) -> None:
    events = rita.host.rows(Event)
    for row in events:
        assert EventKind(row.kind).sentence
        assert row.result in set(Result)
        assert row.factor is None or row.factor in set(Factor)
        assert row.at.utcoffset().total_seconds() == 0
        assert row.at <= rita.host.clock.now()
        assert row.address == "2001:db8::7"
        assert row.browser.startswith("Werkzeug/")
        assert re.fullmatch("[0-9a-f]{32}", row.request_id)
        assert row.actor == row.subject_id == rita.subject_id
    assert len({row.id for row in events}) == len(events)


@pytest.mark.requirement("LOG-3")
def test_events_of_one_request_share_its_id(rita: Visitor) -> None:
    (added,) = rita.host.events("authenticator.added")
    same = {row.kind for row in rita.host.rows(Event) if row.request_id == added.request_id}
    assert same == {
        "try.taken",
        "authenticator.added",
        "backup_codes.made",
        "session.opened",
    }


@pytest.mark.requirement("LOG-1")
def test_the_factor_and_the_result_of_each_attempt(rita: Visitor) -> None:
    told = {(row.kind, row.factor, row.result) for row in rita.host.rows(Event)}
    assert {
        ("signin.started", "password", "ok"),
        ("password.failed", "password", "failed"),
        ("second_step.failed", "totp", "failed"),
        ("second_step.replayed", "totp", "failed"),
        ("session.opened", "totp", "ok"),
        ("session.opened", "backup_code", "ok"),
        ("backup_codes.used", "backup_code", "ok"),
        ("session.confirmed", "totp", "ok"),
        ("session.confirm_failed", "totp", "failed"),
        ("try.refused", "totp", "refused"),
        ("web.csrf_refused", None, "refused"),
        ("authenticator.disabled", "totp", "refused"),
    } <= told


@pytest.mark.requirement("LOG-2")
def test_a_refusal_names_its_budget(rita: Visitor) -> None:
    assert {row.details["budget"] for row in rita.host.events("try.refused")} == {"code.known"}


def test_an_event_of_the_host_stands_or_falls_with_its_transaction(host: Host) -> None:
    Visitor.new(host, "rita")
    papers = Papers("rita", "1", "another long password", "")
    stranger = Visitor(host, papers, address="192.0.2.1", site="http://localhost")
    page = stranger.fills_in("/register", username="rita", password=papers.password)
    assert page.status == 500  # the host's unique index; its own page would say so kindly
    assert host.events("account.created") == []
