"""One try of a password: a free hashing slot, then the budgets, then the comparison (P3)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from unicodedata import normalize

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import Details, EventKind, Factor, Origin, Result
from vestibule.browsers import known
from vestibule.foundation.budgets import Allowed, Try, clear, give_back, spend
from vestibule.foundation.hashing import Slot
from vestibule.foundation.services import Services
from vestibule.signin.errors import TooManyTries
from vestibule.signin.hashing_slots import hashing_slot
from vestibule.signin.refusals import of_kind, record_refusal
from vestibule.signin.schedule import (
    PASSWORD_ACCOUNT,
    PASSWORD_ADDRESS,
    PASSWORD_KNOWN,
    PASSWORD_NAME,
)
from vestibule.subjects.flows import SubjectSeen

LONGEST_NAME = 254
"""Characters of a name that tell it from another; an e-mail address has at most so many."""


class PasswordTry:
    """A try that was taken from the budgets. :meth:`check` compares; or the host compares itself
    and calls :meth:`passed`. A try that was not passed is recorded as a failure when it ends.
    """

    def __init__(
        self,
        slot: Slot,
        *,
        user_id: str | None,
        name_key: str,
        account_key: str,
        address_key: str,
        known_id: str | None,
        seen: SubjectSeen | None,
        contact: str,
        closed: bool,
    ) -> None:
        self._slot = slot
        self.user_id = user_id
        self._name_key = name_key
        self._account_key = account_key
        self._address_key = address_key
        self._known_id = known_id
        self._closed = closed
        self.seen = seen
        """The subject before the password was hashed: what is revoked meanwhile wins (P7)."""
        self.contact = contact
        """And where its mails went then."""
        self.right = False
        self.needs_rehash = False
        """Whether the right password's hash was made at another cost than today's (HASH-6)."""

    def check(self, stored: str | None, password: str) -> bool:
        """Compare ``password`` with an argon2id hash; None costs the same and is never right.

        False, after the same work, where the account's own budget has nothing left: the answer
        must not tell that the account exists (P8).
        """
        right = self._slot.verify(None if self._closed else stored, password)
        if right and stored:
            self.passed()
            self.needs_rehash = self._slot.needs_rehash(stored)
        return right

    def passed(self) -> None:
        """Say that the host found the password right itself.

        ``login_user()`` in the same request is refused without it, and where the account's own
        budget had nothing left.
        """
        self.right = not self._closed

    def hash(self, password: str) -> str:
        """Hash a password with today's parameters."""
        return self._slot.hash(password)

    def clear_on(self, connection: Connection) -> None:
        """Give back what a right password gives back, in the transaction that uses it.

        The address gets this one try back and no other (L28). A known browser gets back what it
        spent itself: what strangers spent stays spent.
        """
        if self._known_id:
            clear(connection, PASSWORD_KNOWN, self._known_id)
            return
        # In the order in which the try was taken: any other could deadlock with the next one.
        clear(connection, PASSWORD_ACCOUNT, self._account_key)
        give_back(connection, Try(PASSWORD_ADDRESS, self._address_key))
        clear(connection, PASSWORD_NAME, self._name_key)


def key_of_name(services: Services, name: str) -> str:
    """The subject of a typed name's budget."""
    # John, john and full-width letters are one name: they share one budget (L25).
    # Cut first: normalising takes quadratic time, and nobody has a longer name.
    shown = normalize("NFKC", name[:LONGEST_NAME]).casefold().strip()
    return services.keyring.mac("sign-in name", shown)


@contextmanager
def password_try(
    services: Services,
    *,
    name: str,
    user_id: str | None,
    address_key: str,
    origin: Origin,
    known_cookie: str | None,
) -> Iterator[PasswordTry]:
    """Take a hashing slot and a try for the name as typed, its account and the address; of a
    browser that the account knows, a slot that is kept for those, and a try of its own.

    Raises ``Busy``, ``Unavailable`` or :class:`TooManyTries`; then nothing was compared.
    """
    name_key = key_of_name(services, name)
    # A name that belongs to nobody spends under its own hash, so that the same statements run.
    account_key = _account_key(services, user_id) if user_id is not None else name_key
    unknown: Details = {} if user_id is not None else {"unknown_name": name_key}
    with services.database.read() as connection:
        # Names that belong to nobody are looked up too: the same reads for everybody (ENUM-2).
        found = known.find(
            connection,
            user_id if user_id is not None else name_key,
            known_cookie,
            services.clock.now(),
        )
    seen, known_id = (found.subject, found.browser) if found else (None, None)
    with hashing_slot(services, known_id) as slot:
        now = services.clock.now()

        def write(connection: Connection, _: Allowed) -> None:
            record(
                connection,
                now,
                EventKind.TRY_TAKEN,
                origin=origin,
                subject_id=seen.id if seen else None,
                factor=Factor.PASSWORD,
                details=unknown,
            )

        account = Try(PASSWORD_ACCOUNT, account_key)
        if known_id is not None:
            tries, account_too = [Try(PASSWORD_KNOWN, known_id)], []
        else:
            tries = [Try(PASSWORD_NAME, name_key), Try(PASSWORD_ADDRESS, address_key)]
            # The account's budget may be used up through another of its names. That must not be
            # told, so its refusal does not undo what the name and the address spent.
            account_too = [account]
        outcome = spend(services.database, now, tries, write, account_too)
        if not isinstance(outcome, Allowed):
            with services.database.write() as connection:
                record_refusal(
                    connection,
                    now,
                    of_kind(outcome.kind, tries),
                    subject_id=seen.id if seen else None,
                    factor=Factor.PASSWORD,
                    origin=origin,
                    details=unknown,
                )
            raise TooManyTries(outcome.kind, outcome.retry_at)
        attempt = PasswordTry(
            slot,
            user_id=user_id,
            name_key=name_key,
            account_key=account_key,
            seen=seen,
            address_key=address_key,
            known_id=known_id,
            contact=found.contact if found else "",
            closed=bool(account_too) and account.budget.kind not in outcome.counts,
        )
        yield attempt
    if not attempt.right:
        with services.database.write() as connection:
            record(
                connection,
                services.clock.now(),
                EventKind.PASSWORD_FAILED,
                origin=origin,
                subject_id=seen.id if seen else None,
                factor=Factor.PASSWORD,
                result=Result.FAILED,
                details=unknown,
            )


def clear_for(
    connection: Connection, services: Services, user_id: str, names: Iterable[str]
) -> None:
    """Give back what was tried on a password that is none any more: whoever set the new one, with
    a link perhaps after guessing at the old one, signs in with it at once.
    """
    clear(connection, PASSWORD_ACCOUNT, _account_key(services, user_id))
    for key in sorted({key_of_name(services, name) for name in names}):
        clear(connection, PASSWORD_NAME, key)


def _account_key(services: Services, user_id: str) -> str:
    return services.keyring.mac("account", user_id)
