"""What ``doctor`` finds wrong in an application with Vestibule, a host's or a ready site's."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from smtplib import SMTPException

import click
from flask import Flask

from vestibule.audit.sealing import unsealed_since
from vestibule.foundation.database import Unavailable
from vestibule.foundation.tokens import new_id
from vestibule.host.readiness import readiness
from vestibule.migrations import revisions, stored_key_ids
from vestibule.notices.flows import dead_letters, overdue
from vestibule.notices.letters import host_letter
from vestibule.notices.transports import transport_of
from vestibule.notices.values import is_address
from vestibule.passkeys.values import why_not
from vestibule.settings import Finding
from vestibule.wiring import Installed, findings_now

mail_option = click.option("--mail", metavar="ADDRESS", help="Send a test mail there too.")


Line = Callable[[str], str]
"""The whole line of a command of ours, as it can be pasted: options that tell the site included."""


@dataclass
class Examined:
    """Each with the line that mends it; a hint is nothing wrong."""

    wrong: list[Finding] = field(default_factory=list)
    hints: list[Finding] = field(default_factory=list)


def examine(app: Flask, installed: Installed, line: Line) -> Examined:
    """``line`` makes one of ``db upgrade``, say."""
    found = Examined(findings_now(app))
    is_configured = not found.wrong
    try:
        tables = revisions(installed.database_url)
    except Unavailable as error:
        found.wrong.append(Finding("database", str(error), "start it, or correct its address"))
        return found
    if not tables.fits:
        found.wrong.append(Finding("tables", "Not those of this version.", line("db upgrade")))
    elif is_configured:
        _examine_services(installed, line, found)
    return found


def _examine_services(installed: Installed, line: Line, found: Examined) -> None:
    services = installed.runtime.services
    parts = readiness(services)
    stored = stored_key_ids(installed.database_url)
    if not parts["keys"]:
        missing = ", ".join(sorted(stored - services.keyring.ids))
        found.wrong.append(
            Finding(
                "keys",
                f"Secrets are encrypted with key {missing}, which is not among the keys, so their "
                "owners cannot sign in.",
                "add it back to VESTIBULE_KEYS",
            )
        )
    if not parts["clock"]:
        found.wrong.append(
            Finding(
                "clock",
                "This machine's and the database's are more than 15 s apart, so no code is judged "
                "here.",
                "timedatectl set-ntp true (on both)",
            )
        )
    with services.database.read() as connection:
        dead, why = dead_letters(connection)
        late = overdue(connection, services.clock.now())
    if dead:
        problem = f"{dead} could not be sent; the last one met {why}."
        found.wrong.append(Finding("notices", problem, line("doctor --mail you@example.org")))
    if late:
        problem = f"{late} should have been sent an hour ago."
        found.wrong.append(Finding("notices", problem, line("send-mail")))
    if since := unsealed_since(services):
        problem = f"The newest events, of {since:%Y-%m-%d %H:%M} UTC, are under no seal yet."
        found.hints.append(Finding("audit", problem, line("audit seal")))
    if services.settings.passkeys and (why := why_not(services.settings.base_url)):
        found.hints.append(Finding("passkeys", f"None are offered. {why}", ""))
    old = stored - {services.keyring.current_id} & services.keyring.ids
    if old:
        problem = f"Secrets are still encrypted with {', '.join(sorted(old))}: keep it."
        found.hints.append(Finding("keys", problem, line("keys rotate")))


def send_a_test(installed: Installed, address: str) -> Finding | None:
    """Send a mail that says only that mails arrive; what went wrong, or nothing."""
    services = installed.runtime.services
    mend = 'VESTIBULE_MAIL = "smtp://user:password@mail.example.org"'
    transport = transport_of(services.settings.mail)
    if transport is None:
        return Finding("mail", "VESTIBULE_MAIL is not set, so no mails are sent.", mend)
    if not is_address(address):
        return Finding("mail", f"{address!r} is no e-mail address.", "--mail you@example.org")
    words = [f"Mails of {services.settings.issuer} arrive here."]
    now = services.clock.now()
    mail = host_letter(services.settings, new_id(), now, address, "A test mail", words)
    try:
        with transport.opened() as post:
            post(mail)
    except (OSError, SMTPException, ValueError) as error:
        # What a server says may repeat what it was given, the password too.
        return Finding("mail", f"It could not be sent ({type(error).__name__}).", mend)
    return None


def tell(found: Examined, *, as_json: bool) -> None:
    """Print it all and end the process: with 1 where something is wrong."""
    if as_json:
        click.echo(
            json.dumps(
                {
                    "wrong": [asdict(one) for one in found.wrong],
                    "hints": [asdict(one) for one in found.hints],
                },
                indent=2,
            )
        )
    else:
        hints = [] if found.wrong else ["Nothing is wrong.", *found.hints]
        for one in (*found.wrong, *hints):
            click.echo(str(one))
    sys.exit(1 if found.wrong else 0)


def why_no_recovery(installed: Installed) -> list[Finding]:
    """A hint where recovery is wished and cannot be."""
    wanted = installed.runtime.services.settings.recovery_after
    if not wanted or installed.users.confirmed_address_of is not None:
        return []
    return [
        Finding(
            "VESTIBULE_RECOVERY_AFTER",
            "Recovery stays off: nobody says which address is confirmed.",
            "@vestibule.confirmed_address above a function(user)",
        )
    ]
