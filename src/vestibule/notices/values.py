"""Which event makes which notice, and whom it tells; pure."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from email.errors import MessageError
from typing import TYPE_CHECKING, NamedTuple

from vestibule.audit.values import Details, EventKind, Origin
from vestibule.texts import Text

if TYPE_CHECKING:
    from email.headerregistry import Address

MOST_ADDRESSES = 5
LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the brackets
LONGEST_NAME = 100
MAIL = "mail"
"""The kind of a mail of the host's own; what it says is in the row, encrypted, until it is sent."""
LATER = "later"
"""The kind of what is no mail yet: whoever sends lets the host write it."""
LINK_LIFETIME = timedelta(days=14)
"""How long "This wasn't me" works after a notice was written."""
_WHILE_RECOVERY_LASTS = timedelta(days=38)
"""The longest waiting time, and the week after it in which the way is open."""
KEPT_WHEN_DEAD = timedelta(days=30)
"""How long a mail that could not be sent is shown to the operator."""
MOST_TRIES = 14
LEASE = timedelta(minutes=10)
"""For so long nobody else takes a mail that is being sent; longer than all timeouts together."""
LONGEST_PAUSE = timedelta(hours=6)

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

SECOND_STEP_ASKED_AGAIN = timedelta(hours=6)


class Notice(NamedTuple):
    """What a mail says of an event. ``%(site)s`` and ``%(browser)s`` stand in its sentences."""

    subject: Text
    what: Text
    once_in: timedelta | None = None
    """What strangers can repeat is told once in such a stretch of time, or they fill a mailbox."""
    has_link: bool = True
    """Whether "This wasn't me" is offered; not where there is nothing left to close."""
    if_not_you: Text | None = None
    stops_recovery: bool = False
    """Whether the link leads to where a recovery is stopped. Such a notice is always written: what
    else was told of the account that day must not keep its owner from hearing of it."""
    link_works_for: timedelta = LINK_LIFETIME


_ASK_THEM = Text("If you did not ask for it, tell the people who run the site at once.")

NOTICES: dict[str, Notice] = {
    EventKind.ACCOUNT_CREATED: Notice(
        Text("New account at %(site)s"),
        Text("An account was made at %(site)s, and this e-mail address was given for it."),
        has_link=False,
        if_not_you=Text(
            "If it was not you, somebody typed your address, perhaps by mistake.\n"
            "Nothing of yours was opened, and the address does not count as theirs\n"
            "until somebody who reads this mailbox confirms it."
        ),
    ),
    EventKind.SIGNED_IN: Notice(
        Text("New sign-in to %(site)s from %(browser)s"),
        Text("Somebody signed in to your account at %(site)s."),
    ),
    EventKind.SECOND_STEP_FAILED: Notice(
        Text("Wrong code after the right password at %(site)s"),
        Text(
            "Somebody entered the right password of your account at %(site)s, and then a code "
            "that was not right. Nobody was let in. If it was not you, somebody knows your "
            "password."
        ),
        once_in=SECOND_STEP_ASKED_AGAIN,
    ),
    EventKind.CONFIRM_FAILED: Notice(
        Text("Wrong code in an open session at %(site)s"),
        Text(
            "Somebody who is signed in to your account at %(site)s was asked for a code and "
            "entered one that was not right."
        ),
        once_in=SECOND_STEP_ASKED_AGAIN,
    ),
    EventKind.PASSWORD_CHANGED: Notice(
        Text("Password changed at %(site)s"),
        Text("The password of your account at %(site)s was changed. All other sessions ended."),
    ),
    EventKind.PASSWORD_DISABLED: Notice(
        Text("Your account at %(site)s is closed to everybody for now"),
        Text(
            "Somebody who reads this mailbox said “This wasn’t me”. Every session of your account "
            "at %(site)s ended, and its password opens nothing until a new one is set."
        ),
        has_link=False,
        if_not_you=Text("If it was not you, somebody else reads your mails."),
    ),
    EventKind.ADDRESSES_CHANGED: Notice(
        Text("E-mail address changed at %(site)s"),
        Text("From now on mails about your account at %(site)s go to another address."),
    ),
    EventKind.EMAIL_CHANGE_ASKED: Notice(
        Text("Another e-mail address asked for at %(site)s"),
        Text(
            "Somebody who is signed in to your account at %(site)s, and knows its password, wants "
            "it to have another e-mail address. A link went there. Until it is opened and "
            "confirmed, this address stays the one of your account."
        ),
    ),
    EventKind.EMAIL_CHANGED: Notice(
        Text("E-mail address of your account at %(site)s changed"),
        Text(
            "Your account at %(site)s has another e-mail address now: links for a new password go "
            "there. All other sessions ended. If it was not you, tell the people who run %(site)s "
            "as well."
        ),
    ),
    EventKind.NAME_CHANGED: Notice(
        Text("User name changed at %(site)s"),
        Text("Your account at %(site)s has another user name now."),
    ),
    EventKind.NOTICE_ADDRESS_ADDED: Notice(
        Text("Second address for notices at %(site)s"),
        Text("From now on mails about your account at %(site)s go to a second address too."),
    ),
    EventKind.NOTICE_ADDRESS_REMOVED: Notice(
        Text("Second address for notices removed at %(site)s"),
        Text("From now on mails about your account at %(site)s go to one address less."),
    ),
    EventKind.AUTHENTICATOR_ADDED: Notice(
        Text("Authenticator added at %(site)s"),
        Text("An authenticator app was set up for your account at %(site)s."),
    ),
    EventKind.AUTHENTICATOR_RENAMED: Notice(
        Text("Authenticator renamed at %(site)s"),
        Text("An authenticator of your account at %(site)s got another name."),
    ),
    EventKind.AUTHENTICATOR_REPLACED: Notice(
        Text("Authenticator replaced at %(site)s"),
        Text("An authenticator of your account at %(site)s was replaced by a new one."),
    ),
    EventKind.AUTHENTICATOR_REMOVED: Notice(
        Text("Authenticator removed at %(site)s"),
        Text("An authenticator of your account at %(site)s was removed."),
    ),
    EventKind.AUTHENTICATOR_IMPORTED: Notice(
        Text("Authenticator taken over at %(site)s"),
        Text("An authenticator that you had before now belongs to your account at %(site)s."),
    ),
    EventKind.AUTHENTICATOR_DISABLED: Notice(
        Text("Authenticator disabled at %(site)s"),
        Text(
            "After too many wrong codes in a row the authenticators of your account at %(site)s "
            "were disabled. Backup codes still work."
        ),
    ),
    EventKind.PASSKEY_ADDED: Notice(
        Text("Passkey added at %(site)s"),
        Text(
            "A passkey was added to your account at %(site)s. Whoever holds it can sign in with it."
        ),
    ),
    EventKind.PASSKEY_RENAMED: Notice(
        Text("Passkey renamed at %(site)s"),
        Text("A passkey of your account at %(site)s got another name."),
    ),
    EventKind.PASSKEY_REMOVED: Notice(
        Text("Passkey removed at %(site)s"),
        Text("A passkey of your account at %(site)s was removed."),
    ),
    EventKind.PASSKEY_FAILED: Notice(
        Text("Passkey refused at %(site)s"),
        Text(
            "A passkey was used for your account at %(site)s and was not accepted. Nobody was let "
            "in by it."
        ),
        once_in=SECOND_STEP_ASKED_AGAIN,
    ),
    EventKind.PASSKEY_COUNTER: Notice(
        Text("There may be a copy of a passkey of yours at %(site)s"),
        Text(
            "A passkey of your account at %(site)s counts how often it was used, and its counter "
            "went back. If you did not set it back yourself, somebody may have a copy: remove it "
            "and add another one."
        ),
        once_in=SECOND_STEP_ASKED_AGAIN,
    ),
    EventKind.LINK_MADE: Notice(
        Text("Set-up link made at %(site)s"),
        Text(
            "A link was made with which the first authenticator of your account at %(site)s can "
            "be set up."
        ),
    ),
    EventKind.BACKUP_CODES_MADE: Notice(
        Text("New backup codes at %(site)s"),
        Text("New backup codes were made for your account at %(site)s. The old ones are void."),
    ),
    EventKind.BACKUP_CODE_USED: Notice(
        Text("Backup code used at %(site)s"),
        Text("A backup code of your account at %(site)s was used."),
    ),
    EventKind.SIGNED_OUT_EVERYWHERE: Notice(
        Text("Signed out everywhere at %(site)s"),
        Text("Every other session of your account at %(site)s was ended."),
    ),
    EventKind.BROWSER_TRUSTED: Notice(
        Text("Trusted browser added at %(site)s"),
        Text(
            "From now on %(browser)s is trusted: for a while, the password of your account at "
            "%(site)s alone signs in there."
        ),
    ),
    EventKind.TRUST_COPIED: Notice(
        Text("A trusted browser was ended at %(site)s"),
        Text(
            "A cookie of a browser that your account at %(site)s trusted came from a second "
            "place: it may have been copied. It is trusted no more, and the sessions that came "
            "of it ended."
        ),
    ),
    EventKind.BROWSER_COPIED: Notice(
        Text("A remembered browser was ended at %(site)s"),
        Text(
            "A cookie of a browser that stayed signed in to your account at %(site)s came from a "
            "second place: it may have been copied. That browser has to sign in again."
        ),
    ),
    EventKind.RECOVERY_ASKED: Notice(
        Text("Somebody wants to replace your second step at %(site)s"),
        Text(
            "Somebody who knows your password, and opened a link in a mail to you, said that the "
            "second step of your account at %(site)s is lost. When the waiting time is over they "
            "can set up a new one; your authenticators and backup codes stop working then."
        ),
        stops_recovery=True,
        link_works_for=_WHILE_RECOVERY_LASTS,
    ),
    EventKind.RECOVERY_OPENED: Notice(
        Text("The second step of your account at %(site)s can be replaced now"),
        Text(
            "The waiting time is over. For a week, whoever knows the password of your account at "
            "%(site)s and reads your mails can set up a new second step. Was that you? Then sign "
            "in with your password, and choose “I can’t use any of these”."
        ),
        stops_recovery=True,
        link_works_for=_WHILE_RECOVERY_LASTS,
    ),
    EventKind.RECOVERY_STOPPED: Notice(
        Text("Your second step at %(site)s stays as it is"),
        Text(
            "A replacement of the second step of your account at %(site)s was asked for, and is "
            "stopped now. Nothing was changed. Whoever asked for it knows your password: if that "
            "was not you, set a new one."
        ),
    ),
    EventKind.RECOVERED: Notice(
        Text("Second step replaced at %(site)s"),
        Text(
            "A new second step was set up for your account at %(site)s in place of the one that "
            "was said to be lost. The authenticators, passkeys and backup codes of before stopped "
            "working, and every other session ended."
        ),
    ),
    EventKind.SECOND_STEP_RESET: Notice(
        Text("Second step removed by an administrator at %(site)s"),
        Text(
            "An administrator removed the second step of your account at %(site)s, with all "
            "authenticators, passkeys and backup codes, and ended every session. Sign in soon and "
            "set up a new one: until then whoever knows your password can."
        ),
        if_not_you=_ASK_THEM,
        has_link=False,
    ),
    EventKind.SIGNED_OUT_BY_ADMINISTRATOR: Notice(
        Text("Signed out by an administrator at %(site)s"),
        Text("An administrator ended every session of your account at %(site)s."),
        if_not_you=_ASK_THEM,
        has_link=False,
    ),
    EventKind.UNLOCKED: Notice(
        Text("Your account at %(site)s was unlocked by an administrator"),
        Text(
            "An administrator gave your account at %(site)s its tries of passwords and codes back, "
            "so that nobody has to wait any more."
        ),
        if_not_you=_ASK_THEM,
        has_link=False,
    ),
    EventKind.ACCOUNT_DISABLED: Notice(
        Text("Your account at %(site)s was disabled by an administrator"),
        Text(
            "An administrator disabled your account at %(site)s and ended every session. Nobody "
            "can sign in to it until an administrator enables it again."
        ),
        if_not_you=_ASK_THEM,
        has_link=False,
    ),
    EventKind.ACCOUNT_ENABLED: Notice(
        Text("Your account at %(site)s was enabled by an administrator"),
        Text("An administrator enabled your account at %(site)s again. You can sign in."),
        if_not_you=_ASK_THEM,
        has_link=False,
    ),
    EventKind.ACCOUNT_FORGOTTEN: Notice(
        Text("Account at %(site)s closed"),
        Text("Your account at %(site)s was closed, and what belonged to it was deleted."),
        has_link=False,
    ),
}


class Later(NamedTuple):
    """What is to be written when mails are sent, and the request that asked for it."""

    name: str
    said: Mapping[str, str]
    language: str
    origin: Origin


def notice_of(kind: EventKind, details: Details) -> Notice | None:
    """What is told of an event; None for one that everybody expects."""
    if kind is EventKind.SIGNED_IN and details.get("known_browser"):
        return None
    if kind is EventKind.LINK_MADE and details.get("purpose") != "enrolment":
        return None  # the mail that brings it is the notice
    is_first = details.get("set_number") == 1 and details.get("with_factor")
    if kind is EventKind.BACKUP_CODES_MADE and is_first:
        return None  # what it came with is told
    if kind is EventKind.AUTHENTICATOR_REMOVED and details.get("all"):
        return None  # told as a whole
    return NOTICES.get(kind)


def link_works_for(kind: str) -> timedelta:
    """How long the link of a notice of this kind works."""
    return NOTICES[kind].link_works_for if kind in NOTICES else LINK_LIFETIME


class Contact(NamedTuple):
    """How the site calls an account, where mails about it go, and in which language."""

    name: str = ""
    language: str = "en"
    addresses: tuple[str, ...] = ()

    def as_text(self) -> str:
        if not self.addresses:
            return ""
        return json.dumps([self.name, self.language, *self.addresses], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> "Contact":
        if not text:
            return cls()
        name, language, *addresses = json.loads(text)
        return cls(name, language, tuple(addresses))


def contact_of(name: str, language: str, addresses: object) -> Contact:
    """A contact of what a host says; what is no address, or one too many, is left out."""
    found = [addresses] if isinstance(addresses, str) else list(addresses or ())  # type: ignore[call-overload]
    good = dict.fromkeys(one for one in found if isinstance(one, str) and is_address(one))
    if not good:
        return Contact()
    return Contact(one_line(name)[:LONGEST_NAME], language, tuple(good)[:MOST_ADDRESSES])


def is_address(text: str) -> bool:
    """Whether a mail can be addressed to it: one line, one address, nothing around it."""
    if not text.isprintable() or not 3 <= len(text) <= LONGEST_ADDRESS:
        return False
    try:
        found = address_of(text)
    except (MessageError, ValueError, IndexError, AttributeError):
        return False  # the last two are what Python's parser falls over, at "a@[" say
    return bool(found.username and found.domain)


def address_of(text: str) -> "Address":
    """The address as a header takes it. Raises as its parser for what is none."""
    from email.headerregistry import Address  # all of a parser of mails

    plain = _NOT_ASCII.sub("x", text)
    found = Address(addr_spec=plain)
    if found.addr_spec != plain or (plain != text and '"' in text):
        raise ValueError("something stands around the address, or letters of a language in quotes")
    if plain == text:
        return found
    # Python reads ASCII alone before the @; other letters stand where ASCII's may (RFC 6531).
    username, _, domain = text.rpartition("@")
    return Address(username=username, domain=domain)


def one_line(text: str) -> str:
    """Without what breaks a line, hides, or turns the direction of what is around it."""
    kept = (one for one in text if unicodedata.category(one)[0] != "C")
    return " ".join("".join(kept).split())


def pause_after(tries: int) -> timedelta:
    """How long a mail waits after so many tries: 1 minute, then twice as long each time."""
    return min(timedelta(minutes=2.0 ** min(tries - 1, 20)), LONGEST_PAUSE)
