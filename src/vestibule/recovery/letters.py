"""The mail with the link that begins a recovery."""

from vestibule.audit.values import Origin
from vestibule.browser_names import browser_in_words
from vestibule.notices.values import Contact, one_line
from vestibule.settings import Settings
from vestibule.texts import Text, translations


def words_of_the_link(
    settings: Settings, contact: Contact, origin: Origin, link: str, *, is_open: bool
) -> tuple[str, list[str]]:
    """Subject and paragraphs, in the language that the owner is told things in: whoever knows only
    the password does not choose it.
    """
    words = translations(contact.language)
    said = {"username": contact.name, "site": settings.issuer}
    texts = (
        Text("Replace your second step at %(site)s", site=settings.issuer),
        Text(
            "Somebody who knows your password wants to set up a new second step for your account\n"
            "%(username)s at %(site)s now. If that is you, go on here.\n"
            "The link works once, for one hour:",
            **said,
        )
        if is_open
        else Text(
            "Somebody who knows your password said that the second step of your account\n"
            "%(username)s at %(site)s is lost. If that was you, open this page and confirm it.\n"
            "The link works once, for one hour:",
            **said,
        ),
        Text(
            "Asked from the network address: %(address)s\nBrowser: %(browser)s",
            address=one_line(origin.address),
            browser=browser_in_words(origin.browser),
        ),
        Text(
            "If it was not you, do not open it, and set a new password: somebody knows yours. "
            "Nothing was changed."
        ),
    )
    subject, ask, where, if_not_you = (one.said_in(words) for one in texts)
    return subject, [ask, link, where, if_not_you]
