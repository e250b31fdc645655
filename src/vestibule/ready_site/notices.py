"""The mails of the site, in plain words."""

from dataclasses import dataclass

from vestibule import Text


@dataclass(frozen=True)
class Mail:
    subject: Text
    text: tuple[str, ...]
    """Paragraphs. What is no ``Text`` stands as it is."""


def password_forgotten(*, site: str, username: str, address: str, link: str) -> Mail:
    """Brings the link with which a new password takes the place of a forgotten one."""
    return Mail(
        Text("New password for %(site)s", site=site),
        (
            Text(
                "Somebody asked for a new password for your account at %(site)s.\n"
                "With this link you choose one. It works once, for one hour:",
                site=site,
            ),
            link,
            Text(
                "User name: %(username)s\nAsked from the network address: %(address)s",
                username=username,
                address=address,
            ),
            Text("If you have a second step, it stays as it is: afterwards sign in as always."),
            Text("If it was not you, there is nothing to do: nothing was changed."),
        ),
    )


def new_email_to_confirm(*, site: str, username: str, link: str) -> Mail:
    """Brings the link that makes this address the account's."""
    return Mail(
        Text("Your new e-mail address for %(site)s", site=site),
        (
            Text(
                "Somebody who is signed in to the account %(username)s at %(site)s\n"
                "wants it to have this address. With this link it gets it. You sign in to that\n"
                "account for it. The link works once, for one day:",
                site=site,
                username=username,
            ),
            link,
            Text(
                "If you have no such account, do not open it: somebody typed your address,\n"
                "perhaps by mistake."
            ),
        ),
    )


def address_belongs_to_you(*, site: str, username: str) -> Mail:
    """To whoever confirmed an address that another account wants."""
    return Mail(
        Text("Your e-mail address and another account at %(site)s", site=site),
        (
            Text(
                "Somebody wants this address for another account at %(site)s.\n"
                "It belongs to your account %(username)s, so nothing was changed.",
                site=site,
                username=username,
            ),
            Text(
                "If it was you: one address belongs to one account. Give that account another\n"
                "address first, or close it. If it was not you, there is nothing to do."
            ),
        ),
    )


def email_to_confirm(*, site: str, username: str, link: str) -> Mail:
    """Brings the link that shows that the mailbox is read by the account's person."""
    return Mail(
        Text("Confirm your e-mail address for %(site)s", site=site),
        (
            Text(
                "With this link you confirm that this address belongs to the account\n"
                "%(username)s at %(site)s. You sign in to that account for it. The link works\n"
                "once, for one day:",
                site=site,
                username=username,
            ),
            link,
            Text(
                "If you have no such account, do not open it: somebody typed your address,\n"
                "perhaps by mistake."
            ),
        ),
    )
