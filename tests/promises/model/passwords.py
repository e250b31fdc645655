"""Changing a password, and setting one with a link from the mailbox."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.papers import TOO_MANY
from tests.promises.model.people import Account, Link
from tests.promises.model.reading import Reading, readers
from tests.promises.model.start import OWNER
from tests.promises.model.world import accounts, browsers, if_somebody_is_inside, inside

RESET = "/reset-password"
HOUR = timedelta(hours=1)


class Passwords(Reading):
    @if_somebody_is_inside
    @rule(who=inside, is_right=st.booleans())
    def changes_the_password(self, who: str, is_right: bool) -> None:
        session, before = self.session(who), self.token(who)
        page = self.opens(who, "/security/password")
        if session is None or not session.is_fresh(self.ledger.now):
            assert page.path != "/security/password"
            return
        account = session.account
        if not self.has_papers(who, account):
            return
        current = account.password if is_right else "not at all the password"
        new = self._new_password(account)
        form = page.form(with_field="current_password")
        answer = self.sends(who, page, form, current_password=current or "x", password=new)
        if answer.status == TOO_MANY:
            return
        if not is_right or account.password is None:
            assert answer.status == 422
            return
        assert answer.path == "/dashboard", answer.text
        self.has_password(account, new)
        self.notes("password changed")
        self.goes_on_alone(who, before, session)

    @rule(who=browsers, whose=accounts, which=st.sampled_from(("now", "now", "second", "earlier")))
    def asks_for_a_link(self, who: str, whose: str, which: str) -> None:
        """Anybody may, for anybody; it comes to nobody but the account's own confirmed mailbox."""
        account = self.ledger.accounts[whose]
        earlier = (*account.earlier_addresses, "nobody@example.org")[0]
        others = {"second": account.second_address or earlier, "earlier": earlier}
        address = others.get(which, account.email)
        page = self.opens(who, "/forgot-password")
        self.sends(who, page, page.form(with_field="email"), email=address)
        if token := self.new_link(address, RESET):
            assert (which, account.is_confirmed, account.is_open) == ("now", True, True)
            self.gets_link(Link(token, account, account.version, self.ledger.now + HOUR, RESET))

    @precondition(lambda self: self.ledger.sent(RESET, self.owner))
    @rule(who=readers, back=st.sampled_from((1, 1, 1, 2, 3)), goes_on=st.booleans())
    def opens_a_link_for_a_new_password(self, who: str, back: int, goes_on: bool) -> None:
        """Any of the last ones; what looks at mails opens all, and sends nothing."""
        links = self.ledger.sent(RESET, self.owner)
        if len(links) < back:
            return
        link, before = links[-back], self.token(who)
        works = link.works(self.ledger.now) and link.account.is_open
        session = self.session(who)
        page = self.opens(who, f"{RESET}?token={link.token}")
        assert page.status == (200 if works else 410)
        if not (works and goes_on):
            return
        new = self._new_password(link.account)
        answer = self.sends(who, page, page.form(with_field="password"), password=new)
        if answer.status == TOO_MANY:
            return
        assert answer.path == "/login", answer.text
        link.used = True
        self.notes("password set with a link")
        self.has_password(link.account, new)
        link.account.barred = self.ledger.now
        link.account.revokes()
        if session:
            self.ledger.sessions.pop(before, None)
        assert self.opens(who, f"{RESET}?token={link.token}").status == 410

    def _new_password(self, account: Account) -> str:
        return f"a long enough password, number {len(account.earlier_passwords)}"

    @rule(who=readers)
    def sets_a_password_with_a_link(self, who: str) -> None:
        """The whole way at once."""
        self.asks_for_a_link(who, OWNER, "now")
        self.opens_a_link_for_a_new_password(who, 1, True)
