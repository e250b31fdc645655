"""What each of many processes does when a site starts."""

from __future__ import annotations

from collections.abc import Callable

from vestibule.migrations import upgrade_database


def starter(url: str) -> Callable[[int], None]:
    def start(_: int) -> None:
        upgrade_database(url)
        upgrade_database(
            url, location="vestibule:ready_site/migrations", version_table="ready_site_version"
        )

    return start
