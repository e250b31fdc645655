"""What an administrator does to accounts, what others try there, and what operators do."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.leaving import Leaving
from tests.promises.model.passwords import HOUR, RESET
from tests.promises.model.people import Account, Link
from tests.promises.model.reading import Reading
from tests.promises.model.signing_in import SigningIn
from tests.promises.model.start import DESK, KEEPER, OWNER
from tests.promises.model.world import accounts, browsers, seldom
from tests.support.seen import Seen
from vestibule.admin.flows import NothingToReset, reset_second_step
from vestibule.ready_site.administrators import make_administrator
from vestibule.recovery.flows import NOWHERE

HARMLESS = ("sign-out", "unlock", "password-link", "enrolment-link")
GRAVE = ("reset-second-step", "disable", "enable")
actions = st.sampled_from((*HARMLESS, *GRAVE))


class Administrating(SigningIn, Leaving, Reading):
    @rule(action=actions, whose=accounts)
    def an_administrator_acts(self, action: str, whose: str) -> None:
        account = self.ledger.accounts[whose]
        if account.is_closed or not self._is_at_the_desk():
            return
        path = f"/admin/account/{action}?user={self.key_of(account)}"
        page = self.opens(DESK, path)
        if not self._is_offered(action, account):
            assert page.path == "/admin/account", page.text
            return
        fields = {"reason": "asked for", "name": account.username}
        form = page.form(with_field="reason")
        given = {name: fields[name] for name in form.offered & fields.keys()}
        answer = self.sends(DESK, page, form, **given)
        assert (answer.path == "/admin/account") or answer.status == 422, answer.text
        if answer.path == "/admin/account":
            self._was_done(action, account, answer)

    def _is_at_the_desk(self) -> bool:
        """With a second step of just now."""
        session = self.session(DESK)
        if session and session.is_fresh(self.ledger.now):
            return True
        if session:
            self.signs_out(DESK)
        self.enters_a_password(DESK, KEEPER, "right")
        self.has_a_code_that_is_not_spent(self.ledger.accounts[KEEPER])
        if self.pending(DESK):
            self.enters_a_code(DESK, "now", False, 0)
        return self.session(DESK) is not None

    def _is_offered(self, action: str, account: Account) -> bool:
        is_there = {
            "enrolment-link": not account.has_second_step,
            "reset-second-step": account.has_second_step,
            "disable": not account.is_disabled,
            "enable": account.is_disabled,
        }
        return is_there.get(action, True)

    def _was_done(self, action: str, account: Account, answer: Seen) -> None:
        self.notes(f"administrator: {action}")
        if action == "password-link":
            assert account.is_confirmed
            token = self.new_link(account.email, RESET)
            assert token, answer.text
            ends = self.ledger.now + HOUR
            self.gets_link(Link(token, account, account.version, ends, RESET))
        if action == "reset-second-step":
            account.loses_its_second_step()
        if action in ("disable", "enable"):
            account.is_disabled = action == "disable"
        if action in ("sign-out", *GRAVE):
            account.revokes()

    @precondition(lambda self: self.owner.is_disabled)
    @rule()
    def the_owner_is_let_in_again(self) -> None:
        """Else little else could happen."""
        self.an_administrator_acts("enable", OWNER)

    @rule(who=browsers, action=actions, whose=accounts, opens=st.booleans())
    def somebody_else_tries(self, who: str, action: str, whose: str, opens: bool) -> None:
        """Without the role; or with it, and without a second step of just now."""
        session, account = self.session(who), self.ledger.accounts[whose]
        has_role = session and session.account.is_administrator
        if has_role and session.may_change_factors(self.ledger.now):
            return
        page = self.opens(who, "/dashboard" if session else "/verify-2fa")
        path = f"/admin/account/{action}?user={self.key_of(account)}"
        if opens:
            answer = self.opens(who, path)
        else:
            fields = {"reason": "because", "name": account.username}
            answer = self.posts(who, page, path, **fields)
        if has_role:
            only_looks = opens and session.level == "aal2"
            assert only_looks or "Reason" not in answer.text, "administration of one step"
            assert answer.path.startswith("/admin") == only_looks or answer.status == 403
        elif session:
            assert answer.status == 403, "administration without the role"
        else:
            assert answer.path in ("/login", "/verify-2fa", "/setup-2fa"), answer.path
        self.notes("administration refused")

    # At the command line

    @rule(whose=accounts, sure=seldom)
    def an_operator_resets_the_second_step(self, whose: str, sure: bool) -> None:
        account = self.ledger.accounts[whose]
        if account.is_closed or not sure:
            return
        services, key = self.site.services, self.key_of(account)
        try:
            with self.site.app.app_context():
                reset_second_step(services, key, reason="lost", actor="cli:us", origin=NOWHERE)
        except NothingToReset:
            assert not account.has_second_step
            return
        account.loses_its_second_step()
        account.revokes()
        self.notes("operator: reset")

    @precondition(lambda self: not (self.owner.is_administrator or self.owner.is_closed))
    @rule(sure=seldom)
    def an_operator_makes_the_owner_an_administrator(self, sure: bool) -> None:
        """From now on she must have a second step, whatever the policy."""
        if not sure:
            return
        with self.site.app.app_context():
            make_administrator(self.owner.username, None)
        self.owner.is_administrator = True
        self.notes("operator: create-admin")
