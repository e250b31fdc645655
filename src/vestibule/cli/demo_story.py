"""A site as it looks after a month: people who come at work, forget, mistype, and one who guesses.

Only one account can be opened, an administrator's: nobody knows the password of the others.
"""

import itertools
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from vestibule.audit.flows import record
from vestibule.audit.sealing import seal
from vestibule.audit.values import Details, EventKind, Factor, Origin, Result
from vestibule.backup_codes.values import new_set
from vestibule.cli.demo_names import BROWSERS, names
from vestibule.cli.demo_rows import Made, Maker, Rows
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id, new_token, token_key
from vestibule.sessions.flows import open_session
from vestibule.sessions.values import Factors, SigninContext
from vestibule.signin.schedule import PASSWORD_NAME
from vestibule.subjects.flows import lock_as_it_is

LOGIN = "demo-admin"
DAYS = 30
_GUESSER = Origin("203.0.113.66", "python-requests/2.32", "")


@dataclass(frozen=True)
class Opens:
    """What signs in at the demo site."""

    login: str
    password: str
    secret: str


@dataclass(frozen=True)
class _Person:
    made: Made
    origin: Origin
    since: datetime
    has_second_step: bool


def fill_with_people(services: Services, count: int, told: Callable[[int], object]) -> Opens:
    """Write them with their events, and seal those; ``told`` hears of each account."""
    password = secrets.token_urlsafe(12)
    with services.hasher.slot() as slot:
        own, nobodys = slot.hash(password), slot.hash(secrets.token_urlsafe(32))
    story = _Story(services, Maker(services.keyring, nobodys), nobodys)
    admin = story.adds_administrator(own)
    told(1)
    for name in itertools.islice(names(), count - 1):
        story.adds_somebody(name, admin)
        told(1)
    seal(services, whole=True)
    return Opens(LOGIN, password, admin.secret)


class _Story:
    def __init__(self, services: Services, maker: Maker, nobodys: str) -> None:
        self._services, self._maker, self._nobodys = services, maker, nobodys
        self._now = services.clock.now()
        self._chance = random.Random(2)  # noqa: S311 - no secret

    def adds_administrator(self, password_hash: str) -> Made:
        person = self._account(
            LOGIN, since=self._ago(DAYS), password_hash=password_hash, is_administrator=True
        )
        return person.made

    def adds_somebody(self, name: str, admin: Made) -> None:
        chance = self._chance
        since = self._ago(chance.uniform(2, DAYS))
        is_off = chance.random() < 0.04
        person = self._account(
            name,
            since=since,
            has_second_step=chance.random() < 0.85,
            email_confirmed_at=since if chance.random() < 0.9 else None,
            disabled_at=self._ago(1) if is_off else None,
        )
        with self._services.database.write() as connection:
            days = int((self._now - since) / timedelta(days=1))
            for day in range(days, 0, -1):
                if chance.random() < 0.45:
                    at = self._ago(day - chance.uniform(0.2, 0.7))
                    self._comes(connection, person, min(at, self._ago(0.05)))
            if is_off:
                self._is_disabled(connection, person, admin)
            elif chance.random() < 0.4:
                self._is_here_now(connection, person)
            if chance.random() < 0.1:
                self._is_guessed_at(connection, person)

    def _account(
        self, name: str, *, since: datetime, has_second_step: bool = True, **more: object
    ) -> _Person:
        rows = Rows()
        has_codes = has_second_step and name != LOGIN and self._chance.random() < 0.8
        codes = [(code, self._nobodys) for code in new_set(10)] if has_codes else []
        made = self._maker.add_account(
            rows, name, codes, since=since, has_second_step=has_second_step, **more
        )
        origin = Origin(
            f"192.0.2.{self._chance.randint(1, 254)}", self._chance.choice(BROWSERS), ""
        )
        person = _Person(made, origin, since, has_second_step)
        with self._services.database.write() as connection:
            rows.write(connection)
            self._tell(connection, person, since, EventKind.ACCOUNT_CREATED)
            if has_second_step:
                added = {"authenticator": new_id()}
                kind = EventKind.AUTHENTICATOR_ADDED
                self._tell(connection, person, since, kind, Factor.TOTP, details=added)
        return person

    def _comes(self, connection: Connection, person: _Person, at: datetime) -> None:
        chance = self._chance
        if chance.random() < 0.15:
            self._tries(connection, person, at, EventKind.PASSWORD_FAILED, Factor.PASSWORD)
            at += timedelta(seconds=20)
        self._tell(connection, person, at, EventKind.TRY_TAKEN, Factor.PASSWORD)
        if person.has_second_step:
            at += timedelta(seconds=5)
            if chance.random() < 0.1:
                self._tries(connection, person, at, EventKind.SECOND_STEP_FAILED, Factor.TOTP)
                at += timedelta(seconds=25)
            self._tell(connection, person, at, EventKind.TRY_TAKEN, Factor.TOTP)
        session = token_key(new_token())
        level = "aal2" if person.has_second_step else "aal1"
        factor = Factor.TOTP if person.has_second_step else None
        details = {"level": level, "session": session, "method": "password"}
        self._tell(connection, person, at, EventKind.SIGNED_IN, factor, details=details)
        at += timedelta(minutes=chance.randint(2, 50))
        self._tell(connection, person, at, EventKind.SIGNED_OUT, details={"session": session})

    def _is_here_now(self, connection: Connection, person: _Person) -> None:
        at = self._now - timedelta(minutes=self._chance.randint(1, 40))
        seen = lock_as_it_is(connection, person.made.subject_id)
        if seen is not None:
            open_session(
                connection,
                self._services,
                at,
                subject=seen,
                login_id=person.made.account_id,
                context=SigninContext(),
                factors=Factors(at, at if person.has_second_step else None),
                factor=Factor.TOTP if person.has_second_step else None,
                origin=self._at(person),
                known_browser=True,
            )

    def _is_guessed_at(self, connection: Connection, person: _Person) -> None:
        at = self._ago(self._chance.uniform(0.1, min(9, DAYS)))
        for number in range(6):
            moment = at + timedelta(seconds=2 * number)
            self._tries(
                connection, person, moment, EventKind.PASSWORD_FAILED, Factor.PASSWORD, _GUESSER
            )
        refused, budget = EventKind.TRY_REFUSED, {"budget": PASSWORD_NAME.kind}
        at += timedelta(seconds=14)
        self._tell(connection, person, at, refused, Factor.PASSWORD, _GUESSER, details=budget)

    def _is_disabled(self, connection: Connection, person: _Person, admin: Made) -> None:
        record(
            connection,
            self._ago(1),
            EventKind.ACCOUNT_DISABLED,
            origin=self._at(person),
            subject_id=person.made.subject_id,
            actor=admin.subject_id,
            details={"reason": "left the company"},
        )

    def _tries(
        self,
        connection: Connection,
        person: _Person,
        at: datetime,
        outcome: EventKind,
        factor: Factor,
        origin: Origin | None = None,
    ) -> None:
        self._tell(connection, person, at, EventKind.TRY_TAKEN, factor, origin)
        self._tell(connection, person, at, outcome, factor, origin)

    def _tell(
        self,
        connection: Connection,
        person: _Person,
        at: datetime,
        kind: EventKind,
        factor: Factor | None = None,
        origin: Origin | None = None,
        details: Details | None = None,
    ) -> None:
        record(
            connection,
            at,
            kind,
            origin=self._at(person, origin),
            subject_id=person.made.subject_id,
            factor=factor,
            result=_RESULTS.get(kind, Result.OK),
            details=details,
        )

    def _at(self, person: _Person, origin: Origin | None = None) -> Origin:
        found = origin or person.origin
        return Origin(found.address, found.browser, new_id())

    def _ago(self, days: float) -> datetime:
        return self._now - timedelta(days=days)


_RESULTS = {
    EventKind.PASSWORD_FAILED: Result.FAILED,
    EventKind.SECOND_STEP_FAILED: Result.FAILED,
    EventKind.TRY_REFUSED: Result.REFUSED,
}
