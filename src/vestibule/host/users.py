"""How the extension speaks of the host's users: key, name, policy."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import inspect as inspect_mapped
from sqlalchemy.orm.exc import DetachedInstanceError

from vestibule.admin.adapter import Administration
from vestibule.sessions.values import SigninContext
from vestibule.signin.policy import Decide, Demand, demand

NAMES = ("username", "email", "name")
"""Attributes of a user that people know an account by, the first one first."""

KeyOf = Callable[[Any], object]


AddressesOf = Callable[[Any], object]


class Users:
    """Keys, names and policies of users, whatever they are stored in."""

    def __init__(
        self,
        decide: Decide,
        user_key: KeyOf | None = None,
        user_stamp: KeyOf | None = None,
    ) -> None:
        self._decide = decide
        self.addresses_of: AddressesOf = lambda user: getattr(user, "email", None)
        self.disable_password: Callable[[Any], object] | None = None
        self.confirmed_address_of: AddressesOf | None = None
        self.administration: Administration | None = None
        self.written_later: dict[str, Callable[..., object]] = {}
        self.has_own_keys = user_key is not None
        self.has_stamps = user_stamp is not None
        self._user_key = user_key or primary_key
        self._user_stamp = user_stamp

    def demand(self, user: Any, context: SigninContext, now: datetime) -> Demand:
        """What the policy asks of this user now; ValueError where it says no policy."""
        asked = demand(self._decide(_unwrapped(user), context), now)
        if not asked.is_required and self.is_administrator(user):
            # Whatever the policy says of others: nobody administers with a password alone (ADM-2).
            return asked._replace(is_offered=True, is_required=True, due=None)
        return asked

    def is_administrator(self, user: Any) -> bool:
        """Whether the host lets this user look after the accounts of others."""
        found = self.administration
        return found is not None and found.is_administrator(_unwrapped(user)) is True

    def key(self, user: Any) -> str:
        """What tells this user from every other, those before it included.

        With a stamp (the time of creation, say) that is part of it: whoever gets a deleted user's
        primary key is somebody else, and neither inherits a session nor a second step.
        """
        user = _unwrapped(user)
        key = str(self._user_key(user))
        return f"{key}#{self._user_stamp(user)}" if self._user_stamp else key

    def addresses(self, user: Any) -> object:
        """Where mails about this user go; an address, several, or None."""
        return self.addresses_of(_unwrapped(user))

    def confirmed_address(self, user: Any) -> object:
        """The address whose mailbox this user was seen to read; None where nobody says so."""
        return self.confirmed_address_of(_unwrapped(user)) if self.confirmed_address_of else None

    def name(self, user: Any) -> str:
        """What the person knows the account by."""
        for attribute in NAMES:
            name = getattr(user, attribute, None)
            if name:
                return str(name)
        return self.key(user)

    def names(self, user: Any) -> list[str]:
        """Everything that the person may type to sign in."""
        try:
            found = [getattr(user, attribute, None) for attribute in NAMES]
        except DetachedInstanceError:
            # The host's session is over and forgot them: waiting times at a name end by themselves.
            return []
        return [str(name) for name in found if name]


def primary_key(user: Any) -> object:
    """The primary key as SQLAlchemy knows it, else ``user.id``; never ``get_id()``, which in some
    applications changes with the password.

    Raises ValueError, saying the fix, for a user without such a key.
    """
    mapped = inspect_mapped(user, raiseerr=False)
    if mapped is None:
        parts = [getattr(user, "id", None)]
    else:
        # While a new row is being written its object has a key, and no identity yet.
        parts = list(mapped.identity or mapped.mapper.primary_key_from_instance(user))
    if None in parts:
        raise ValueError(
            f"This {type(user).__name__} has no lasting key. Where the key is another attribute "
            "than id: Vestibule(app, db, user_key=lambda user: user.account_number). A new row "
            "has one when it was flushed."
        )
    if len(parts) == 1:
        return parts[0]
    # A comma within a part is no end of it: ("a,b", "c") and ("a", "b,c") are two people.
    return ",".join(str(part).replace("\\", "\\\\").replace(",", "\\,") for part in parts)


def is_user(thing: object) -> bool:
    """Whether an object is what Flask-Login takes for a user."""
    return callable(getattr(thing, "get_id", None)) and hasattr(thing, "is_authenticated")


def _unwrapped(user: Any) -> Any:
    """Flask-Login's ``current_user`` is a proxy, and no mapped object itself."""
    behind = getattr(user, "_get_current_object", None)
    return behind() if callable(behind) else user
