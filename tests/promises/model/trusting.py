"""Browsers that the owner trusts: come back to, copied, used by somebody else, trusted no more."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.leaving import Leaving
from tests.promises.model.signing_in import SigningIn, outside
from tests.promises.model.start import OWNER, STRANGER

trusted_ones = st.runner().flatmap(lambda world: st.sampled_from(world.trusted_and_outside()))
if_one_is_trusted = precondition(lambda world: world.trusted_and_outside())


class Trusting(SigningIn, Leaving):
    def trusted_and_outside(self) -> list[str]:
        """The owner's browsers in which a password is enough now."""
        return [who for who in self.owners_browsers_outside() if self._is_trusted_now(who)]

    def _is_trusted_now(self, who: str) -> bool:
        name = (self.browsers[who].cookie("vestibule-trusted") or "").partition(".")[0]
        trust = self.ledger.trusts.get(name)
        return trust is not None and trust.version == trust.account.version

    @precondition(lambda self: self.owners_browsers_outside() and self.owner.phones)
    @rule(who=outside)
    def the_owner_trusts_and_leaves(self, who: str) -> None:
        self.the_owner_signs_in(who, "now", True, 0)
        if self.session(who):
            self.signs_out(who)

    @if_one_is_trusted
    @rule(who=trusted_ones)
    def the_owner_comes_back(self, who: str) -> None:
        self.enters_a_password(who, OWNER, "right")

    @if_one_is_trusted
    @rule(who=trusted_ones, seconds=st.sampled_from((0, 5, 15, 60)))
    def a_thief_copies_the_trust_and_knows_the_password(self, who: str, seconds: int) -> None:
        """The first of the two to come late finds the trust ended, whoever that is."""
        self.browsers["copier"] = self.browsers[who].with_the_same_cookies()
        self.enters_a_password("copier", OWNER, "right")
        self.moves(seconds)
        if not self.session(who):
            self.enters_a_password(who, OWNER, "right")
        self.notes("trusted browser copied")

    @if_one_is_trusted
    @rule(who=trusted_ones)
    def another_account_is_signed_in_to_there(self, who: str) -> None:
        self.enters_a_password(who, STRANGER, "right")
