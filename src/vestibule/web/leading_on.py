"""The way to the next step, for browsers and for scripts, and back to where somebody was."""

from urllib.parse import urlsplit

from flask import current_app, make_response, request, url_for
from werkzeug.wrappers import Response

from vestibule.signin.stages import OF_A_SECOND_STEP, Stage
from vestibule.signin.values import safe_next
from vestibule.web.pages import after_sign_in, see_other


def stage_url(stage: Stage) -> str:
    """The page of a stage."""
    if stage in OF_A_SECOND_STEP:
        return url_for("vestibule.verify")
    if stage is Stage.PASSKEY_ENROLMENT:
        return url_for("vestibule.setup_passkey")
    return url_for("vestibule.setup")


def next_step(address: str) -> Response:
    """A redirect for a browser; a problem (RFC 9457) for a script, which cannot show a page."""
    if not asks_for_json():
        return see_other(address)
    problem = {
        "type": "about:blank",
        "title": "Second step required",
        "status": 401,
        "detail": "The first step was passed. Open the address in second_step to go on.",
        "instance": request.path,
        "second_step": address,
    }
    response = make_response(current_app.json.dumps(problem), 401)
    response.headers["Content-Type"] = "application/problem+json"
    return response


def here_again() -> Response:
    """What a view that did not run is answered with: the same page, once the way there is open."""
    return see_other(way_back() or after_sign_in())


def asks_for_json() -> bool:
    """Whether the answer is for a script."""
    accepted = request.accept_mimetypes
    return (
        request.is_json
        or request.headers.get("X-Requested-With") == "XMLHttpRequest"
        or accepted["application/json"] > accepted["text/html"]
    )


def way_back() -> str | None:
    """This page; for a form that was sent, the page that it was on."""
    if request.method in ("GET", "HEAD"):
        return safe_next(request.full_path.rstrip("?"))
    came_from = urlsplit(request.headers.get("Referer", ""))
    return safe_next(came_from.path) if came_from.netloc == request.host else None


def is_setup(target: str) -> bool:
    """Whether a path on this site is that of a set-up page."""
    pages = (url_for("vestibule.setup"), url_for("vestibule.setup_passkey"))
    return target.split("?")[0] in pages
