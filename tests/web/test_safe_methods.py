"""GET and HEAD change nothing, with three exceptions that are told one by one:

- a session's last-seen, at most once a minute;
- the one showing of new backup codes, which uses itself up;
- opening the set-up page, which lets a new key wait, once per set-up.
"""

from __future__ import annotations

import pytest

from tests.support.host_app import Host
from tests.support.routes import NOBODYS, STATES, paths, somebody, unchanged
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Enrolment
from vestibule.sessions.models import Session

NOBODYS_BROWSER = f"/security/browsers/known/{NOBODYS}"
WITHOUT_A_TOKEN = ("/setup-2fa/link", "/not-me/link", "/not-me")
OF_RECOVERY = ("/recover/link", "/recover/confirm", "/recover/stop/link", "/recover/stop")
NOTICES = ("/security/notices", "/security/notices/confirm")  # no mails are sent here
PASSKEYS = ("/passkey", "/setup-passkey")  # this site has no address that they could belong to
REFUSED = (
    *("/breaks", "/answers/404", NOBODYS_BROWSER, *PASSKEYS),
    *(*WITHOUT_A_TOKEN, *OF_RECOVERY, *NOTICES),
)
"""What answers with an error."""


@pytest.mark.requirement("WEB-4")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_address_changes_a_row(host: Host, state: str, method: str) -> None:
    person = somebody(host, state)
    if state == "must set up":
        person.opens("/setup-2fa")
    kept = {name: person.cookie(name) for name in ("vestibule", "vestibule-pending")}
    with unchanged(host):
        for path in paths(host.app, "GET"):
            answer = person.client.open(path, method=method, buffered=True)
            assert answer.status_code < 400 or path in REFUSED
            for name, token in kept.items():
                # Being led back to the sign-in drops the cookie, not the row: put it back.
                if token:
                    person.client.set_cookie(name, token)


@pytest.mark.requirement("WEB-4")
def test_no_get_opens_a_session_or_begins_a_sign_in(host: Host) -> None:
    person = somebody(host, "stranger")
    for path in paths(host.app, "GET"):
        answer = person.asks(path)
        set_here = [one.split("=")[0] for one in answer.headers.getlist("Set-Cookie")]
        assert not {"vestibule", "vestibule-pending"} & set(set_here)


def test_exception_last_seen(ann: Visitor) -> None:
    ann.signs_in()
    ann.host.clock.moves(minutes=1)
    before = ann.host.rows(Session)[0]
    with unchanged(ann.host, "vestibule_session"):
        ann.asks("/dashboard")
    after = ann.host.rows(Session)[0]
    changed = [key for key in before._fields if getattr(before, key) != getattr(after, key)]
    assert changed == ["last_seen_at"]


def test_exception_showing_new_backup_codes(ann: Visitor) -> None:
    ann.signs_in()
    fields = {"csrf_token": ann.token("/backup-codes")}
    ann.posts("/backup-codes/new", fields)
    before = ann.host.rows(Session)[0]
    with unchanged(ann.host, "vestibule_session", "vestibule_event"):
        assert len(ann.opens("/backup-codes").backup_codes) == 10
    after = ann.host.rows(Session)[0]
    changed = [key for key in before._fields if getattr(before, key) != getattr(after, key)]
    assert (changed, after.unseen_codes) == (["unseen_codes"], None)
    assert len(ann.host.events("backup_codes.shown")) == 2  # the first ones when she set up


def test_exception_a_key_waits_once_the_set_up_page_is_opened(ann: Visitor) -> None:
    ann.signs_in()
    with unchanged(ann.host, "vestibule_enrolment", "vestibule_event"):
        page = ann.opens("/setup-2fa")
    assert len(ann.host.rows(Enrolment)) == 1
    assert len(ann.host.events("authenticator.offered")) == 2  # the first one when she set up
    with unchanged(ann.host):
        assert ann.opens("/setup-2fa").secret == page.secret
