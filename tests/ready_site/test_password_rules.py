"""Which passwords are accepted, and what is said about the others."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from vestibule.ready_site.password_rules import (
    MAXIMUM,
    MINIMUM_ALONE,
    MINIMUM_WITH_SECOND_STEP,
    common_passwords,
    normalise,
    problem,
)

CONTEXT = ("Acme", "acme.example", "anna.smith", "anna@mail.example")
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def refusal(password: str, minimum: int = MINIMUM_WITH_SECOND_STEP) -> str:
    said = problem(password, minimum=minimum, context=CONTEXT)
    assert said is not None, f"{password[:40]!r} was accepted"
    return said


def is_accepted(password: str, minimum: int = MINIMUM_WITH_SECOND_STEP) -> bool:
    return problem(password, minimum=minimum, context=CONTEXT) is None


# Length


@pytest.mark.requirement("PW-1")
def test_15_characters_are_needed_alone_and_8_with_a_second_step() -> None:
    assert (MINIMUM_ALONE, MINIMUM_WITH_SECOND_STEP) == (15, 8)


@pytest.mark.requirement("PW-1")
@pytest.mark.requirement("PW-11")
@pytest.mark.parametrize("minimum", [8, 15, 20])
def test_one_character_less_than_needed_is_told_so(minimum: int) -> None:
    enough = "vkqzjwxhgbtrmplfndsc"[:minimum]
    assert is_accepted(enough, minimum)
    assert refusal(enough[1:], minimum) == (
        f"This password has {minimum - 1} characters; it needs {minimum} or more. "
        "A few words that nobody else would put together make a good one."
    )


def test_an_empty_field_is_asked_for() -> None:
    assert refusal("") == "Enter a password."
    assert refusal("x").startswith("This password has 1 character; ")


@pytest.mark.requirement("PW-2")
@pytest.mark.parametrize("length", [64, 128, MAXIMUM])
def test_long_passphrases_are_accepted(length: int) -> None:
    assert is_accepted(("seven grey herons " * 60)[:length])


@pytest.mark.requirement("PW-4")
@pytest.mark.parametrize("length", [MAXIMUM + 1, 1_000_000])
def test_what_is_too_long_is_refused_with_a_message_and_never_cut(length: int) -> None:
    said = f"This password has {length:,} characters. The most is 1,000."
    assert refusal("x" * length) == said


@pytest.mark.requirement("PW-4")
def test_what_is_too_long_is_not_even_normalised() -> None:
    typed = "u\u0308" * (MAXIMUM // 2 + 1)
    assert normalise(typed) == typed
    assert "has 1,002 characters" in refusal(typed)


@pytest.mark.requirement("PW-6")
@pytest.mark.parametrize(
    "password",
    [
        "\U0001f511" * 8,
        "\u043f\u0430\u0440\u043e\u043b\u044c\u0449\u0438",
        "q\u0323\u0307" * 3,
        "\u00a0\u3000\u2003 \u00a0\u3000\u2003 ",
        FAMILY + "abc",
    ],
    ids=ascii,
)
def test_every_code_point_counts_as_one(password: str) -> None:
    length = len(normalise(password))
    assert is_accepted(password, length)
    assert f"has {length} characters" in refusal(password, length + 1)


@pytest.mark.requirement("PW-7")
def test_characters_are_counted_after_composition() -> None:
    decomposed = "u\u0308" * 7
    assert len(decomposed) == 14
    assert "has 7 characters" in refusal(decomposed)


# What a password is


@pytest.mark.requirement("PW-7")
def test_composed_and_decomposed_are_one_password_and_ligatures_are_not() -> None:
    assert normalise("Mu\u0308ller") == normalise("M\u00fcller")
    assert normalise("\ufb01") != normalise("fi")


@pytest.mark.requirement("PW-3")
@settings(deadline=None)
@given(st.text())
def test_a_password_is_not_changed_beyond_composition(password: str) -> None:
    kept = normalise(password)
    assert unicodedata.normalize("NFD", kept) == unicodedata.normalize("NFD", password)
    assert normalise(kept) == kept


@pytest.mark.requirement("PW-3")
@pytest.mark.parametrize(
    "password", [" seven herons ", "Seven Herons", "a\tb c\nd", "\ufb01\uff21"]
)
def test_spaces_case_and_width_stay(password: str) -> None:
    assert normalise(password) == password


@pytest.mark.requirement("PW-5")
@pytest.mark.parametrize(
    "password",
    [
        "sevengreyherons",
        "seven grey hero",
        "SEVENGREYHERONS",
        "804915263748190",
        "!#%&/()=?;:_-.,",
        "a" * 15,
    ],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    assert is_accepted(password, MINIMUM_ALONE)


@pytest.mark.parametrize("unusable", ["\0", "\ud800"], ids=ascii)
@pytest.mark.parametrize("minimum", [8, 15])
def test_what_no_keyboard_sends_is_refused_and_does_no_harm(unusable: str, minimum: int) -> None:
    said = "This password has a character that cannot be typed again. Leave it out."
    assert refusal(f"seven grey{unusable} herons", minimum) == said
    assert refusal(unusable, minimum) == said


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=40), st.lists(st.text(max_size=10), max_size=4))
def test_no_text_makes_the_rules_fail(password: str, context: list[str]) -> None:
    said = problem(password, minimum=8, context=context)
    if said is None:
        assert len(normalise(password)) >= 8
    else:
        assert said.endswith(".")


# Passwords that everybody tries


@pytest.mark.requirement("PW-8")
@pytest.mark.requirement("PW-11")
@pytest.mark.parametrize(
    "password", ["password", "Password1", "ILOVEYOU", "12345678", "qwertyuiop"]
)
def test_a_common_password_is_refused_in_any_case(password: str) -> None:
    assert refusal(password) == (
        "This password is on a list of commonly used passwords. "
        "A few words that nobody else would put together make a good one."
    )


@pytest.mark.requirement("PW-8")
def test_the_3000_most_common_passwords_of_8_or_more_characters_are_refused() -> None:
    most_common = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= 8][:3000]
    assert len(most_common) == 3000
    assert not [one for one in most_common if is_accepted(one)]


@pytest.mark.requirement("PW-8")
def test_common_passwords_long_enough_to_stand_alone_are_refused_too() -> None:
    long_ones = [one for one in common_passwords() if len(one) >= MINIMUM_ALONE]
    assert "1qaz2wsx3edc4rfv" in long_ones
    assert not [one for one in long_ones if is_accepted(one, MINIMUM_ALONE)]


@pytest.mark.requirement("PW-9")
@pytest.mark.parametrize("password", ["my password is", "iloveyou, herons", "12345678 herons"])
def test_a_common_password_inside_a_longer_one_does_no_harm(password: str) -> None:
    assert is_accepted(password)


# Passwords made of what anybody knows


@pytest.mark.requirement("PW-10")
@pytest.mark.requirement("PW-11")
@pytest.mark.parametrize(
    "password",
    [
        "AcmeAcmeAcme2026",
        "acmeacme",
        "ACME-ACME-ACME!",
        "2026acme2026",
        "acme.example",
        "AcmeExample1",
        "anna.smith",
        "AnnaSmith1990",
        "smithanna",
        "annaannaanna",
        "anna@mail.example",
        "Anna Smith, Acme",
        "anna_19900131",
        "\uff41\uff43\uff4d\uff45\uff41\uff43\uff4d\uff45",
    ],
    ids=ascii,
)
def test_a_password_made_of_known_names_is_refused(password: str) -> None:
    assert refusal(password) == (
        "This password is made of the site's name, your user name or your e-mail address. "
        "A few words that nobody else would put together make a good one."
    )


@pytest.mark.requirement("PW-10")
@pytest.mark.parametrize(
    "password",
    [
        "acme makes the best anvils",
        "AcmeAnvils2026",
        "annabel smithson",
        "anna481920374",
        "48192037461",
        "!!!!!!!!!!",
    ],
)
def test_a_password_that_merely_contains_a_known_name_is_accepted(password: str) -> None:
    assert is_accepted(password)


def test_the_names_count_in_every_script() -> None:
    context = ("B\u00fcro M\u00fcller", "\u0430\u043d\u043d\u0430")
    for password in ("bu\u0308romu\u0308ller", "\u0410\u041d\u041d\u0410\u0430\u043d\u043d\u0430"):
        assert problem(password, minimum=8, context=context) is not None


def test_a_name_of_digits_refuses_only_its_repetitions() -> None:
    assert problem("4711" * 4, minimum=8, context=("4711",)) is not None
    assert problem("4711804915263748", minimum=8, context=("4711",)) is None


@pytest.mark.parametrize("context", [(), ("",), ("...",), ("", "-", " ")])
def test_no_names_refuse_nothing(context: tuple[str, ...]) -> None:
    assert problem("seven grey herons", minimum=8, context=context) is None
    assert problem("80491526", minimum=8, context=context) is None


def test_a_text_longer_than_any_name_names_nobody() -> None:
    assert problem("d7a3c9b2", minimum=8, context=("a b c d",)) is not None
    assert problem("d7a3c9b2", minimum=8, context=("a b c d " * 32,)) is None


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["acme", "example", "anna", "smith", "mail"]), min_size=2, max_size=8),
    st.sampled_from(["", " ", "-", ".", "!"]),
    st.integers(min_value=0, max_value=99_999_999),
    st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
)
def test_no_mixture_of_known_names_passes(
    words: list[str], between: str, number: int, spelled: Callable[[str], str]
) -> None:
    password = spelled(between.join(words)) + str(number)
    assert not is_accepted(password)
