"""The one socket that the site listens on."""

import errno
import socket

from vestibule.ready_site.options import StartRefused


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done, and keep it.

    Raises :class:`StartRefused` where somebody else has it or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise StartRefused(
            f"There is no address {host!r} to listen on. Give one of this machine as --host."
        ) from error
    listening = socket.socket(family, kind, protocol)
    try:
        # A site that was ended a moment ago must not keep its own port from the next one.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Only listening makes it ours: two that are merely bound can share a port.
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise StartRefused(_sentence(host, port, error)) from error
    return listening


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: stop what listens there or choose another --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user: choose one above 1023."
    return f"Cannot listen on {host}, port {port}: {error.strerror}."
