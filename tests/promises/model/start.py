"""Where each run of the model begins: a site on which two people set up their second step."""

from __future__ import annotations

import functools
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.promises.model.ledger import Account, Ledger, Phone
from tests.promises.model.mailbox import last_link
from tests.support.host_tables import folder_of_this_run
from tests.support.quick_site import Kept, QuickSite

OWNER, STRANGER = "olga", "mallory"


@dataclass(frozen=True)
class Start:
    site: QuickSite
    kept: Kept
    ledger: Ledger

    def again(self) -> tuple[QuickSite, Ledger]:
        self.site.restores(self.kept)
        return self.site, deepcopy(self.ledger)


@functools.cache
def start(*, must_have: bool) -> Start:
    """On SQLite; made once: making a site costs as much as a hundred pages of it."""
    return start_on("", must_have=must_have)


def start_on(database: str, *, must_have: bool) -> Start:
    folder = Path(tempfile.mkdtemp(dir=folder_of_this_run()))
    site = QuickSite(
        folder,
        database=database,
        policy="required" if must_have else "optional",
        trust_browsers_for=timedelta(days=30),
        trust_where_required=True,
    )
    accounts = {name: _settled(site, name) for name in (OWNER, STRANGER)}
    ledger = Ledger(must_have, site.clock.now(), accounts)
    return Start(site, site.keeps(), ledger)


def _settled(site: QuickSite, username: str) -> Account:
    """Registered, with an authenticator, ten backup codes and a confirmed address; signed out."""
    person = site.visitor(username, address="192.0.2.200")
    papers = person.papers
    person.fills_in("/register", username=username, email=papers.email, password=papers.password)
    account = Account(username, papers.password, is_hers=username == OWNER)
    name = account.next_name()
    page = person.sets_up(name)
    person.sends(page, page.form(action="/confirm-email/send"))
    page = person.opens(f"/confirm-email?token={last_link(site, papers.email)}")
    page = person.sends(page, page.form(action="/confirm-email"))
    assert "confirmed" in page.text
    person.signs_out()
    account.phones = [Phone(papers.secrets[0], name, papers.last_step)]
    account.gets_new_codes(papers.backup_codes)
    return account
