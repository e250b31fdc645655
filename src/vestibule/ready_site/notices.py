"""The mails of the site, in plain words."""

from dataclasses import dataclass

from vestibule import Text


@dataclass(frozen=True)
class Mail:
    subject: Text
    text: tuple[Text, ...]
    """Paragraphs."""


def account_made(*, site: str, username: str, when: str, address: str) -> Mail:
    """Tells the address that an account was made with it.

    Registration itself never says whether an address is known here; its owner learns it so (P8).
    """
    return Mail(
        Text("New account at %(site)s", site=site),
        (
            Text(
                "An account was made at %(site)s, and this e-mail address was given for it.",
                site=site,
            ),
            Text(
                "User name: %(username)s\nWhen: %(when)s\nFrom the network address: %(address)s",
                username=username,
                when=when,
                address=address,
            ),
            Text("If this was you, there is nothing to do."),
            Text(
                "If it was not you, somebody typed your address, perhaps by mistake.\n"
                "Nothing of yours was opened, and the address does not count as theirs\n"
                "until somebody who reads this mailbox confirms it."
            ),
        ),
    )
