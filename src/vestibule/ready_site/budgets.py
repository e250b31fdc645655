"""What strangers may do here, and how often. The docs print these rows with the extension's own."""

from datetime import timedelta

from vestibule import Budget

_HOUR = timedelta(hours=1)

REGISTRATION = Budget(
    kind="site.registration",
    reason="Registrations from one address (IPv6: one /64): each costs the server eleven hashes, "
    "its password's and its backup codes'.",
    limit=10,
    window=_HOUR,
)
NAME_ASKED = Budget(
    kind="site.name_asked",
    reason="Registration has to tell that a user name is taken; one address may ask only so often.",
    limit=60,
    window=_HOUR,
)
MAIL_TO_ONE = Budget(
    kind="site.mail_to_one",
    reason="Mails to one e-mail address, so that nobody's mailbox can be filled from here. Beyond "
    "it the mail is left out, and the page does not tell.",
    limit=5,
    window=24 * _HOUR,
)

ALL = (REGISTRATION, NAME_ASKED, MAIL_TO_ONE)
