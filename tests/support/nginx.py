"""A real nginx with TLS in front of a site, as operators set it up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import needed
from tests.support.proxies import wait_until_it_listens, write_certificate

DOCS = Path(__file__).parents[2] / "docs"

AROUND = """
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 16384; }}
http {{
  log_format nodes "$request_method $uri $status $upstream_addr";
  keepalive_timeout 0;  # a reload ends idle connections just as somebody sends on one
  access_log {folder}/requests.log nodes;
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
    server = _of_the_docs(
        folder, "behind-a-proxy.md", port, {"http://127.0.0.1:8000": f"http://127.0.0.1:{behind}"}
    )
    if against_floods:
        server = _first_example("behind-a-proxy.md", after="## Slow clients and floods") + server
    with _nginx(folder, server, port) as certificate:
        yield certificate


@contextmanager
def nginx_before_nodes(folder: Path, *, port: int, nodes: tuple[int, int]) -> Iterator[Path]:
    """As :func:`nginx_in_front`, and in turn to two nodes; ``requests.log`` says who got which."""
    one, other = nodes
    server = _of_the_docs(
        folder,
        "operations.md",
        port,
        {"192.0.2.11:8000": f"127.0.0.1:{one}", "192.0.2.12:8000": f"127.0.0.1:{other}"},
    )
    with _nginx(folder, server, port) as certificate:
        yield certificate


@contextmanager
def _nginx(folder: Path, server: str, port: int) -> Iterator[Path]:
    program = needed("nginx")
    certificate = write_certificate(folder)
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
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


def _of_the_docs(folder: Path, page: str, port: int, nodes: Mapping[str, str]) -> str:
    """What the page shows, with the addresses and files of a test."""
    server = _first_example(page)
    replaced = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server_name example.org": "server_name localhost",
        "/etc/ssl/example.org.pem": f"{folder}/certificate.pem",
        "/etc/ssl/private/example.org.key": f"{folder}/key.pem",
        **nodes,
    }
    for shown, here in replaced.items():
        if shown not in server:
            raise LookupError(f"{page} shows no {shown!r}")
        server = server.replace(shown, here)
    return server


def _first_example(page: str, *, after: str = "") -> str:
    """The first configuration of a page, or of a section of it."""
    _, _, section = (DOCS / page).read_text().partition(f"{after}\n" if after else "\n")
    _, _, rest = section.partition("```nginx\n")
    return rest.partition("```")[0]
