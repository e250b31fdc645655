"""A bad network in front of a server: a proxy that delays, falls silent, and cuts."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PIECE = 65536
NOTHING_LEFT = struct.pack("ii", 1, 0)  # closed with a reset: nobody says good-bye


class TcpProxy:
    """Passes everything on to a socket of this machine, until it is told otherwise.

    ``delay``: seconds that each piece is held up; ``jitter``: up to so many more.
    ``stalls``: takes what comes, passes nothing on, and closes nothing; what was held up comes
    when it is over.
    ``silent``: the chance that a piece is the last that its connection ever passes on: what a
    firewall does that forgot the connection.
    ``torn``: the chance that of an answer one half comes and then a reset.
    """

    def __init__(self, behind: str | tuple[str, int], listening: socket.socket) -> None:
        self._behind = behind
        self._listening = listening
        self._open: set[socket.socket] = set()
        self._ends = False
        self._flows = threading.Event()
        self.is_well()

    @classmethod
    @contextmanager
    def running(cls, behind: str | tuple[str, int], host: str = "127.0.0.1") -> Iterator[TcpProxy]:
        """In front of a Unix socket, or of a host and port; on a free port."""
        with socket.create_server((host, 0)) as listening:
            proxy = cls(behind, listening)
            threading.Thread(target=proxy._accept, daemon=True).start()
            try:
                yield proxy
            finally:
                proxy._ends = True
                proxy.is_well()
                proxy.cuts()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def is_well(self) -> None:
        self.delay = self.jitter = self.silent = self.torn = 0.0
        self._flows.set()

    def stalls(self) -> None:
        self._flows.clear()

    def cuts(self) -> int:
        """Ends all connections with a reset; how many."""
        connections = list(self._open)
        for one in connections:
            self._reset(one)
        return len(connections) // 2

    def _accept(self) -> None:
        while not self._ends:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        is_path = isinstance(self._behind, str)
        server = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        self._open |= {client, server}
        try:
            self._flows.wait()
            server.connect(self._behind)
        except OSError:
            self._reset(client)
            self._reset(server)
            return
        # Whoever is silent is so in both directions.
        ways = [(client, server, False), (server, client, True)]
        lost = threading.Event()
        for way in ways:
            threading.Thread(target=self._pump, args=[*way, lost], daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, answers: bool, lost: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if self.delay or self.jitter:
                    time.sleep(self.delay + random.random() * self.jitter)
                self._flows.wait()
                if random.random() < self.silent:
                    lost.set()
                if lost.is_set():
                    continue
                if answers and random.random() < self.torn:
                    sink.sendall(piece[: len(piece) // 2])
                    break
                sink.sendall(piece)
        if not lost.is_set():
            self._reset(sink)
            self._reset(source)

    def _reset(self, one: socket.socket) -> None:
        self._open.discard(one)
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOTHING_LEFT)
            # Else it would stay open for as long as another thread reads from it.
            one.shutdown(socket.SHUT_RD)
        one.close()
