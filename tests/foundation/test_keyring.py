"""The keyring: sealed to one place, readable through a change of keys, worthless without them."""

from __future__ import annotations

import base64
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.foundation.keyring import LOOKS_EVERY, KeyMissing, Keyring, Sealed, Unreadable

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))
OLD, NEW = Keyring.new_text(), Keyring.new_text()
RING = Keyring([OLD])


def encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


@given(st.binary(), st.lists(ANY_TEXT, max_size=3))
def test_what_is_sealed_for_a_place_opens_there(plaintext: bytes, place: list[str]) -> None:
    assert RING.unseal(RING.seal(plaintext, *place), *place) == plaintext
    assert RING.unseal_text(RING.seal_text(plaintext, *place), *place) == plaintext


@pytest.mark.requirement("TOTP-15")
@pytest.mark.parametrize(
    "elsewhere",
    [
        ("authenticator", "secret", "row 2"),
        ("authenticator", "secretrow 1"),
        ("authenticatorsecret", "row 1"),
        ("authenticator", "secret", "row 1", ""),
        ("authenticator", "secret"),
        (),
    ],
)
def test_a_ciphertext_that_was_moved_does_not_open(elsewhere: tuple[str, ...]) -> None:
    sealed = RING.seal(b"a seed", "authenticator", "secret", "row 1")
    with pytest.raises(Unreadable):
        RING.unseal(sealed, *elsewhere)


@pytest.mark.requirement("TOTP-15")
def test_any_flipped_bit_is_noticed() -> None:
    sealed = RING.seal(b"a seed", "row")
    for position in range(len(sealed.ciphertext)):
        changed = bytearray(sealed.ciphertext)
        changed[position] ^= 1
        with pytest.raises(Unreadable):
            RING.unseal(replace(sealed, ciphertext=bytes(changed)), "row")


def test_the_same_seed_never_gives_the_same_ciphertext() -> None:
    assert len({RING.seal(b"a seed", "row").ciphertext for _ in range(500)}) == 500


@pytest.mark.requirement("TOTP-15")
def test_keys_change_without_a_pause() -> None:
    sealed = RING.seal(b"a seed", "row")

    both = Keyring([NEW, OLD])
    assert both.unseal(sealed, "row") == b"a seed"
    resealed = both.seal(b"a seed", "row")
    assert resealed.key_id == both.current_id == NEW[:8]
    assert both.ids == {NEW[:8], OLD[:8]}

    only_new = Keyring([NEW])
    assert only_new.unseal(resealed, "row") == b"a seed"
    with pytest.raises(KeyMissing, match=OLD[:8]):
        only_new.unseal(sealed, "row")


def test_another_key_cannot_carry_the_old_id() -> None:
    impostor = f"{OLD[:8]}:{NEW[9:]}"
    with pytest.raises(ValueError, match="does not fit its id") as told:
        Keyring([impostor])
    assert NEW[9:] not in str(told.value)


def test_a_ciphertext_relabelled_with_another_key_does_not_open() -> None:
    both = Keyring([NEW, OLD])
    sealed = both.seal(b"a seed", "row")
    with pytest.raises(Unreadable):
        both.unseal(replace(sealed, key_id=OLD[:8]), "row")


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([], "no encryption key"),
        ([""], "8 hex digits"),
        (["a password"], "8 hex digits"),
        ([OLD[:-2]], "8 hex digits"),
        ([OLD + "="], "8 hex digits"),
        ([OLD.replace(":", ":ü")], "8 hex digits"),
        ([OLD[9:]], "8 hex digits"),
        ([f"00000000:{encoded(bytes(32))}"], "placeholder"),
        ([f"\ud800:{encoded(bytes(range(32)))}"], "does not fit its id"),
        ([OLD, OLD], "listed twice"),
    ],
)
def test_bad_keys_are_refused_with_the_fix_and_never_repeated(
    texts: list[str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as told:
        Keyring(texts)
    assert OLD[9:50] not in str(told.value)


def test_white_space_around_a_key_is_forgiven() -> None:
    assert Keyring([f"  {OLD}\n"]).ids == RING.ids


def test_a_keyring_does_not_show_its_keys() -> None:
    assert OLD[9:] not in repr(RING)
    assert OLD[:8] in repr(RING)


@given(ANY_TEXT)
def test_any_other_text_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        RING.unseal_text(text, "row")


@pytest.mark.parametrize("rest", ["", ".", ".A", ".AAAA", ".====", ".ä", ".AA AA", "AAAA"])
def test_garbage_under_a_known_key_is_unreadable(rest: str) -> None:
    with pytest.raises(Unreadable):
        RING.unseal_text(OLD[:8] + rest, "row")


def test_a_short_ciphertext_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        RING.unseal(Sealed(OLD[:8], b"short"))


def test_a_mac_depends_on_key_purpose_and_message() -> None:
    macs = {
        RING.mac("fingerprint", "message"),
        RING.mac("fingerprint", "massage"),
        RING.mac("name", "message"),
        Keyring([NEW]).mac("fingerprint", "message"),
    }
    assert len(macs) == 4
    assert {len(mac) for mac in macs} == {64}
    assert RING.mac("name", "message") in macs


def test_macs_find_what_an_older_key_wrote() -> None:
    both = Keyring([NEW, OLD])
    assert both.macs("name", "ada") == (both.mac("name", "ada"), RING.mac("name", "ada"))


def test_strangers_names_have_macs_of_their_own() -> None:
    assert len({RING.mac("name", name) for name in ("\ud800", "\udfff", "\0", "?")}) == 4


def test_a_ring_with_a_source_learns_a_key_that_it_misses() -> None:
    texts = [OLD]
    ring = Keyring(texts, lambda: texts)
    sealed = Keyring([NEW]).seal(b"secret", "place")
    with pytest.raises(KeyMissing):
        ring.unseal(sealed, "place")
    texts.append(NEW)
    assert ring.unseal(sealed, "place") == b"secret"
    assert ring.current_id == OLD.partition(":")[0]


def test_it_looks_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [OLD]
    ring = Keyring(texts, lambda: texts)
    texts.insert(0, NEW)
    assert ring.current_id == OLD.partition(":")[0]
    later = time.monotonic() + LOOKS_EVERY
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert ring.current_id == NEW.partition(":")[0]
    assert ring.mac("purpose", "text") == Keyring([NEW]).mac("purpose", "text")


@pytest.mark.requirement("P9")
@pytest.mark.parametrize("broken", [[], ["nonsense"], None])
def test_a_source_in_trouble_changes_nothing(
    broken: list[str] | None, caplog: pytest.LogCaptureFixture
) -> None:
    def source() -> list[str]:
        if broken is None:
            raise OSError("gone")
        return broken

    ring = Keyring([OLD], source)
    with pytest.raises(KeyMissing):
        ring.unseal(Keyring([NEW]).seal(b"secret"))
    assert ring.unseal(Keyring([OLD]).seal(b"secret")) == b"secret"
    assert "those from before stay in use" in caplog.text
