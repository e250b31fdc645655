"""Closing an account; the owner makes a new one, under the name of the first day."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.promises.model.factors import ChangingFactors
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.registering import Registering
from tests.promises.model.start import OWNER
from tests.promises.model.world import if_somebody_is_inside, inside, seldom

CLOSE = "/security/close"


class Closing(ChangingFactors, Registering):
    @if_somebody_is_inside
    @rule(who=inside, sure=seldom, is_right=st.sampled_from((True, True, False)))
    def closes_the_account(self, who: str, sure: bool, is_right: bool) -> None:
        session = self.session(who)
        if session is None or not sure or session.account is not self.owner:
            return
        if not self.has_papers(who, self.owner):
            return
        account, page = self.owner, self.opens(who, CLOSE)
        assert (page.path == CLOSE) == session.is_fresh(self.ledger.now)
        if page.path != CLOSE:
            return
        self.reads_notices()
        current = account.password if is_right else None
        fields = {"username": account.username, "current_password": current or "no password"}
        form = page.form(with_field="current_password")
        answer = self.sends(who, page, form, **fields)
        if current is None or answer.status == TOO_MANY:
            assert answer.status in (422, TOO_MANY)
            return
        assert answer.status == 200, answer.text
        account.is_closed = True
        self.ledger.closed.append(account)
        self.notes("account closed")
        self.p1_p7_inside_is_who_the_ledger_says()
        self._begins_anew(who)

    def _begins_anew(self, who: str) -> None:
        """Nothing of the closed account is the new one's."""
        self.registers_as(who, OWNER)
        if self.owner.is_closed:
            return
        self.sets_up_an_authenticator(who, False, 0, True)
        if self.session(who):
            self.confirms_the_address(who)
        self.notes("begun anew")
