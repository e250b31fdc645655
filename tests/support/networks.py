"""A network of its own for a node, whose wire to the database can be pulled out: root's to make."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.support.programs import needed


@dataclass(frozen=True)
class Network:
    """Two wires lead out of it: one to the database, one to whoever visits."""

    name: str
    inside: Sequence[str]
    """What stands before a command that runs there."""
    database: str
    """The address, on our side, at which a node finds its database."""
    node: str
    """The address, on its side, at which visitors find the node."""

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Network]:
        """Raises PermissionError for whoever may not."""
        needed("ip")
        number = os.getpid() % 250
        name, net = f"vestibule-{number}", f"198.18.{number}"  # kept for tests by RFC 2544
        with ExitStack() as stack:
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "del", name)
            for wire, ours, theirs in (("d", 1, 2), ("v", 5, 6)):
                here, there = f"vt{number}{wire}", f"vt{number}{wire}i"
                _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
                stack.callback(_ip, "link", "del", here)
                _ip("addr", "add", f"{net}.{ours}/30", "dev", here)
                _ip("link", "set", here, "up")
                _ip("-n", name, "addr", "add", f"{net}.{theirs}/30", "dev", there)
                _ip("-n", name, "link", "set", there, "up")
            _ip("-n", name, "link", "set", "lo", "up")
            yield cls(name, ("ip", "netns", "exec", name), f"{net}.1", f"{net}.6")

    def cut(self) -> None:
        """Nothing comes through to the database any more, and nobody is told."""
        _ip("link", "set", f"vt{self.name.partition('-')[2]}d", "down")

    def mend(self) -> None:
        _ip("link", "set", f"vt{self.name.partition('-')[2]}d", "up")


def _ip(*command: str) -> None:
    done = subprocess.run([needed("ip"), *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"ip {' '.join(command)}: {done.stderr.strip()}")
