"""The site, the people before it, and what must be true after each of their steps.

What can be done stands in the other modules of this folder, one for each feature: a class on
:class:`World` with its rules. A rule does one thing as a browser does it, asks the ledger what
should have come of it, and writes that down there.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar
from urllib.parse import urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition

from tests.promises.model.ledger import Ledger
from tests.promises.model.people import Account, Pending, Session
from tests.promises.model.start import DESK, OWNER, OWNERS, STRANGER, THIEVES, start
from tests.support.pages import PageForm
from tests.support.quick_site import QuickSite
from tests.support.seen import Seen
from tests.support.visitor import Visitor

browsers = st.sampled_from((*OWNERS, *OWNERS, *THIEVES))
accounts = st.sampled_from((OWNER, OWNER, OWNER, STRANGER))
inside = st.runner().flatmap(lambda world: st.sampled_from(world.who_is_inside()))
between_the_steps = st.runner().flatmap(lambda world: st.sampled_from(world.who_is_between()))
seldom = st.sampled_from((False, False, False, True))
"""For what would otherwise leave little to do."""
if_somebody_is_inside = precondition(lambda world: world.who_is_inside())
if_somebody_is_between_the_steps = precondition(lambda world: world.who_is_between())

SECRET_COOKIES = ("vestibule", "vestibule-pending", "vestibule-known")

SENDS_AGAIN = ("/verify-2fa", "/verify-2fa/backup-code", "/setup-2fa", "/confirm")
SENDS_AGAIN += ("/reset-password", "/security/password", "/backup-codes/new")
LEADS_ON = ("/dashboard", "/login")


class _AllRules:
    def is_enabled(self, name: str) -> bool:
        return True


class World(RuleBasedStateMachine):
    site: QuickSite
    ledger: Ledger
    done: ClassVar[Counter[str]] = Counter()
    """How often something came of a step, over all runs: a model in which nothing happens is
    always right."""
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        # Hypothesis would leave out most rules of most runs, to find what needs few of them often;
        # with so many rules and so few runs that leaves too little to happen.
        self._rules_strategy.enabled_rules_strategy = st.just(_AllRules())
        self.browsers: dict[str, Visitor] = {}
        self.sent: dict[str, tuple[str, dict[str, str]]] = {}
        self.trust_cookie_before: dict[str, str | None] = {}
        self.addresses = 0
        self.copied: set[Session | None] = set()
        """What a thief copied from the owner's browsers."""

    @initialize(must_have=st.booleans())
    def the_site_is_there(self, must_have: bool) -> None:
        World.steps -= 1  # This is none.
        self.site, self.ledger = start(must_have=must_have).again()
        for number, name in enumerate((*OWNERS, *THIEVES, DESK), 1):
            self.browsers[name] = self.site.visitor(name, address=f"192.0.2.{number}")

    # What must be true, whatever happened

    @invariant()
    def p1_p7_inside_is_who_the_ledger_says(self) -> None:
        World.steps += 1
        self.ledger.now = self.site.clock.now()
        for browser in self.browsers.values():
            self._notes_cookies(browser)
        if World.steps % 2:
            # Whoever is inside wrongly is so at the next step, too.
            return
        for name, browser in self.browsers.items():
            # No other cookie opens a page: what knocks at doors looks at that.
            if not browser.cookie("vestibule"):
                continue
            told = browser.asks("/who").json
            session = self.ledger.looks(browser.cookie("vestibule"))
            due = (session.account.username, session.level) if session else (None, None)
            assert (told["name"], told["level"]) == due, f"{name} is inside as {told}, not as {due}"

    @invariant()
    def p1_thieves_never_pass_the_second_step(self) -> None:
        for name in THIEVES:
            session = self.session(name)
            if session and session.account is self.owner and session not in self.copied:
                # The design says so: a password alone opens what has nothing else, and a trusted
                # browser, the copy of one too, opens with the password, for one step's worth.
                assert session.level == "aal1"
                assert session.trust or not session.account.has_factor

    def teardown(self) -> None:
        if self.browsers:
            self.p5_no_secret_can_be_read_in_the_file()

    def p5_no_secret_can_be_read_in_the_file(self) -> None:
        for account in (*self.ledger.accounts.values(), *self.ledger.closed):
            self.ledger.secrets |= {*account.earlier_passwords, *account.codes}
            self.ledger.secrets |= {phone.secret for phone in account.phones}
            self.ledger.secrets |= {account.password or ""} - {""}
        self.ledger.secrets |= {link.token for link in (*self.ledger.links, *self.ledger.not_me)}
        self.site.closes()
        stored = self.site.everything_stored()
        for secret in self.ledger.secrets:
            for written in {secret, secret.replace("-", "") or secret}:
                assert written.encode() not in stored, f"{written} stands in the database"

    # What every rule needs

    def key_of(self, account: Account) -> str:
        found = self.site.rows("SELECT id FROM account WHERE username = :n", n=account.username)
        return str(found[0]["id"]) if found else "nobody"

    def subject_of(self, account: Account) -> str:
        asked = "SELECT id FROM vestibule_subject WHERE user_id = :key AND closed = ''"
        return str(self.site.rows(asked, key=self.key_of(account))[0]["id"])

    def notes(self, what: str) -> None:
        self.done[what] += 1

    @property
    def owner(self) -> Account:
        return self.ledger.accounts[OWNER]

    def who_is_inside(self) -> list[str]:
        return [who for who in self.browsers if who != DESK and self.session(who)]

    def who_is_between(self) -> list[str]:
        return [who for who in self.browsers if self.pending(who)]

    def pending(self, who: str) -> Pending | None:
        return self.ledger.pending_of(self.browsers[who].cookie("vestibule-pending"))

    def session(self, who: str) -> Session | None:
        return self.ledger.session_of(self.token(who))

    def token(self, who: str) -> str:
        return self.browsers[who].cookie("vestibule") or ""

    def has_papers(self, who: str, account: Account) -> bool:
        """Whether whoever sits there has the account's phones and its sheet."""
        return who in account.holders

    def opens(self, who: str, path: str) -> Seen:
        page = self.browsers[who].opens(path)
        assert page.status < 500, page.text
        if page.path in ("/verify-2fa", "/verify-2fa/backup-code"):
            assert self.pending(who), "a code is asked for without a password"
        if page.path == "/dashboard":
            assert self.session(who), "the dashboard opens for nobody"
        return page

    def sends(self, who: str, page: Seen, form: PageForm, **fields: str) -> Seen:
        path, filled = form.action or page.path, form.fields | fields
        self.trust_cookie_before[who] = self.browsers[who].cookie("vestibule-trusted")
        answer = self._followed(who, Seen(self.browsers[who].posts(path, filled)))
        assert answer.status < 500, answer.text
        if path in SENDS_AGAIN and answer.status != 429:
            self.sent[who] = path, filled
        return answer

    def _followed(self, who: str, answer: Seen) -> Seen:
        """Where it leads; but who is inside is asked after each step, and needs no dashboard."""
        if answer.status not in (302, 303):
            return answer
        there = urlsplit(answer.answer.location)
        if there.path not in LEADS_ON:
            return Seen(self.browsers[who].follows(answer.answer))
        answer.path, answer.status = there.path, 200
        return answer

    def posts(self, who: str, page: Seen, path: str, **fields: str) -> Seen:
        """What no form of the page need be there for, with the page's own token."""
        tokens = [one.fields["csrf_token"] for one in page.forms if "csrf_token" in one.fields]
        return self.sends(who, page, PageForm(path, "post", {"csrf_token": tokens[0]}), **fields)

    def opened(self, who: str, before: str, session: Session) -> None:
        """A new session in place of whatever the browser held."""
        token = self.token(who)
        assert token != before, "no new session was opened"
        self.ledger.sessions.pop(before, None)
        self.ledger.sessions[token] = session

    def renewed(self, who: str, before: str) -> None:
        """The same session under a new token; the old one is dead."""
        token = self.token(who)
        assert token != before, "the token was not changed"
        session = self.ledger.sessions[token] = self.ledger.sessions.pop(before)
        session.seen = self.ledger.now

    def goes_on_alone(self, who: str, before: str, session: Session) -> None:
        """Whatever else the account had is revoked."""
        session.account.revokes()
        self.renewed(who, before)
        session.version = session.account.version

    def _notes_cookies(self, browser: Visitor) -> None:
        for name in SECRET_COOKIES:
            self.ledger.secrets |= {browser.cookie(name) or ""} - {""}
        self.ledger.secrets |= set((browser.cookie("vestibule-trusted") or "").split(".")) - {""}
