"""Phone and paper are lost, or a thief says so: a new second step after a waiting time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.promises.model.factors import ChangingFactors
from tests.promises.model.leaving import Leaving
from tests.promises.model.ledger import SETTING_UP
from tests.promises.model.mailbox import was_told
from tests.promises.model.papers import TOO_MANY
from tests.promises.model.people import WAITING_TIME, Link, Pending, Phone, Recovery, Session
from tests.promises.model.reading import Reading, readers
from tests.promises.model.signing_in import SigningIn
from tests.promises.model.start import OWNER, THIEVES
from tests.promises.model.world import if_somebody_is_inside, inside
from vestibule.recovery import flows as recovery
from vestibule.subjects.flows import find, revoke

RECOVER, LINK = "/recover", "/recover/link"
HOUR = timedelta(hours=1)

if_it_is_asked_for = precondition(lambda self: self.owner.recovery_at(self.ledger.now))
waits = (71, 72, 73, 73, 73, 241)
"""Hours; the last is an hour more than the way stays open."""
stopping = st.sampled_from((None, None, "operator", "mail", "everywhere"))


class Recovering(SigningIn, Leaving, ChangingFactors, Reading):
    def is_between(self, who: str) -> Pending | None:
        """With the owner's password, where her second step is asked for."""
        if self.pending(who) is None or self.pending(who).account is not self.owner:
            self.enters_a_password(who, OWNER, "right")
        pending = self.pending(who)
        is_asked = pending and pending.account is self.owner and pending.stage == "code"
        return pending if is_asked else None

    @rule(who=readers)
    def asks_for_a_link_to_recover(self, who: str) -> None:
        pending, now = self.is_between(who), self.ledger.now
        if pending is None:
            return
        account = pending.account
        asked = account.recovery_at(now)
        answer = self.posts(who, self.opens(who, RECOVER), RECOVER)
        if answer.status == TOO_MANY:
            return
        token = self.new_link(account.email, LINK)
        may = account.may_recover(now) and (asked is None or asked.opens <= now)
        assert bool(token) == may, "a link was sent" if token else "no link was sent"
        if token:
            self.gets_link(Link(token, account, account.version, now + HOUR, LINK))
        elif account.barred:
            self.notes("recovery refused: barred")

    @precondition(lambda self: self.ledger.sent(LINK, self.owner))
    @rule(who=readers, back=st.sampled_from((1, 1, 1, 2)))
    def opens_a_link_to_recover(self, who: str, back: int) -> None:
        links, now = self.ledger.sent(LINK, self.owner), self.ledger.now
        if len(links) < back:
            return
        link, account = links[-back], self.owner
        pending = self.is_between(who)
        page = self.opens(who, f"{LINK}?token={link.token}")
        if not link.works(now):
            assert page.status == 410
            return
        if pending is None:
            held = self.pending(who)
            assert page.shows_a_secret == bool(held and held.stage == "anew")
            return
        assert page.path == "/recover/confirm", page.text
        asked, is_open = account.recovery_at(now), account.is_being_recovered(now)
        answer = self.sends(who, page, page.form(action="/recover/confirm"))
        if is_open:
            assert answer.path == "/setup-2fa", answer.text
            link.used, pending.stage, pending.ends = True, "anew", now + SETTING_UP
            self.notes("recovery open")
        elif asked or not account.may_recover(now):
            assert answer.status == 422, f"nobody may: {answer.path}"
            self.notes("recovery not open")
        else:
            assert answer.path == RECOVER, answer.text
            link.used = True
            account.recovery = Recovery(account.version, now + WAITING_TIME)
            for address in {account.email, account.second_address} - {""}:
                assert was_told(self.site, address, "recovery.asked", now)
            self.notes("recovery asked for")

    @rule(who=readers, hours=st.sampled_from((0, *waits)), stop=stopping, early=st.booleans())
    def begins_and_waits(self, who: str, hours: int, stop: str | None, early: bool) -> None:
        """The whole way at once: else runs would seldom come far."""
        self._asks_and_opens(who)
        if hours and self.owner.recovery_at(self.ledger.now):
            self.waits_for_a_recovery(who, hours, stop, early)

    @precondition(lambda self: self.owner.barred)
    @rule(who=readers, days=st.sampled_from((0, 1, 29, 30)))
    def tries_after_a_mailbox_opened_it(self, who: str, days: int) -> None:
        self.moves(days * 24 * 3600)
        self._asks_and_opens(who)

    @if_it_is_asked_for
    @rule(who=readers, hours=st.sampled_from(waits), stop=stopping, early=st.booleans())
    def waits_for_a_recovery(self, who: str, hours: int, stop: str | None, early: bool) -> None:
        self.moves(hours * 3600)
        if early and stop and self.owner.recovery_at(self.ledger.now):
            self._stops(who, stop)
        self._asks_and_opens(who)
        self.sets_up_anew(who, stop, True)

    def _asks_and_opens(self, who: str) -> None:
        self.asks_for_a_link_to_recover(who)
        if self.ledger.sent(LINK, self.owner):
            self.opens_a_link_to_recover(who, 1)

    @precondition(lambda self: self._who_recovers())
    @rule(
        who=st.runner().flatmap(lambda world: st.sampled_from(world._who_recovers())),
        stop=stopping,
        is_right=st.sampled_from((True, True, False)),
    )
    def sets_up_anew(self, who: str, stop: str | None, is_right: bool) -> None:
        """Perhaps somebody stops it while the page with the new secret is open."""
        held = self.browsers[who].cookie("vestibule-pending") or ""
        pending = self.ledger.pending_of(held)
        if pending is None or pending.stage != "anew":
            return
        account, now, before = pending.account, self.ledger.now, self.token(who)
        page = self.opens(who, "/setup-2fa")
        assert page.shows_a_secret == account.is_being_recovered(now)
        if not page.shows_a_secret:
            return
        if stop:
            self._stops(who, stop)
            self.notes("recovery stopped at the last moment")
            if not is_right or stop == "operator":
                assert not self.opens(who, "/setup-2fa").shows_a_secret, "it was stopped"
                return
        elif who in THIEVES:
            self.notes("a thief waited long enough")
            return
        phone = Phone(page.secret, account.next_name(), self.ledger.step)
        code = phone.code(phone.last_step + (0 if is_right else 5))
        form = page.form(with_field="totp_code")
        answer = self.sends(who, page, form, totp_code=code, name=phone.name)
        if stop:
            assert answer.path != "/backup-codes", "it was stopped"
            assert not answer.shows_a_secret
        elif is_right and answer.status != TOO_MANY:
            assert answer.path == "/backup-codes", answer.text
            account.loses_its_second_step()
            account.phones = [phone]
            self.gets_codes(account, answer)
            self.ledger.pending.pop(held)
            account.revokes()
            session = Session(account, account.version, now, now, pending.first_step, now)
            self.opened(who, before, session)
            self.notes("recovered")
            self._tries_what_was_replaced(who)

    def _tries_what_was_replaced(self, who: str) -> None:
        self.signs_out(who)
        self.enters_a_password(who, OWNER, "right")
        if self.pending(who):
            self.enters_a_code(who, "former", False, 0)
            self.enters_a_backup_code(who, "retired", -1)

    def _who_recovers(self) -> list[str]:
        return [who for who in self.who_is_between() if self.pending(who).stage == "anew"]

    @if_it_is_asked_for
    @rule(who=readers, by=st.sampled_from(("operator", "mail", "everywhere")))
    def stops_a_recovery(self, who: str, by: str) -> None:
        self._stops(who, by)

    def _stops(self, who: str, by: str) -> None:
        link = self.notice_link(1)
        if by == "mail" and link and link.works(self.ledger.now):
            page = self.opens(who, f"/recover/stop/link?token={link.token}")
            self.sends(who, page, page.form(action="/recover/stop"))
        elif by == "everywhere":
            self.owner.revokes()
            with self.site.services.database.write() as connection:
                # What a changed password or an administrator does, by whatever way.
                seen = find(connection, self.key_of(self.owner))
                assert seen is not None
                revoke(connection, seen)
        else:
            services, subject = self.site.services, self.subject_of(self.owner)
            assert recovery.stop(services, subject, "cli:us", recovery.NOWHERE)
        self.owner.recovery = None
        self.notes(f"recovery stopped: {by}")

    @if_it_is_asked_for
    @if_somebody_is_inside
    @rule(who=inside)
    def stops_it_from_a_session(self, who: str) -> None:
        session = self.session(who)
        if session is None:
            return
        page = self.opens(who, "/security")
        self.posts(who, page, "/security/recovery/stop")
        if session.account is self.owner:
            assert "Somebody wants to replace your second step" in page.text
            self.owner.recovery = None
            self.notes("recovery stopped: session")
