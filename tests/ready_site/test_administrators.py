"""Administrators of the ready site: the first one, whom they find, and whom they shut out."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from tests.ready_site.conftest import MakeSite, Site
from tests.ready_site.test_sign_in import NOT_RIGHT
from tests.support.pages import Page
from tests.support.person import Person
from tests.support.races import at_once
from vestibule import LastAdministrator
from vestibule.admin import flows
from vestibule.cli import main
from vestibule.ready_site.administrators import Administrators
from vestibule.ready_site.people import load_account


def makes(site: Site, *words: str) -> Any:
    options = ["--instance", str(site.instance)]
    env = {"VESTIBULE_BASE_URL": "http://localhost"}
    return CliRunner(env=env).invoke(main, ["accounts", "create-admin", *words, *options])


def first_administrator(site: Site) -> Person:
    said = makes(site, "root", "--email", "root@example.org")
    assert said.exit_code == 0, said.output
    root = site.person("root")
    root.opens(said.output.splitlines()[0].removeprefix("http://localhost"))
    root.fills_in("/reset-password", password=root.password)
    assert root.enters_password().url.path == "/setup-2fa"
    root.sets_up_authenticator()
    return root


def does(root: Person, action: str, name: str) -> str:
    page = root.opens(f"/admin/accounts?q={name}")
    link = next(one for one in Page(page.text).links if "user=" in one)
    page = root.opens(link.replace("/admin/account?", f"/admin/account/{action}?"))
    form = Page(page.text).form(with_field="reason")
    return root.sends(page, form, reason="asked for", name=name).text


@pytest.mark.requirement("ADM-5")
def test_the_first_one_is_made_on_the_command_line(make_site: MakeSite) -> None:
    site = make_site(policy="off")
    root = first_administrator(site)
    assert "root" in root.opens("/admin/accounts").text
    (made,) = site.rows("SELECT kind FROM vestibule_event WHERE kind = 'account.administrator'")
    assert made


def test_an_account_that_is_there_gets_the_role(site: Site) -> None:
    ann = site.registered("ann")
    ann.sets_up_authenticator()
    assert ann.opens("/admin").status_code == 403
    assert "/admin" not in Page(ann.opens("/dashboard").text).links
    assert makes(site, "ann").exit_code == 0
    assert "/admin" in Page(ann.opens("/dashboard").text).links
    assert ann.opens("/admin").url.path == "/admin"
    site.rows("UPDATE account SET is_administrator = false")
    assert ann.opens("/admin").status_code == 403


@pytest.mark.requirement("ADM-5")
@pytest.mark.parametrize("email", ["root@site.example", "mallory@example.org"])
def test_a_stranger_who_had_the_name_before_is_no_administrator(site: Site, email: str) -> None:
    """Whoever guesses what the first administrator will be called registers that name first: also
    with the address, which nobody confirmed then."""
    mallory = site.person("root")
    mallory.email = email
    mallory.registers()
    mallory.sets_up_authenticator()
    said = makes(site, "root", "--email", "root@site.example")
    assert said.exit_code == 1
    assert "did not confirm root@site.example" in said.output
    assert mallory.opens("/admin").status_code == 403
    assert site.rows("SELECT * FROM vestibule_event WHERE kind = 'account.administrator'") == []


def test_a_name_that_somebody_had_is_no_new_administrators(site: Site) -> None:
    """Who knows the account by that name would take a stranger for it; and it could not be given
    up a second time.
    """
    ann = site.registered("ann")
    site.rows("INSERT INTO account_former_name SELECT 'root', id FROM account")
    said = makes(site, "root", "--email", "root@site.example")
    assert said.exit_code == 1
    assert "Another account had the name root" in said.output
    assert site.rows("SELECT username FROM account") == [{"username": ann.username}]


def test_who_confirmed_the_address_gets_the_role_with_it(site: Site) -> None:
    ann = site.registered("ann")
    site.rows("UPDATE account SET email_confirmed_at = '2027-01-01 00:00:00'")
    said = makes(site, "ann", "--email", ann.email)
    assert said.exit_code == 0, said.output
    assert f"with the address {ann.email} (confirmed)" in said.output
    again = makes(site, "ann", "--email", "other@example.org")  # nothing is given any more
    assert again.exit_code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nobody"], "There is no account nobody: say --email"),
        (["no@name", "--email", "a@example.org"], "Error: "),
        (["root", "--email", "no address"], "Error: "),
    ],
)
def test_what_cannot_be_made_is_told_in_a_sentence(site: Site, words: list[str], told: str) -> None:
    said = makes(site, *words)
    assert said.exit_code == 1
    assert told in said.output
    assert site.rows("SELECT * FROM account") == []


def test_who_is_disabled_is_nobody(site: Site) -> None:
    root, ann = first_administrator(site), site.registered("ann")
    ann.sets_up_authenticator()
    assert "The account is disabled." in does(root, "disable", "ann")
    assert not ann.is_signed_in()
    other = ann.in_another_browser()
    other.browser = site.person("x").browser
    assert NOT_RIGHT in other.enters_password().text
    assert "The account is enabled." in does(root, "enable", "ann")
    assert other.enters_password().url.path == "/verify-2fa"


@pytest.mark.requirement("P6")
def test_no_link_goes_out_without_its_reason_in_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, ann = first_administrator(site), site.registered("ann")
    site.rows("UPDATE account SET email_confirmed_at = '2027-01-01 00:00:00'")

    def killed(*_: Any) -> None:
        raise RuntimeError

    tokens = "SELECT count(*) AS there FROM vestibule_one_time_token"
    before = site.rows(tokens)
    with monkeypatch.context() as patched:
        patched.setattr(flows, "link_sent_on", killed)
        assert "on its way" not in does(root, "password-link", ann.username)
    subject = "Set a new password"
    assert not any(subject in path.read_text() for path in site.mails())
    assert site.rows(tokens) == before
    assert "The link is on its way." in does(root, "password-link", ann.username)
    assert any(subject in path.read_text() for path in site.mails())
    (event,) = site.rows("SELECT details FROM vestibule_event WHERE kind = 'link.sent'")
    assert "asked for" in event["details"]


def test_lists_are_stretches_of_the_index(make_site: MakeSite, database_url: str) -> None:
    site = make_site(database=database_url)
    for name in ("a-b", "ab", "a.c", "abc", "b", "a_b"):
        site.registered(name)
    with site.app.app_context():
        roles = Administrators()

        def names(*given: Any) -> list[str]:
            return [one.username for one in roles.users(*given)]

        assert names("", "", 10) == ["a-b", "a.c", "a_b", "ab", "abc", "b"]
        assert names("AB", "", 10) == ["ab", "abc"]
        assert names("a", "a.c", 2) == ["a_b", "ab"]
        assert names("ab@example.org", "", 10) == ["ab"]
        assert names("%", "", 10) == []


@pytest.mark.requirement("ADM-5")
def test_two_who_disable_each_other_leave_one(make_site: MakeSite, database_url: str) -> None:
    site = make_site(database=database_url)
    people = [site.registered(name) for name in ("ann", "bob")]
    site.rows("UPDATE account SET is_administrator = true")
    assert people
    with site.app.app_context():
        ids = [row["id"] for row in site.rows("SELECT id FROM account ORDER BY username")]
        ann, bob = (load_account(one) for one in ids)

    def disables(user: Any, by: Any) -> bool:
        with site.app.app_context():
            try:
                Administrators().disable(user, by, lambda connection: None)
            except LastAdministrator:
                return False
            return True

    for _ in range(5):
        done = at_once([lambda: disables(ann, bob), lambda: disables(bob, ann)])
        assert sum(done) == 1
        site.rows("UPDATE account SET disabled_at = NULL")
