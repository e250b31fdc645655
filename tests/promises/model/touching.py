"""Passkeys: added and removed by somebody inside, after the password, and alone."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.coming_again import ComingAgain, if_she_is_outside
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.people import Key, Session
from tests.promises.model.signing_in import outside
from tests.promises.model.start import OWNER
from tests.promises.model.world import (
    THIEVES,
    accounts,
    between_the_steps,
    browsers,
    if_somebody_is_between_the_steps,
    if_somebody_is_inside,
    inside,
)
from tests.support.passkey_person import options
from tests.support.soft_passkey import SoftPasskey

MOST_KEYS = 2
"""Of one person here; the site allows ten."""


class Touching(ComingAgain):
    answered = ""
    """What a passkey answered last: whoever read it on its way may send it again."""

    @if_somebody_is_inside
    @rule(who=inside)
    def adds_a_passkey(self, who: str) -> None:
        session, before, now = self.session(who), self.token(who), self.ledger.now
        page = self.opens(who, "/setup-passkey")
        if session is None or not session.is_fresh(now):
            assert page.path != "/setup-passkey"
            return
        account = session.account
        if not self.has_papers(who, account) or len(account.keys) >= MOST_KEYS:
            return
        key = Key(SoftPasskey(), account.next_name())
        credential = key.device.created(options(self.browsers[who], "register"))
        form = page.form(with_field="credential")
        page = self.sends(who, page, form, credential=credential, name=key.name)
        if page.status == TOO_MANY:
            return
        assert page.path == "/backup-codes", page.text
        account.keys.append(key)
        self.gets_codes(account, page)
        session.second_step = now
        self.goes_on_alone(who, before, session)
        self.notes("passkey added")

    @if_somebody_is_inside
    @rule(who=inside)
    def removes_a_passkey(self, who: str) -> None:
        session, before, now = self.session(who), self.token(who), self.ledger.now
        if session is None or not session.account.keys:
            return
        account = session.account
        if not self.has_papers(who, account):
            return
        key = account.keys[0]
        path = f"/security/passkeys/{self._id_of(key)}/remove"
        page = self.opens(who, path)
        is_last = len(account.keys) == 1 and not account.phones
        if is_last and self.ledger.must(account):
            assert not [form for form in page.forms if form.action.endswith("/remove")]
            return
        answer = self.sends(who, page, page.form(action="/remove"))
        if not session.may_change_factors(now):
            assert answer.path in ("/confirm", path, "/login")
            return
        assert answer.path == ("/security" if is_last else "/security/passkeys")
        account.keys.remove(key)
        if is_last:
            account.retires_codes()
            session.second_step = None
        self.goes_on_alone(who, before, session)
        self.notes("passkey removed")

    @if_somebody_is_between_the_steps
    @rule(who=between_the_steps)
    def touches_a_key_after_the_password(self, who: str) -> None:
        held, before = self.browsers[who].cookie("vestibule-pending") or "", self.token(who)
        pending, page = self.ledger.pending_of(held), self.opens(who, "/verify-2fa")
        if pending is None or pending.stage != "code" or not pending.account.keys:
            return
        if not self.has_papers(who, pending.account):
            return
        device = pending.account.keys[-1].device
        self.answered = device.shown(options(self.browsers[who], "second-step"))
        form = page.form(with_field="credential")
        answer = self.sends(who, page, form, credential=self.answered)
        if answer.status == TOO_MANY:
            return
        assert answer.path != "/verify-2fa", answer.text
        self._second_step_passed(who, held, before)
        self.notes("passkey after the password")

    @rule(who=browsers, whose=accounts)
    def touches_a_key_alone(self, who: str, whose: str) -> None:
        account, before = self.ledger.accounts[whose], self.token(who)
        if self.session(who) or not account.keys or not self.has_papers(who, account):
            return
        page, key = self.opens(who, "/passkey"), account.keys[-1]
        self.answered = key.device.shown(options(self.browsers[who], "sign-in"))
        form = page.form(with_field="credential")
        answer = self.sends(who, page, form, credential=self.answered)
        if answer.status == TOO_MANY:
            return
        if not (key.stands_alone and account.is_open):
            assert answer.status == 422, "it stood alone after all"
            return
        assert answer.path == "/dashboard", answer.text
        now = self.ledger.now
        self.opened(who, before, Session(account, account.version, now, now, now, now))
        self.notes("signed in with a passkey alone")

    @if_she_is_outside
    @rule(who=outside)
    def takes_a_key_from_then_on(self, who: str) -> None:
        """The whole way at once, and somebody who looks on: else runs would seldom come far."""
        if self.comes_in(who, "now"):
            self.adds_a_passkey(who)
            self.signs_out(who)
            self.touches_a_key_alone(who, OWNER)
            self.sends_an_answer_that_was_read_on_its_way("guesser", "/passkey")
            if self.session(who):
                self.signs_out(who)
                self.enters_a_password(who, OWNER, "right")
                self.touches_a_key_after_the_password(who)

    @precondition(lambda self: self.answered)
    @rule(who=st.sampled_from(THIEVES), path=st.sampled_from(("/passkey", "/verify-2fa")))
    def sends_an_answer_that_was_read_on_its_way(self, who: str, path: str) -> None:
        if self.session(who):
            return
        page = self.opens(who, path)
        forms = [form for form in page.forms if "credential" in form.offered]
        if forms:
            answer = self.sends(who, page, forms[0], credential=self.answered)
            assert answer.status in (422, TOO_MANY)
            self.notes("passkey’s answer replayed")

    def _id_of(self, key: Key) -> str:
        found = self.site.rows("SELECT id FROM vestibule_passkey WHERE name = :name", name=key.name)
        return str(found[0]["id"])
