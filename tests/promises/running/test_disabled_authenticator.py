"""P1: after a hundred wrong codes the authenticator is disabled, and opens nothing by that."""

from __future__ import annotations

import httpx
import pytest

from tests.promises.running.conftest import FIFTY
from tests.support.behind import events_of, rows_of, sessions_of, subject_of
from tests.support.person import Person, form_with
from tests.support.races import at_once, between_the_steps, filled_in, leads_to, statuses
from tests.support.running_site import RunningSite
from vestibule.signin.schedule import CODE_ACCOUNT


@pytest.fixture(params=["required", "optional"])
def node(request: pytest.FixtureRequest, site: RunningSite) -> RunningSite:
    """Either policy, on the same data."""
    if request.param == "required":
        return site
    other: RunningSite = request.getfixturevalue("optional_site")
    return other


@pytest.mark.requirement("RL-2")
@pytest.mark.requirement("RL-4")
@pytest.mark.requirement("TOTP-14")
@pytest.mark.requirement("FLOW-2")
def test_a_disabled_authenticator_opens_neither_the_site_nor_enrolment(node: RunningSite) -> None:
    owner = node.member()
    thief, other = between_the_steps(owner.in_another_browser() for _ in range(2))
    wrong = filled_in(thief, "/verify-2fa", totp_code=owner.wrong_code())
    right = filled_in(other, "/verify-2fa", totp_code=owner.authenticator.newest_code())
    has_failed(node, owner, times=CODE_ACCOUNT.limit - 1)

    answers = at_once([wrong] * FIFTY)

    assert set(statuses(answers)) <= {422, 429}
    assert len(events_of(node, owner, "second_step.failed")) == 1
    assert len(events_of(node, owner, "authenticator.disabled")) == 1
    [authenticator] = rows_of(node, owner, "vestibule_authenticator")
    assert authenticator["disabled_at"]

    # Neither the right code nor the password leads further than to the second step.
    refused = right()
    assert refused.status_code == 422
    assert "no longer accepted" in refused.text
    for browser in (other, *between_the_steps([owner.in_another_browser()])):
        assert leads_to(browser.browser.get("/dashboard", follow_redirects=False)) == "/verify-2fa"
        assert browser.opens("/setup-2fa").url.path == "/verify-2fa"
        assert leads_to(posts_to_setup(browser)) == "/verify-2fa"
    assert len(sessions_of(node, owner)) == 1  # the owner's own
    assert len(rows_of(node, owner, "vestibule_authenticator")) == 1
    assert not rows_of(node, owner, "vestibule_enrolment")

    # P4: the owner still has the sheet.
    other.enters_backup_code()
    assert other.is_signed_in()


def posts_to_setup(browser: Person) -> httpx.Response:
    """With the token of a page of this browser's own, as if the set-up page had been there."""
    token = form_with(browser.opens("/verify-2fa/backup-code"), "backup_code").fields["csrf_token"]
    fields = {"csrf_token": token, "totp_code": "000000", "name": "Mine"}
    return browser.browser.post("/setup-2fa", data=fields, follow_redirects=False)


def has_failed(site: RunningSite, person: Person, *, times: int) -> None:
    """So many wrong codes in a row, the last of them long ago: to walk there takes two days."""
    site.rows(
        "INSERT INTO vestibule_budget (kind, subject, count) VALUES (:kind, :subject, :count)",
        kind=CODE_ACCOUNT.kind,
        subject=subject_of(site, person),
        count=times,
    )
