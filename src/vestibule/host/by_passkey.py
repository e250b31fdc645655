"""Finding the host's user of a passkey, as the host finds whoever has a session."""

from typing import Any

from flask import current_app

from vestibule.host.lookup import user_with_key


def user_of(user_id: str) -> Any | None:
    """The user of this key whom the host's ``user_loader`` lets in; None for nobody.

    Whom it does not find has no session either: one who is disabled, say (L08).
    """
    installed, guard = current_app.extensions["vestibule"], current_app.login_manager  # type: ignore[attr-defined]
    try:
        user = user_with_key(installed, user_id)
    except LookupError:
        return None
    load = guard._user_callback
    found = load(guard.login_id(user)) if load else None
    return found if found is not None and installed.users.key(found) == user_id else None
