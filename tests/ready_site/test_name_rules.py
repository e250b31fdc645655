"""User names and e-mail addresses: which are accepted, and when two are the same."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vestibule.notices.values import is_address
from vestibule.ready_site.name_rules import (
    email_key,
    email_problem,
    name_key,
    user_name_problem,
)

UNSEEN = [
    *("\0", "\x1b", "\r\n", "\t", "\x7f", "\x85"),
    *("\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u2028", "\u00a0", "\u3000"),
    *("\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c"),
    *("\u034f", "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\U000e0100"),
    *("\U000e0041", "\ue000", "\ud800", "\uffff"),
]
anything = st.text(alphabet=st.characters(), max_size=60)


# User names


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "anna",
        "Anna Smith",
        "anna.smith",
        "o'neill",
        "M\u00fcller",
        "\u0410\u043d\u043d\u0430",
        "\u738b\u79c0\u82f1",
        "\u0639\u0644\u064a",
        "\U0001f511",
        "x" * 80,
        "\u00fc" * 80,
    ],
    ids=ascii,
)
def test_a_name_as_people_have_them_is_accepted(name: str) -> None:
    assert user_name_problem(name) is None


@pytest.mark.parametrize("name", ["", " ", "   "])
def test_a_missing_name_is_asked_for(name: str) -> None:
    assert user_name_problem(name) == "Enter a user name."


@pytest.mark.parametrize(
    "name", ["x" * 81, "\ufdfa" * 20, "x" * 1_000_000], ids=["81", "ligatures", "much"]
)
def test_a_name_longer_than_80_characters_is_refused(name: str) -> None:
    assert user_name_problem(name) == "This user name is too long. The most is 80 characters."


@pytest.mark.parametrize("at", ["@", "\uff20", "\ufe6b"], ids=ascii)
def test_a_name_is_never_mistaken_for_an_address(at: str) -> None:
    said = "A user name cannot contain @. Your e-mail address has a field of its own."
    assert user_name_problem(f"anna{at}example.org") == said


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_not_in_a_name(unseen: str) -> None:
    said = "This user name has a character that cannot be seen. Leave it out."
    assert user_name_problem(f"an{unseen}na") == said
    assert user_name_problem(f"{unseen}anna") == said


@pytest.mark.parametrize("name", [" anna", "anna ", "  anna  "])
def test_a_name_has_no_space_around_it(name: str) -> None:
    assert user_name_problem(name) == "A user name cannot begin or end with a space."


@settings(deadline=None)
@given(anything)
def test_an_accepted_name_is_short_printable_and_can_be_found(name: str) -> None:
    if user_name_problem(name) is None:
        key = name_key(name)
        assert 1 <= len(key) <= 80
        assert name.isprintable()
        assert "@" not in unicodedata.normalize("NFKC", name)
        key.encode()


# When two names are one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna", "aNNA"),
        ("M\u00dcLLER", "mu\u0308ller"),
        ("Stra\u00dfe", "STRASSE"),
        ("\uff21\uff4e\uff4e\uff41", "anna"),
        ("\ufb01nn", "FINN"),
        ("\u210cans", "hans"),
        ("\u1ff4\u031d", "\u03ce\u031d\u03b9"),
        (
            "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
            "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3",
        ),
        ("anna  smith", "Anna Smith"),
        (" anna ", "anna"),
        ("x\u00b2", "x2"),
    ],
    ids=ascii,
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("anna", "anne"), ("m\u00fcller", "muller"), ("anna", "\u0430nna"), ("ab", "a b")],
    ids=ascii,
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@settings(deadline=None)
@given(st.text(max_size=80))
@example("\u0345\u03b9")
@example("\u0130")
@example("\u1e9e")
def test_the_key_of_a_key_is_itself_whatever_its_case_and_form(name: str) -> None:
    key = name_key(name)
    if len(key) <= 80:
        assert name_key(key) == key
        assert name_key(unicodedata.normalize("NFD", key)) == key


@pytest.mark.parametrize(
    "name",
    ["an\0na", "anna\ud800", "an\u202ena", "x" * 255, "e\u0301\u0323" * 300_000],
    ids=["NUL", "surrogate", "bidi", "255", "combining"],
)
def test_what_nobody_can_be_called_has_the_key_of_nobody(name: str) -> None:
    assert name_key(name) == ""
    assert email_key(name) == ""
    assert user_name_problem(name) is not None


# E-mail addresses


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.org",
        "Anna.Smith+site@mail.example.org",
        "o'neill@example.org",
        "user=name/dep%x!y@example.org",
        "a@b.co",
        "anna@xn--bcher-kva.example",
        "m\u00fcller@b\u00fccher.example",
        "\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a",
        "a" * 64 + "@example.org",
    ],
    ids=ascii,
)
def test_an_address_that_mail_could_reach_is_accepted(text: str) -> None:
    assert email_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "@example.org",
        "anna@",
        "anna@example",
        "anna@.example.org",
        "anna@example..org",
        "anna@example.org.",
        "anna@-example.org",
        "anna@example-.org",
        "anna@exa_mple!.org",
        "anna@example.org@example.org",
        "anna smith@example.org",
        " anna@example.org",
        "anna@example.org\n",
        "anna@example.org\r\nBcc: all@example.org",
        "anna@example.org,other@example.org",
        "Anna <anna@example.org>",
        '"anna"@example.org',
        ".anna@example.org",
        "anna.@example.org",
        "an..na@example.org",
        "anna@[127.0.0.1]",
        "anna@example.org\0",
        "an\u202ena@example.org",
        "an\u200bna@example.org",
        "an\u3164na@example.org",
        "anna\ud800@example.org",
        "=?utf-8?q?anna?=@example.org",
    ],
    ids=ascii,
)
def test_what_is_no_address_is_told_the_shape_of_one(text: str) -> None:
    assert email_problem(text) == "Enter an e-mail address like name@example.org."


@pytest.mark.parametrize("text", ["", " "])
def test_a_missing_address_is_asked_for(text: str) -> None:
    assert email_problem(text) == "Enter your e-mail address."


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65 + "@example.org",
        "a@" + "b" * 60 + ".c" * 100 + ".org",
        "\ufdfa" * 20 + "@example.org",
        "a" * 1_000_000,
        "a" * 500_000 + "@" + "b." * 250_000 + "org",
    ],
    ids=["local part", "domain", "ligatures", "no at sign", "much"],
)
def test_an_address_that_no_mail_server_takes_is_refused(text: str) -> None:
    assert email_problem(text) == "This e-mail address is too long."


@pytest.mark.parametrize("text", ["ANNA@Example.ORG", " anna@example.org ", "anna@example.org"])
def test_an_address_is_found_whatever_its_case(text: str) -> None:
    assert email_key(text) == "anna@example.org"


@settings(deadline=None)
@given(anything | st.emails())
def test_an_accepted_address_has_one_line_and_one_at_sign(text: str) -> None:
    if email_problem(text) is None:
        assert text.isprintable()
        assert text.count("@") == 1
        assert " " not in text
        assert 1 <= len(email_key(text)) <= 254
        assert is_address(text)  # else its owner would hear of nothing
