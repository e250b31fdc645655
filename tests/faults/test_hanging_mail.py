"""A mail server that takes connections and says nothing: nobody waits, and each mail comes once."""

from __future__ import annotations

import statistics
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import BETWEEN, Figure
from tests.support.demo_people import fill_with_people, people_of
from tests.support.races import wait_for
from tests.support.rows_afterwards import Rows
from tests.support.running_site import PROGRAM, RunningSite
from tests.support.smtp import MailServer
from tests.support.tcp_proxy import TcpProxy
from tests.support.under_load import ComingAndGoing
from vestibule.notices.transports import TIMEOUT

pytestmark = pytest.mark.system

WAITING = "SELECT count(*) AS waiting FROM vestibule_outbox WHERE sent_at IS NULL"
# What the minutes until the next try would do; who is being told right now has ten of them.
LATER = "UPDATE vestibule_outbox SET next_try_at = made_at WHERE next_try_at < :soon"


@pytest.mark.parametrize("sign_ins", [10, pytest.param(300, marks=pytest.mark.soak)])
def test_sign_ins_do_not_wait_for_the_mail_and_none_is_lost(
    tmp_path: Path, sign_ins: int, figure: Figure
) -> None:
    papers = fill_with_people(tmp_path / "instance", people=12)
    with (
        MailServer.running(tmp_path, tls=False) as server,
        TcpProxy.running(("127.0.0.1", server.port)) as way,
        RunningSite(
            tmp_path / "instance",
            environment={"VESTIBULE_MAIL": f"smtp+plain://127.0.0.1:{way.port}"},
        ) as site,
    ):
        with ComingAndGoing(people_of(site, papers), newcomers=3) as load:
            way.stalls()
            load.comes_so_far(sign_ins)
            wait_for(lambda: site.rows(WAITING)[0]["waiting"])
            assert not server.mails
            way.cuts()
            way.is_well()
            load.comes_so_far(BETWEEN)
        assert load.ledger.unkind() == {}
        assert Rows(site).wrong(load.ledger) == {}

        wait_for(lambda: all_is_sent(site), pause=1)
        rows = site.rows("SELECT * FROM vestibule_outbox")
        assert len(server.mails) == len(rows)
        twice = Counter(mail["Message-ID"] for mail in server.mails)
        assert set(twice.values()) == {1}
        answers = [answer.ended - answer.began for answer in load.ledger.answers]
        assert statistics.median(answers) < TIMEOUT
    figure("answers", load.ledger.statuses)
    figure("longest answer", f"{load.ledger.longest():.1f} s")
    figure("mails", len(server.mails))


def all_is_sent(site: RunningSite) -> bool:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    site.rows(LATER, soon=f"{soon:%Y-%m-%d %H:%M:%S.%f}")
    sending = [str(PROGRAM), "send-mail", "--instance", str(site.instance)]
    subprocess.run(sending, check=False, capture_output=True, env=site.environment)
    return not site.rows(WAITING)[0]["waiting"]
