"""``/security/activity``: what happened to the account, in plain words."""

from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.account_pages.signed_in import signed_in
from vestibule.audit.of_account import ReadEvent, events_of, place_of
from vestibule.audit.words import NOT_TOLD, factor_in_words, sentence_of
from vestibule.browser_names import browser_as_title
from vestibule.sessions.values import LiveSession
from vestibule.signin.policy import Demand
from vestibule.web.pages import page
from vestibule.web.request_state import runtime

A_PAGE = 50


@dataclass(frozen=True)
class Happened:
    """An event as its owner reads it."""

    at: datetime
    what: str
    browser: str
    address: str
    by: str | None
    """What was shown with it: the authenticator, say."""
    went_well: bool


def activity() -> Response:
    """A page of events, newest first; ``before`` is the key of the last one of the page before."""

    def show(session: LiveSession, _: Demand) -> Response:
        after = place_of(request.args.get("before", ""))
        with runtime().services.database.read() as connection:
            # One more than is shown, to know whether there are older ones.
            found = events_of(
                connection, session.subject_id, most=A_PAGE + 1, after=after, but=NOT_TOLD
            )
        shown = found[:A_PAGE]
        is_last = len(found) <= A_PAGE
        return page(
            "activity.html",
            events=[happened(one) for one in shown],
            older_url=None if is_last else _here(shown[-1].place.as_key()),
            newest_url=_here() if after else None,
        )

    return signed_in(_here(), show)


def happened(event: ReadEvent) -> Happened:
    """An event in the words of these pages; nothing of what a browser says of itself."""
    return Happened(
        at=event.at,
        what=sentence_of(event.kind, event.details),
        browser=browser_as_title(event.browser),
        address=event.address,
        by=factor_in_words(event.factor),
        went_well=event.result == "ok",
    )


def _here(before: str | None = None) -> str:
    return url_for("vestibule.activity", before=before)
