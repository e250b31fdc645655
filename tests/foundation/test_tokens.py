"""Tokens and the keys under which the database finds them."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.foundation.tokens import new_id, new_token, token_key


@pytest.mark.requirement("HASH-9")
def test_a_token_holds_256_bits_and_an_id_128() -> None:
    assert len(base64.urlsafe_b64decode(new_token() + "=")) == 32
    assert len(bytes.fromhex(new_id())) == 16


def test_no_two_tokens_and_no_two_ids_are_equal() -> None:
    assert len({new_token() for _ in range(1000)}) == 1000
    assert len({new_id() for _ in range(1000)}) == 1000


def test_the_key_of_a_token_is_its_sha256() -> None:
    token = new_token()
    assert token_key(token) == hashlib.sha256(token.encode()).hexdigest()


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_from_a_cookie_has_a_key(text: str) -> None:
    assert len(token_key(text)) == 64


def test_lone_surrogates_and_nul_have_keys_of_their_own() -> None:
    assert len({token_key(text) for text in ("\ud800", "\udfff", "\0", "", "?")}) == 5
