"""The schedule of allowed tries: one row per budget. The docs print this table."""

from datetime import timedelta

from vestibule.foundation.budgets import Budget

_SECONDS = timedelta(seconds=1)
_MINUTES = timedelta(minutes=1)
_HOURS = timedelta(hours=1)

PASSWORD_NAME = Budget(
    kind="password.name",
    reason="Guessing one account's password by the name typed; acts alike for names that do not "
    "exist, so it answers 429 openly.",
    limit=100,
    window=24 * _HOURS,
    cool_offs=(
        (5, 30 * _SECONDS),
        (10, 1 * _MINUTES),
        (15, 2 * _MINUTES),
        (20, 5 * _MINUTES),
        (30, 15 * _MINUTES),
        (50, 1 * _HOURS),
    ),
)
PASSWORD_ACCOUNT = Budget(
    kind="password.account",
    reason="The same account guessed under its name and its e-mail shares one budget. It never "
    "answers 429, since that would tell that both belong together: the answer is 'not right'.",
    limit=PASSWORD_NAME.limit,
    window=PASSWORD_NAME.window,
    cool_offs=PASSWORD_NAME.cool_offs,
)
PASSWORD_ADDRESS = Budget(
    kind="password.address",
    reason="One address (IPv6: one /64) trying one password on many accounts. A right password "
    "gives its own try back and no other, so an office behind one address is not shut out.",
    limit=100,
    window=10 * _MINUTES,
)
PASSWORD_KNOWN = Budget(
    kind="password.known",
    reason="One known browser guessing the password of an account that it signed in to before: in "
    "place of the three above, so that strangers who spend those do not make the owner wait.",
    limit=PASSWORD_NAME.limit,
    window=PASSWORD_NAME.window,
    cool_offs=PASSWORD_NAME.cool_offs,
)
HASHING_KEPT = Budget(
    kind="hashing.kept",
    reason="Hashes of one known browser in the slot that is kept for those. Beyond it the browser "
    "waits with everybody: who has an account of their own must not stand in that slot for ever.",
    limit=10,
    window=10 * _MINUTES,
)
HASHING_ASKED = Budget(
    kind="hashing.asked",
    reason="How often one known browser may come to the form while all hashing slots are taken: "
    "who has an account of their own must not flood past the refusal that others get at once.",
    limit=30,
    window=10 * _MINUTES,
)
CODE_PENDING = Budget(
    kind="code.pending",
    reason="Codes of one sign-in; after that the password is asked again.",
    limit=5,
    window=1 * _HOURS,
)
CODE_ACCOUNT = Budget(
    kind="code.account",
    reason="Wrong codes of one account in a row, over all sign-ins, browsers and addresses. After "
    "100 the authenticators are disabled (NIST SP 800-63B-4 section 3.2.2). A right code clears "
    "it. Strangers have a part of it only, the next row.",
    limit=100,
    window=None,
)
CODE_STRANGERS = Budget(
    kind="code.strangers",
    reason="Wrong codes of one account from all browsers together that it does not know. After 50 "
    "codes are closed to them; a right code gives its own try back and no other, since the owner's "
    "sign-ins must not buy a stranger more.",
    limit=50,
    window=None,
    cool_offs=(
        (5, 30 * _SECONDS),
        (10, 1 * _MINUTES),
        (15, 2 * _MINUTES),
        (20, 4 * _MINUTES),
        (25, 8 * _MINUTES),
        (30, 15 * _MINUTES),
        (40, 30 * _MINUTES),
        (50, 1 * _HOURS),
    ),
)
CODE_KNOWN = Budget(
    kind="code.known",
    reason="Wrong codes of one account in a row from one browser that it knows. Its waiting times "
    "are its own: nobody else's codes make it wait. A right code clears it.",
    limit=CODE_ACCOUNT.limit,
    window=None,
    cool_offs=CODE_STRANGERS.cool_offs,
)
BACKUP_CODE_OWN = Budget(
    kind="backup_code.own",
    reason="Guessing the secret part behind one selector, whether or not a backup code has it: the "
    "answers do not tell which selectors outsiders would have to spend.",
    limit=10,
    window=1 * _HOURS,
)
BACKUP_CODE_ACCOUNT = Budget(
    kind="backup_code.account",
    reason="Wrong backup codes of one account. A right one passes whatever was spent here, and "
    "gives its own try back.",
    limit=100,
    window=24 * _HOURS,
    cool_offs=((10, 30 * _SECONDS), (20, 5 * _MINUTES), (50, 1 * _HOURS)),
)
BACKUP_CODE_PENDING = Budget(
    kind="backup_code.pending",
    reason="Backup codes of one sign-in: each try costs the server one hash.",
    limit=10,
    window=1 * _HOURS,
)
PASSKEY_PENDING = Budget(
    kind="passkey.pending",
    reason="Answers of passkeys in one sign-in. Nobody guesses a signature, so this bounds the "
    "work; there is no budget of the account, which outsiders could spend.",
    limit=10,
    window=1 * _HOURS,
)
PASSKEY_SESSION = Budget(
    kind="passkey.session",
    reason="Answers of passkeys in one session that confirms.",
    limit=30,
    window=1 * _HOURS,
)
PASSKEY_ADDRESS = Budget(
    kind="passkey.address",
    reason="Sign-ins with a passkey alone from one address (IPv6: one /64). One that passes gives "
    "its own try back.",
    limit=100,
    window=10 * _MINUTES,
)
PASSKEY_KNOWN = Budget(
    kind="passkey.known",
    reason="The same from one browser that the passkey's account knows, in place of the address: "
    "strangers behind the owner's address do not make the owner wait.",
    limit=PASSKEY_ADDRESS.limit,
    window=PASSKEY_ADDRESS.window,
)
PASSKEY_ASKED = Budget(
    kind="passkey.asked",
    reason="Challenges made for one known browser that signs in without a password, or else for "
    "one address, of which every opened sign-in page asks for one; else for one sign-in or "
    "session. Each is a row for five minutes.",
    limit=600,
    window=10 * _MINUTES,
)
ENROLMENT = Budget(
    kind="enrolment.confirm",
    reason="First codes of new authenticators. Nothing is protected by it yet; it bounds the work.",
    limit=30,
    window=15 * _MINUTES,
)
NEW_BACKUP_CODES = Budget(
    kind="backup_codes.new",
    reason="Each new set costs the server ten hashes.",
    limit=10,
    window=1 * _HOURS,
)
RECOVERY_ASKED = Budget(
    kind="recovery.asked",
    reason="Links with which a recovery begins and ends, of one account: each is a mail to its "
    "owner, who can use it whoever asked.",
    limit=5,
    window=6 * _HOURS,
)

ALL = (
    PASSWORD_NAME,
    PASSWORD_ACCOUNT,
    PASSWORD_ADDRESS,
    PASSWORD_KNOWN,
    HASHING_KEPT,
    HASHING_ASKED,
    CODE_PENDING,
    CODE_ACCOUNT,
    CODE_STRANGERS,
    CODE_KNOWN,
    BACKUP_CODE_OWN,
    BACKUP_CODE_ACCOUNT,
    BACKUP_CODE_PENDING,
    PASSKEY_PENDING,
    PASSKEY_SESSION,
    PASSKEY_ADDRESS,
    PASSKEY_KNOWN,
    PASSKEY_ASKED,
    ENROLMENT,
    NEW_BACKUP_CODES,
    RECOVERY_ASKED,
)
