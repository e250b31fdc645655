"""The ``vestibule`` command."""

from vestibule.cli.main import main

__all__ = ["main"]
