"""The end of a node behind a proxy: nobody is let in whom nobody would answer.

A connection that the kernel took and no worker has is reset when the process ends, with the request
that a proxy has sent on it; a proxy may not send a POST again elsewhere. One that is not taken is
nothing sent: the proxy asks another node.
"""

import ctypes
import socket
import struct
import sys
import time

_LONGEST = 3.0
"""Seconds; workers that took nothing for so long are stuck."""
_SETTLES = 0.2
"""Seconds in which connections that were begun before come to be."""
_SO_ATTACH_FILTER = 26  # Linux, asm-generic/socket.h
_ACCEPT_QUEUE = 24  # tcpi_unacked in struct tcp_info: of a listening socket, who waits for accept()
# Classic BPF over the TCP header: a SYN without ACK is dropped, all else comes through.
_NO_NEW_ONES = (
    (0x30, 0, 0, 13),  # load the byte with the flags
    (0x54, 0, 0, 0x12),  # keep SYN and ACK
    (0x15, 0, 1, 0x02),  # is it SYN alone?
    (0x06, 0, 0, 0),  # then nothing of it
    (0x06, 0, 0, 0xFFFFFFFF),
)


def take_no_more(listening: socket.socket) -> None:
    """From now on nobody gets a connection to the port; returns when workers have all who had one.

    Linux only; elsewhere it does nothing.
    """
    if sys.platform != "linux" or listening.family not in (socket.AF_INET, socket.AF_INET6):
        return
    program = b"".join(struct.pack("HBBI", *line) for line in _NO_NEW_ONES)
    kept = ctypes.create_string_buffer(program, len(program))
    found = struct.pack("HP", len(_NO_NEW_ONES), ctypes.addressof(kept))
    try:
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, found)
        time.sleep(_SETTLES)
        until = time.monotonic() + _LONGEST
        while _waiting(listening) and time.monotonic() < until:
            time.sleep(0.01)
    except OSError:  # a kernel that is told so, such as a sandbox's, may not know how
        return


def _waiting(listening: socket.socket) -> int:
    told = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACCEPT_QUEUE + 4)
    waiting: int = struct.unpack_from("I", told, _ACCEPT_QUEUE)[0]
    return waiting
