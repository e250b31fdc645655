"""Signing out, giving up, and staying for too long."""

from __future__ import annotations

from hypothesis.stateful import rule

from tests.promises.model.papers import Papers
from tests.promises.model.world import (
    between_the_steps,
    if_somebody_is_between_the_steps,
    if_somebody_is_inside,
    inside,
    seldom,
)


class Leaving(Papers):
    @if_somebody_is_between_the_steps
    @rule(who=between_the_steps)
    def gives_up_between_the_steps(self, who: str) -> None:
        held = self.browsers[who].cookie("vestibule-pending") or ""
        page = self.opens(who, "/verify-2fa")
        if page.path == "/verify-2fa":
            self.sends(who, page, page.form(action="/verify-2fa/cancel"))
            self.ledger.pending.pop(held, None)
            self.notes("given up between the steps")

    @if_somebody_is_inside
    @rule(who=inside)
    def signs_out(self, who: str) -> None:
        page = self.opens(who, "/dashboard")
        assert (page.path == "/dashboard") == (self.session(who) is not None)
        if page.path == "/dashboard":
            self.ledger.sessions.pop(self.token(who))
            self.sends(who, page, page.form(action="/logout"))
            self.notes("signed out")

    @if_somebody_is_inside
    @rule(who=inside, sure=seldom)
    def signs_out_everywhere(self, who: str, sure: bool) -> None:
        if not sure:
            return
        session, before = self.session(who), self.token(who)
        self.browsers[who].posts("/everywhere", {})
        if session:
            self.goes_on_alone(who, before, session)
            self.notes("signed out everywhere")

    @if_somebody_is_inside
    @rule(who=inside, sure=seldom)
    def stays_at_it_for_a_day(self, who: str, sure: bool) -> None:
        """A session in use all the time ends, too."""
        for _ in range(25 if sure else 0):
            self.moves(3500)
            self.browsers[who].asks("/who")
            self.ledger.looks(self.token(who))
