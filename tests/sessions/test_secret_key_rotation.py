"""SECRET_KEY changes, and nobody notices."""

from __future__ import annotations

import pytest

from tests.support.host_app import SECRET_KEY
from tests.support.visitor import Visitor

NEW_KEY = "another secret key, made today"

pytestmark = pytest.mark.requirement("CFG-2")


def test_sessions_stay_and_forms_of_before_are_taken(ann: Visitor) -> None:
    ann.signs_in()
    before = ann.opens("/backup-codes").form(action="/backup-codes/new")
    rotated = ann.host.restarted(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=[SECRET_KEY])
    ann = ann.with_the_same_cookies(rotated)
    assert ann.is_signed_in()
    answer = ann.posts("/backup-codes/new", before.fields)
    assert (answer.status_code, answer.location) == (303, "/backup-codes")


def test_a_sign_in_form_of_before_is_taken(ann: Visitor) -> None:
    before = ann.opens("/login").form(with_field="password")
    rotated = ann.host.restarted(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=[SECRET_KEY])
    ann = ann.with_the_same_cookies(rotated)
    fields = {"username": ann.username, "password": ann.papers.password}
    answer = ann.posts("/login", before.fields | fields)
    assert (answer.status_code, answer.location) == (303, "/verify-2fa")


def test_new_forms_are_signed_with_the_new_key_alone(ann: Visitor) -> None:
    ann.signs_in()
    both = ann.with_the_same_cookies(
        ann.host.restarted(SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=[SECRET_KEY])
    )
    made_now = both.opens("/backup-codes").form(action="/backup-codes/new")
    only_new = both.with_the_same_cookies(ann.host.restarted(SECRET_KEY=NEW_KEY))
    assert only_new.posts("/backup-codes/new", made_now.fields).status_code == 303


def test_without_the_fallback_sessions_stay_and_old_forms_do_not(ann: Visitor) -> None:
    ann.signs_in()
    before = ann.opens("/backup-codes").form(action="/backup-codes/new")
    ann = ann.with_the_same_cookies(ann.host.restarted(SECRET_KEY=NEW_KEY))
    assert ann.is_signed_in()  # its token is no signature
    assert ann.posts("/backup-codes/new", before.fields).status_code == 403
