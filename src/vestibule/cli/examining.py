"""What ``doctor`` finds wrong in an application with Vestibule, a host's or a ready site's."""

import sys
from dataclasses import dataclass, field
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
from vestibule.wiring import Installed, findings_now

mail_option = click.option("--mail", metavar="ADDRESS", help="Send a test mail there too.")


@dataclass
class Examined:
    """Sentences, each with the line that mends it; a hint is nothing wrong."""

    wrong: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def examine(app: Flask, installed: Installed, command: str) -> Examined:
    """``command`` is how this program is called: ``flask vestibule`` or ``vestibule``."""
    found = Examined([str(one) for one in findings_now(app)])
    is_configured = not found.wrong
    try:
        have, newest = revisions(installed.database_url)
    except Unavailable as error:
        found.wrong.append(f"database: {error}")
        return found
    if have != newest:
        mend = f"{command} db upgrade" if command.startswith("flask") else f"{command} run"
        found.wrong.append(f"tables: not those of this version. Fix: {mend}")
    elif is_configured:
        _examine_services(installed, command, found)
    return found


def _examine_services(installed: Installed, command: str, found: Examined) -> None:
    services = installed.runtime.services
    parts = readiness(services)
    stored = stored_key_ids(installed.database_url)
    if not parts["keys"]:
        missing = ", ".join(sorted(stored - services.keyring.ids))
        found.wrong.append(
            f"keys: secrets are encrypted with key {missing}, which is not among the keys, so "
            "their owners cannot sign in. Fix: add it back to VESTIBULE_KEYS"
        )
    if not parts["clock"]:
        found.wrong.append(
            "clock: this machine's and the database's are more than 15 s apart, so no code is "
            "judged here. Fix: timedatectl set-ntp true (on both)"
        )
    with services.database.read() as connection:
        dead, why = dead_letters(connection)
        late = overdue(connection, services.clock.now())
    if dead:
        found.wrong.append(f"notices: {dead} could not be sent; the last one met {why}.")
    if late:
        found.wrong.append(
            f"notices: {late} should have been sent an hour ago. Fix: {command} send-mail"
        )
    if since := unsealed_since(services):
        found.hints.append(
            f"audit: the newest events, of {since:%Y-%m-%d %H:%M} UTC, are under no seal yet. "
            f"Fix: {command} audit seal"
        )
    old = stored - {services.keyring.current_id} & services.keyring.ids
    if old:
        found.hints.append(
            f"keys: secrets are still encrypted with {', '.join(sorted(old))}: keep it."
        )


def send_a_test(installed: Installed, address: str) -> str:
    """Send a mail that says only that mails arrive; what went wrong, or nothing."""
    services = installed.runtime.services
    transport = transport_of(services.settings.mail)
    if transport is None:
        return "mail: VESTIBULE_MAIL is not set, so no mails are sent."
    if not is_address(address):
        return f"mail: {address!r} is no e-mail address."
    words = [f"Mails of {services.settings.issuer} arrive here."]
    now = services.clock.now()
    mail = host_letter(services.settings, new_id(), now, address, "A test mail", words)
    try:
        with transport.opened() as post:
            post(mail)
    except (OSError, SMTPException, ValueError) as error:
        # What a server says may repeat what it was given, the password too.
        return f"mail: it could not be sent ({type(error).__name__}). Fix: VESTIBULE_MAIL"
    return ""


def tell(found: Examined, mail: str = "") -> None:
    """Print it all and end the process: with 1 where something is wrong."""
    for sentence in (*found.wrong, *([mail] if mail else [])):
        click.echo(sentence)
    if found.wrong or mail:
        sys.exit(1)
    click.echo("Nothing is wrong.")
    for hint in found.hints:
        click.echo(hint)


def why_no_recovery(installed: Installed) -> list[str]:
    """A hint where recovery is wished and cannot be."""
    wanted = installed.runtime.services.settings.recovery_after
    if not wanted or installed.users.confirmed_address_of is not None:
        return []
    return [
        "VESTIBULE_RECOVERY_AFTER: Recovery stays off: nobody says which address is confirmed. "
        "Fix: @vestibule.confirmed_address above a function(user)"
    ]
