"""Signing in and out, with all that may be typed."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.ledger import BETWEEN_THE_STEPS, SETTING_UP, TRUSTED
from tests.promises.model.papers import TOO_MANY, Papers, kinds_of_backup_code, kinds_of_code
from tests.promises.model.people import Account, Pending, Session, Trust
from tests.promises.model.start import OWNER, OWNERS
from tests.promises.model.world import (
    accounts,
    between_the_steps,
    browsers,
    if_somebody_is_between_the_steps,
)

names = st.sampled_from(("name",) * 4 + ("address", "earlier name", "earlier address"))
outside = st.runner().flatmap(lambda world: st.sampled_from(world.owners_browsers_outside()))
whole_ways = st.sampled_from(("now",) * 5 + ("fresh", "fresh", "spent", "older", "used", "retired"))


class SigningIn(Papers):
    @rule(
        who=browsers,
        whose=accounts,
        which=st.sampled_from(("right",) * 6 + ("wrong", "old")),
        by=names,
    )
    def enters_a_password(self, who: str, whose: str, which: str, by: str = "name") -> None:
        account, before = self.ledger.accounts[whose], self.token(who)
        page = self.opens(who, "/login")
        if page.path != "/login":
            assert self.session(who), "led on without being inside"
            return
        earlier = account.earlier_passwords
        typed = {"wrong": "not at all the password", "old": (*earlier, "x")[0]}
        password = typed.get(which, account.password or "anything at all")
        form = page.form(with_field="password")
        name = self._name_of(account, by)
        answer = self.sends(who, page, form, username=name, password=password)
        if answer.status == TOO_MANY:
            return
        is_its_name = name in (account.username, account.email) and account.is_open
        if not is_its_name or password != account.password:
            assert answer.status == 422, f"{which} password, {by}: {answer.path}"
            return
        self._first_step_passed(who, account, before, answer.path)

    def _name_of(self, account: Account, by: str) -> str:
        earlier = {
            "earlier name": account.earlier_names,
            "earlier address": account.earlier_addresses,
        }
        if by in earlier:
            return (*earlier[by], "nobody")[0]
        return account.email if by == "address" else account.username

    def _first_step_passed(self, who: str, account: Account, before: str, path: str) -> None:
        browser, now = self.browsers[who], self.ledger.now
        trusted_by = self._use_of_trust(who, account)
        session = Session(account, account.version, now, now, now, None, trusted_by)
        if trusted_by or not (account.has_factor or self.ledger.must(account)):
            assert path == "/dashboard"
            self.opened(who, before, session)
            self.notes("trusted browser used" if trusted_by else "signed in with a password alone")
            return
        is_enrolment = not account.has_factor
        assert path == ("/setup-2fa" if is_enrolment else "/verify-2fa")
        lasts = SETTING_UP if is_enrolment else BETWEEN_THE_STEPS
        stage = "first" if is_enrolment else "code"
        pending = Pending(account, account.version, stage, now, now + lasts)
        self.ledger.pending[browser.cookie("vestibule-pending") or ""] = pending
        # What the browser held belongs to what was before this sign-in.
        self.ledger.sessions.pop(before, None)

    def _use_of_trust(self, who: str, account: Account) -> str | None:
        """The trusted browser that this is, if it is this account's."""
        came_with = self.trust_cookie_before.get(who)
        trust = self.ledger.trust_of(came_with)
        if trust is None or trust.account is not account or not account.has_factor:
            return None
        name, _, token = (came_with or "").partition(".")
        if token == trust.token:
            trust.previous, trust.rotated = token, self.ledger.now
            trust.token = (self.browsers[who].cookie("vestibule-trusted") or "").partition(".")[2]
            assert trust.token not in ("", token), "the cookie was not changed at its use"
        return name

    @precondition(lambda self: self.owners_browsers_outside() and self.owner.phones)
    @rule(who=outside, by=whole_ways, trusts=st.booleans(), which=st.integers(0, 30))
    def the_owner_signs_in(self, who: str, by: str, trusts: bool, which: int) -> None:
        """The whole way at once: else runs would seldom come far."""
        self.enters_a_password(who, OWNER, "right")
        pending = self.pending(who)
        if pending is None or pending.account is not self.owner:
            return
        if by in ("fresh", "used", "retired"):
            self.enters_a_backup_code(who, by, which)
            return
        if by == "now":
            self.has_a_code_that_is_not_spent(pending.account)
        self.enters_a_code(who, by, trusts, 0)

    def owners_browsers_outside(self) -> list[str]:
        return [who for who in OWNERS if who in self.browsers and not self.session(who)]

    def has_a_code_that_is_not_spent(self, account: Account) -> None:
        behind = account.phones[0].last_step - self.ledger.step
        if behind >= 0:
            self.moves(30 * (behind + 1))

    @if_somebody_is_between_the_steps
    @rule(who=between_the_steps, kind=kinds_of_code, trusts=st.booleans(), which=st.integers(0, 3))
    def enters_a_code(self, who: str, kind: str, trusts: bool, which: int) -> None:
        browser, before = self.browsers[who], self.token(who)
        held = browser.cookie("vestibule-pending") or ""
        pending, page = self.ledger.pending_of(held), self.opens(who, "/verify-2fa")
        if pending is None or pending.stage != "code":
            assert page.path != "/verify-2fa", "asked for a code without a password"
            return
        if not pending.account.phones:
            return
        code = self.code_for(who, pending.account, kind, which)
        tick = {"trust_browser": "y"} if trusts else {}
        form = page.form(with_field="totp_code")
        answer = self.sends(who, page, form, totp_code=code, **tick)
        if answer.status == TOO_MANY:
            return
        phone = pending.account.judges(code, self.ledger.step)
        if phone is None:
            assert answer.status == 422, f"a code of kind {kind} passed"
            self.notes(f"code refused: {kind}")
            return
        assert answer.path != "/verify-2fa", f"a right code did not pass: {answer.errors}"
        pending.account.spends(phone, code, self.ledger.step)
        self.notes("signed in with a code")
        self._second_step_passed(who, held, before)
        if trusts:
            self._is_trusted(who)

    @if_somebody_is_between_the_steps
    @rule(who=between_the_steps, kind=kinds_of_backup_code, which=st.integers(0, 30))
    def enters_a_backup_code(self, who: str, kind: str, which: int) -> None:
        browser, before = self.browsers[who], self.token(who)
        held = browser.cookie("vestibule-pending") or ""
        pending, page = self.ledger.pending_of(held), self.opens(who, "/verify-2fa/backup-code")
        if pending is None or pending.stage != "code":
            assert page.path != "/verify-2fa/backup-code"
            return
        code = self.backup_code_for(who, pending.account, kind, which)
        is_good = pending.account.codes.get(code) == "fresh"
        form = page.form(with_field="backup_code")
        answer = self.sends(who, page, form, backup_code=code)
        if answer.status == TOO_MANY:
            return
        if not is_good:
            assert answer.status == 422, f"a backup code of kind {kind} passed"
            self.notes(f"backup code refused: {kind}")
            return
        assert answer.path == "/backup-codes", f"a right code did not pass: {answer.errors}"
        pending.account.codes[code] = "used"
        self.notes("signed in with a backup code")
        self._second_step_passed(who, held, before)

    def _second_step_passed(self, who: str, held: str, before: str) -> None:
        pending, now = self.ledger.pending.pop(held), self.ledger.now
        account = pending.account
        session = Session(account, account.version, now, now, pending.first_step, now)
        self.opened(who, before, session)

    def _is_trusted(self, who: str) -> None:
        account, before = (
            self.ledger.sessions[self.token(who)].account,
            self.trust_cookie_before.get(who),
        )
        self.ledger.ends_trust((before or "").partition(".")[0])
        self.notes("browser trusted")
        name, _, token = (self.browsers[who].cookie("vestibule-trusted") or "").partition(".")
        ends: datetime = self.ledger.now + TRUSTED
        self.ledger.trusts[name] = Trust(account, account.version, ends, token)
