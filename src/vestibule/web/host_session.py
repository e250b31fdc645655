"""What the host's sign-in view wrote into Flask's session: kept until the last step is passed.

Until then it must not stand in the browser: hosts keep in it what only somebody signed in may have
(a tenant, a role, Flask-Principal's identity).
"""

from typing import Any

from flask import current_app, g, request
from flask import session as flask_session
from flask.json.tag import TaggedJSONSerializer

PRE_SESSION = "vestibule_pre"
"""Key in Flask's session of the random value that forms are bound to before any sign-in (WEB-2)."""

ONCE_MORE = "vestibule_once_more"
"""Key in Flask's session: somebody signed in is asked for the first step again; its value names
the action that it is for, where that wants a step of its own."""

FLASK_LOGIN_KEYS = ("_user_id", "_fresh", "_id", "_remember", "_remember_seconds")
"""What Flask-Login keeps in the cookie session; none of it counts with us."""

MOST_BYTES = 8192
"""Twice what a cookie holds is room enough."""

_OURS = frozenset({*FLASK_LOGIN_KEYS, PRE_SESSION, ONCE_MORE})
_NOTHING = object()
_tagged = TaggedJSONSerializer()


class TooMuchToKeep(Exception):
    """The view wrote more into the session than can be kept between the steps."""


def written() -> str | None:
    """What this request changed, as text; None for nothing. Raises :class:`TooMuchToKeep`."""
    before, now = _as_it_came(), _without_ours(flask_session)
    changed = {
        key: value for key, value in now.items() if key not in before or before[key] != value
    }
    removed = [key for key in before if key not in now]
    if not changed and not removed:
        return None
    text = _tagged.dumps({"changed": changed, "removed": removed})
    if len(text.encode()) > MOST_BYTES:
        raise TooMuchToKeep(
            f"login_user()'s view wrote {len(text.encode())} bytes into the session; between the "
            f"steps {MOST_BYTES} can be kept. Write the rest after the second step."
        )
    return text


def forget_written() -> None:
    """The session as it came with the request."""
    before = _as_it_came()
    if _without_ours(flask_session) != before:
        once_more = {key: flask_session[key] for key in (ONCE_MORE,) if key in flask_session}
        flask_session.clear()
        flask_session.update(before | once_more)


def restore(text: str) -> None:
    """Put back what :func:`written` returned, now that every step is passed."""
    kept = _tagged.loads(text)
    for key in kept["removed"]:
        flask_session.pop(key, None)
    flask_session.update(kept["changed"])


def rename() -> None:
    """Where the server keeps the session (Flask-Session), its cookie is a name: whoever planted
    that before the sign-in must not read on after it (SES-3).
    """
    regenerate = getattr(current_app.session_interface, "regenerate", None)
    if callable(regenerate):
        regenerate(flask_session)


def _as_it_came() -> dict[str, Any]:
    # Read a second time from what the browser sent: no request but a sign-in pays for this.
    if "_vestibule_session_before" not in g:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        before = app.session_interface.open_session(app, request) or {}
        g._vestibule_session_before = _without_ours(before)
    found: dict[str, Any] = g._vestibule_session_before
    return found


def _without_ours(session: Any) -> dict[str, Any]:
    return {key: value for key, value in session.items() if key not in _OURS}
