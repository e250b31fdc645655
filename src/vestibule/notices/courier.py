"""The thread of a process that sends notices soon after they were written."""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from vestibule.foundation.database import Unavailable
from vestibule.foundation.forks import tell_of_forks
from vestibule.notices.flows import waiting_to_send

if TYPE_CHECKING:
    from vestibule.notices.sending import Round

log = logging.getLogger("vestibule")

LOOKS_EVERY = 30.0
"""Seconds until the thread looks by itself: for what waits for another try, or was left behind."""
_GATHERS = 0.2
"""Seconds that it waits once it was woken: what comes close together goes in one round."""
_LOOKS_AGAIN = (1.0, 5.0)
"""Seconds between its looks after that. A host's own commit is told of when it begins: the row of
the mail may not be there yet at the first look."""
_PATIENCE = 5.0


class Courier:
    """Started by the first request of a process; a forked child starts its own."""

    def __init__(self, send: Callable[[], "Round"]) -> None:
        self._send = send
        self._thread: threading.Thread | None = None
        self._wake: Callable[[], None] = threading.Event().set
        self.after_fork_in_child()
        tell_of_forks(self)

    @property
    def is_started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Start the thread, unless it runs."""
        with self._lock:
            if self._thread is None:
                self._wake = self._something.set
                waiting_to_send.add(self._wake)
                self._thread = threading.Thread(
                    target=partial(self._run, self._something), name="vestibule-mail", daemon=True
                )
                self._thread.start()
                atexit.register(self.stop)

    def stop(self) -> None:
        """Let the mail that is being sent end, for some seconds, and send no other."""
        self._ends = True
        self._something.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_PATIENCE)

    def before_fork(self) -> None:
        """Threads do not come along."""

    def after_fork_in_child(self) -> None:
        # The parent's: its lock may have been held at that moment, and then for ever.
        waiting_to_send.discard(self._wake)
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._thread = None
        self._ends = False

    def _run(self, something: threading.Event) -> None:
        pauses: list[float] = []
        while not self._ends:
            try:
                self._send()
            except Unavailable:
                pass  # the pages say so, and it is tried again
            except Exception:
                log.exception("notices could not be sent")
            if something.wait(pauses.pop(0) if pauses else LOOKS_EVERY):
                if not self._ends:
                    time.sleep(_GATHERS)
                # What is committed from here on wakes it anew.
                something.clear()
                pauses = list(_LOOKS_AGAIN)
