"""One line of log per request."""

import logging
import time
from typing import Any

from flask import Flask, Response, g, request
from flask.signals import request_finished, request_started

from vestibule.ready_site.extensions import vestibule

log = logging.getLogger("vestibule.requests")


def rule_of_request() -> str:
    """The address as the site knows it, ``/security/authenticators/<identity>``. What was asked for
    may hold a token (P10), and where there is no such page it may hold anything.
    """
    return request.url_rule.rule if request.url_rule else "-"


def log_requests(app: Flask) -> None:
    """Each with method, address, status, milliseconds and the id that its events have."""
    request_started.connect(_begins, app)
    request_finished.connect(_ends, app)


def _begins(_app: Flask, **_: Any) -> None:
    g.logged_from = time.perf_counter()


def _ends(_app: Flask, response: Response, **_: Any) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    told = {
        "method": request.method if request.method.isalpha() else "-",
        "rule": rule_of_request(),
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.logged_from) * 1000, 1),
        "request": vestibule.request_id(),
    }
    log.info("%(method)s %(rule)s %(status)s in %(ms)s ms, request %(request)s", told)
