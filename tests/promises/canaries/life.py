"""Everything that somebody does with an account, each secret of it remembered."""

from __future__ import annotations

import secrets

import httpx

from tests.promises.canaries.surroundings import Surroundings, mail_address
from tests.support.canaries import all_rows
from tests.support.pages import Page
from tests.support.person import Person, form_with, read_backup_codes, read_secret

REASON = "The reason that only the log keeps"
TYPED_AS_A_NAME = "a password in the field of the name"


class Life:
    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.passwords: list[str] = []
        self.codes: list[str] = []
        self.keys: list[str] = []
        self.backup_codes: list[str] = []
        self.tokens: list[str] = []
        self.headers: list[str] = []
        self.stolen = set[bytes]()
        """What stood in the rows of the database at moments between."""
        self.nina = self._settled(around.site.person())
        self._signs_in_again(self.nina)
        self._changes_everything(self.nina)
        self._forgets_the_password(self.nina)
        self.bob = self._settled(around.site.person())
        self._loses_the_phone(self.bob)
        self.root = self._administers(self.bob)
        self._sends_headers(self.nina)
        self._is_looked_after()

    def new_password(self, what: str) -> str:
        self.passwords.append(f"{what} & long {secrets.token_hex(6)}")
        return self.passwords[-1]

    def opens_link(self, person: Person, address: str, subject: str) -> httpx.Response:
        link = self.around.link_to(address, subject)
        self.tokens.append(link.partition("token=")[2])
        self.is_stolen()
        return person.opens(link)

    def is_stolen(self) -> None:
        self.stolen |= set(all_rows(self.around.site).split(b"\n"))

    def _settled(self, person: Person) -> Person:
        """Registers, sets up the second step, shows that the mails arrive."""
        self.around.follows(person)
        person.password = self.new_password("first")
        person.registers()
        self._sets_up(person)
        page = person.opens("/dashboard")
        person.sends(page, Page(page.text).form(action="/confirm-email/send"))
        page = self.opens_link(person, person.email, "Confirm your e-mail address")
        person.sends(page, Page(page.text).form(action="/confirm-email"))
        return person

    def _sets_up(self, person: Person) -> None:
        page = person.opens("/setup-2fa")
        person.authenticator.secret = read_secret(page)
        self.keys.append(person.secret)
        self.is_stolen()
        page = person.sends(page, form_with(page, "totp_code"), totp_code=self._wrong(person))
        page = person.sends(page, form_with(page, "totp_code"), totp_code=self._code(person))
        self.is_stolen()
        self._saves(person, page)

    def _saves(self, person: Person, page: httpx.Response) -> None:
        person.backup_codes = read_backup_codes(page)
        assert len(person.backup_codes) == 10, page.text
        self.backup_codes += person.backup_codes
        person.sends(page, form_with(page, "saved"), saved="y")

    def _wrong(self, person: Person) -> str:
        self.codes.append(f"{secrets.randbelow(10**6):06}")
        return self.codes[-1]

    def _code(self, person: Person) -> str:
        self.codes.append(person.fresh_code())
        return self.codes[-1]

    def _signs_in_again(self, nina: Person) -> None:
        nina.signs_out()
        nina.enters_password(password=self.new_password("wrong"))
        self.passwords.append(TYPED_AS_A_NAME)
        nina.enters_password(username=TYPED_AS_A_NAME)
        nina.enters_password()
        nina.enters_code(self._wrong(nina))
        page = nina.opens("/verify-2fa")
        code = self._code(nina)
        nina.sends(page, form_with(page, "totp_code"), totp_code=code, trust_browser="y")
        assert nina.is_signed_in()

    def _changes_everything(self, nina: Person) -> None:
        # Left open: an authenticator that waits for its code.
        self.keys.append(read_secret(nina.opens("/setup-2fa")))
        page = nina.opens("/backup-codes")
        self._saves(nina, nina.sends(page, Page(page.text).form(action="/backup-codes/new")))
        wrong, new = self.new_password("wrong"), self.new_password("second")
        change = "/security/password"
        nina.fills_in(change, current_password=wrong, password=self.new_password("refused"))
        nina.fills_in(change, current_password=nina.password, password=new)
        nina.password = new
        first = nina.email
        nina.email = f"new-{nina.email}"
        nina.fills_in("/security/email", email=nina.email, current_password=nina.password)
        page = self.opens_link(nina, nina.email, "Your new e-mail address")
        nina.sends(page, Page(page.text).form(action="/security/email/confirm"))
        nina.fills_in("/security/notices", email=first)
        page = self.opens_link(nina, first, "Second address for notices")
        nina.sends(page, Page(page.text).form(action="/security/notices/confirm"))
        nina.fills_in("/security/name", username=f"{nina.username}-neu")
        nina.username += "-neu"

    def _forgets_the_password(self, nina: Person) -> None:
        other = self.around.follows(nina.in_another_browser())
        other.fills_in("/forgot-password", email=nina.email)
        page = self.opens_link(other, nina.email, "New password for")
        nina.password = other.password = self.new_password("third")
        other.sends(page, form_with(page, "password"), password=nina.password)
        other.enters_password()
        other.enters_backup_code(self.backup_codes[0])  # of the set before: void
        other.enters_backup_code()
        assert other.is_signed_in()
        self.is_stolen()
        page = self.opens_link(other, nina.email, "New sign-in")
        assert page.url.path == "/not-me"

    def _loses_the_phone(self, bob: Person) -> None:
        bob.signs_out()
        bob.enters_password()
        page = bob.opens("/recover")
        bob.sends(page, Page(page.text).form(action="/recover"))
        page = self.opens_link(bob, bob.email, "Replace")
        bob.sends(page, Page(page.text).form(action="/recover/confirm"))
        page = self.opens_link(bob, bob.email, "Somebody wants to replace")
        bob.sends(page, Page(page.text).form(action="/recover/stop"))

    def _administers(self, bob: Person) -> Person:
        root = self.around.follows(self.around.site.person())
        words = ("accounts", "create-admin", root.username, "--email", root.email)
        said = self.around.runs(*words)
        assert said.exit_code == 0, said.output
        link = said.output.splitlines()[0]
        self.around.commands.pop()  # it prints a link, and says so
        self.tokens.append(link.partition("token=")[2])
        root.opens(link.removeprefix(self.around.site.url))
        root.password = self.new_password("administrator's")
        root.fills_in("/reset-password", password=root.password)
        root.enters_password()
        self._sets_up(root)
        for action in ("unlock", "password-link", "reset-second-step", "enrolment-link"):
            answer = self.acts(root, action, bob.username)
            assert "done=" in str(answer.url), f"{action}: {Page(answer.text).text}"
        for subject in ("Set a new password", "Set up an authenticator"):
            self.tokens.append(self.around.link_to(bob.email, subject).partition("token=")[2])
        return root

    def acts(self, root: Person, action: str, name: str) -> httpx.Response:
        page = root.opens(f"/admin/accounts?q={name}")
        link = next(one for one in Page(page.text).links if "user=" in one)
        page = root.opens(link.replace("/admin/account?", f"/admin/account/{action}?"))
        return root.sends(page, form_with(page, "reason"), reason=REASON, name=name)

    def _sends_headers(self, nina: Person) -> None:
        for header in ("Authorization", "Proxy-Authorization", "X-Api-Key", "Cookie", "Referer"):
            self.headers.append(f"canary{secrets.token_hex(12)}")
            for path in ("/dashboard", "/metrics", "/nowhere"):
                nina.browser.get(path, headers={header: f"Bearer {self.headers[-1]}"})

    def _is_looked_after(self) -> None:
        runs, mail = self.around.runs, mail_address(self.around.mail_server, "not-the-password")
        self.passwords.append("not-the-password")
        runs("doctor", "--mail", "ops@example.org")
        runs("doctor", "--mail", "ops@example.org", VESTIBULE_MAIL=mail)
        runs("doctor", VESTIBULE_ISSUER="A:B", VESTIBULE_POLICY="never")
        runs("audit", "seal")
        runs("audit", "verify")
        runs("audit", "export")
        runs("audit", "export", "--format", "csv")
        runs("audit", "export-seals")
        runs("accounts", "list", "--json")
        runs("accounts", "show", self.nina.username)
        runs("keys", "show", "--json")
        runs("send-mail")
        runs("init")
        runs("purge", "--json")
        runs("db", "current", "--json")
        runs("accounts", "sign-out", self.nina.username, "--reason", REASON)
