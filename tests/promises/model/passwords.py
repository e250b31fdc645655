"""Changing a password, and a mailbox that brings links."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.ledger import NOT_ME, RESET, Account, Link
from tests.promises.model.mailbox import last_link, not_me_tokens
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.world import (
    OWNERS,
    World,
    accounts,
    browsers,
    if_somebody_is_inside,
    inside,
)

readers = st.sampled_from((*OWNERS, "reader"))
"""Who reads the owner's mailbox."""


class Passwords(World):
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
        self._has_password(account, new)
        self.notes("password changed")
        self.goes_on_alone(who, before, session)

    @rule(who=browsers, whose=accounts)
    def asks_for_a_link(self, who: str, whose: str) -> None:
        """Anybody may, for anybody."""
        account, before = self.ledger.accounts[whose], last_link(self.site, _address(whose))
        page = self.opens(who, "/forgot-password")
        self.sends(who, page, page.form(with_field="email"), email=_address(whose))
        token = last_link(self.site, _address(whose))
        if token and token != before:
            for link in self.ledger.resets:
                link.used = link.used or link.account is account
            link = Link(token, account, account.version, self.ledger.now + RESET)
            self.ledger.resets.append(link)

    @precondition(lambda self: self.ledger.resets)
    @rule(who=readers, back=st.sampled_from((1, 1, 1, 2, 3)), goes_on=st.booleans())
    def opens_a_link_for_a_new_password(self, who: str, back: int, goes_on: bool) -> None:
        """Any of the last ones; what looks at mails opens all, and sends nothing."""
        links = [one for one in self.ledger.resets if one.account is self.owner]
        if len(links) < back:
            return
        link, before = links[-back], self.token(who)
        works, session = link.works(self.ledger.now), self.session(who)
        page = self.opens(who, f"/reset-password?token={link.token}")
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
        self._has_password(link.account, new)
        link.account.revokes()
        if session:
            self.ledger.sessions.pop(before, None)
        assert self.opens(who, f"/reset-password?token={link.token}").status == 410

    @rule(who=readers, back=st.sampled_from((1, 1, 2, 5)), goes_on=st.sampled_from((0, 0, 0, 1)))
    def says_that_it_was_not_them(self, who: str, back: int, goes_on: int) -> None:
        self._reads_notices()
        links = [one for one in self.ledger.not_me if one.account is self.owner]
        if len(links) < back:
            return
        link = links[-back]
        works = link.works(self.ledger.now)
        page = self.opens(who, f"/not-me/link?token={link.token}")
        assert page.status == (200 if works else 410)
        if works and goes_on:
            answer = self.sends(who, page, page.form(action="/not-me"))
            assert answer.path == "/not-me/done"
            self.notes("this was not me")
            for one in links:
                one.used = True
            self._has_password(self.owner, None)
            self.owner.revokes()

    def _reads_notices(self) -> None:
        known = {link.token for link in self.ledger.not_me}
        for token, made in not_me_tokens(self.site, _address(self.owner.username)).items():
            if token not in known:
                self.ledger.not_me.append(Link(token, self.owner, None, made + NOT_ME))

    def _new_password(self, account: Account) -> str:
        return f"a long enough password, number {len(account.earlier_passwords)}"

    def _has_password(self, account: Account, new: str | None) -> None:
        account.earlier_passwords.append(account.password or "an unusable password")
        account.password = new


def _address(username: str) -> str:
    return f"{username}@example.org"
