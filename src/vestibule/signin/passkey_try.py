"""One try with a passkey, for whatever it is to open."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.values import EventKind, Factor, Origin, Result
from vestibule.browsers import known
from vestibule.foundation.budgets import Allowed, Try, give_back
from vestibule.foundation.services import Services
from vestibule.passkeys import flows as passkeys
from vestibule.passkeys import verifying
from vestibule.passkeys.flows import Owned, StoredPasskey
from vestibule.passkeys.values import (
    PasskeyRefused,
    Purpose,
    RelyingParty,
    Why,
    counter_went_back,
)
from vestibule.passkeys.verifying import Answer, Shown
from vestibule.signin.errors import SigninOver
from vestibule.signin.schedule import PASSKEY_ADDRESS, PASSKEY_KNOWN
from vestibule.signin.tries import take_tries
from vestibule.subjects.flows import SubjectSeen


@dataclass(frozen=True)
class JudgedPasskey:
    """A verified answer whose use is not written down yet: :meth:`spend_on` does that."""

    stored: StoredPasskey
    shown: Shown
    subject: SubjectSeen
    """As it was before the answer was verified: what is revoked meanwhile wins."""
    user_id: str
    gives_back: Try | None = None
    """A try that its use gives back."""

    def spend_on(self, connection: Connection, now: datetime, origin: Origin) -> None:
        """Write the use down, in the transaction that it opens.

        Raises :class:`SigninOver` where another answer of this passkey was faster.
        """
        if not passkeys.use(connection, now, self.subject.id, self.stored, self.shown, origin):
            raise SigninOver
        if self.gives_back:
            give_back(connection, self.gives_back)


@dataclass(frozen=True)
class Asked:
    """What a challenge was made for, and who has to answer it."""

    purpose: Purpose
    holder: str
    subject_id: str | None
    """Whose passkey it must be; None where the passkey tells that itself."""


def judge_passkey(
    services: Services, site: RelyingParty, asked: Asked, text: str, attempt: Try, origin: Origin
) -> JudgedPasskey:
    """Take a try and the challenge, both for good, then verify.

    Nothing of the passkey is written yet. Raises :class:`PasskeyRefused`, with its event;
    ``TooManyTries``, ``Unavailable``.
    """
    try:
        answer = take_answer(services, asked, text, attempt, origin)
        with services.database.read() as connection:
            owned = passkeys.find(connection, answer.credential_id)
        if owned is None:
            raise PasskeyRefused(Why.UNKNOWN)
        _refuse_unless_theirs(owned, answer, asked)
    except PasskeyRefused as refused:
        record_refusal(services, asked.subject_id, refused, origin)
        raise
    try:
        shown = verifying.verify(answer, owned.passkey.public_key, site)
        _refuse_unless_enough(owned.passkey, shown, asked)
    except PasskeyRefused as refused:
        record_refusal(services, owned.subject.id, refused, origin)
        raise
    if services.settings.passkey_counter == "refuse":
        _refuse_copies(services, owned, shown, origin)
    return JudgedPasskey(owned.passkey, shown, owned.subject, owned.user_id)


def take_answer(
    services: Services, asked: Asked, text: str, attempt: Try, origin: Origin
) -> Answer:
    """Take a try, and with it the challenge that was answered: whatever comes of it, neither
    comes back. Raises :class:`PasskeyRefused`; ``TooManyTries``, ``Unavailable``.
    """
    answer: Answer | PasskeyRefused
    try:
        answer = verifying.read(text)
    except PasskeyRefused as unreadable:
        answer = unreadable
    now, taken = services.clock.now(), False

    def take(connection: Connection, _: Allowed) -> None:
        nonlocal taken
        if isinstance(answer, Answer):
            taken = passkeys.take_challenge(
                connection, now, answer.challenge, asked.purpose, asked.holder
            )

    take_tries(services, now, [attempt], asked.subject_id, Factor.PASSKEY, origin, and_then=take)
    if isinstance(answer, PasskeyRefused):
        raise answer
    if not taken:
        raise PasskeyRefused(Why.CHALLENGE)
    return answer


def _refuse_unless_theirs(owned: Owned, answer: Answer, asked: Asked) -> None:
    """WA-9: of the account that is asked; without one, the handle says of which."""
    if asked.subject_id is not None and owned.subject.id != asked.subject_id:
        raise PasskeyRefused(Why.ANOTHERS)
    if answer.handle is None and asked.subject_id is not None:
        return
    if answer.handle is None or owned.handle != answer.handle:
        raise PasskeyRefused(Why.ANOTHERS)


def _refuse_unless_enough(stored: StoredPasskey, shown: Shown, asked: Asked) -> None:
    if shown.backup_eligible is not stored.backup_eligible:
        raise PasskeyRefused(Why.BACKUP)  # WA-8: it never changes
    if asked.purpose is not Purpose.SIGN_IN:
        return
    if not shown.user_verified:
        # Without a PIN, a finger or a face it is one step: something that somebody holds (WA-3).
        raise PasskeyRefused(Why.NO_USER_VERIFICATION)
    if not stored.stands_alone:
        raise PasskeyRefused(Why.PASSWORD_FIRST)


def _refuse_copies(services: Services, owned: Owned, shown: Shown, origin: Origin) -> None:
    """Both of them, from the first sign on: the one that is ahead may be the thief's."""
    stored, refused = owned.passkey, PasskeyRefused(Why.COUNTER)
    if counter_went_back(stored.sign_count, shown.sign_count):
        with services.database.write() as connection:
            now = services.clock.now()
            passkeys.close_copies(connection, now, owned.subject.id, stored, shown, origin)
        raise refused
    if stored.copied:
        record_refusal(services, owned.subject.id, refused, origin)
        raise refused


def record_refusal(
    services: Services,
    subject_id: str | None,
    refused: PasskeyRefused,
    origin: Origin,
    kind: EventKind = EventKind.PASSKEY_FAILED,
) -> None:
    with services.database.write() as connection:
        record(
            connection,
            services.clock.now(),
            kind,
            origin=origin,
            subject_id=subject_id,
            factor=Factor.PASSKEY,
            result=Result.FAILED,
            details={"why": refused.why.value},
        )


def judge_alone(
    services: Services,
    site: RelyingParty,
    holder: str,
    text: str,
    address: str,
    origin: Origin,
    known_cookie: str | None,
) -> JudgedPasskey:
    """Judge a passkey that stands for both steps; it tells itself whose it is.

    ``holder`` is the browser that asked for the challenge, ``address`` the network address as
    budgets know it. Raises as :func:`judge_passkey`.
    """
    known_id = _known_to_its_account(services, text, known_cookie)
    attempt = Try(PASSKEY_KNOWN, known_id) if known_id else Try(PASSKEY_ADDRESS, address)
    asked = Asked(Purpose.SIGN_IN, holder, None)
    judged = judge_passkey(services, site, asked, text, attempt, origin)
    return replace(judged, gives_back=attempt)


def _known_to_its_account(services: Services, text: str, known_cookie: str | None) -> str | None:
    """This browser, where the account that the answer names knows it; nothing is verified yet."""
    if known_cookie is None:
        return None
    try:
        answer = verifying.read(text)
    except PasskeyRefused:
        return None
    with services.database.read() as connection:
        owned = passkeys.find(connection, answer.credential_id)
        if owned is None:
            return None
        return known.known_to(connection, owned.subject.id, known_cookie, services.clock.now())
