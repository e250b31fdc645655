"""The pages of somebody who lost the second step, and of who is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.host_tables import Users, folder_of_this_run
from tests.support.recovering import has_asked, opens_link
from tests.support.visitor import Visitor
from vestibule.notices.links import link_token
from vestibule.notices.models import Outbox
from vestibule.recovery.models import Recovery


def newest_notice(host: Host) -> str:
    newest = max(host.rows(Outbox), key=lambda row: row.made_at)
    return link_token(host.services.keyring, newest.id)


def recovering(make: HostMaker) -> Iterator[str]:
    host = make(
        VESTIBULE_MAIL=(folder_of_this_run() / "outbox").as_uri(),
        VESTIBULE_BASE_URL="http://localhost",
        VESTIBULE_RECOVERY_AFTER=timedelta(hours=72),
        VESTIBULE_CONTACT="1234",
    )
    ann = settled(host, "ann")
    ann.enters_password()
    yield ann.opens("/recover").html  # no address is known to be confirmed
    host.vestibule.confirmed_address(lambda user: user.email)
    page = ann.opens("/recover")
    yield page.html
    yield ann.sends(page, page.form(action="/recover")).html
    yield opens_link(ann).html
    yield ann.opens("/verify-2fa").html
    eve = settled(host, "eve")
    eve.enters_password()
    yield opens_link(eve, whose=ann).html
    yield eve.opens("/recover/link?token=unknown").html
    opens_link(ann)
    page = ann.opens("/recover/confirm")
    yield ann.sends(page, page.form(action="/recover/confirm")).html
    yield from _stopping(ann)
    yield from _after_the_time(ann)
    with host.app.test_request_context():
        host.vestibule.password_changed(Users().find("ann"))
    ann.enters_password()
    yield ann.opens("/recover").html
    ann.posts("/login-with-link", {"username": "ann"})
    yield ann.opens("/recover").html
    opens_link(ann)
    host.clock.moves(hours=2)
    yield ann.opens("/recover/confirm").html


def _stopping(ann: Visitor) -> Iterator[str]:
    host, owner = ann.host, ann.in_another_browser()
    owner.signs_in()
    yield owner.opens("/security").html
    owner.opens(f"/recover/stop/link?token={newest_notice(host)}")
    page = owner.opens("/recover/stop")
    yield page.html
    yield owner.sends(page, page.form(action="/recover/stop")).html
    host.app.extensions["vestibule"].users.disable_password = lambda user: None
    yield owner.opens("/recover/stop").html
    has_asked(host, ann)
    page = owner.opens("/security")
    yield owner.sends(page, page.form(action="/security/recovery/stop")).html
    yield owner.opens("/recover/stop/link?token=unknown").html


def _after_the_time(ann: Visitor) -> Iterator[str]:
    has_asked(ann.host, ann)
    ann.enters_password()
    yield ann.opens("/verify-2fa").html
    page = ann.opens("/recover")
    yield page.html
    yield ann.sends(page, page.form(action="/recover")).html
    page = opens_link(ann)
    yield page.html
    yield ann.opens("/verify-2fa").html
    yield ann.sends(page, page.form(action="/recover/confirm")).html
    ann.host.sets(Recovery, version=0)
    yield ann.opens("/setup-2fa").html
    has_asked(ann.host, ann)
    ann.enters_password()
    page = opens_link(ann)
    ann.host.sets(Recovery, mailbox="another")
    yield ann.sends(page, page.form(action="/recover/confirm")).html
