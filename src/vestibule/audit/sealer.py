"""The sealer of a running process: at most once a minute, on a thread, so that nobody waits."""

import logging
import threading
from collections.abc import Callable

from vestibule.foundation.database import Unavailable
from vestibule.foundation.forks import tell_of_forks

log = logging.getLogger("vestibule")

EVERY = 60.0
"""Seconds from an answer to the sealing of what was written until then, and after it."""


class Sealer:
    """Told of every answer; a process in which nothing happens does nothing."""

    def __init__(self, seal: Callable[[], object], every: float = EVERY) -> None:
        self._seal, self._every = seal, every
        self.is_due = False
        self.after_fork_in_child()
        tell_of_forks(self)

    def soon(self) -> None:
        """Seal in a minute, unless that is due already."""
        with self._lock:
            if self.is_due:
                return
            self.is_due = True
        timer = threading.Timer(self._every, self._run)
        timer.name, timer.daemon = "vestibule-seal", True
        timer.start()

    def before_fork(self) -> None:
        """Threads do not come along."""

    def after_fork_in_child(self) -> None:
        # The parent's: its lock may have been held at that moment, and then for ever.
        self._lock = threading.Lock()
        self.is_due = False

    def _run(self) -> None:
        # Before it looks: an event of this very moment is due again.
        self.is_due = False
        try:
            self._seal()
        except Unavailable:
            pass  # the pages say so, and it is due again with the next answer
        except Exception:
            log.exception("events could not be sealed")
