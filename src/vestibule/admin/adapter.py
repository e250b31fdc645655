"""What a host tells of its users, so that administrators can look after their accounts."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection


class LastAdministrator(Exception):
    """Without this account, or this person's role, nobody could administer the site."""


class Administration:
    """Subclass it, and give an object of that to ``vestibule.administration()``.

    The first three methods are needed. Each of the others is an action on the page of an account;
    what a host does not override is not offered there.
    """

    def is_administrator(self, user: Any) -> bool:
        """Whether this user may look after the accounts of others. Asked at each request."""
        raise NotImplementedError

    def users(self, typed: str, after: str, most: int) -> Sequence[Any]:
        """At most ``most`` users, in the order of the names that they sign in with: those whose
        name begins with ``typed``, or whose address it is, beyond the name ``after``.

        Both may be empty. With an index on the name it is quick however many users there are.
        """
        raise NotImplementedError

    def user(self, key: str) -> Any | None:
        """The user with this key, as Vestibule knows it: a disabled one too."""
        raise NotImplementedError

    def is_disabled(self, user: Any) -> bool:  # noqa: ARG002 - for hosts that have such users
        """Whether nobody can sign in as this user."""
        return False

    def disable(self, user: Any, by: Any, record: Callable[[Connection], None]) -> None:
        """Let nobody sign in as this user, from the next request on.

        ``record(connection)`` writes the event and ends every session, in the transaction that
        disables. Raises :class:`LastAdministrator`, which must undo it, unless ``by`` still is an
        administrator then: two who disable each other at once must leave one.
        """
        raise NotImplementedError

    def enable(self, user: Any, by: Any, record: Callable[[Connection], None]) -> None:
        """The other way. Raises as :meth:`disable`."""
        raise NotImplementedError

    def send_password_link(self, user: Any, record: Callable[[Connection], None]) -> None:
        """Send the user a mail with a one-time link to set a new password.

        ``record(connection)`` writes who had it sent, and why: in the transaction that makes the
        link and its mail, or no mail may go out where it raises. Raises ValueError where the user
        has no address that mails can go to.
        """
        raise NotImplementedError

    def can(self, method: str) -> bool:
        """Whether the host overrides this method."""
        return getattr(type(self), method) is not getattr(Administration, method)
