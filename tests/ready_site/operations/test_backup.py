"""A restored backup: what was ended since then lives again in it, until the docs' line was run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.docs.reading import ROOT
from tests.ready_site.conftest import MakeSite
from tests.ready_site.mailbox import confirms_address, opens_link
from tests.ready_site.test_forgotten_password import does_not_work, link_for
from tests.support.person import form_with

PAGE = ROOT / "docs" / "operations.md"


def runs(statement: str, database: Path) -> None:
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.requirement("SES-12")
@pytest.mark.requirement("P7")
def test_nothing_of_before_opens_a_restored_site(make_site: MakeSite) -> None:
    site = make_site(trust_browsers_for="86400", trust_where_required="yes")
    ann = site.registered("ann")
    ann.sets_up_authenticator()
    confirms_address(site, ann)
    ann.signs_out()
    ann.enters_password()
    page = ann.opens("/verify-2fa")
    code = ann.fresh_code()
    ann.sends(page, form_with(page, "totp_code"), totp_code=code, trust_browser="y")
    ann.signs_out()
    ann.enters_password()
    assert ann.is_signed_in(), "the browser is trusted"
    waiting = ann.in_another_browser()
    waiting.browser = site.person().browser
    waiting.enters_password()
    link = link_for(site, ann)

    (statement,) = re.findall(r'^sqlite3 \S+ "(UPDATE .*)"$', PAGE.read_text(), re.MULTILINE)
    runs(statement, site.instance / "vestibule.db")

    assert not ann.is_signed_in()
    assert ann.enters_password().url.path == "/verify-2fa", "nor is the browser trusted"
    assert waiting.opens("/verify-2fa").url.path == "/login"
    assert does_not_work(opens_link(site.person(), link))
