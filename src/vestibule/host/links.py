"""Addresses that a host sends to somebody: only ever of the site that the configuration names."""

from typing import Any

from flask import current_app

from vestibule.signin import enrolment_links
from vestibule.signin.enrolment_links import Issued
from vestibule.web.request_state import origin_now, runtime


def enrolment_link(user: Any) -> tuple[str, Issued]:
    """A new link with which a user sets up the first authenticator.

    Raises ValueError without ``VESTIBULE_BASE_URL``: the request's Host header is whatever its
    sender wrote there, and a link made of it could carry the token away (REC-6).
    """
    services = runtime().services
    base = services.settings.base_url.rstrip("/")
    if not base:
        raise ValueError(
            "A link needs the address of the site: set VESTIBULE_BASE_URL, "
            'VESTIBULE_BASE_URL = "https://example.org" say.'
        )
    users = current_app.extensions["vestibule"].users
    issued = enrolment_links.issue(services, users.key(user), origin_now())
    rules = current_app.url_map.bind("")
    return base + rules.build("vestibule.enrolment_link", {"token": issued.token}), issued
