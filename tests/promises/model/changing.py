"""Another e-mail address, a second one for notices, another user name."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.ledger import DAY
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.people import Account, Link
from tests.promises.model.reading import Reading
from tests.promises.model.start import STRANGER
from tests.promises.model.world import browsers, if_somebody_is_inside, inside

EMAIL, SECOND, NAME = "/security/email", "/security/notices", "/security/name"
addresses = st.sampled_from(("free", "free", "the stranger's", "wrong password"))
backwards = st.sampled_from((1, 1, 1, 2))


class Changing(Reading):
    @if_somebody_is_inside
    @rule(who=inside, which=addresses, goes_on=st.booleans())
    def asks_for_another_address(self, who: str, which: str, goes_on: bool) -> None:
        session = self.session(who)
        if session is None or not self.has_papers(who, session.account):
            return
        account, page = session.account, self.opens(who, EMAIL)
        assert (page.path == EMAIL) == session.is_fresh(self.ledger.now)
        if page.path != EMAIL:
            return
        stranger = self.ledger.accounts[STRANGER]
        is_taken = which == "the stranger's" and stranger is not account and stranger.is_confirmed
        address = stranger.email if is_taken else self._new_address(account)
        is_right = which != "wrong password" and account.password
        typed = account.password if is_right else "not at all the password"
        form = page.form(with_field="email")
        answer = self.sends(who, page, form, email=address, current_password=typed or "")
        if answer.status == TOO_MANY:
            return
        assert answer.status == (200 if is_right else 422)
        token = self.new_link(address, f"{EMAIL}/confirm")
        if not is_right:
            assert token is None
            return
        self.ledger.voids(f"{EMAIL}/confirm", account)
        self._gets(token, account, EMAIL, address)
        assert not (token and is_taken), "somebody else's address was to be confirmed"
        if goes_on and account is self.owner and token:
            self.opens_the_link_to_another_address(who, 1)

    @if_somebody_is_inside
    @precondition(lambda self: self.ledger.sent(f"{EMAIL}/confirm", self.owner))
    @rule(who=browsers, back=backwards)
    def opens_the_link_to_another_address(self, who: str, back: int) -> None:
        session, before = self.session(who), self.token(who)
        link, now = self._opened(who, EMAIL, back), self.ledger.now
        if session is None or link is None:
            return
        account = link.account
        account.earlier_addresses.append(account.email)
        account.email, account.is_disputed = link.about, account.is_confirmed
        account.is_confirmed, account.barred, account.recovery = True, now, None
        self.notes("address changed")
        self.goes_on_alone(who, before, session)

    @if_somebody_is_inside
    @rule(who=inside, goes_on=st.booleans())
    def asks_for_a_second_address(self, who: str, goes_on: bool) -> None:
        session = self.session(who)
        if session is None or not self.has_papers(who, session.account):
            return
        account, address = session.account, self._new_address(session.account)
        page = self.opens(who, SECOND)
        answer = self.posts(who, page, SECOND, email=address)
        if answer.status == TOO_MANY:
            return
        token = self.new_link(address, f"{SECOND}/confirm")
        may = session.is_fresh(self.ledger.now) and not account.second_address
        assert may or token is None
        if may:
            self.ledger.voids(f"{SECOND}/confirm", account)
        self._gets(token, account, SECOND, address)
        if goes_on and account is self.owner and token:
            self.opens_the_link_to_a_second_address(who, 1)

    @if_somebody_is_inside
    @precondition(lambda self: self.ledger.sent(f"{SECOND}/confirm", self.owner))
    @rule(who=browsers, back=backwards)
    def opens_the_link_to_a_second_address(self, who: str, back: int) -> None:
        """It opens nothing: no link for a new password, none to recover."""
        if link := self._opened(who, SECOND, back):
            link.account.second_address, link.account.second_since = link.about, self.ledger.now
            link.account.earlier_addresses.append(link.about)
            self.notes("second address added")

    @precondition(lambda self: self.owner.second_address and self.who_is_inside())
    @rule(who=inside)
    def removes_the_second_address(self, who: str) -> None:
        session = self.session(who)
        if session is None or not self.has_papers(who, session.account):
            return
        answer = self.posts(who, self.opens(who, SECOND), f"{SECOND}/remove")
        assert (answer.path == SECOND) == session.is_fresh(self.ledger.now)
        if answer.path == SECOND:
            session.account.second_address = ""
            self.notes("second address removed")

    @if_somebody_is_inside
    @rule(who=inside, back_again=st.booleans())
    def changes_the_user_name(self, who: str, back_again: bool) -> None:
        session = self.session(who)
        if session is None or not self.has_papers(who, session.account):
            return
        account, page = session.account, self.opens(who, NAME)
        assert (page.path == NAME) == session.is_fresh(self.ledger.now)
        if page.path != NAME:
            return
        earlier = account.earlier_names
        new = earlier[0] if back_again and earlier else f"{account.username}-{len(earlier)}"
        answer = self.sends(who, page, page.form(with_field="username"), username=new)
        if answer.status == TOO_MANY:
            return
        assert answer.path == "/dashboard", answer.text
        account.earlier_names = [one for one in (account.username, *earlier) if one != new]
        account.username = new
        self.notes("user name changed")

    def _new_address(self, account: Account) -> str:
        self.addresses += 1
        return f"{account.username}-{self.addresses}@example.org"

    def _gets(self, token: str | None, account: Account, path: str, about: str) -> None:
        if token:
            ends = self.ledger.now + DAY
            link = Link(token, account, account.version, ends, f"{path}/confirm", about)
            self.gets_link(link)

    def _opened(self, who: str, path: str, back: int) -> Link | None:
        """A link that was opened and used: only by somebody who is inside, in that account."""
        links = self.ledger.sent(f"{path}/confirm", self.owner)
        if len(links) < back:
            return None
        link, session = links[-back], self.session(who)
        works, page = (
            link.works(self.ledger.now),
            self.opens(who, f"{link.path}?token={link.token}"),
        )
        if session is None:
            assert page.path in ("/login", "/verify-2fa", "/setup-2fa"), page.path
        elif not works or session.account is not link.account:
            assert page.status in (409, 410), page.text
            self.notes("address of another account refused" if works else "old address refused")
        elif path == SECOND and link.account.second_address:
            return None
        else:
            page = self.sends(who, page, page.form(action=link.path))
            assert page.path in ("/dashboard", path), page.text
            link.used = True
            return link
        return None
