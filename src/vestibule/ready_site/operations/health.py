"""``/healthz`` and ``/readyz``: for load balancers and whatever restarts what hangs."""

from typing import Any

from flask import Flask, Response, jsonify

from vestibule.ready_site.extensions import vestibule


def register_views(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


def healthz() -> dict[str, Any]:
    """This process answers. Nothing is asked: a database in trouble is no reason to kill it."""
    return {"alive": True}


def readyz() -> Response:
    """Whether people can sign in here. Names the part that is not in order and nothing of it: who
    asks is not known. The log says more.
    """
    parts = vestibule.readiness()
    is_ready = all(parts.values())
    answer = jsonify(ready=is_ready, **parts)
    if not is_ready:
        answer.status_code = 503
        answer.headers["Retry-After"] = "5"
    return answer
