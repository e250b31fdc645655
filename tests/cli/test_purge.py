"""``purge``: what is over goes, in batches, and nothing else."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result

from tests.notices.conftest import Mailbox
from tests.recovery.conftest import host_with_recovery
from tests.stories import HostMaker, make
from tests.support.host_app import Host
from tests.support.races import at_once
from tests.support.visitor import Visitor
from vestibule.cli.flask_group import group
from vestibule.foundation import purging
from vestibule.host import purging as all_of_it
from vestibule.migrations import say_newest
from vestibule.sessions.models import Session

__all__ = ["make"]

YEARS = timedelta(days=800).total_seconds()


def says(host: Host, *words: str) -> Result:
    return host.app.test_cli_runner().invoke(group, ["purge", *words])


def gone(host: Host, *words: str) -> dict[str, int]:
    said = says(host, "--json", *words)
    assert said.exit_code == 0, said.output
    counts: dict[str, int] = json.loads(said.output)
    return {what: count for what, count in counts.items() if count}


@pytest.fixture
def host(make: HostMaker, database_url: str) -> Host:
    return known(make(url=database_url))


def known(host: Host) -> Host:
    """With tables that say of which version they are, as a command wants them."""
    with host.services.database.write() as connection:
        say_newest(connection)
    return host


def test_what_is_over_goes_and_who_is_signed_in_stays(host: Host) -> None:
    early = [Visitor.new(host, name) for name in ("ann", "bob")]
    for one in early:
        one.signs_in()
        one.in_another_browser().enters_password()
    assert gone(host) == {}
    host.clock.moves(timedelta(days=3).total_seconds())
    late = early[0].in_another_browser()
    late.signs_in()
    told = gone(host)
    assert told["sessions"] == 2
    assert told["sign_ins"] == 2
    assert told["counts_of_tries"] > 0
    assert late.is_signed_in()
    assert gone(host) == {}
    assert "Deleted: nothing." in says(host).output
    assert "flask vestibule audit purge --older-than DAYS" in says(host).output


def test_batches_and_two_at_once_delete_each_row_once(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "MOST", 2)
    monkeypatch.setattr(all_of_it, "MOST", 2)
    ann = Visitor.new(host, "ann")
    ann.signs_in()
    for _ in range(6):
        ann.in_another_browser().enters_password()
    (row,) = host.rows(Session)
    assert row
    host.clock.moves(YEARS)
    batches: list[tuple[str, int]] = []

    def purges(told: Any = lambda _what, _count: None) -> int:
        return all_of_it.purge(host.services, told)["sign-ins"]

    assert sum(at_once([lambda: purges(lambda *one: batches.append(one)), purges])) == 6
    assert max(count for _, count in batches) <= 2
    assert host.rows(Session) == []


def test_killed_between_two_batches_the_next_one_goes_on(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "MOST", 1)
    monkeypatch.setattr(all_of_it, "MOST", 1)
    ann = Visitor.new(host, "ann")
    for _ in range(3):
        ann.in_another_browser().enters_password()
    host.clock.moves(YEARS)

    def stops(what: str, count: int) -> None:
        if what == "sign-ins":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        all_of_it.purge(host.services, stops)
    assert gone(host)["sign_ins"] == 2


def test_mail_files_go_only_where_it_is_asked_for(make: HostMaker, tmp_path: Any) -> None:
    mailbox: Mailbox = host_with_recovery(make, tmp_path)
    known(mailbox.host)
    Visitor.new(mailbox.host, "ann").signs_in()
    mailbox.mails()
    folder = mailbox.folder
    old, new = folder / "old.eml", folder / "new.eml"
    mine = folder / "mine.txt"
    for path in (old, new, mine):
        path.write_text("a mail")
    for path in (old, mine):
        os.utime(path, (time.time() - 40 * 86400,) * 2)
    assert "mail_files" not in gone(mailbox.host)
    assert old.exists()
    assert gone(mailbox.host, "--mail-files", "30")["mail_files"] == 1
    assert (old.exists(), new.exists(), mine.exists()) == (False, True, True)


def test_without_an_outbox_folder_it_says_so(make: HostMaker) -> None:
    said = says(known(make()), "--mail-files", "30")
    assert said.exit_code == 1
    assert "Leave --mail-files out." in said.output
