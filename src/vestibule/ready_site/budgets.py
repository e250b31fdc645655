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
RESET_ASKED = Budget(
    kind="site.reset_asked",
    reason="Links for a new password asked for from one address (IPv6: one /64).",
    limit=10,
    window=_HOUR,
)
RESET_MAIL = Budget(
    kind="site.reset_mail",
    reason="Mails with such a link to one e-mail address, whether or not it has an account. Beyond "
    "it the mail is left out, and the page does not tell.",
    limit=5,
    window=_HOUR,
)
EMAIL_CHANGES = Budget(
    kind="site.email_changes",
    reason="Another e-mail address asked for by one account: each sends a mail to an address that "
    "may be anybody's, and one to the address that the account has.",
    limit=5,
    window=24 * _HOUR,
)
NAME_CHANGES = Budget(
    kind="site.name_changes",
    reason="New user names of one account: each keeps a name from everybody else until it is closed.",
    limit=3,
    window=30 * 24 * _HOUR,
)
NEW_PASSWORD = Budget(
    kind="site.new_password",
    reason="New passwords set with a link from one address: each costs the server one hash.",
    limit=20,
    window=_HOUR,
)
BREACHES_ASKED = Budget(
    kind="site.breaches_asked",
    reason="Look-ups of passwords seen in breaches, where they are on, from one address: each asks "
    "somebody else's server.",
    limit=60,
    window=_HOUR,
)

ALL = (
    REGISTRATION,
    NAME_ASKED,
    MAIL_TO_ONE,
    RESET_ASKED,
    RESET_MAIL,
    EMAIL_CHANGES,
    NAME_CHANGES,
    NEW_PASSWORD,
    BREACHES_ASKED,
)
