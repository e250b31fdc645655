"""The log beside seals that were kept elsewhere."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from vestibule.audit.models import Event, EventSeal
from vestibule.audit.purge_marks import newest_mark
from vestibule.audit.rows import shown
from vestibule.audit.seals import Seal
from vestibule.foundation.services import Services


def troubles_with_exported(services: Services, seals: Iterable[Seal]) -> Iterator[str]:
    """What exported seals say that the log does not say any more.

    Nobody, not even who has the database and the keys, can give a changed log the seals that
    somebody else keeps.
    """
    with services.database.read() as connection:
        mark = newest_mark(connection, services.keyring)
        for seal in seals:
            found = select(EventSeal.hash).where(EventSeal.number == seal.number)
            here = connection.execute(found).scalar()
            if here == seal.hash or (here is None and mark and seal.number <= mark.through):
                continue
            gone = _gone(connection, seal)
            what = "is not in the database any more" if here is None else "is another one there"
            yield (
                f"Seal {seal.number} of the file {what}: the log was "
                f"{'cut off' if gone else 'rewritten'} there or before. Of its {len(seal.events)} "
                f"events {len(gone)} are gone{f', first {shown(gone[0])}' if gone else ''}."
            )


def _gone(connection: Connection, seal: Seal) -> list[str]:
    found = select(Event.id).where(Event.id.in_(seal.events))
    there = set(connection.execute(found).scalars())
    return [one for one in seal.events if one not in there]
