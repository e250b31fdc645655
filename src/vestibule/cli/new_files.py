"""Files that a command writes: new ones, for their owner alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from vestibule.moving.files import NotReadable


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """A file for its owner alone; gone again if the block does not end well.

    What is there already is refused, and with it every terminal, pipe and device.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise NotReadable(f"{path} is there already: give another name.") from error
    except OSError as error:
        raise NotReadable(
            f"{path} cannot be written: {error.strerror}. Give another place."
        ) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
