"""Every setting once: name, type, default, the reason it exists, and when one would change it.

A host writes them into ``app.config`` as ``VESTIBULE_<NAME>``; ``configuration.py`` reads them.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def _setting(default: Any, reason: str, *, change: str, shown: bool = True) -> Any:
    """``change``: when somebody would set another value."""
    return field(default=default, metadata={"reason": reason, "change": change}, repr=shown)


@dataclass(frozen=True)
class Settings:
    """The settings as the rest of the code sees them: checked and typed."""

    issuer: str = _setting(
        "Vestibule",
        "The name that authenticator apps show",
        change="always: people look for this name in their app",
    )
    keys: tuple[str, ...] = _setting(
        (),
        "Encryption keys, the current one first; or a function that gives them, asked again later",
        change="always; again to rotate them",
    )
    base_url: str = _setting(
        "",
        "Where people reach the site; https makes cookies Secure",
        change="in production, always",
    )
    url_prefix: str = _setting(
        "/two-factor",
        "Where the extension's pages live in a host",
        change="one of your own rules is in the way",
    )
    policy: str = _setting(
        "optional",
        "Whether an account must have a second step",
        change="everybody must have a second step, or nobody may",
    )
    policy_since: date | None = _setting(
        None,
        "From when on 'required' binds, as 2027-01-31 (0:00 UTC); until then accounts are told",
        change="you begin to require it and people need time",
    )
    passkeys: bool = _setting(
        True,
        "Offer passkeys, where the address of the site allows them",
        change="your people should use nothing but their app",
    )
    passkey_counter: str = _setting(
        "warn",
        "What follows when a passkey's counter goes back, so that there may be two of it: 'warn' "
        "tells its owner, 'refuse' does not let it in either",
        change="your keys are hardware that cannot be copied",
    )
    totp_window: int = _setting(
        1,
        "Steps of 30 s accepted to each side; 0 is the strict mode",
        change="your rules want codes that are good for 30 s only",
    )
    session_idle: timedelta = _setting(
        timedelta(hours=1),
        "A session unused for so long ends",
        change="people work with long pauses, or at shared machines",
    )
    session_absolute: timedelta = _setting(
        timedelta(hours=24),
        "A session ends after so long",
        change="a working day is longer, or your rules say shorter",
    )
    pending_lifetime: timedelta = _setting(
        timedelta(minutes=10),
        "Time between the two steps",
        change="people need longer to find their phone",
    )
    enrolment_lifetime: timedelta = _setting(
        timedelta(minutes=15),
        "How long a new key waits",
        change="people need longer to install an app",
    )
    enrolment_link_lifetime: timedelta = _setting(
        timedelta(hours=24),
        "How long a link for the first set-up works",
        change="links are handed over by post or in person",
    )
    adopt_until: date | None = _setting(
        None,
        "Until when sign-ins from before Vestibule are taken over, as 2027-01-31 (0:00 UTC)",
        change="you add Vestibule to a site where people are signed in",
    )
    fresh_for: timedelta = _setting(
        timedelta(minutes=10),
        "How long a second step counts as fresh",
        change="grave actions should ask more often, or less",
    )
    trust_browsers_for: timedelta = _setting(
        timedelta(0),
        "How long a browser may be trusted whose owner wishes it: no second step there. 0: never; "
        "at most 30 days",
        change="asking at each sign-in costs more than it protects",
    )
    trust_where_required: bool = _setting(
        False,
        "Let accounts that must have a second step leave it out in a trusted browser too",
        change="your rules allow it",
    )
    backup_codes: int = _setting(
        10, "How many backup codes a set has", change="ten are too many to keep or too few"
    )
    database: str = _setting(
        "",
        "A database of Vestibule's own; empty: the host's",
        change="your users are in no SQL database",
    )
    pool_size: int = _setting(
        10,
        "Database connections of one process; at least its threads",
        change="a process has more threads",
    )
    recovery_after: timedelta = _setting(
        timedelta(0),
        "How long somebody waits who lost every second step, and asked by password and mail for a "
        "new one. 0: not possible; else 24 hours to 30 days",
        change="nobody is there to help people who lost everything",
    )
    contact: str = _setting(
        "",
        "How the people who run the site are reached, for who is locked out: help@example.org",
        change="always",
    )
    hash_slots: int = _setting(
        0,
        "Passwords hashed at once per machine, and one more for known browsers; 0: cores - 1",
        change="other programs need the cores",
    )
    hash_waiting: int = _setting(
        6,
        "Threads of one process that may wait for a hash; fewer than it has",
        change="a process has more or fewer threads than eight",
    )
    hash_folder: Path = _setting(
        Path(),
        "Folder of the lock files behind hash_slots",
        change="processes of one machine run as several users",
    )
    refuse_request_loader: bool = _setting(
        False,
        "Refuse API tokens that the host's request_loader accepts: they skip both steps",
        change="API tokens must not pass without a second step",
    )
    headers: str = _setting(
        "own",
        "'own': our headers on our pages; 'all': on every answer",
        change="your pages set no security headers themselves",
    )
    after_sign_in: str = _setting(
        "/",
        "Where a sign-in leads when no page was asked for",
        change="your front page is not where people begin",
    )
    base_template: str = _setting(
        "",
        "Your layout, as layout.html, with the blocks title and content; empty: our own page",
        change="the pages should look like yours",
    )
    mail: str = _setting(
        "",
        "Where notices go: smtp://user:password@host (STARTTLS), smtps://… (TLS), or file:///folder;"
        " empty: nobody is told anything",
        shown=False,
        change="always, where you have a mail server",
    )
    mail_from: str = _setting(
        "",
        "Whom notices are from; empty: no-reply at the site's host",
        change="mails come from another address or host",
    )
    mail_thread: bool = _setting(
        True,
        "Each process sends notices by itself; without: run send-mail beside it",
        change="your server forks late or forbids threads",
    )
    logo: str = _setting(
        "", "Address of a picture in place of ours, as /static/logo.svg", change="you have one"
    )
    event_stream: str = _setting(
        "",
        "Each event as a line of JSON once it happened: 'stdout', 'syslog' or "
        "'syslog://192.0.2.7:514'",
        change="a collector gathers your logs",
    )
    language: str = _setting(
        "en",
        "Language of the pages; 'auto': the browser's. Flask-Babel, where it is, decides",
        change="your people read another language",
    )
    sign_out_endpoint: str = _setting(
        "",
        "The host's view that signs out by POST; shown on pages",
        change='our pages should offer "Sign out"',
    )
    password_endpoint: str = _setting(
        "",
        "The host's page where a password is changed; the security page leads there",
        change="your application has such a page",
    )
    cookie_name: str = _setting(
        "vestibule",
        "Name of our cookies; change it for two sites on a host",
        change="two sites share a host",
    )

    @property
    def secure(self) -> bool:
        """Whether people reach the site over https."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The name of the site's host; empty where nobody said it."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def session_cookie(self) -> str:
        # __Host- pins the cookie to this very host and to https (SES-7); over plain HTTP browsers
        # other than Chromium refuse that prefix.
        return f"__Host-{self.cookie_name}" if self.secure else self.cookie_name

    @property
    def pending_cookie(self) -> str:
        return f"{self.session_cookie}-pending"

    @property
    def notice_cookie(self) -> str:
        return f"{self.session_cookie}-notice"

    @property
    def remember_cookie(self) -> str:
        return f"{self.session_cookie}-remember"

    @property
    def known_cookie(self) -> str:
        return f"{self.session_cookie}-known"

    @property
    def trust_cookie(self) -> str:
        return f"{self.session_cookie}-trusted"

    @property
    def link_cookie(self) -> str:
        return f"{self.session_cookie}-link"


@dataclass(frozen=True)
class Finding:
    """Something wrong or missing, mostly in the configuration, with the line that mends it."""

    setting: str
    problem: str
    fix: str

    def __str__(self) -> str:
        told = f"{self.setting}: {self.problem}"
        return f"{told} Fix: {self.fix}" if self.fix else told


class Misconfigured(RuntimeError):
    """Raised at the first served request with everything that is wrong at once."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("Vestibule cannot start:\n" + "\n".join(f"  - {one}" for one in findings))
        self.findings = findings
