"""Authenticators and backup codes of somebody who is inside, and "confirm it's you"."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.papers import TOO_MANY, Papers, kinds_of_code
from tests.promises.model.people import Account, Phone, Session
from tests.promises.model.world import if_somebody_is_inside, inside
from tests.support.pages import PageForm
from tests.support.seen import Seen

setting_up = st.runner().flatmap(lambda world: st.sampled_from(world.who_may_set_up()))
MOST_PHONES = 3
"""Of one person here; the site allows five."""


class ChangingFactors(Papers):
    def who_may_set_up(self) -> list[str]:
        first = [who for who in self.who_is_between() if self.pending(who).stage == "first"]
        return self.who_is_inside() + first

    @precondition(lambda self: self.who_may_set_up())
    @rule(
        who=setting_up,
        replaces=st.booleans(),
        which=st.integers(0, 2),
        is_right=st.sampled_from((True, True, False)),
    )
    def sets_up_an_authenticator(
        self, who: str, replaces: bool, which: int, is_right: bool
    ) -> None:
        held, before = self.browsers[who].cookie("vestibule-pending") or "", self.token(who)
        pending, session, now = self.ledger.pending_of(held), self.session(who), self.ledger.now
        old = None
        if session and replaces and not pending:
            old = self._phone(session.account, which)
        if pending and pending.stage != "first":
            return
        page = self.opens(who, f"/setup-2fa?replaces={self._id(old)}" if old else "/setup-2fa")
        may = bool(pending or (session and session.is_fresh(now)))
        assert page.shows_a_secret == may, f"the set-up shows a secret: {page.shows_a_secret}"
        holder = pending or session
        if not may or not holder or not self.has_papers(who, holder.account):
            return
        account = holder.account
        if len(account.phones) >= MOST_PHONES and not old:
            return
        phone = Phone(page.secret, account.next_name(), self.ledger.step)
        # Wrong for good: the form may be sent again later.
        code = phone.code(phone.last_step + (0 if is_right else 100))
        form = page.form(with_field="totp_code")
        page = self.sends(who, page, form, totp_code=code, name=phone.name)
        if page.status == TOO_MANY:
            return
        if not is_right:
            assert page.status == 422
            return
        assert page.path == "/backup-codes", page.text
        self.notes("authenticator replaced" if old else "authenticator set up")
        if old:
            account.loses(old)
        account.phones.append(phone)
        self.gets_codes(account, page)
        if pending:
            self.ledger.pending.pop(held)
            account.revokes()
            session = Session(account, account.version, now, now, pending.first_step, now)
            self.opened(who, before, session)
        elif session:
            session.second_step = now
            self.goes_on_alone(who, before, session)

    def gets_codes(self, account: Account, page: Seen) -> None:
        due = not account.codes_that_are("fresh")
        assert bool(page.backup_codes) == due
        if due:
            account.gets_new_codes(page.backup_codes)

    @if_somebody_is_inside
    @rule(who=inside, which=st.integers(0, 2))
    def removes_an_authenticator(self, who: str, which: int) -> None:
        session, before, now = self.session(who), self.token(who), self.ledger.now
        phone = self._phone(session.account if session else self.owner, which)
        if phone is None:
            return
        path = f"/security/authenticators/{self._id(phone)}/remove"
        page = self.opens(who, path)
        if session is None:
            assert page.path == "/login"
            return
        account = session.account
        if not self.has_papers(who, account):
            return
        is_last = account.phones == [phone] and not account.keys
        form = PageForm(path, "post", {"csrf_token": page.forms[0].fields["csrf_token"]})
        answer = self.sends(who, page, form)
        if is_last and self.ledger.must(account):
            assert answer.path in ("/setup-2fa", "/confirm", path, "/login")
        elif not session.may_change_factors(now):
            assert answer.path in ("/confirm", path, "/login")
        else:
            assert answer.path == ("/security" if is_last else "/security/authenticators")
            account.loses(phone)
            self.notes("last authenticator removed" if is_last else "authenticator removed")
            if is_last:
                account.retires_codes()
                session.second_step = None
            self.goes_on_alone(who, before, session)

    @if_somebody_is_inside
    @rule(who=inside, which=st.integers(0, 2))
    def renames_an_authenticator(self, who: str, which: int) -> None:
        session, before, now = self.session(who), self.token(who), self.ledger.now
        phone = self._phone(session.account, which) if session else None
        if session is None or phone is None:
            return
        name = session.account.next_name()
        page = self.opens(who, f"/security/authenticators/{self._id(phone)}")
        answer = self.sends(who, page, page.form(with_field="name"), name=name)
        if session.may_change_factors(now):
            assert answer.path == "/security/authenticators"
            assert answer.status == 200
            phone.name = name
            self.notes("authenticator renamed")
        else:
            assert answer.path != "/security/authenticators"
        assert self.token(who) == before

    @if_somebody_is_inside
    @rule(who=inside)
    def makes_new_backup_codes(self, who: str) -> None:
        session, before, now = self.session(who), self.token(who), self.ledger.now
        page = self.opens(who, "/backup-codes")
        if session is None:
            assert page.path == "/login"
            return
        if not self.has_papers(who, session.account):
            return
        page = self.sends(who, page, page.form(action="/backup-codes/new"))
        if page.status == TOO_MANY:
            return
        assert bool(page.backup_codes) == session.may_change_factors(now)
        if page.backup_codes:
            session.account.gets_new_codes(page.backup_codes)
            self.renewed(who, before)
            self.notes("new backup codes made")

    @if_somebody_is_inside
    @rule(who=inside, kind=kinds_of_code, which=st.integers(0, 3))
    def confirms_that_it_is_them(self, who: str, kind: str, which: int) -> None:
        session, before = self.session(who), self.token(who)
        page = self.opens(who, "/confirm")
        if session is None or not session.account.has_factor:
            assert page.path != "/confirm"
            return
        if not session.account.phones:
            return
        account = session.account
        code = self.code_for(who, account, kind, which)
        page = self.sends(who, page, page.form(with_field="totp_code"), totp_code=code)
        if page.status == TOO_MANY:
            return
        phone = account.judges(code, self.ledger.step)
        if phone is None:
            assert page.status == 422, f"a code of kind {kind} confirmed"
            return
        account.spends(phone, code, self.ledger.step)
        self.notes("confirmed from a trusted browser" if session.trust else "confirmed")
        session.second_step, session.trust = self.ledger.now, None
        self.renewed(who, before)

    @if_somebody_is_inside
    @rule(who=inside, path=st.sampled_from(("/backup-codes", "/security", "/security/password")))
    def opens_a_page_of_the_account(self, who: str, path: str) -> None:
        session, page = self.session(who), self.opens(who, path)
        if session is None:
            assert page.path == "/login"
        elif path == "/security/password" and not session.is_fresh(self.ledger.now):
            assert page.path != path
        else:
            assert page.path == path
        assert not page.backup_codes

    def _phone(self, account: Account, which: int) -> Phone | None:
        return account.phones[which % len(account.phones)] if account.phones else None

    def _id(self, phone: Phone) -> str:
        found = self.site.rows(
            "SELECT id FROM vestibule_authenticator WHERE name = :name", name=phone.name
        )
        return str(found[0]["id"])
