"""The live stream: each event as a line of JSON, to stdout or syslog, once it is committed."""

import logging
import os
import select
import socket
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

log = logging.getLogger("vestibule")

Write = Callable[[str], None]

_PRIORITY = "<38>"  # facility auth, severity info (RFC 5424, section 6.2.1)
_LOCAL = ("/dev/log", "/var/run/syslog")
_PATIENCE = 1.0  # seconds for a syslog that does not take what it is sent


class Sink:
    """Takes a line, or says in the log that it does not; never stops who writes an event."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lost = 0

    def __call__(self, line: str) -> None:
        try:
            self._write(line)
        except Exception as error:  # noqa: BLE001 - what happened has happened
            # Once, and not for each event: a log that is flooded tells nothing.
            if not self._lost:
                log.error("the stream of events is broken: %s", type(error).__name__)
            self._lost += 1
            return
        if self._lost:
            log.warning("the stream of events works again; %d are only in the log", self._lost)
            self._lost = 0


def sink_of(setting: str) -> Sink | None:
    """The sink that ``VESTIBULE_EVENT_STREAM`` names, which the settings have checked; None for an
    empty text.
    """
    if not setting:
        return None
    if setting == "stdout":
        return Sink(_to_stdout)
    if setting == "syslog":
        return Sink(_to_this_machines_syslog)
    address = urlsplit(setting)
    host, port = address.hostname or "", address.port or 514
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return Sink(lambda line: _send(family, (host, port), line))


def _to_stdout(line: str) -> None:
    out = sys.stdout
    if os.name == "posix" and not _takes_a_line(out.fileno()):
        raise BlockingIOError
    out.write(f"{line}\n")
    out.flush()


def _takes_a_line(descriptor: int) -> bool:
    """A pipe whose reader sleeps would hold up whoever signs in."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


def _to_this_machines_syslog(line: str) -> None:
    place = next((one for one in _LOCAL if os.path.exists(one)), _LOCAL[0])
    _send(socket.AF_UNIX, place, line)


def _send(family: socket.AddressFamily, address: str | tuple[str, int], line: str) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as out:
        out.settimeout(_PATIENCE)
        out.sendto(f"{_PRIORITY}vestibule: {line}".encode(), address)
