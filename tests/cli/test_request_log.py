"""The log of the developers' server."""

from __future__ import annotations

import threading

import httpx
import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from vestibule.cli.serving import WithoutQueries


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
