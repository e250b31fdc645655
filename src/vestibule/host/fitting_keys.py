"""Keys that change while an application runs: taken only where they open what is stored."""

from collections.abc import Sequence

from vestibule.foundation.database import Database
from vestibule.foundation.keyring import Keyring, Source


class FittingKeys:
    """A source of keys that gives no others than those under which people can still sign in.

    A wrong key file is found out at the start. One that comes later must not be used either: what
    is encrypted with its key meanwhile cannot be read once the right file is back.
    """

    def __init__(self, source: Source, database: Database, held: Sequence[str]) -> None:
        self._source = source
        self._database = database
        self._fitting = tuple(held)

    def __call__(self) -> Sequence[str]:
        """Raises ValueError where a key is missing, and Unavailable."""
        texts = tuple(self._source())
        if texts != self._fitting:
            # Keys change seldom, and what makes tables is large: a start goes without it.
            from vestibule.migrations.stored_keys import stored_ids

            with self._database.read() as connection:
                missing = stored_ids(connection) - Keyring(texts).ids
            if missing:
                raise ValueError(
                    f"Authenticators' secrets need the key {', '.join(sorted(missing))}, which is"
                    " not among them."
                )
            self._fitting = texts
        return texts
