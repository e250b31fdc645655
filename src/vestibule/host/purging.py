"""Everything whose time is over goes: by running processes, and by ``purge``."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from vestibule.authenticators import enrolment
from vestibule.browsers import flows as browsers
from vestibule.browsers import known, trusted
from vestibule.foundation import budgets
from vestibule.foundation.purging import MOST
from vestibule.foundation.services import Services
from vestibule.notices import flows as notices
from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.passkeys import flows as passkeys
from vestibule.recovery import flows as recovery
from vestibule.sessions import flows as sessions
from vestibule.signin import flows as signins

_Purge = Callable[[Connection, datetime], int]
Told = Callable[[str, int], object]


def purge(services: Services, told: Told = lambda _what, _count: None) -> dict[str, int]:
    """Delete it in transactions of one batch each; how much of what went.

    ``told`` hears of each batch. Ended at any moment, the next one goes on. Events stay. Raises
    ``Unavailable``.
    """
    # To a node whose clock ran ahead everything seems to be over.
    services.database_clock.refuse_if_apart(afresh=True)
    gone: dict[str, int] = {}
    for what, purge_some in _purges(services).items():
        gone[what] = 0
        while True:
            with services.database.write() as connection:
                count = purge_some(connection, services.clock.now())
            gone[what] += count
            told(what, count)
            if count < MOST:
                break
    return gone


def _purges(services: Services) -> Mapping[str, _Purge]:
    return {
        "sessions": sessions.purge,
        "sign-ins": signins.purge,
        "remembered browsers": browsers.purge,
        "known browsers": known.purge,
        "trusted browsers": partial(trusted.purge, lasts=services.settings.trust_browsers_for),
        "set-ups": enrolment.purge,
        "links": one_time_tokens.purge,
        "passkey challenges": passkeys.purge,
        "counts of tries": budgets.purge,
        "recoveries": recovery.purge,
        "mails": notices.purge,
    }
