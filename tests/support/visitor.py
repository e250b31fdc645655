"""Somebody who uses the minimal host in process, as a browser without scripts would."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyotp
from werkzeug.test import TestResponse

from tests.support.authenticator import STEP
from tests.support.host_app import Host
from tests.support.pages import PageForm
from tests.support.seen import Seen

COOKIES = (
    "vestibule",
    "vestibule-pending",
    "vestibule-remember",
    "vestibule-known",
    "vestibule-trusted",
    "vestibule-notice",
    "vestibule-link-recovery",
    "session",
    "remember_token",
    "site",
)


@dataclass
class Papers:
    """What a person knows and has, whatever browser is used."""

    username: str
    user_id: str
    password: str
    email: str
    secrets: list[str] = field(default_factory=list)
    backup_codes: list[str] = field(default_factory=list)
    last_step: int = 0


class Visitor:
    """One person in one browser. What opens a page returns the page it ends at."""

    def __init__(self, host: Host, papers: Papers, *, address: str, site: str) -> None:
        self.host, self.papers, self.site = host, papers, site
        self.client = host.app.test_client()
        self.answers: list[TestResponse] = []  # everything this browser was ever answered
        self.address = self.client.environ_base["REMOTE_ADDR"] = address

    @classmethod
    def new(cls, host: Host, username: str) -> Visitor:
        """A user of the host who never heard of a second step."""
        password = f"the long password of {username}"
        papers = Papers(
            username, host.has_user(username, password), password, f"{username}@example.org"
        )
        return cls(host, papers, address="192.0.2.1", site="http://localhost")

    @property
    def username(self) -> str:
        return self.papers.username

    @property
    def user_id(self) -> str:
        return self.papers.user_id

    @property
    def subject_id(self) -> str:
        return self.host.subject(self.user_id).id

    # Browsers

    def in_another_browser(self, address: str | None = None) -> Visitor:
        """The same person with the same papers, but no cookie yet."""
        return Visitor(self.host, self.papers, address=address or self.address, site=self.site)

    def with_the_same_cookies(self, host: Host | None = None) -> Visitor:
        """A copy of this browser, by a thief, or before another worker of the site."""
        other = Visitor(host or self.host, self.papers, address=self.address, site=self.site)
        for name in COOKIES:
            value = self.cookie(name)
            if value is not None:
                other.client.set_cookie(name, value)
        return other

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    # The story

    def enters_password(
        self, password: str | None = None, *, name: str | None = None, next_url: str | None = None
    ) -> Seen:
        fields = {"username": name or self.username, "password": password or self.papers.password}
        if next_url is not None:
            fields["next"] = next_url
        return self.fills_in("/login", **fields)

    def enters_code(self, code: str | None = None) -> Seen:
        return self.fills_in("/verify-2fa", totp_code=code or self.fresh_code())

    def enters_backup_code(self, code: str | None = None) -> Seen:
        """Without a code: the next one of the sheet, crossed out here."""
        code = code or self.papers.backup_codes.pop(0)
        return self.fills_in("/verify-2fa/backup-code", backup_code=code)

    def sets_up(self, name: str = "", page: Seen | None = None) -> Seen:
        """Scans, confirms with the first code; keeps the backup codes where some are shown."""
        if page is None or not page.shows_a_secret:
            page = self.opens("/setup-2fa")
        self.papers.secrets.append(page.secret)
        code = self.fresh_code(page.secret)
        page = self.sends(page, page.form(with_field="totp_code"), totp_code=code, name=name)
        if page.backup_codes:
            self.papers.backup_codes = page.backup_codes
            page = self.sends(page, page.form(with_field="saved"), saved="y")
        return page

    def signs_in(self) -> Seen:
        """Password and code; the first time also the set-up, where the site asks for it."""
        page = self.enters_password()
        if page.path == "/setup-2fa":
            return self.sets_up(page=page)
        return self.enters_code() if page.path == "/verify-2fa" else page

    def signs_out(self) -> Seen:
        page = self.opens("/dashboard")
        return self.sends(page, page.form(action="/logout"))

    def makes_new_backup_codes(self) -> Seen:
        page = self.opens("/backup-codes")
        page = self.sends(page, page.form(action="/backup-codes/new"))
        self.papers.backup_codes = page.backup_codes or self.papers.backup_codes
        return page

    def is_signed_in(self) -> bool:
        return self.asks("/dashboard").status_code == 200

    # Pages and forms

    def opens(self, path: str, **headers: str) -> Seen:
        return Seen(self._request("GET", path, headers=headers, follow_redirects=True))

    def asks(self, path: str, **headers: str) -> TestResponse:
        """One request, wherever it would lead."""
        return self._request("GET", path, headers=headers)

    def fills_in(self, path: str, **fields: str) -> Seen:
        """Opens the page and sends its form that has the first of the fields."""
        page = self.opens(path)
        return self.sends(page, page.form(with_field=next(iter(fields))), **fields)

    def sends(self, page: Seen, form: PageForm, **fields: str) -> Seen:
        """Sends the form as it stands in the page, CSRF token included, with these fields set."""
        answer = self.posts(form.action or page.path, form.fields | fields, follow_redirects=True)
        return Seen(answer)

    def posts(
        self, path: str, fields: dict[str, str], *, follow_redirects: bool = False, **headers: str
    ) -> TestResponse:
        return self._request(
            "POST", path, data=fields, headers=headers, follow_redirects=follow_redirects
        )

    def follows(self, answer: TestResponse) -> TestResponse:
        """To where an answer leads, as a browser goes on by itself."""
        return self._request("GET", answer.location, follow_redirects=True)

    def token(self, path: str) -> str:
        """The CSRF token of the first form of a page."""
        page = self.opens(path)
        return next(form.fields["csrf_token"] for form in page.forms if "csrf_token" in form.fields)

    def _request(self, method: str, path: str, **options: object) -> TestResponse:
        # Buffered: the answer is closed as a server closes it, which some work waits for.
        answer = self.client.open(path, method=method, base_url=self.site, buffered=True, **options)
        self.answers += [*answer.history, answer]
        return answer

    # The authenticator

    def fresh_code(self, secret: str | None = None) -> str:
        """A code that was not used yet; where the phone has none yet, time passes."""
        clock = self.host.clock
        if clock.step <= self.papers.last_step:
            clock.moves((self.papers.last_step + 1 - clock.step) * STEP)
        self.papers.last_step = clock.step
        return self.code(secret=secret)

    def code(self, offset: int = 0, secret: str | None = None) -> str:
        """The code of the step that lies ``offset`` steps from now, used or not."""
        totp = pyotp.TOTP(secret or self.papers.secrets[-1])
        return totp.at((self.host.clock.step + offset) * STEP)

    def wrong_code(self) -> str:
        """Six digits that no authenticator of this person shows near now."""
        near = {self.code(o, s) for s in self.papers.secrets for o in range(-3, 4)}
        return next(code for number in range(9) if (code := f"{number}00000") not in near)
