"""The catalogue of events, and what surrounds one."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class EventKind(StrEnum):
    """What can happen. The docs print each with its sentence."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> "EventKind":
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    ACCOUNT_CREATED = "account.created", "An account was created"
    ACCOUNT_FORGOTTEN = "account.forgotten", "The user is gone; factors and sessions were deleted"
    ACCOUNT_IMPORTED = "account.imported", "An account of another program was taken over"
    PASSWORD_CHANGED = "password.changed", "The password was changed; all other sessions ended"
    PASSWORD_DISABLED = (
        "password.disabled",
        "Somebody said “This wasn’t me”: all sessions ended, the password opens nothing",
    )
    ADDRESSES_CHANGED = "account.addresses", "Mails about the account go to other addresses now"
    PASSWORD_FORGOTTEN = (
        "password.forgotten",
        "A link for a new password was asked for; an unknown address comes as a keyed hash",
    )
    EMAIL_CHANGE_ASKED = (
        "email.change_asked",
        "A link went to the address that the account is to have; until then nothing changes",
    )
    EMAIL_CHANGED = (
        "email.changed",
        "Another address is the account's, shown by a link; all other sessions ended",
    )
    NAME_CHANGED = "account.renamed", "The account has another user name"
    NOTICE_ADDRESS_ADDED = (
        "notices.address_added",
        "Notices go to a second address too, shown by a link",
    )
    NOTICE_ADDRESS_REMOVED = (
        "notices.address_removed",
        "Notices go to the second address no more",
    )
    EMAIL_CONFIRMED = "email.confirmed", "A link showed that the mailbox is read by the person"
    BREACHES_NOT_ASKED = (
        "breaches.not_asked",
        "The list of passwords seen in breaches did not answer; the own list was asked alone",
    )
    SIGNED_OUT_EVERYWHERE = "session.all_ended", "Every other session of the account was ended"
    TRY_TAKEN = "try.taken", "A try was taken from the budgets, before anything was compared"
    TRY_REFUSED = "try.refused", "Too many tries: nothing was compared; this many times"
    PASSWORD_FAILED = "password.failed", "The password was not right"
    SECOND_STEP_FAILED = "second_step.failed", "The code of the second step was not right"
    CODE_REPLAYED = "second_step.replayed", "A code that was used already was entered again"
    SIGNIN_STARTED = "signin.started", "The password was right; the second step is asked for"
    SIGNIN_ENDED = "signin.ended", "A sign-in was given up between the steps"
    SIGNED_IN = "session.opened", "Signed in"
    CONFIRMED = "session.confirmed", "The second step was passed again (confirm it's you)"
    CONFIRM_FAILED = "session.confirm_failed", "The second step was not passed again"
    SIGNED_OUT = "session.ended", "Signed out"
    SIGNED_OUT_ELSEWHERE = (
        "session.ended_elsewhere",
        "A session, or a browser that stays signed in, was ended from another session",
    )
    ENROLMENT_STARTED = "authenticator.offered", "A new authenticator's key was shown"
    ENROLMENT_FAILED = (
        "authenticator.refused",
        "The first code of a new authenticator was not right",
    )
    AUTHENTICATOR_ADDED = "authenticator.added", "An authenticator was set up"
    AUTHENTICATOR_RENAMED = "authenticator.renamed", "An authenticator got another name"
    AUTHENTICATOR_REPLACED = (
        "authenticator.replaced",
        "An authenticator was removed, and the one set up with it takes its place",
    )
    AUTHENTICATOR_REMOVED = "authenticator.removed", "An authenticator was removed"
    AUTHENTICATOR_IMPORTED = (
        "authenticator.imported",
        "An authenticator of another program was taken over",
    )
    SECRETS_REENCRYPTED = (
        "secrets.reencrypted",
        "On the command line: authenticators' secrets were encrypted under another key",
    )
    SECRETS_EXPORTED = "secrets.exported", "The secrets of all authenticators were exported"
    AUTHENTICATOR_DISABLED = (
        "authenticator.disabled",
        "After 100 wrong codes in a row the authenticators were disabled",
    )
    CODES_CLOSED = (
        "codes.closed",
        "After 50 wrong codes in unknown browsers, codes are closed to those",
    )
    CODES_REOPENED = "codes.reopened", "Codes were opened again to browsers that are not known"
    PASSKEY_ADDED = "passkey.added", "A passkey was added"
    PASSKEY_RENAMED = "passkey.renamed", "A passkey got another name"
    PASSKEY_REMOVED = "passkey.removed", "A passkey was removed"
    PASSKEY_REFUSED = "passkey.refused", "A new passkey was not accepted"
    PASSKEY_FAILED = "passkey.failed", "What a passkey answered was refused; nothing was opened"
    PASSKEY_COUNTER = (
        "passkey.counter_back",
        "A passkey's counter went back: there may be two of it",
    )
    LINK_MADE = "link.made", "A one-time link was made; older ones for the same purpose are void"
    LINK_USED = "link.used", "A one-time link was used"
    BACKUP_CODES_MADE = "backup_codes.made", "A new set of backup codes was made"
    BACKUP_CODES_SHOWN = "backup_codes.shown", "The backup codes were shown"
    BACKUP_CODES_SAVED = "backup_codes.saved", "The person said that the backup codes are saved"
    BACKUP_CODES_RETIRED = (
        "backup_codes.retired",
        "The backup codes went with the last authenticator",
    )
    BACKUP_CODE_USED = "backup_codes.used", "A backup code was used"
    BROWSER_REMEMBERED = "browser.remembered", "A browser is remembered from now on"
    BROWSER_COPIED = (
        "browser.copied",
        "An old cookie of a remembered browser came again: it and the sessions it opened are over",
    )
    BROWSER_TRUSTED = "trust.began", "A browser is trusted from now on: no second step there"
    TRUST_ENDED = "trust.ended", "A browser is trusted no more"
    TRUST_COPIED = (
        "trust.copied",
        "An old cookie of a trusted browser came again; the trust and its sessions ended",
    )
    BROWSER_RENAMED = "browser.renamed", "A known or trusted browser got another name"
    BROWSER_FORGOTTEN = "browser.forgotten", "A browser is known no more: a stranger from now on"
    ADOPTED = "session.adopted", "A sign-in from before Vestibule was taken over, once"
    AUDIT_PURGED = "audit.purged", "The oldest events were deleted, whole seals, by the operator"
    AUDIT_EXPORTED = (
        "audit.exported",
        "An administrator took events out of the log; the details say which",
    )
    RECOVERY_ASKED = (
        "recovery.asked",
        "A new second step was asked for in place of a lost one; the waiting time begins",
    )
    RECOVERY_OPENED = "recovery.opened", "The waiting time of a recovery is over"
    RECOVERY_STOPPED = "recovery.stopped", "A recovery was stopped; nothing was changed"
    RECOVERED = (
        "recovery.finished",
        "A recovery put a new second step in place of the old one; all sessions and trust ended",
    )
    SECOND_STEP_RESET = (
        "second_step.reset",
        "An administrator removed the second step; all sessions and trust ended",
    )
    ADMINISTRATOR_MADE = "account.administrator", "The account became one of an administrator"
    SIGNED_OUT_BY_ADMINISTRATOR = (
        "session.ended_by_administrator",
        "An administrator ended every session of the account",
    )
    UNLOCKED = "account.unlocked", "An administrator gave the account its tries back"
    ACCOUNT_DISABLED = (
        "account.disabled",
        "An administrator disabled the account; all sessions ended",
    )
    ACCOUNT_ENABLED = "account.enabled", "An administrator enabled the account again"
    LINK_SENT = "link.sent", "An administrator had a one-time link sent to the person"
    CSRF_REFUSED = "web.csrf_refused", "A form came without its own token"


Details = Mapping[str, str | int | bool]
"""What else an event says; JSON, and never a secret."""


class Factor(StrEnum):
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - a name, not a secret
    TOTP = "totp"
    BACKUP_CODE = "backup_code"
    REMEMBERED_BROWSER = "remembered_browser"
    TRUSTED_BROWSER = "trusted_browser"


class Result(StrEnum):
    OK = "ok"
    FAILED = "failed"
    REFUSED = "refused"


class Origin(NamedTuple):
    """Where a request came from: address, browser as it names itself, id of the request."""

    address: str
    browser: str
    request_id: str
