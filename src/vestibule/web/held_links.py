"""One-time links that this browser opened: the token goes from the address into a cookie."""

from flask import request
from werkzeug.wrappers import Response

from vestibule.one_time_tokens import flows as one_time_tokens
from vestibule.one_time_tokens.values import LONGEST_TOKEN, Fault, Link, LinkRefused, Purpose
from vestibule.web.pages import see_other
from vestibule.web.request_state import runtime, state


def open_link(purpose: Purpose) -> Response | None:
    """Trade the token in the address for a cookie and a clean address (P10, REC-7)."""
    token = request.args.get("token")
    if token is None:
        return None
    state().hold_link(token[:LONGEST_TOKEN], purpose)
    response = see_other(request.script_root + request.path)
    # The address holds the token: no page that is opened from here may hear of it (REC-6).
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def held_link(purpose: Purpose) -> Link:
    """The one-time link that this browser opened, if it still works; raises ``LinkRefused``."""
    token = state().link_token(purpose)
    if not token:
        raise LinkRefused(Fault.UNKNOWN)
    return one_time_tokens.look_up(runtime().services, token, purpose)
