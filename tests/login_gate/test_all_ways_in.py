"""All ways in and all kinds of accounts, as one table: nobody gets round the second step.

Each cell says where ``/dashboard``, which wants somebody signed in, leads whoever came this way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.login_gate import ways_in
from tests.login_gate.ways_in import Way
from tests.stories import HostMaker, settled
from tests.support.guessing import guesses, loses_the_authenticator_to_guessing
from tests.support.host_app import Host
from tests.support.visitor import Visitor

INSIDE, CODE, SET_UP, SIGN_IN = "/dashboard", "/verify-2fa", "/setup-2fa", "/login"

NO, ADOPT = False, True
"""Whether sign-ins from before Vestibule are taken over on this day."""

ACCOUNTS = ("none", "enrolled", "must enrol", "cooling off", "disabled")

# fmt: off
TABLE: list[tuple[Way, bool, tuple[str, ...]]] = [
    #                                  adopts   none     enrolled must     cooling  disabled
    (ways_in.sign_in_page,            NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.json_sign_in,            NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.link_from_a_mail,        NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.before_request,          NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.request_loader,          NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.becoming_somebody_else,  NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.remembered_browser,      NO,     (INSIDE,  CODE,    SIGN_IN, CODE,    CODE)),
    (ways_in.open_tab_from_before,    NO,     (INSIDE,  CODE,    SIGN_IN, CODE,    CODE)),
    (ways_in.flask_login_session,     NO,     (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.flask_login_remember_me, NO,     (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.flask_login_session,     ADOPT,  (INSIDE, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.flask_login_remember_me, ADOPT,  (INSIDE, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.flask_login_client,      NO,     (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.old_pending_sign_in,     NO,     (INSIDE,  SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.pending_token_elsewhere, NO,     (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.pending_cookie_copied,   NO,     (SIGN_IN, CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.waiting_recovery,        NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.open_recovery,           NO,     (INSIDE,  CODE,    SET_UP,  CODE,    CODE)),
    (ways_in.begun_recovery,          NO,     (INSIDE,  SET_UP,  SET_UP,  SET_UP,  SET_UP)),
    (ways_in.passkey_alone,           NO,     (INSIDE,  INSIDE,  INSIDE,  INSIDE,  INSIDE)),
    (ways_in.passkey_without_a_finger, NO,    (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    (ways_in.stopped_recovery,        NO,     (INSIDE,  SIGN_IN, SET_UP,  SIGN_IN, SIGN_IN)),
]
# fmt: on


def cells() -> list[Any]:
    return [
        pytest.param(
            way, adopts, account, leads_to, id=f"{way.__name__}{'-adopts' * adopts}-{account}"
        )
        for way, adopts, row in TABLE
        for account, leads_to in zip(ACCOUNTS, row, strict=True)
    ]


@pytest.fixture
def old(make: HostMaker) -> Host:
    """The worker that knew these people before the story begins."""
    return make(VESTIBULE_POLICY="optional")


def site_for(old: Host, *, adopts: bool) -> Host:
    until = (old.clock.now() + timedelta(days=7)).isoformat()
    site = old.restarted(
        REMEMBER=True,
        VESTIBULE_ADOPT_UNTIL=until if adopts else "",
        VESTIBULE_RECOVERY_AFTER=timedelta(hours=72),
        VESTIBULE_MAIL=(old.folder / "outbox").as_uri(),
        VESTIBULE_BASE_URL="http://localhost",
    )
    site.vestibule.confirmed_address(lambda user: user.email)
    must = site.app.config.setdefault("MUST", set())
    site.vestibule.policy(lambda user, _: "required" if user.username in must else "optional")
    ways_in.register(site)
    return site


def person_at(site: Host, old: Host, account: str) -> tuple[Visitor, Callable[[], None]]:
    """Somebody with such an account, and what makes it one."""
    has_factor = account in ("enrolled", "cooling off", "disabled")
    papers = (settled(old, "ann") if has_factor else Visitor.new(old, "ann")).papers

    def visitor() -> Visitor:
        return Visitor(site, papers, address="192.0.2.1", site="http://localhost")

    def turns() -> None:
        if account == "must enrol":
            site.app.config["MUST"].add("ann")
        if account == "cooling off":
            guesser = visitor()
            guesser.enters_password()
            guesses(guesser, 5)
        if account == "disabled":
            loses_the_authenticator_to_guessing(visitor())

    return visitor(), turns


@pytest.mark.requirement("P1", "FLOW-1", "FLOW-2", "FLOW-3")
@pytest.mark.parametrize(("way", "adopts", "account", "leads_to"), cells())
def test_l01_to_l08_l37_l47_no_way_in_gets_round_the_second_step(
    old: Host, way: Way, adopts: bool, account: str, leads_to: str
) -> None:
    site = site_for(old, adopts=adopts)
    person, turns = person_at(site, old, account)
    browser = way(site, person, turns)
    page = browser.opens("/dashboard")
    assert page.path == leads_to
    if leads_to == INSIDE:
        assert "Welcome, ann" in page.text
        return
    if leads_to != SET_UP:
        assert not browser.opens("/setup-2fa").shows_a_secret  # L04
    for path in ("/backup-codes", "/confirm"):
        assert browser.opens(path).path in (SIGN_IN, CODE, SET_UP)
    assert "Welcome, ann" not in browser.opens("/dashboard").text
