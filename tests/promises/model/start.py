"""Where each run of the model begins: a site on which two people set up their second step, and
somebody who looks after it."""

from __future__ import annotations

import functools
import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tests.promises.model.ledger import Ledger
from tests.promises.model.mailbox import last_link
from tests.promises.model.people import WAITING_TIME, Account, Phone
from tests.support.host_tables import folder_of_this_run
from tests.support.quick_site import Kept, QuickSite
from vestibule.ready_site.administrators import make_administrator

OWNER, STRANGER, KEEPER = "olga", "mallory", "ada"
OWNERS = ("home", "work")
"""The owner's browsers. She has her phones, her backup codes and her mailbox."""
THIEVES = ("guesser", "reader", "copier")
"""They have an account of their own. The first knows her password, the second reads her mailbox,
the third copies her cookies, and they all tell each other her password."""
DESK = "desk"
"""The administrator's browser."""

HOLDERS = {OWNER: OWNERS, STRANGER: THIEVES, KEEPER: (DESK,)}


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
    """On SQLite; made once: making a site costs as much as a hundred pages of it, and people on it
    as much again. So those of one policy are copied for the other.
    """
    if not must_have:
        return start_on("", must_have=False)
    other, folder = start(must_have=False), _new_folder()
    other.site.restores(other.kept)
    shutil.copytree(other.site.folder, folder, dirs_exist_ok=True)
    ledger = replace(other.ledger, everybody_must=True)
    return Start(_site(folder, "", must_have=True), other.kept, ledger)


def start_on(database: str, *, must_have: bool) -> Start:
    site = _site(_new_folder(), database, must_have=must_have)
    accounts = {name: _settled(site, name) for name in HOLDERS}
    with site.app.app_context():
        make_administrator(KEEPER, None)
    accounts[KEEPER].is_administrator = True
    ledger = Ledger(must_have, site.clock.now(), accounts)
    return Start(site, site.keeps(), ledger)


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(dir=folder_of_this_run()))


def _site(folder: Path, database: str, *, must_have: bool) -> QuickSite:
    return QuickSite(
        folder,
        database=database,
        policy="required" if must_have else "optional",
        change_names=True,
        recovery_after=WAITING_TIME,
        trust_browsers_for=timedelta(days=30),
        trust_where_required=True,
    )


def _settled(site: QuickSite, username: str) -> Account:
    """Registered, with an authenticator, ten backup codes and a confirmed address; signed out."""
    person = site.visitor(username, address="192.0.2.200")
    papers = person.papers
    person.fills_in("/register", username=username, email=papers.email, password=papers.password)
    account = Account(username, papers.password, papers.email, HOLDERS[username], is_confirmed=True)
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
