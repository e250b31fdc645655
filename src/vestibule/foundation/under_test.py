"""Whether a test runs now: what opens a door for tests must not open it anywhere else."""

import os
import sys
from types import FrameType


def a_test_runs() -> bool:
    """Whether pytest runs in this process, or unittest is somewhere below on this thread's stack.

    Neither can be configured: a variable that says "pytest" in a process that never loaded it is
    not believed, and a program that only imports ``unittest`` (many libraries do) runs no test.
    """
    pytest_runs = "PYTEST_VERSION" in os.environ or "PYTEST_CURRENT_TEST" in os.environ
    return ("pytest" in sys.modules and pytest_runs) or _is_under_unittest()


def _is_under_unittest() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "unittest.case":
            return True
        frame = frame.f_back
    return False
