"""Opening a one-time link: it changes nothing but what this browser holds."""

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from vestibule.one_time_tokens.flows import look_up
from vestibule.one_time_tokens.values import Fault, LinkRefused, Purpose
from vestibule.web.errors import error_page
from vestibule.web.pages import in_words, see_other
from vestibule.web.request_state import runtime, state

LONGEST_TOKEN = 100


def register(pages: Blueprint) -> None:
    """Add the rules of this folder."""
    pages.add_url_rule("/setup-2fa/link", "enrolment_link", enrolment_link)


def enrolment_link() -> Response:
    """Trade the token for a cookie and a clean address (P10).

    Programs that look at mails open every link in them (L59): the set-up uses it up, this does not.
    """
    token = request.args.get("token", "")[:LONGEST_TOKEN]
    try:
        look_up(runtime().services, token, Purpose.ENROLMENT)
        response = see_other(url_for("vestibule.setup"))
        state().hold_link(token)
    except LinkRefused as refused:
        title = "This link does not work any more"
        response = error_page(410, title, link_words(refused.fault))
    # The address holds the token: no page that is opened from here may hear of it (REC-6).
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def link_words(fault: Fault | None) -> str:
    """Why the set-up does not open with the link that was used; None where none was."""
    settings = runtime().services.settings
    new_one = f"Ask the people who run {settings.issuer} for a new one."
    match fault:
        case None:
            return (
                "Open the link that you were sent, or ask the people who run "
                f"{settings.issuer} for one."
            )
        case Fault.UNKNOWN:
            return f"It was used already, or a newer one was sent. Open the newest link. {new_one}"
        case Fault.EXPIRED:
            return f"It worked for {in_words(settings.enrolment_link_lifetime)}. {new_one}"
        case Fault.REVOKED:
            return f"Your account was changed after it was made. {new_one}"
        case Fault.OF_ANOTHER:
            return "It is for another account. Open the link that was sent to you."
