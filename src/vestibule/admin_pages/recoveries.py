"""``/admin/recoveries``: who asked for a new second step in place of a lost one."""

from flask import request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from vestibule.admin_pages.access import users
from vestibule.admin_pages.event_lines import people
from vestibule.audit.of_account import Place, place_of
from vestibule.browser_names import browser_as_title
from vestibule.recovery.listing import all_under_way
from vestibule.web.pages import page
from vestibule.web.request_state import runtime

PAGE = 50


def listed() -> Response:
    """Those that wait or are open, the first to open first. They are stopped at the account."""
    services = runtime().services
    now, after = services.clock.now(), place_of(request.args.get("after", ""))
    with services.database.read() as connection:
        found = all_under_way(connection, now, most=PAGE + 1, after=after)
        named = people(connection, {one.subject_id for one in found[:PAGE]})
    last = Place(found[PAGE - 1].opens_at, found[PAGE - 1].subject_id) if found[PAGE:] else None
    return page(
        "admin_recoveries.html",
        lines=[
            (one, named[one.subject_id], browser_as_title(one.browser), one.is_open(now))
            for one in found[:PAGE]
        ],
        own_key=users().key(current_user),
        next_url=url_for("vestibule.admin_recoveries", after=last.as_key()) if last else None,
        first_url=url_for("vestibule.admin_recoveries") if after else None,
    )
