"""Clients that begin a request and never come to its end."""

from __future__ import annotations

import contextlib
import resource
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Self

HEAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\nusername="


class SlowClients:
    """So many of each of three kinds, each from one of 20 addresses of this machine: who says
    nothing, who stops within the head, and who stops within the body. And before them the mute,
    who do not even begin with TLS: so many can be there at the same time.
    """

    def __init__(self, port: int, each: int, mute: int) -> None:
        self._port, self._each, self._mute = port, each, mute
        self._trust = ssl.create_default_context()
        self._trust.check_hostname, self._trust.verify_mode = False, ssl.CERT_NONE
        self.mute: list[socket.socket] = []
        self.silent: list[socket.socket] = []
        self.in_the_head: list[socket.socket] = []
        self.in_the_body: list[socket.socket] = []

    def __enter__(self) -> Self:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        for number in range(self._mute):
            self.mute.append(self._connected(number))
        self.mute_at_once = self.open(self.mute)
        for number in range(self._each):
            self.silent.append(self._with_tls(number))
            self.in_the_head.append(self._with_tls(number))
            self.in_the_head[-1].sendall(HEAD)
            self.in_the_body.append(self._with_tls(number))
            self.in_the_body[-1].sendall(HEAD + BODY)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._all():
            one.close()

    def go_on(self) -> None:
        """One byte more from each that has begun."""
        for one in (*self.in_the_head, *self.in_the_body):
            with contextlib.suppress(OSError):
                one.send(b"x")

    def open(self, clients: list[socket.socket]) -> int:
        """How many of them the server still waits for."""
        return sum(_waits(one) for one in clients)

    def _all(self) -> Iterator[socket.socket]:
        yield from self.mute
        yield from self.silent
        yield from self.in_the_head
        yield from self.in_the_body

    def _connected(self, number: int) -> socket.socket:
        address = f"127.0.0.{2 + number % 20}"
        return socket.create_connection(("127.0.0.1", self._port), 30, (address, 0))

    def _with_tls(self, number: int) -> ssl.SSLSocket:
        return self._trust.wrap_socket(self._connected(number))


def _waits(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        client.recv(1)
    except (ssl.SSLWantReadError, BlockingIOError):
        return True
    except OSError:
        pass
    return False
