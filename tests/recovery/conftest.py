"""Fixtures of the stories about recovery: a host that allows it, and people who lose a phone."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import render_template_string
from flask_login import current_user, login_required

from tests.notices.conftest import BASE_URL, Mailbox, link_in, plain
from tests.stories import HostMaker, host, make
from tests.support.begun import Begun
from tests.support.host_app import Host, make_host
from tests.support.host_tables import copy_of_empty_sqlite, folder_of_this_run
from tests.support.recovering import begins_set_up
from tests.support.seen import Seen
from tests.support.visitor import Visitor
from vestibule.testing import MovableClock

__all__ = ["host", "link_in", "make", "plain"]

WAIT = timedelta(hours=72)


def allows_recovery(host: Host, **confirmed: str | None) -> None:
    """``confirmed`` names people whose confirmed address is another one, or none."""
    host.vestibule.confirmed_address(lambda user: confirmed.get(user.username, user.email))
    host.vestibule.password_disabled(lambda user: None)


def host_with_recovery(
    make: HostMaker,
    folder: Path,
    url: str | None = None,
    clock: MovableClock | None = None,
    **config: Any,
) -> Mailbox:
    outbox = folder / "outbox"
    given = {
        "VESTIBULE_MAIL": outbox.as_uri(),
        "VESTIBULE_BASE_URL": BASE_URL,
        "VESTIBULE_RECOVERY_AFTER": WAIT,
        "VESTIBULE_CONTACT": "help@host.example",
        **config,
    }
    host = make(url, clock, **given)
    allows_recovery(host)
    has_pages_of_its_own(host)
    return Mailbox(host, outbox)


def has_pages_of_its_own(host: Host) -> None:
    """One for a new password, one that tells of a recovery."""

    @host.app.post("/new-password")
    @login_required  # type: ignore[untyped-decorator]
    def new_password() -> str:
        host.vestibule.password_changed(current_user)
        return "changed"

    @host.app.get("/home")
    @login_required  # type: ignore[untyped-decorator]
    def home() -> str:
        return render_template_string(
            "{% if it %}from {{ it.address }}, {{ it.opens_at - it.asked_at }} "
            "<form method=post action='{{ it.stop_url }}'></form>{% else %}nothing{% endif %}",
            it=host.vestibule.recovery_under_way(),
        )


@pytest.fixture
def mailbox(request: pytest.FixtureRequest, make: HostMaker, tmp_path: Path) -> Mailbox:
    if "ann" not in request.fixturenames:
        return host_with_recovery(make, tmp_path)
    return host_with_recovery(make, tmp_path, *_with_ann().copied(tmp_path))


@pytest.fixture
def ann(mailbox: Mailbox) -> Visitor:
    """Set up a second step, read her mails, and is still signed in in this browser."""
    begun = _with_ann()
    return begun.goes_on(mailbox.host) if begun.is_on(mailbox.host) else _ann_comes(mailbox)


@functools.cache
def _with_ann() -> Begun:
    folder = folder_of_this_run()

    def make(url: str | None = None, clock: MovableClock | None = None, **config: Any) -> Host:
        url = copy_of_empty_sqlite(folder / "ann-may-recover.db")
        return make_host(url, folder, VESTIBULE_POLICY="required", **config)

    return Begun.by(_ann_comes(host_with_recovery(make, folder / "recovery")))


def _ann_comes(mailbox: Mailbox) -> Visitor:
    ann = Visitor.new(mailbox.host, "ann")
    ann.signs_in()
    mailbox.mails()
    return ann


def asks_for_link(person: Visitor) -> Seen:
    """Password, "I can't use any of these", "Send the link"."""
    person.enters_password()
    page = person.opens("/recover")
    return person.sends(page, page.form(action="/recover"))


def newest_link(mailbox: Mailbox) -> str:
    """The path of the link in the mail that begins a recovery."""
    mails = [one for one in mailbox.mails() if one["Subject"].startswith("Replace your second")]
    return link_in(mails[-1])


def asks(person: Visitor, mailbox: Mailbox) -> Seen:
    """All the way to where the waiting time begins, in this browser."""
    asks_for_link(person)
    page = person.opens(newest_link(mailbox))
    assert page.path == "/recover/confirm", page.text
    return person.sends(page, page.form(action="/recover/confirm"))


def sets_up_anew(person: Visitor) -> Seen:
    """After the waiting time: password, the second mail, and the set-up."""
    person.enters_password()
    return person.sets_up(page=begins_set_up(person))
