"""Another e-mail address for an account; the old one rules until a person's click at the new."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import update

from vestibule import EventKind, Link, Purpose, TooManyTries
from vestibule.ready_site.budgets import EMAIL_CHANGES, MAIL_TO_ONE
from vestibule.ready_site.confirming_email import give_address
from vestibule.ready_site.current_password import require_password
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.models import Account
from vestibule.ready_site.name_rules import email_key
from vestibule.ready_site.notices import Mail, address_belongs_to_you, new_email_to_confirm
from vestibule.ready_site.people import Person, find_account
from vestibule.ready_site.posting import post
from vestibule.ready_site.transactions import transaction

LINK_LIFETIME = timedelta(hours=24)
"""Of a link to the new address (REC-3)."""


def ask_for_change(account: Person, password: str, email: str) -> None:
    """Send a link to the new address, and tell the old one; nothing else changes yet (NOTE-2).

    Where the address is another account's, its owner hears of it instead, and nobody here (P8).
    Raises ``NotRight``, ``SessionOver``, ``TooManyTries``, ``Busy`` and ``Unavailable``; then
    nothing was sent.
    """
    require_password(account, password)
    vestibule.spend((EMAIL_CHANGES, account.id))
    owner, may_send = _owner_of(email), _may_send(email)
    with transaction() as connection:
        # A link is made in any case, so that the same work is done; only its mail is another one.
        link = vestibule.one_time_link(
            account,
            Purpose.NEW_EMAIL,
            "confirm_new_email",
            lifetime=LINK_LIFETIME,
            about=email,
            connection=connection,
        )
        vestibule.hold_session(account, connection=connection)
        vestibule.record(EventKind.EMAIL_CHANGE_ASKED, account, connection=connection)
        if may_send:
            mail = _mail(account, owner, link)
            post(mail, account, lifetime=LINK_LIFETIME, to=email, connection=connection)


def confirm_change(link: Link, account: Person) -> Person:
    """Make the address that the link names the account's; the old one is told, other sessions end.

    Whoever does it is signed in to the account: a mailbox alone, named by mistake perhaps, must
    not become the way to a new password. Raises ``LinkRefused``, ``ConfirmedElsewhere``,
    ``SessionOver`` and ``Unavailable``; then nothing changed.
    """
    now = datetime.now(UTC)
    changed = replace(account, email=link.about, email_confirmed_at=now, hears=True)
    values = {
        "email": changed.email,
        "email_key": email_key(changed.email),
        "email_confirmed_at": now,
        "hears": True,
        "email_changed_at": now if account.email_confirmed_at else None,
    }
    with transaction() as connection:
        give_address(connection, update(Account).where(Account.id == account.id).values(values))
        vestibule.use_link(link, account, Purpose.NEW_EMAIL, connection=connection)
        vestibule.email_changed(changed, connection=connection)
    return changed


def _owner_of(email: str) -> Person | None:
    found = find_account(email)
    return found if found is not None and found.email_confirmed_at else None


def _may_send(email: str) -> bool:
    # Quietly: what others did with this address is nobody's business here.
    try:
        vestibule.spend((MAIL_TO_ONE, vestibule.keyed_hash("mail", email_key(email))))
    except TooManyTries:
        return False
    return True


def _mail(account: Person, owner: Person | None, link: str) -> Mail:
    site = current_app.config["VESTIBULE_ISSUER"]
    if owner is not None:
        return address_belongs_to_you(site=site, username=owner.username)
    return new_email_to_confirm(site=site, username=account.username, link=link)
