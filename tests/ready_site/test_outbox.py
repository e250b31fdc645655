"""The outbox: a mail is there if what it tells of has happened, and as it was meant."""

from __future__ import annotations

import email
import email.policy
import shutil
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.ready_site.name_rules import email_problem
from vestibule.ready_site.outbox import Outbox

SENDER = Address("Acme, Inc.", "no-reply", "[127.0.0.1]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outbox")


def posted(folder: Path, to: str) -> EmailMessage:
    with Outbox(folder, sender=SENDER).posting(to=to, subject="Über", text="Größe\n"):
        pass
    (path,) = folder.iterdir()
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    path.unlink()
    return mail


seen = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='@<>()[],;:"')


@given(st.text(seen, min_size=1, max_size=64).map(lambda text: f"{text}@münchen.de"))
def test_whatever_address_was_accepted_gets_its_mail(folder: Path, to: str) -> None:
    if email_problem(to) is None:
        assert posted(folder, to)["To"] == to


def test_a_sites_name_may_contain_a_comma(folder: Path) -> None:
    mail = posted(folder, "anna@example.org")
    assert [one.display_name for one in mail["From"].addresses] == ["Acme, Inc."]
    assert mail["Subject"] == "Über"
    assert mail.get_content() == "Größe\r\n"


def test_what_did_not_happen_is_not_told(folder: Path) -> None:
    def interrupted() -> None:
        outbox = Outbox(folder, sender=SENDER)
        with outbox.posting(to="anna@example.org", subject="New", text="New\n"):
            (draft,) = folder.iterdir()
            assert draft.suffix != ".eml"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_lost_meanwhile_undoes_nothing_and_is_told_to_the_operator(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    outbox = Outbox(folder, sender=SENDER)
    with outbox.posting(to="anna@example.org", subject="New", text="New\n"):
        shutil.rmtree(folder)
    assert "a mail stays in" in caplog.text
    assert "anna" not in caplog.text
