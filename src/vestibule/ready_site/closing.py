"""Closing an account: everything of it goes, and the audit log keeps its random id."""

from sqlalchemy import delete

from vestibule.ready_site.administrators import refuse_the_last_one
from vestibule.ready_site.current_password import require_password
from vestibule.ready_site.extensions import vestibule
from vestibule.ready_site.models import Account, FormerName
from vestibule.ready_site.people import Person
from vestibule.ready_site.transactions import transaction


def close_account(account: Person, password: str) -> None:
    """Delete an account and all that belongs to it, on every node at the next request (P7).

    Raises ``NotRight``, ``LastAdministrator``, ``SessionOver``, ``TooManyTries``, ``Busy`` and
    ``Unavailable``; then nothing was deleted.
    """
    require_password(account, password)
    with transaction() as connection:
        refuse_the_last_one(connection, account)
        connection.execute(delete(Account).where(Account.id == account.id))
        connection.execute(delete(FormerName).where(FormerName.account_id == account.id))
        vestibule.hold_session(account, connection=connection)
        # Tells every address that was told until now, and is the last to do so.
        vestibule.forget(account, connection=connection)
