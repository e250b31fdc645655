"""What thieves do beside what everybody may: copying, and knocking at every door."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.promises.model.start import OWNERS, THIEVES
from tests.promises.model.world import World, browsers

DOORS = (
    "/dashboard",
    "/setup-2fa",
    "/setup-2fa?replaces=x",
    "/backup-codes",
    "/backup-codes?used=1",
    "/security",
    "/security/authenticators",
    "/security/password",
    "/security/sessions",
    "/security/email/confirm",
    "/recover",
    "/recover/confirm",
    "/admin/accounts",
    "/confirm",
    "/reset-password",
    "/not-me",
    "/passkey",
    "/setup-passkey",
    *("/verify-2fa",) * 5,
    "/verify-2fa/backup-code",
)
POSTS = ("/setup-2fa", "/backup-codes/new", "/backup-codes/download", "/backup-codes")
POSTS += ("/security/password", "/confirm", "/confirm-email/send", "/reset-password")
POSTS += ("/setup-passkey", "/passkey")
POSTS += ("/recover/confirm", "/security/recovery/stop", "/security/sessions/end-others")
POSTS += ("/security/email", "/security/notices/remove", "/security/name", "/security/close")


class Thieves(World):
    @rule(whose=st.sampled_from(OWNERS))
    def copies_all_cookies(self, whose: str) -> None:
        self.copied.add(self.session(whose))
        self.browsers["copier"] = self.browsers[whose].with_the_same_cookies()

    @rule(who=browsers, path=st.sampled_from(DOORS))
    def knocks(self, who: str, path: str) -> None:
        session = self.session(who)
        page = self.opens(who, path)
        if session is None or not session.is_fresh(self.ledger.now):
            pending = self.ledger.pending_of(self.browsers[who].cookie("vestibule-pending"))
            assert not page.shows_a_secret or (pending and pending.stage != "code")
            assert not page.backup_codes

    @rule(who=st.sampled_from(THIEVES), path=st.sampled_from(POSTS))
    def posts_what_no_page_offers(self, who: str, path: str) -> None:
        """With a good token of this browser's own, from the page between the steps or of sign-in:
        whoever is between the steps, or nobody, changes nothing.
        """
        if self.session(who):
            return
        page = self.opens(who, "/verify-2fa")
        tokens = [form.fields["csrf_token"] for form in page.forms if "csrf_token" in form.fields]
        fields = {"csrf_token": tokens[0], "password": "a long enough password, mine"}
        answer = self.browsers[who].posts(path, fields)
        assert answer.status_code < 500
        pending = self.pending(who)
        assert "otpauth:" not in answer.text or (pending and pending.stage != "code")
