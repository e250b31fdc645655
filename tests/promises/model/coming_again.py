"""The owner comes again with what she had: a spent paper, an old sheet, an open session."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.changing import Changing
from tests.promises.model.closing import Closing
from tests.promises.model.ending import Ending
from tests.promises.model.leaving import Leaving
from tests.promises.model.signing_in import SigningIn, outside

if_she_is_outside = precondition(lambda self: self.owners_browsers_outside() and self.owner.phones)


class ComingAgain(SigningIn, Leaving, Ending, Changing, Closing):
    def comes_in(self, who: str, by: str, which: int = 0) -> bool:
        if not self.session(who):
            self.the_owner_signs_in(who, by, False, which)
        return self.session(who) is not None

    @if_she_is_outside
    @rule(who=outside)
    def takes_a_paper_twice(self, who: str) -> None:
        if self.comes_in(who, "fresh"):
            self.signs_out(who)
            self.comes_in(who, "used", -1)

    @if_she_is_outside
    @rule(who=outside)
    def takes_a_code_twice(self, who: str) -> None:
        if self.comes_in(who, "now"):
            self.signs_out(who)
            self.comes_in(who, "spent")

    @if_she_is_outside
    @rule(who=outside)
    def takes_a_paper_of_an_old_sheet(self, who: str) -> None:
        if self.comes_in(who, "now"):
            self.makes_new_backup_codes(who)
            self.signs_out(who)
            self.comes_in(who, "retired", -1)

    @if_she_is_outside
    @rule(who=outside, replaces=st.booleans())
    def changes_a_factor_while_signed_in_elsewhere(self, who: str, replaces: bool) -> None:
        other = "work" if who == "home" else "home"
        if self.comes_in(who, "now") and self.comes_in(other, "now"):
            self.sets_up_an_authenticator(who, replaces, 0, True)

    @if_she_is_outside
    @rule(who=outside)
    def leaves_it_open_and_changes_things_later(self, who: str) -> None:
        if self.comes_in(who, "now"):
            self.moves(660)
            self.renames_an_authenticator(who, 0)
            self.removes_an_authenticator(who, 0)

    @if_she_is_outside
    @rule(who=outside, for_what=st.sampled_from(("address", "address", "notices", "name", "end")))
    def comes_in_for_something(self, who: str, for_what: str) -> None:
        if not self.comes_in(who, "now"):
            return
        if for_what == "address":
            self.asks_for_another_address(who, "free", True)
        elif for_what == "notices":
            self.asks_for_a_second_address(who, True)
        elif for_what == "name":
            self.changes_the_user_name(who, False)
        else:
            self.closes_the_account(who, True, True)
