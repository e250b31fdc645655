"""Time passes, and forms are sent twice."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.people import WAITING_TIME
from tests.promises.model.world import World

HOURS = 3600
DAYS = 24 * HOURS


class TimeAndAgain(World):
    @rule(seconds=st.sampled_from((1, 5, 20, 30, 30, 30, 45, 90, 660, 1000, 3700, 90_000)))
    def time_passes(self, seconds: int) -> None:
        self.moves(seconds)

    @precondition(lambda self: self.ledger.trusts or self.owner.barred)
    @rule(days=st.sampled_from((1, 15, 31)))
    def days_pass(self, days: int) -> None:
        self.moves(days * DAYS)

    @precondition(lambda self: self.owner.recovery_at(self.ledger.now))
    @rule(hours=st.sampled_from((1, 71, 72, 73, 73, 7 * 24)))
    def the_waiting_time_goes_on(self, hours: int) -> None:
        assert WAITING_TIME.total_seconds() == 72 * HOURS
        self.moves(hours * HOURS)

    def moves(self, seconds: int) -> None:
        self.site.clock.moves(seconds)
        self.ledger.now = self.site.clock.now()

    @precondition(lambda self: self.sent)
    @rule(who=st.runner().flatmap(lambda world: st.sampled_from(sorted(world.sent))))
    def sends_a_form_again(self, who: str) -> None:
        """By the back button, or by a copy of the request: nothing comes of it (P2)."""
        path, fields = self.sent[who]
        answer = self.browsers[who].posts(path, fields)
        assert answer.status_code < 500
        self.notes("form sent again")
