"""What a host behind https and a proxy has to say, and may have forgotten."""

import logging

from flask import Flask, current_app, request

from vestibule.settings import Finding

log = logging.getLogger("vestibule")


def findings_about(app: Flask) -> list[Finding]:
    """Flask's own cookie goes over plain http too unless it is told not to."""
    https = str(app.config.get("VESTIBULE_BASE_URL") or "").startswith("https://")
    if not https or app.config.get("SESSION_COOKIE_SECURE"):
        return []
    return [
        Finding(
            "SESSION_COOKIE_SECURE",
            "People reach the site over https, and its session cookie would go over http as well.",
            "SESSION_COOKIE_SECURE = True",
        )
    ]


def warn_of_uncounted_proxy() -> None:
    """Say once in each process that a proxy's word is not heard.

    No finding: anybody can send that header, and must not stop a site with it that has no proxy.
    """
    if "X-Forwarded-For" not in request.headers or "werkzeug.proxy_fix.orig" in request.environ:
        return
    installed = current_app.extensions["vestibule"]
    if not installed.told_of_proxy:
        installed.told_of_proxy = True
        log.warning(
            "A request came with X-Forwarded-For, and nothing here counts proxies. If one stands "
            "in front, everybody shares its address and its tries. Fix: "
            "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1), with the number of proxies."
        )
