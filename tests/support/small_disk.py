"""A file system of its own that can be filled to the last byte: root's to make."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20
BLOCK = 4096


@dataclass(frozen=True)
class SmallDisk:
    path: Path

    @classmethod
    @contextmanager
    def mounted(cls, megabytes: int) -> Iterator[SmallDisk]:
        """In memory, below /tmp. Raises OSError for whoever may not mount."""
        path = Path(tempfile.mkdtemp(prefix="vestibule-disk-"))
        options = f"size={megabytes}m,mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
        try:
            mounted = subprocess.run(command, capture_output=True, text=True, check=False)
            if mounted.returncode:
                raise PermissionError(f"{' '.join(command)}: {mounted.stderr.strip()}")
            try:
                yield cls(path)
            finally:
                # Lazily: what is still open there goes with its process.
                subprocess.run(["umount", "-l", str(path)], check=True)
        finally:
            path.rmdir()

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self) -> None:
        """Nothing more can be written that needs a new block."""
        piece = MEGABYTE
        with self._ballast.open("ab") as file:
            while piece >= BLOCK:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), piece)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    piece //= 2

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)
