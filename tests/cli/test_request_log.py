"""The log of the developers' server."""

from __future__ import annotations

import socket
import sys
import threading

import httpx
import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from vestibule.cli import serving
from vestibule.cli.serving import WithoutQueries
from vestibule.ready_site.options import read_options


@pytest.mark.requirement("LOG-4")
def test_the_token_of_a_link_is_not_in_the_log_of_requests(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "werkzeug")
    server = make_server("127.0.0.1", 0, Response("there"), request_handler=WithoutQueries)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    httpx.get(f"http://127.0.0.1:{server.port}/setup-2fa/link?token=hush")
    thread.join()
    server.server_close()
    assert '"GET /setup-2fa/link" 200' in caplog.text
    assert "hush" not in caplog.messages[-1]


@pytest.mark.requirement("LOG-4")
@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run there")
def test_nor_where_gunicorn_tells_of_an_error_that_nobody_caught(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gunicorn.arbiter import Arbiter
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

    monkeypatch.setattr(Arbiter, "run", lambda _: None)
    with socket.socket() as listening:
        serving.serve(Flask("site"), listening, read_options({}, {}))
    log = Logger(Config())
    try:
        raise LookupError
    except LookupError:
        log.exception("Error handling request %s %s", "GET", "/reset-password?token=hush")
    said = capsys.readouterr().err
    assert "Error handling request GET /reset-password\n" in said
    assert "hush" not in said
