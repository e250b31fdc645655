"""The page that says "not now" to a flood, made once.

Whoever floods a sign-in is refused hundreds of times a second, and making the page would be most of
what a refusal costs (P4).
"""

from pathlib import Path
from typing import Any

from flask import current_app, make_response, request
from flask.wrappers import Response

from vestibule.web.language import language
from vestibule.web.pages import page
from vestibule.web.said_templates import said_templates

Kept = dict[tuple[str, ...], str]

_OURS = Path(__file__).parent / "templates"
_MADE_OF = ("error.html", "base.html", "_whole_page.html", "_files.html", "_times.html")
_MOST = 64
"""Languages, and roots that a proxy may name."""


def kept_page(title: str, message: str, status: int) -> Response:
    """An error page with nothing in it of the request but its language; the caller has said that
    no more is asked.
    """
    kept: Kept = current_app.extensions["vestibule"].kept_pages
    key = (title, message, language(), request.root_path)
    html = kept.get(key)
    if html is not None:
        return make_response(html, status)
    made = page("error.html", status, title=title, message=message)
    if len(kept) < _MOST and _are_ours(said_templates()):
        kept[key] = made.get_data(as_text=True)
    return made


def _are_ours(environment: Any) -> bool:
    """Whether the host put none of its own in their place, which might say anything."""
    if environment.auto_reload:
        return False
    names = (environment.get_template(f"vestibule/{name}").filename for name in _MADE_OF)
    return all(name is not None and Path(name).is_relative_to(_OURS) for name in names)
