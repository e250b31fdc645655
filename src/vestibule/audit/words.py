"""What happened, as a sentence for the person whose account it is."""

from collections.abc import Mapping

from vestibule.audit.values import Details, EventKind, Factor
from vestibule.browser_names import browser_in_words
from vestibule.texts import Text

NOT_TOLD = frozenset({EventKind.TRY_TAKEN})
"""What is only half of a story: each try is told by how it ended."""

SENTENCES: Mapping[EventKind, Text] = {
    EventKind.ACCOUNT_CREATED: Text("The account was made"),
    EventKind.ACCOUNT_FORGOTTEN: Text("The account was closed"),
    EventKind.ACCOUNT_IMPORTED: Text("The account came from another program"),
    EventKind.PASSWORD_CHANGED: Text("The password was changed, and all other sessions ended"),
    EventKind.PASSWORD_DISABLED: Text(
        "Somebody said “This wasn’t me”: all sessions ended, and the password opened nothing more"
    ),
    EventKind.ADDRESSES_CHANGED: Text("From then on mails about the account went elsewhere"),
    EventKind.PASSWORD_FORGOTTEN: Text("A link for a new password was asked for"),
    EventKind.EMAIL_CONFIRMED: Text("The e-mail address was confirmed"),
    EventKind.BREACHES_NOT_ASKED: Text("The list of passwords seen in breaches did not answer"),
    EventKind.SIGNED_OUT_EVERYWHERE: Text("Signed out everywhere else"),
    EventKind.TRY_REFUSED: Text("Too many tries: nothing was compared"),
    EventKind.PASSWORD_FAILED: Text("A wrong password was entered"),
    EventKind.SECOND_STEP_FAILED: Text("A wrong code was entered after the right password"),
    EventKind.CODE_REPLAYED: Text("A code that was used already was entered again"),
    EventKind.SIGNIN_STARTED: Text("The first step of a sign-in was passed"),
    EventKind.SIGNIN_ENDED: Text("A sign-in was given up before the second step"),
    EventKind.SIGNED_IN: Text("Signed in"),
    EventKind.CONFIRMED: Text("You confirmed that it was you"),
    EventKind.CONFIRM_FAILED: Text("A wrong code was entered where you confirm that it is you"),
    EventKind.SIGNED_OUT: Text("Signed out"),
    EventKind.SIGNED_OUT_ELSEWHERE: Text("Another browser was signed out: %(browser)s"),
    EventKind.ENROLMENT_STARTED: Text("The set-up of an authenticator began"),
    EventKind.ENROLMENT_FAILED: Text("The first code of a new authenticator was not right"),
    EventKind.AUTHENTICATOR_ADDED: Text("An authenticator was set up"),
    EventKind.AUTHENTICATOR_RENAMED: Text("An authenticator got another name"),
    EventKind.AUTHENTICATOR_REPLACED: Text("An authenticator was replaced by a new one"),
    EventKind.AUTHENTICATOR_REMOVED: Text("An authenticator was removed"),
    EventKind.AUTHENTICATOR_IMPORTED: Text("An authenticator came from another program"),
    EventKind.SECRETS_EXPORTED: Text("The authenticators were exported"),
    EventKind.AUTHENTICATOR_DISABLED: Text(
        "The authenticators were switched off after 100 wrong codes in a row"
    ),
    EventKind.CODES_CLOSED: Text("Codes were closed to browsers that never signed in before"),
    EventKind.CODES_REOPENED: Text("Codes were opened to all browsers again"),
    EventKind.LINK_MADE: Text("A link that works once was made"),
    EventKind.LINK_USED: Text("A link that works once was used"),
    EventKind.BACKUP_CODES_MADE: Text("New backup codes were made"),
    EventKind.BACKUP_CODES_SHOWN: Text("The new backup codes were shown"),
    EventKind.BACKUP_CODES_SAVED: Text("You said that you saved the backup codes"),
    EventKind.BACKUP_CODES_RETIRED: Text("The backup codes went with the last authenticator"),
    EventKind.BACKUP_CODE_USED: Text("A backup code was used up"),
    EventKind.BROWSER_REMEMBERED: Text("From then on this browser stayed signed in"),
    EventKind.BROWSER_COPIED: Text(
        "A cookie of a browser that stays signed in came a second time: what it opened was ended"
    ),
    EventKind.BROWSER_TRUSTED: Text("From then on this browser was trusted"),
    EventKind.TRUST_ENDED: Text("A browser was trusted no more"),
    EventKind.TRUST_COPIED: Text(
        "A cookie of a trusted browser came a second time: the trust was ended"
    ),
    EventKind.SECRETS_REENCRYPTED: Text("Secrets were encrypted under another key"),
    EventKind.AUDIT_PURGED: Text("Old events were deleted"),
    EventKind.AUDIT_EXPORTED: Text("Events were taken out of the log as a file"),
    EventKind.EMAIL_CHANGE_ASKED: Text("A link went to the e-mail address that was to be yours"),
    EventKind.EMAIL_CHANGED: Text("The e-mail address was changed, and all other sessions ended"),
    EventKind.NAME_CHANGED: Text("The account got another user name"),
    EventKind.NOTICE_ADDRESS_ADDED: Text("From then on mails went to a second address too"),
    EventKind.NOTICE_ADDRESS_REMOVED: Text("Mails went to the second address no more"),
    EventKind.RECOVERY_ASKED: Text("A new second step was asked for in place of a lost one"),
    EventKind.RECOVERY_OPENED: Text("The waiting time for a new second step was over"),
    EventKind.RECOVERY_STOPPED: Text("The wait for a new second step was stopped"),
    EventKind.RECOVERED: Text("A new second step took the place of a lost one"),
    EventKind.SECOND_STEP_RESET: Text("An administrator removed the second step"),
    EventKind.ADMINISTRATOR_MADE: Text("The account became an administrator’s"),
    EventKind.SIGNED_OUT_BY_ADMINISTRATOR: Text("An administrator signed all browsers out"),
    EventKind.UNLOCKED: Text("An administrator gave the tries back"),
    EventKind.ACCOUNT_DISABLED: Text("An administrator disabled the account"),
    EventKind.ACCOUNT_ENABLED: Text("An administrator enabled the account again"),
    EventKind.LINK_SENT: Text("An administrator had a link sent to you"),
    EventKind.BROWSER_RENAMED: Text("A browser got another name"),
    EventKind.BROWSER_FORGOTTEN: Text("A browser was forgotten: %(browser)s"),
    EventKind.ADOPTED: Text("Went on from before the second step came to this site"),
    EventKind.CSRF_REFUSED: Text("A form that did not come from its own page was refused"),
}

_BY_NAME = {kind.value: said for kind, said in SENTENCES.items()}
_FACTORS: Mapping[str, Text] = {
    Factor.PASSWORD: Text("password"),
    Factor.TOTP: Text("authenticator"),
    Factor.BACKUP_CODE: Text("backup code"),
    Factor.REMEMBERED_BROWSER: Text("browser that stays signed in"),
    Factor.TRUSTED_BROWSER: Text("password in a trusted browser"),
}


def sentence_of(kind: str, details: Details) -> str:
    """What happened. Of a newer version's event the name: it may have been written before a
    downgrade."""
    said = _BY_NAME.get(kind)
    if said is None:
        return kind
    return Text(str(said), browser=browser_in_words(str(details.get("ended", ""))))


def factor_in_words(factor: str | None) -> str | None:
    """By what it was shown, where something was."""
    return _FACTORS.get(factor, factor) if factor else None
