"""New accounts: of the owner's friends, or of thieves; and the address of an account."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.promises.model.ledger import DAY, SETTING_UP
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.people import Account, Link, Pending, Session
from tests.promises.model.reading import Reading
from tests.promises.model.start import OWNERS, THIEVES
from tests.promises.model.world import browsers, if_somebody_is_inside, inside

CONFIRM = "/confirm-email"


class Registering(Reading):
    @rule(who=browsers, wanted=st.sampled_from(("new", "new", "the owner's", "her earlier one")))
    def registers(self, who: str, wanted: str) -> None:
        """Whoever does it gets in as far as a sign-in with the new password would."""
        name = f"person-{len(self.ledger.accounts)}"
        taken = {
            "the owner's": self.owner.username if not self.owner.is_closed else "",
            "her earlier one": (*self.owner.earlier_names, "")[0],
        }
        self.registers_as(who, name, taken.get(wanted, ""))

    def registers_as(self, who: str, first_name: str, taken: str = "") -> None:
        before, page = self.token(who), self.opens(who, "/register")
        if page.path != "/register":
            assert self.session(who)
            return
        holders = OWNERS if who in OWNERS else THIEVES
        email = f"{first_name}@example.org"
        account = Account(first_name, f"the long password of {first_name}", email, holders)
        fields = {"email": email, "password": account.password or ""}
        form = page.form(with_field="email")
        answer = self.sends(who, page, form, username=taken or first_name, **fields)
        if answer.status == TOO_MANY:
            return
        if taken:
            assert answer.status == 422, "a name that is somebody's was given away"
            self.notes("a taken name refused")
            return
        self.ledger.accounts[first_name] = account
        self.notes("registered")
        # A sign-in, which looks at the cookie of a browser that somebody trusted.
        self.ledger.trust_of(self.trust_cookie_before.get(who))
        now = self.ledger.now
        if self.ledger.everybody_must:
            assert answer.path == "/setup-2fa"
            pending = Pending(account, account.version, "first", now, now + SETTING_UP)
            held = self.browsers[who].cookie("vestibule-pending") or ""
            self.ledger.pending[held] = pending
            self.ledger.sessions.pop(before, None)
        else:
            assert answer.path == "/dashboard"
            self.opened(who, before, Session(account, account.version, now, now, now))

    @if_somebody_is_inside
    @rule(who=inside)
    def confirms_the_address(self, who: str) -> None:
        session = self.session(who)
        if session is None or session.account.is_confirmed:
            return
        account, page = session.account, self.opens(who, "/dashboard")
        answer = self.sends(who, page, page.form(action=f"{CONFIRM}/send"))
        token = self.new_link(account.email, CONFIRM)
        if token is None:
            assert answer.status in (TOO_MANY, 200)
            return
        self.gets_link(Link(token, account, account.version, self.ledger.now + DAY, CONFIRM))
        self.opens_a_link_that_confirms(who, account)

    def opens_a_link_that_confirms(self, who: str, account: Account) -> None:
        link = self.ledger.sent(CONFIRM, account)[-1]
        page = self.opens(who, f"{CONFIRM}?token={link.token}")
        assert page.status == (200 if link.works(self.ledger.now) else 410)
        self.sends(who, page, page.form(action=CONFIRM))
        account.is_confirmed = link.used = True
        self.notes("address confirmed")
