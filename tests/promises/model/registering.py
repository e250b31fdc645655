"""New accounts: of the owner's friends, or of thieves."""

from __future__ import annotations

from hypothesis.stateful import rule

from tests.promises.model.ledger import SETTING_UP, Account, Pending, Session
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.world import OWNERS, World, browsers


class Registering(World):
    @rule(who=browsers)
    def registers(self, who: str) -> None:
        """Whoever does it gets in as far as a sign-in with the new password would."""
        before, page = self.token(who), self.opens(who, "/register")
        if page.path != "/register":
            assert self.session(who)
            return
        name = f"person-{len(self.ledger.accounts)}"
        account = Account(name, f"the long password of {name}", is_hers=who in OWNERS)
        fields = {"email": f"{name}@example.org", "password": account.password or ""}
        answer = self.sends(who, page, page.form(with_field="email"), username=name, **fields)
        if answer.status == TOO_MANY:
            return
        self.ledger.accounts[name] = account
        self.notes("registered")
        now = self.ledger.now
        if self.ledger.must_have:
            assert answer.path == "/setup-2fa"
            pending = Pending(account, account.version, True, now, now + SETTING_UP)
            held = self.browsers[who].cookie("vestibule-pending") or ""
            self.ledger.pending[held] = pending
            self.ledger.sessions.pop(before, None)
        else:
            assert answer.path == "/dashboard"
            self.opened(who, before, Session(account, account.version, now, now, now))
