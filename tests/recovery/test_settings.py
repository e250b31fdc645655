"""Recovery is off until somebody switches it on, and says what it lacks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.notices.conftest import Mailbox
from tests.recovery.conftest import allows_recovery
from tests.stories import HostMaker
from vestibule.cli.flask_group import group
from vestibule.configuration import read_settings
from vestibule.migrations import say_newest
from vestibule.settings import Settings

GOOD = {
    "SECRET_KEY": "a secret key that is long enough",
    "VESTIBULE_KEYS": ["k"],
    "VESTIBULE_MAIL": "file:///outbox",
    "VESTIBULE_BASE_URL": "https://example.org",
}


def findings(**config: Any) -> list[str]:
    _, found = read_settings(GOOD | {"VESTIBULE_RECOVERY_AFTER": timedelta(hours=72)} | config)
    return [one.setting for one in found]


@pytest.mark.requirement("REC-2")
def test_it_is_off_unless_somebody_switches_it_on() -> None:
    assert Settings.recovery_after == timedelta(0)
    assert findings(VESTIBULE_RECOVERY_AFTER=0) == []


@pytest.mark.parametrize("hours", [24, 72, 30 * 24])
def test_a_day_to_a_month_is_possible(hours: float) -> None:
    assert findings(VESTIBULE_RECOVERY_AFTER=timedelta(hours=hours)) == []


@pytest.mark.parametrize("hours", [-1, 1, 23.9, 30 * 24 + 1])
def test_nothing_else_is(hours: float) -> None:
    after = timedelta(hours=hours)
    assert findings(VESTIBULE_RECOVERY_AFTER=after) == ["VESTIBULE_RECOVERY_AFTER"]


@pytest.mark.parametrize("missing", ["VESTIBULE_MAIL", "VESTIBULE_BASE_URL"])
def test_without_mails_and_links_it_cannot_be_on(missing: str) -> None:
    assert "VESTIBULE_RECOVERY_AFTER" in findings(**{missing: ""})


def test_doctor_says_that_nobody_knows_a_confirmed_address(make: HostMaker, tmp_path: Path) -> None:
    host = make(
        VESTIBULE_MAIL=(tmp_path / "outbox").as_uri(),
        VESTIBULE_BASE_URL="http://localhost",
        VESTIBULE_RECOVERY_AFTER=timedelta(hours=72),
    )
    words = "Recovery stays off: nobody says which address is confirmed."

    def doctor() -> str:
        return host.app.test_cli_runner().invoke(group, ["doctor"]).output

    with host.engine.begin() as connection:
        say_newest(connection)

    assert words in doctor()
    allows_recovery(host)
    assert words not in doctor()


def test_the_ready_site_is_told_the_seconds(mailbox: Mailbox) -> None:
    settings, found = read_settings(GOOD | {"VESTIBULE_RECOVERY_AFTER": "259200"})
    assert (settings.recovery_after, found) == (timedelta(hours=72), [])
