"""``/security/sessions``: where the account is signed in, and signing out from afar."""

import functools
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages import flows
from vestibule.account_pages.flows import NotThere
from vestibule.account_pages.signed_in import signed_in
from vestibule.browser_names import browser_as_title
from vestibule.browsers.listing import ListedRemembered, remembered_of
from vestibule.browsers.values import read_cookie
from vestibule.sessions.listing import MOST_LISTED, ListedSession, listed
from vestibule.sessions.values import LiveSession
from vestibule.signin.policy import Demand
from vestibule.texts import Text
from vestibule.web.csrf import check_csrf
from vestibule.web.pages import ago, page, see_other
from vestibule.web.request_state import runtime, state

_DONE = {
    "out": Text("That browser is signed out."),
    "others": Text("You are signed out everywhere but here."),
}
_NOT_THERE = Text("Your account has no such session: it is over already, perhaps.")


@dataclass(frozen=True)
class Row:
    """A session, or (``public_id`` empty) a browser that has none and comes back by itself."""

    name: str
    address: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool
    is_trusted: bool = False
    public_id: str = ""
    remembered_id: str = ""
    comes_back_until: datetime | None = None


def show_all() -> Response:
    """Every session that opens pages now, and every browser that would get one by itself."""
    return signed_in(_here(), lambda session, _: _page(session))


def end() -> Response:
    """Sign one out; 404 for what the account does not have, whosever it is."""

    def act(session: LiveSession, _: Demand) -> Response:
        check_csrf(request.form.get("csrf_token"))
        services, origin = runtime().services, state().origin
        try:
            if "browser" in request.form:
                flows.end_remembered(services, session, request.form["browser"], origin)
            else:
                flows.end_session(services, session, request.form.get("session", ""), origin)
        except NotThere:
            return _page(session, 404)
        return see_other(_here(done="out"))

    return signed_in(_here(), act)


def end_others() -> Response:
    """Leave nothing but this session."""

    def act(session: LiveSession, _: Demand) -> Response:
        check_csrf(request.form.get("csrf_token"))
        token = flows.end_all_others(
            runtime().services, session, state().known_cookie, state().origin
        )
        state().renew_session(token)
        return see_other(_here(done="others"))

    return signed_in(_here(), act)


def _page(session: LiveSession, status: int = 200) -> Response:
    services = runtime().services
    now = services.clock.now()
    with services.database.read() as connection:
        sessions = listed(connection, services.settings, session.subject_id, now)
        remembered = remembered_of(connection, session.subject_id, now)
    rows = _rows(session, sessions, remembered)
    return page(
        "sessions.html",
        status,
        sessions=[one for one in rows if one.public_id],
        coming_back=[one for one in rows if not one.public_id],
        most=MOST_LISTED if len(sessions) == MOST_LISTED else None,
        ago=functools.partial(ago, now),
        done=_NOT_THERE if status == 404 else _DONE.get(request.args.get("done", "")),
    )


def _rows(
    session: LiveSession, sessions: list[ListedSession], remembered: list[ListedRemembered]
) -> list[Row]:
    cookie = state().remember_cookie
    here = read_cookie(cookie).row_id if cookie else None
    # What was remembered with a sign-in goes with the session of it.
    by_sign_in = {one.first_step_at: one for one in remembered}
    rows = []
    for one in sessions:
        back = by_sign_in.get(one.first_step_at)
        rows.append(
            Row(
                name=browser_as_title(one.browser),
                address=one.address,
                signed_in_at=one.created_at,
                last_seen_at=one.last_seen_at,
                is_this=one.id == session.id,
                is_trusted=one.is_trusted,
                public_id=one.public_id,
                comes_back_until=back.ends_at if back else None,
            )
        )
    told = {one.first_step_at for one in sessions}
    rows += [
        Row(
            name=browser_as_title(one.browser),
            address=one.address,
            signed_in_at=one.first_step_at,
            last_seen_at=one.last_used_at,
            is_this=one.id == here,
            remembered_id=one.id,
            comes_back_until=one.ends_at,
        )
        for one in remembered
        if one.first_step_at not in told
    ]
    # The one in hand first, then as they were used.
    return sorted(rows, key=lambda row: not row.is_this)


def _here(done: str | None = None) -> str:
    return url_for("vestibule.sessions", done=done)
