"""Sending the forms of pages as a browser does: with the token that stands in the page."""

from html.parser import HTMLParser

from flask.testing import FlaskClient

from vestibule.testing.application import refuse_outside_tests


def csrf_token_of(client: FlaskClient, path: str) -> str:
    """The ``csrf_token`` in the page at ``path``: of Vestibule's forms, and of ``vestibule.Form``.

    Raises LookupError where the page has none, and RuntimeError outside tests.
    """
    refuse_outside_tests()
    answer = client.get(path)
    found = _Token(answer.text).found
    if found is None:
        raise LookupError(f"{path} answered {answer.status} without a csrf_token in its page.")
    return found


class _Token(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") == "csrf_token" and self.found is None:
            self.found = given.get("value")
