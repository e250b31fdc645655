"""An authenticator app that never shows a code it showed before."""

from __future__ import annotations

import threading
import time

import pyotp

STEP = 30  # seconds


class Authenticator:
    """May be shared by several browsers and threads of one person."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.last_step = 0
        self._one_at_a_time = threading.Lock()

    def fresh_code(self) -> str:
        """The next code that was not used yet and is inside the window of one step to each side.

        Waits only where the last one used is already the newest that the window lets in.
        """
        with self._one_at_a_time:
            now = time.time()
            current = int(now) // STEP
            # The step before is let in only while this one lasts: near its end not to be trusted.
            oldest = current - 1 if STEP - now % STEP > 5 else current
            step = max(oldest, self.last_step + 1)
            if step > current + 1:
                time.sleep((step - 1) * STEP - now + 0.05)
            self.last_step = step
            return self.code_of(step)

    def newest_code(self) -> str:
        """The last code that the window lets in now: stays right for half a minute at least."""
        with self._one_at_a_time:
            step = int(time.time()) // STEP + 1
            if self.last_step >= step:
                raise LookupError("the newest code was used already: wait, or take somebody else")
            self.last_step = step
            return self.code_of(step)

    def code_of(self, step: int) -> str:
        return pyotp.TOTP(self.secret).at(step * STEP)

    def wrong_code(self) -> str:
        """Six digits that are right at no step near now."""
        current = int(time.time()) // STEP
        near = {self.code_of(step) for step in range(current - 3, current + 4)}
        return next(code for number in range(9) if (code := f"{number}00000") not in near)
