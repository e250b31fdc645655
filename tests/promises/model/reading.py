"""Mailboxes: links that come, and "This wasn't me"."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.mailbox import last_link, not_me_tokens
from tests.promises.model.papers import Papers
from tests.promises.model.people import Account, Link
from tests.promises.model.start import OWNERS

readers = st.sampled_from((*OWNERS, "reader"))
"""Who reads the owner's mailboxes."""


DISPUTED = timedelta(days=14)
"""So long after it was added, a second address goes with "This wasn't me": it may be a thief's."""


class Reading(Papers):
    def new_link(self, address: str, path: str) -> str | None:
        """The token of the newest mail with such a link, if nobody saw it yet."""
        token = last_link(self.site, address, path)
        seen = {link.token for link in self.ledger.links}
        return None if token in seen else token

    def gets_link(self, link: Link) -> None:
        self.ledger.voids(link.path, link.account)
        self.ledger.links.append(link)

    def reads_notices(self) -> None:
        """Of all the mailboxes that the owner's account ever had."""
        owner, known = self.owner, {link.token for link in self.ledger.not_me}
        addresses = {owner.email, owner.second_address, *owner.earlier_addresses} - {""}
        for token, until in not_me_tokens(self.site, *addresses).items():
            if token not in known:
                self.ledger.not_me.append(Link(token, owner, None, until))

    @precondition(lambda self: self.browsers)
    @rule(who=readers, back=st.sampled_from((1, 1, 2, 5)), goes_on=st.sampled_from((0, 0, 0, 1)))
    def says_that_it_was_not_them(self, who: str, back: int, goes_on: int) -> None:
        link = self.notice_link(back)
        if link is None:
            return
        account, works = link.account, link.works(self.ledger.now)
        page = self.opens(who, f"/not-me/link?token={link.token}")
        assert page.status == (200 if works else 410)
        if not works or not goes_on:
            return
        answer = self.sends(who, page, page.form(action="/not-me"))
        assert answer.path == "/not-me/done"
        self.notes("this was not me")
        if account.second_since and self.ledger.now < account.second_since + DISPUTED:
            account.second_address = ""
        self.reads_notices()
        for one in self.ledger.not_me:
            one.used = one.used or one.account is account
        if account.is_disputed:
            # Which of two mailboxes is the owner's nobody can tell.
            account.is_confirmed = False
        self.has_password(account, None)
        account.revokes()
        for key in account.keys:
            key.stands_alone = False

    def notice_link(self, back: int) -> Link | None:
        self.reads_notices()
        links = [one for one in self.ledger.not_me if one.account is self.owner]
        return links[-back] if len(links) >= back else None

    def has_password(self, account: Account, new: str | None) -> None:
        account.earlier_passwords.append(account.password or "an unusable password")
        account.password = new
