"""Words of mails cannot be forged, whatever strangers call themselves."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vestibule.notices.letters import letter
from vestibule.notices.values import (
    NOTICES,
    Contact,
    contact_of,
    is_address,
    one_line,
    pause_after,
)
from vestibule.settings import Settings

SETTINGS = Settings(issuer="Acme", base_url="https://acme.example", mail="file:///outbox")
WHEN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
LINK = "https://acme.example/not-me/link?token=1"
UNSEEN = "\r\n\u2028\u202e\u2066\u200b\x00\x1b"
anything = st.text(st.characters(exclude_categories=[])) | st.text(
    st.sampled_from(UNSEEN + "a:b@<")
)


@given(anything, anything, anything, st.sampled_from(sorted(NOTICES)))
def test_nothing_a_stranger_says_adds_a_header_a_line_or_a_link(
    name: str, address: str, browser: str, kind: str
) -> None:
    told = {"name": name, "address": address, "browser": browser, "language": "en"}
    mail = letter(SETTINGS, "0" * 32, kind, WHEN, told, "ann@example.org", LINK)
    read = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert set(read.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }
    assert str(read["Subject"]).isprintable()
    text = read.get_body(("plain",)).get_content()
    page = read.get_body(("html",)).get_content()
    assert text.count("\nUser name: ") == 1
    assert len([line for line in text.splitlines() if line.startswith("When: ")]) == 1
    assert not set(text) & set(UNSEEN[2:])
    assert page.count("<a ") == (LINK in text.splitlines())
    assert "<script" not in page
    assert "<img" not in page


@given(anything)
def test_one_line_is_one_line(text: str) -> None:
    assert one_line(text).isprintable() or one_line(text) == ""


odd = st.text(
    st.sampled_from('ab.@"\\ ,;:<>()[]=?_-ü用%!\u3000\u00ad\u0085'), min_size=3, max_size=20
)


@example("a@[::")
@example("a@ b.example")
@example("jürgen@bücher.example")
@given(anything | odd | st.builds("{}@{}".format, odd, odd) | st.emails())
def test_what_counts_as_an_address_is_the_only_one_written_to(text: str) -> None:
    if is_address(text):
        mail = letter(SETTINGS, "0" * 32, "password.changed", WHEN, {}, text, None)
        sent = mail.as_bytes(policy=email.policy.SMTPUTF8)
        (to,) = email.message_from_bytes(sent, policy=email.policy.default)["To"].addresses
        assert to.addr_spec.encode("utf-8", "surrogateescape").decode() == text


@pytest.mark.parametrize("text", ["jürgen@bücher.example", "用户@例子.广告", "o'neill@b.example"])
def test_letters_of_all_languages_make_an_address(text: str) -> None:
    assert is_address(text)


@given(st.text(max_size=20), st.lists(st.sampled_from(["a@b.example", "c@d.example", "no"])))
def test_a_contact_is_kept_as_it_is(name: str, addresses: list[str]) -> None:
    contact = contact_of(name, "vi", addresses)
    kept = Contact.from_text(contact.as_text())
    assert kept == (contact if contact.addresses else Contact())


@pytest.mark.requirement("NOTE-4")
def test_a_mail_of_another_language_says_all_in_it() -> None:
    told = {"name": "anna", "address": "192.0.2.1", "browser": "", "language": "vi"}
    mail = letter(SETTINGS, "0" * 32, "password.changed", WHEN, told, "ann@example.org", LINK)
    assert "Password changed" not in str(mail["Subject"])
    assert "If this was you" not in mail.get_body(("plain",)).get_content()
    assert 'lang="vi"' in mail.get_body(("html",)).get_content()


def test_pauses_grow_to_some_hours() -> None:
    pauses = [pause_after(tries).total_seconds() / 60 for tries in range(1, 15)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 360
