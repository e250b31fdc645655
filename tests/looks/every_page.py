"""Every page, mail and file of the extension, opened once or with its mistakes.

A new page or sentence is opened here too: ``test_every_word.py`` hears what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.looks.layouts import with_templates
from tests.stories import HostMaker, settled
from tests.support.guessing import loses_the_authenticator_to_guessing
from tests.support.host_tables import Users
from tests.support.visitor import Visitor
from vestibule import EventKind, Purpose, Required, new_key
from vestibule.audit.flows import record
from vestibule.audit.values import Factor, Origin
from vestibule.authenticators.models import Authenticator

WORDLESS = (
    "<!doctype html><title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}"
)


def setting_up(make: HostMaker) -> Iterator[str]:
    ann = Visitor.new(make(), "ann")
    yield ann.enters_password().html
    for wrong in ("", "1", "letter", "000000"):
        yield ann.fills_in("/setup-2fa", totp_code=wrong).html
    for name in ("n" * 200, "unseen \N{ZERO WIDTH SPACE}"):
        yield ann.fills_in("/setup-2fa", totp_code="000000", name=name).html
    page = ann.opens("/setup-2fa")
    for late in (2, -3, 60, -180):
        form, code = page.form(with_field="totp_code"), ann.code(late, page.secret)
        yield ann.sends(page, form, totp_code=code).html
    ann.papers.secrets.append(page.secret)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    yield page.html
    yield ann.sends(page, page.form(action="/download")).html
    yield ann.sends(page, page.form(with_field="saved")).html
    yield ann.opens("/backup-codes").html


def what_the_policy_says(make: HostMaker) -> Iterator[str]:
    due = make(VESTIBULE_POLICY="optional").clock.now() + timedelta(days=3)
    later = make(VESTIBULE_POLICY="required", VESTIBULE_POLICY_SINCE=due)
    yield Visitor.new(later, "ann").enters_password().html
    host = make(VESTIBULE_BASE_URL="http://localhost")
    ann = Visitor.new(host, "ann")
    host.vestibule.policy(lambda user, context: Required(by_link=True))
    yield ann.enters_password().html
    yield ann.opens("/setup-2fa/link?token=unknown").html
    with host.app.app_context():
        link = host.vestibule.enrolment_link(Users().find("ann"))
    host.clock.moves(days=30)
    yield ann.opens(link.removeprefix("http://localhost")).html
    host.vestibule.policy(lambda user, context: Required(since=due, by_link=True))
    yield ann.in_another_browser().enters_password().html
    host.vestibule.policy(lambda user, context: "optional")
    ben = Visitor.new(host, "ben")
    ben.enters_password()
    yield ben.opens("/backup-codes").html
    yield ben.opens("/setup-2fa").html
    host.vestibule.policy(lambda user, context: "off")
    yield ben.opens("/setup-2fa").html


def the_second_step(make: HostMaker) -> Iterator[str]:
    ann = settled(make(), "ann")
    yield ann.enters_password().html
    for wrong in ("", "1", "letter", ann.code(), ann.wrong_code()):
        yield ann.enters_code(wrong or " ").html
    yield ann.fills_in("/verify-2fa/backup-code", backup_code="1").html
    for wrong in (" ", "U", "0000-0000-0000-0000"):
        yield ann.enters_backup_code(wrong).html
    spent = ann.papers.backup_codes[0]
    for _ in range(10):
        yield ann.enters_backup_code().html
        ann.host.clock.moves(hours=2)
        other = ann.in_another_browser()
        other.enters_password()
        yield other.opens("/verify-2fa").html
        ann = other
    yield ann.enters_backup_code(spent).html


def signed_in(make: HostMaker) -> Iterator[str]:
    ann = settled(make(), "ann")
    ann.signs_in()
    yield ann.opens("/setup-2fa").html
    page = ann.makes_new_backup_codes()
    yield page.html
    yield ann.opens("/backup-codes").html
    ann.host.clock.moves(minutes=11)
    for target in ("/setup-2fa", "/backup-codes", "/dashboard"):
        yield ann.opens(f"/confirm?next={target}").html
    for wrong in (" ", "1", ann.wrong_code()):
        yield ann.fills_in("/confirm", totp_code=wrong).html


def too_many(make: HostMaker) -> Iterator[str]:
    ann = settled(make(), "ann")
    ann.enters_password()
    for _ in range(6):
        yield ann.enters_code(ann.wrong_code()).html
        yield ann.opens("/verify-2fa").html
        if ann.opens("/verify-2fa").path == "/login":
            ann.enters_password()
    for _ in range(6):
        page = ann.in_another_browser().enters_password("not the password")
    yield page.html


def switched_off(make: HostMaker) -> Iterator[str]:
    ann = settled(make(), "ann")
    loses_the_authenticator_to_guessing(ann)
    ann.host.clock.moves(hours=24)
    ann = ann.in_another_browser()
    yield ann.enters_password().html
    ann.enters_backup_code()
    yield ann.opens("/setup-2fa").html
    while ann.papers.backup_codes:
        ann = ann.in_another_browser()
        ann.enters_password()
        ann.enters_backup_code()
    yield ann.in_another_browser().enters_password().html


def what_went_wrong(make: HostMaker) -> Iterator[str]:
    ann = settled(make(PROPAGATE_EXCEPTIONS=False), "ann")
    for path in ("/no-such-page", "/logout", "/breaks"):
        yield ann.opens(path).html
    for status in (400, 401, 403, 413, 415, 418, 503):
        yield ann.opens(f"/answers/{status}").html
    ann.signs_in()
    yield ann.posts("/backup-codes/new", {}).text
    yield ann.posts("/backup-codes/new", {}, Origin="https://evil.example").text
    other = ann.in_another_browser()
    login_page = other.opens("/login")
    full = type(ann.host.hasher).cheap_for_tests(ann.host.folder, slots=1, waiting=1)
    ann.host.gets(hasher=full)
    with full.slot():
        form = login_page.form(with_field="password")
        yield other.sends(login_page, form, username="ann", password="any password").html
    stranger = other.with_the_same_cookies(ann.host.restarted(VESTIBULE_KEYS=[new_key()]))
    stranger.enters_password()
    yield stranger.enters_code(ann.code(1)).html


def in_a_layout(make: HostMaker) -> Iterator[str]:
    host = with_templates(make(VESTIBULE_BASE_TEMPLATE="layout.html"), layout=WORDLESS)
    ann = Visitor.new(host, "ann")
    yield ann.enters_password().html
    yield ann.fills_in("/setup-2fa", totp_code="1").html


def own_pages(make: HostMaker) -> Iterator[str]:
    ann = settled(make(VESTIBULE_POLICY="optional"), "ann")
    for _ in range(2):  # the second time it is certain that the phone's clock is off
        clock = ann.host.clock
        clock.moves(95 - clock.now().timestamp() % 30)
        ann = ann.in_another_browser()
        ann.enters_password()
        page = ann.enters_code(ann.code(1))
    yield page.html
    for path in ("/security", "/security/authenticators"):
        yield ann.opens(path).html
    one = f"/security/authenticators/{ann.host.rows(Authenticator)[0].id}"
    yield ann.opens(one).html
    yield ann.fills_in(one, name="n" * 200).html
    page = ann.opens(f"{one}/remove")
    yield page.html
    ann.host.clock.moves(minutes=11)
    page = ann.sends(page, page.form(action="/remove"))
    yield page.html
    yield ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code()).html


def browsers_and_activity(make: HostMaker) -> Iterator[str]:
    trusting = timedelta(days=30)
    host = make(
        VESTIBULE_POLICY="optional",
        VESTIBULE_TRUST_BROWSERS_FOR=trusting,
        VESTIBULE_PASSWORD_ENDPOINT="dashboard",
        REMEMBER=True,
    )
    ann = settled(host, "ann")
    ann.signs_in()
    yield ann.opens("/security/browsers").html
    host.clock.moves(hours=2)
    for _ in range(2):
        ann.enters_password()
        ann.fills_in("/verify-2fa", totp_code=ann.fresh_code(), trust_browser="y")
        ann.in_another_browser().signs_in()
        ann = ann.in_another_browser()
    ann.enters_password()
    ann.fills_in("/verify-2fa", totp_code=ann.fresh_code(), trust_browser="y")
    for path in ("", "/sessions", "/browsers", "/activity"):
        yield ann.opens(f"/security{path}").html
    for kind in ("trusted", "known"):
        page = ann.opens("/security/browsers")
        action = next(f.action for f in page.forms if f"/{kind}/" in f.action)
        there = action.removesuffix("/forget")
        yield ann.opens(there).html
        for name in ("n" * 200, "unseen \N{ZERO WIDTH SPACE}", ""):
            yield ann.fills_in(there, name=name).html
        yield ann.sends(page, page.form(action=action)).html
        yield ann.sends(page, page.form(action=action)).html
    page = ann.opens("/security/sessions")
    yield ann.sends(page, page.form(action="/end")).html
    yield ann.sends(page, page.form(action="/end")).html
    for path in ("/sessions", "/browsers"):
        page = ann.opens(f"/security{path}")
        ann.host.clock.moves(minutes=11)
        for action in {form.action for form in page.forms if "/end" in form.action}:
            yield ann.sends(page, page.form(action=action)).html
        for action in {form.action for form in page.forms if "forget" in form.action}:
            yield ann.sends(page, page.form(action=action)).html
        yield ann.fills_in("/confirm", totp_code=ann.fresh_code()).html
    page = ann.opens("/security/sessions")
    yield ann.sends(page, page.form(action="/end-others")).html
    with host.services.database.write() as connection:
        for kind in EventKind:
            record(
                connection,
                host.clock.now(),
                kind,
                origin=Origin("", "", ""),
                subject_id=ann.subject_id,
                factor=Factor.REMEMBERED_BROWSER,
            )
    page = ann.opens("/security/activity")
    yield page.html
    yield ann.opens(next(link for link in page.links if "before=" in link)).html


def where_notices_go(make: HostMaker) -> Iterator[str]:
    ann = settled(
        make(VESTIBULE_BASE_URL="http://localhost", VESTIBULE_MAIL="file:///nowhere"), "ann"
    )
    ann.signs_in()
    yield ann.opens("/security").html
    for address in ("", "no address", "ann@example.org", "ann@second.example"):
        yield ann.fills_in("/security/notices", email=address).html
    yield ann.opens("/security/notices/confirm?token=none-of-ours").html
    endpoint, day = "vestibule.confirm_notice_address", timedelta(days=1)
    with ann.host.app.test_request_context():
        user, about = Users().find("ann"), "ann@second.example"
        link = ann.host.vestibule.one_time_link(
            user, Purpose.NOTICES, endpoint, lifetime=day, about=about
        )
    page = ann.opens(link.removeprefix("http://localhost"))
    yield page.html
    yield ann.sends(page, page.form(action="/security/notices/confirm")).html
    yield ann.opens("/security").html
    ann.host.clock.moves(minutes=11)
    page = ann.opens("/security/notices")
    page = ann.sends(page, page.form(action="/security/notices/remove"))
    yield page.html
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=ann.fresh_code())
    yield ann.sends(page, page.form(action="/security/notices/remove")).html


OF_THE_EXTENSION = (
    browsers_and_activity,
    setting_up,
    what_the_policy_says,
    the_second_step,
    signed_in,
    too_many,
    switched_off,
    what_went_wrong,
    in_a_layout,
    own_pages,
    where_notices_go,
)
