"""Who waits for a hashing slot among strangers, and who for the one that is kept."""

from collections.abc import Iterator
from contextlib import contextmanager

from vestibule.browsers import known
from vestibule.foundation.budgets import Allowed, Try, peek, spend
from vestibule.foundation.hashing import Busy, Slot
from vestibule.foundation.services import Services
from vestibule.signin.schedule import HASHING_ASKED, HASHING_KEPT


@contextmanager
def hashing_slot(services: Services, known_id: str | None) -> Iterator[Slot]:
    """A slot; of a browser that the account knows, one that is kept for those.

    Anybody may have an account, a browser that it knows, and its right password, which costs no
    try. So each comes to the kept one so often only, and waits with everybody beyond it (P4).
    Raises ``Busy`` and ``Unavailable``.
    """
    is_kept = False
    if known_id is not None:
        tries = [Try(HASHING_KEPT, known_id)]
        is_kept = isinstance(spend(services.database, services.clock.now(), tries), Allowed)
    with services.hasher.slot(for_known=is_kept) as slot:
        yield slot


def refuse_if_full(services: Services, known_cookie: str | None) -> None:
    """Raises ``Busy`` where no thread more may wait for a slot, but for a browser that some account
    knows: whether this one does is not said yet, so it may come on that often only.

    Raises ``Unavailable``.
    """
    try:
        services.hasher.refuse_if_full()
    except Busy:
        if known_cookie is None or not _may_come_on(services, known_cookie):
            raise


def _may_come_on(services: Services, known_cookie: str) -> bool:
    now = services.clock.now()
    with services.database.read() as connection:
        browser = known.browser_with(connection, known_cookie, now)
        # Looked at first: in a flood a refusal must not cost a write.
        if browser is None or peek(connection, now, [Try(HASHING_ASKED, browser)]):
            return False
    taken = spend(services.database, now, [Try(HASHING_ASKED, browser)])
    return isinstance(taken, Allowed)
