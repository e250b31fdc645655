"""Opening a one-time link: it changes nothing but what this browser holds."""

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.one_time_tokens.flows import look_up
from vestibule.one_time_tokens.values import LONGEST_TOKEN, Fault, LinkRefused, Purpose
from vestibule.texts import Text
from vestibule.web.errors import error_page
from vestibule.web.pages import in_words, see_other
from vestibule.web.request_state import runtime, state


def enrolment_link() -> Response:
    """Trade the token for a cookie and a clean address (P10).

    Programs that look at mails open every link in them (L59): the set-up uses it up, this does not.
    """
    token = request.args.get("token", "")[:LONGEST_TOKEN]
    try:
        look_up(runtime().services, token, Purpose.ENROLMENT)
        response = see_other(url_for("vestibule.setup"))
        state().hold_link(token, Purpose.ENROLMENT)
    except LinkRefused as refused:
        title = Text("This link does not work any more")
        response = error_page(410, title, link_words(refused.fault))
    # The address holds the token: no page that is opened from here may hear of it (REC-6).
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def link_words(fault: Fault | None) -> Text:
    """Why the set-up does not open with the link that was used; None where none was."""
    settings = runtime().services.settings
    issuer = settings.issuer
    match fault:
        case None:
            return Text(
                "Open the link that you were sent, or ask the people who run %(issuer)s for one.",
                issuer=issuer,
            )
        case Fault.UNKNOWN:
            return Text(
                "It was used already, or a newer one was sent. Open the newest link. "
                "Ask the people who run %(issuer)s for a new one.",
                issuer=issuer,
            )
        case Fault.EXPIRED:
            return Text(
                "It worked for %(time)s. Ask the people who run %(issuer)s for a new one.",
                time=in_words(settings.enrolment_link_lifetime),
                issuer=issuer,
            )
        case Fault.REVOKED:
            return Text(
                "Your account was changed after it was made. "
                "Ask the people who run %(issuer)s for a new one.",
                issuer=issuer,
            )
        case Fault.OF_ANOTHER:
            return Text("It is for another account. Open the link that was sent to you.")
