"""The mails of the site, in plain words."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str


def account_made(*, site: str, username: str, at: datetime, address: str, url: str) -> Mail:
    """Tells the address that an account was made with it.

    Registration itself never says whether an address is known here; its owner learns it so (P8).
    """
    where = f"\n{url}\n" if url else ""
    return Mail(
        f"New account at {site}",
        f"""\
An account was made at {site}, and this e-mail address was given for it.

User name: {username}
When: {at.day} {at:%B %Y, %H:%M} UTC
From the network address: {address}

If this was you, there is nothing to do.

If it was not you, somebody typed your address, perhaps by mistake.
Nothing of yours was opened, and the address does not count as theirs
until somebody who reads this mailbox confirms it.
{where}""",
    )
