"""A real nginx with TLS in front of a site, as operators set it up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import needed
from tests.support.proxies import wait_until_it_listens, write_certificate

PAGE = Path(__file__).parents[2] / "docs" / "behind-a-proxy.md"

AROUND = """
{user}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {server}
}}
"""


@contextmanager
def nginx_in_front(
    folder: Path, *, port: int, behind: int, against_floods: bool = False
) -> Iterator[Path]:
    """Listens with TLS on ``port`` of 127.0.0.1; yields the certificate, which nobody signed."""
    program = needed("nginx")
    certificate = write_certificate(folder)
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    server = _server_of_the_docs(folder, port=port, behind=behind)
    if against_floods:
        server = _example(after="## Slow clients and floods") + server
    configuration.write_text(AROUND.format(user=user, folder=folder, server=server))
    log = folder / "nginx.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "-p", str(folder), "-e", "stderr", "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_it_listens(process, port, log)
        yield certificate
    finally:
        process.terminate()
        process.wait()


def _server_of_the_docs(folder: Path, *, port: int, behind: int) -> str:
    """What the page shows, with the addresses and files of a test."""
    server = _example(after="## nginx")
    for shown, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("server_name example.org", "server_name localhost"),
        ("/etc/ssl/example.org.pem", f"{folder}/certificate.pem"),
        ("/etc/ssl/private/example.org.key", f"{folder}/key.pem"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{behind}"),
    ):
        if shown not in server:
            raise LookupError(f"{PAGE.name} shows no {shown!r}")
        server = server.replace(shown, here)
    return server


def _example(*, after: str) -> str:
    """The first configuration below a heading of the page."""
    _, _, section = PAGE.read_text().partition(f"{after}\n")
    _, _, rest = section.partition("```nginx\n")
    return rest.partition("```")[0]
