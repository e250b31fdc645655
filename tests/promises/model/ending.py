"""What the owner of an account ends from its own pages: other sessions, and trust."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.papers import Papers
from tests.promises.model.people import Session
from tests.promises.model.world import browsers, if_somebody_is_inside, inside, seldom
from tests.support.seen import Seen
from vestibule.foundation.tokens import token_key

SESSIONS, BROWSERS = "/security/sessions", "/security/browsers"


class Ending(Papers):
    @if_somebody_is_inside
    @rule(who=inside, sure=seldom)
    def signs_out_everywhere_else(self, who: str, sure: bool) -> None:
        session, before = self.session(who), self.token(who)
        if session is None or not (sure and self.has_papers(who, session.account)):
            return
        page = self.opens(who, SESSIONS)
        answer = self.posts(who, page, f"{SESSIONS}/end-others")
        if self._is_done(session, answer, SESSIONS):
            self.goes_on_alone(who, before, session)
            self.notes("signed out everywhere else")

    @if_somebody_is_inside
    @rule(who=inside, whose=browsers)
    def signs_another_browser_out(self, who: str, whose: str) -> None:
        """One of the same account; of another account there is nothing to be found."""
        session, token = self.session(who), self.token(whose)
        asked = "SELECT public_id, subject_id FROM vestibule_session WHERE id = :id"
        rows = self.site.rows(asked, id=token_key(token))
        if session is None or not rows or token == self.token(who):
            return
        page = self.opens(who, SESSIONS)
        answer = self.posts(who, page, f"{SESSIONS}/end", session=rows[0]["public_id"])
        if rows[0]["subject_id"] != self.subject_of(session.account):
            assert answer.path != SESSIONS, "somebody else's session was found"
        elif self._is_done(session, answer, SESSIONS):
            self.ledger.sessions.pop(token, None)
            self.notes("one session signed out")

    @precondition(lambda self: self.ledger.trusts and self.who_is_inside())
    @rule(who=inside, which=st.integers(0, 3), every_one=st.booleans())
    def stops_trusting(self, who: str, which: int, every_one: bool) -> None:
        session, names = self.session(who), sorted(self.ledger.trusts)
        if session is None:
            return
        name = names[which % len(names)]
        whose = self.ledger.trusts[name].account
        kind = f"{BROWSERS}/trusted"
        ways = f"{kind}/forget-all", f"{kind}/{token_key(name)}/forget"
        page = self.opens(who, BROWSERS)
        answer = self.posts(who, page, ways[0 if every_one else 1])
        if not every_one and (whose is not session.account or self._is_void(name)):
            assert answer.path != BROWSERS or whose is session.account
            return
        if self._is_done(session, answer, BROWSERS):
            for one, trust in list(self.ledger.trusts.items()):
                if trust.account is session.account and (every_one or one == name):
                    self.ledger.ends_trust(one)
            self.notes("trust ended")

    def _is_void(self, name: str) -> bool:
        trust = self.ledger.trusts[name]
        return trust.version != trust.account.version or self.ledger.now >= trust.ends

    def _is_done(self, session: Session, answer: Seen, path: str) -> bool:
        """Whether they may, shown just now; else nothing happened."""
        may = session.is_fresh(self.ledger.now)
        assert (answer.path == path) == may, f"{answer.path}, {answer.status}"
        return may
