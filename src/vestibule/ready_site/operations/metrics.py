"""``/metrics`` for Prometheus: nobody reads them without the token that the operator chose."""

import hmac
import os
import shutil
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, g, request
from flask.signals import request_finished, request_started

from vestibule import EventRecorded, event_recorded
from vestibule.ready_site.operations.requests import rule_of_request

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
# A hash takes some 20 ms; what waits for a slot gives up after 5 s.
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def gather_in(instance: Path) -> None:
    """Where the processes of this site add up their counts. Called before any of them is forked,
    and before ``prometheus_client`` is imported, which looks only once.
    """
    folder = instance / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[_FOLDER] = str(folder)


def count(app: Flask) -> None:
    """Count events and requests, and answer ``/metrics``. Raises ModuleNotFoundError without the
    extra ``metrics``.
    """
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    events = Counter(
        "vestibule_events",
        "Events of the audit log: sign-ins, refused tries, changes.",
        ("kind", "result", "factor"),
        registry=registry,
    )
    requests = Histogram(
        "vestibule_request_seconds",
        "Requests by address and answer, and how long they took.",
        ("method", "rule", "status"),
        buckets=_BUCKETS,
        registry=registry,
    )

    def of_an_event(_kind: object, event: EventRecorded) -> None:
        if current_app._get_current_object() is app:  # type: ignore[attr-defined]
            # One event may stand for many refused tries.
            times = int(event.details.get("times", 1))
            events.labels(event.kind.value, event.result.value, event.factor or "").inc(times)

    def begins(_app: Flask, **_: Any) -> None:
        g.began_at = time.perf_counter()

    def ends(_app: Flask, response: Response, **_: Any) -> None:
        # A method is whatever somebody sends: each new one would be kept for good.
        method = request.method if request.method in _METHODS else "other"
        took = time.perf_counter() - g.began_at
        requests.labels(method, rule_of_request(), response.status_code).observe(took)

    event_recorded.connect(of_an_event, weak=False)
    request_started.connect(begins, app, weak=False)
    request_finished.connect(ends, app, weak=False)
    app.add_url_rule("/metrics", "metrics", lambda: _page(registry))


def _page(registry: Any) -> Response:
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    wanted = f"Bearer {current_app.config['METRICS_TOKEN']}".encode()
    if not hmac.compare_digest(given, wanted):
        abort(404)  # as where there are none (CFG-3)
    if _FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
