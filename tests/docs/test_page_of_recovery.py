"""The page about recovery, followed in an application that was there before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.docs.conftest import Program
from tests.docs.existing_app import PASSWORD
from tests.docs.reading import blocks, page
from tests.docs.test_python_blocks import enters_password, sets_up
from vestibule.recovery.models import Recovery

RECOVERY = page("docs/recovery.md")


def test_the_application_allows_recovery_and_shows_it(
    program_with: Callable[..., Program], tmp_path: Path
) -> None:
    program = program_with()
    config, confirmed, home = blocks("python", of=RECOVERY)
    config.run(program)
    program["app"].config.update(
        VESTIBULE_RECOVERY_AFTER=program["VESTIBULE_RECOVERY_AFTER"],
        VESTIBULE_CONTACT=program["VESTIBULE_CONTACT"],
        VESTIBULE_MAIL=(tmp_path / "outbox").as_uri(),
        VESTIBULE_BASE_URL="http://localhost",
    )
    program["User"].email = property(lambda user: f"{user.username}@example.org")
    program["User"].email_confirmed = True
    (add_it, *_) = blocks("python", of=page("docs/add-it.md"))
    add_it.run(program)
    vestibule = program["vestibule"]
    confirmed.run(program)
    program["vestibule"] = vestibule
    vestibule.confirmed_address(program["confirmed_address"])
    home.run(program)

    app = program["app"]
    ann = app.test_client()
    enters_password(ann, PASSWORD)
    sets_up(ann)
    assert "Stop it" not in ann.get("/home").text
    installed = app.extensions["vestibule"]
    services = installed.runtime.services
    now = services.clock.now()
    with services.database.write() as connection:
        subject = connection.exec_driver_sql("SELECT id, version FROM vestibule_subject").one()
        connection.execute(
            Recovery.__table__.insert().values(  # type: ignore[attr-defined]
                subject_id=subject.id,
                version=subject.version,
                mailbox="",
                asked_at=now,
                opens_at=now + timedelta(hours=72),
                ends_at=now + timedelta(days=10),
                address="203.0.113.9",
                browser="",
            )
        )
    assert "Somebody at 203.0.113.9 wants to replace" in ann.get("/home").text
    other = app.test_client()
    enters_password(other, PASSWORD)
    ways = other.get("/two-factor/recover").text
    assert "We send a link to a…@example.org" not in ways  # one is under way
    assert "help@example.org" in ways
