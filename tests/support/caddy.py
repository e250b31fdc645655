"""A real Caddy with TLS in front of a site, as operators set it up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.nginx import DOCS
from tests.support.programs import needed
from tests.support.proxies import wait_until_it_listens, write_certificate

PAGE = "behind-a-proxy.md"

AROUND = """
{{
    admin off
    auto_https off
}}
{server}
"""


@contextmanager
def caddy_in_front(folder: Path, *, port: int, behind: int) -> Iterator[Path]:
    """Listens with TLS on ``port``; yields the certificate, which nobody signed."""
    program = needed("caddy")
    certificate = write_certificate(folder)
    configuration = folder / "Caddyfile"
    server = _server_of_the_docs(folder, port=port, behind=behind)
    configuration.write_text(AROUND.format(server=server))
    log = folder / "caddy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "run", "--config", str(configuration), "--adapter", "caddyfile"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
        )
    try:
        wait_until_it_listens(process, port, log)
        yield certificate
    finally:
        process.terminate()
        process.wait()


def _server_of_the_docs(folder: Path, *, port: int, behind: int) -> str:
    """What the page shows, with the address and a certificate of a test."""
    _, _, rest = (DOCS / PAGE).read_text().partition("```caddy\n")
    server, _, _ = rest.partition("```")
    tls = f"tls {folder}/certificate.pem {folder}/key.pem"
    for shown, here in (
        ("example.org {", f"https://localhost:{port} {{\n    {tls}"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
    ):
        if shown not in server:
            raise LookupError(f"{PAGE} shows no {shown!r}")
        server = server.replace(shown, here)
    return server
