"""Serving the site: gunicorn; waitress on Windows; Flask's own server for developers."""

import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask
from werkzeug.serving import WSGIRequestHandler

from vestibule.cli.draining import take_no_more
from vestibule.ready_site.options import Options

_MEMORY = Path("/dev/shm")  # noqa: S108 - not a place to write to, but where no disk is behind


def serve(site: Flask, listening: socket.socket, options: Options) -> None:
    """Answer requests until SIGINT or SIGTERM, then end the process with exit code 0."""
    if sys.platform == "win32":
        _serve_with_waitress(site, listening, options)
    else:
        _serve_with_gunicorn(site, listening, options)


def serve_while_developing(site: Flask, options: Options) -> None:
    """Flask's own server: one process, restarted when a file changes. Not for the open network."""
    signal.signal(signal.SIGTERM, _end)
    site.run(
        options.host,
        options.port,
        debug=False,
        use_reloader=True,
        threaded=True,
        request_handler=WithoutQueries,
    )


class WithoutQueries(WSGIRequestHandler):
    """Logs requests without what follows the "?": a one-time link has its token there (P10)."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.log("info", '"%s %s" %s %s', self.command, self.path.partition("?")[0], code, size)


def _serve_with_gunicorn(site: Flask, listening: socket.socket, options: Options) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    class DrainingArbiter(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
        def stop(self, graceful: bool = True) -> None:
            if graceful and self.LISTENERS:
                take_no_more(listening)
            super().stop(graceful)

    class Server(BaseApplication):  # type: ignore[misc]  # as above
        def load_config(self) -> None:
            for name, value in _gunicorn_settings(listening, options).items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            # Made before the fork: the workers share its memory, and what is wrong with it was
            # told before anybody could connect.
            return site

        def run(self) -> None:
            DrainingArbiter(self).run()

    logging.getLogger("gunicorn.error").addFilter(without_queries)
    Server().run()


def without_queries(record: logging.LogRecord) -> bool:
    """gunicorn writes down which request ended in an error that nobody caught: without what follows
    the "?", as above."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            one.partition("?")[0] if isinstance(one, str) else one for one in record.args
        )
    return True


def _gunicorn_settings(listening: socket.socket, options: Options) -> dict[str, Any]:
    return {
        # gunicorn closes the descriptor that it is given.
        "bind": f"fd://{os.dup(listening.fileno())}",
        "workers": options.workers_or_default,
        "worker_class": "gthread",
        "threads": options.threads,
        # Nobody's X-Forwarded-Proto is believed here; the site itself counts its proxies.
        "forwarded_allow_ips": "",
        # Workers show that they live by touching a file; on a busy disk that alone can be late.
        "worker_tmp_dir": str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None,
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 5,
        # Its warnings quote requests that it cannot read, with cookies and passwords in them (P10).
        "loglevel": "error",
        # No access log: addresses of pages say who did what when.
        "accesslog": None,
        "control_socket_disable": True,
    }


def _serve_with_waitress(site: Flask, listening: socket.socket, options: Options) -> None:
    import waitress

    signal.signal(signal.SIGTERM, _end)
    try:
        waitress.serve(site, sockets=[listening], threads=options.threads, ident=None)
    except KeyboardInterrupt:
        _end()


def _end(*_: object) -> NoReturn:
    sys.exit(0)
