"""Passwords become argon2id hashes, at a cost that has a floor and that strangers pay too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import argon2
import pytest
from argon2 import _password_hasher as argon2_module

from vestibule.foundation.hashing import Hasher, Slot, default_slots

LONG = "x" * 72


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    with Hasher.cheap_for_tests(tmp_path).slot() as held:
        yield held


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cost of every comparison that argon2 makes from now on; the comparisons are real."""
    costs: list[str] = []
    real = argon2_module.verify_secret

    def count(stored: bytes, *arguments: object) -> bool:
        costs.append(stored.decode().split("$")[3])
        return real(stored, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(argon2_module, "verify_secret", count)
    return costs


@pytest.mark.requirement("HASH-1")
@pytest.mark.parametrize(
    ("memory_kib", "time_cost"),
    [(47103, 1), (19455, 2), (12287, 3), (12287, 9), (19456, 1), (1_000_000, 0)],
)
def test_a_cost_below_the_floor_is_refused(tmp_path: Path, memory_kib: int, time_cost: int) -> None:
    with pytest.raises(ValueError, match="too cheap"):
        Hasher(slots=1, waiting=1, folder=tmp_path, time_cost=time_cost, memory_kib=memory_kib)


@pytest.mark.requirement("HASH-1")
@pytest.mark.parametrize(("memory_kib", "time_cost"), [(47104, 1), (19456, 2), (12288, 3)])
def test_each_pair_of_the_standard_is_taken(
    tmp_path: Path, memory_kib: int, time_cost: int
) -> None:
    hasher = Hasher(slots=1, waiting=1, folder=tmp_path, time_cost=time_cost, memory_kib=memory_kib)
    with hasher.slot() as slot:
        parameters = argon2.extract_parameters(slot.hash("a password"))
    assert (parameters.memory_cost, parameters.time_cost) == (memory_kib, time_cost)


@pytest.mark.requirement("HASH-1")
@pytest.mark.requirement("HASH-4")
def test_the_default_is_argon2id_with_a_salt_of_its_own(tmp_path: Path) -> None:
    with Hasher(slots=1, waiting=1, folder=tmp_path).slot() as slot:
        one, other = slot.hash("a password"), slot.hash("a password")
        assert slot.verify(one, "a password")
        assert not slot.verify(one, "a passwort")
    assert one != other
    assert argon2.extract_parameters(one) == argon2.Parameters(
        type=argon2.Type.ID, version=19, salt_len=16, hash_len=32,
        time_cost=2, memory_cost=19456, parallelism=1,
    )  # fmt: skip


@pytest.mark.requirement("HASH-3")
def test_the_whole_password_is_compared(slot: Slot) -> None:
    stored = slot.hash(LONG + " and on to the end")
    assert slot.verify(stored, LONG + " and on to the end")
    assert not slot.verify(stored, LONG + " and on to the END")
    assert not slot.verify(stored, LONG)


@pytest.mark.parametrize(
    "password", ["", "\0", "a\0b", chr(0xD800), chr(0xDFFF), "ü", "u\u0308", "🔑"]
)
def test_any_text_is_a_password_and_only_itself(slot: Slot, password: str) -> None:
    stored = slot.hash(password)
    assert slot.verify(stored, password)
    assert not slot.verify(stored, password + "\0")


def test_nobodys_password_costs_what_somebodys_does(slot: Slot, computed: list[str]) -> None:
    stored = slot.hash("a password")
    assert slot.verify(stored, "a password")
    assert not slot.verify(stored, "wrong")
    assert not slot.verify(None, "a password")
    assert computed == ["m=8,t=1,p=1"] * 3


def test_the_dummy_costs_what_the_settings_say(tmp_path: Path, computed: list[str]) -> None:
    with Hasher(slots=1, waiting=1, folder=tmp_path).slot() as slot:
        assert not slot.verify(None, "a password")
        assert not slot.verify(slot.hash("a password"), "wrong")
    assert computed == ["m=19456,t=2,p=1"] * 2


@pytest.mark.parametrize("stored", ["", "plain", "ü", "\ud800", "$2b$12$" + "x" * 53])
def test_a_hash_that_is_none_is_never_right_and_costs_the_same(
    slot: Slot, computed: list[str], stored: str
) -> None:
    assert not slot.verify(stored, stored)
    assert computed == ["m=8,t=1,p=1"]


def test_a_hash_cut_short_is_never_right_and_the_cost_is_paid(
    slot: Slot, computed: list[str]
) -> None:
    stored = slot.hash("a password")
    assert not slot.verify(stored[: stored.rindex("$") + 3], "a password")
    assert computed[-1] == "m=8,t=1,p=1"


def test_nobodys_hash_differs_between_processes_that_made_it(tmp_path: Path) -> None:
    one, other = Hasher.cheap_for_tests(tmp_path), Hasher.cheap_for_tests(tmp_path)
    assert one._dummy != other._dummy


@pytest.mark.requirement("HASH-6")
def test_a_hash_of_another_cost_is_to_be_made_again(slot: Slot, tmp_path: Path) -> None:
    cheap = slot.hash("a password")
    assert not slot.needs_rehash(cheap)
    with Hasher(slots=1, waiting=1, folder=tmp_path / "other").slot() as dear:
        assert dear.verify(cheap, "a password")
        assert dear.needs_rehash(cheap)
        assert dear.needs_rehash("not a hash")
        assert not dear.needs_rehash(dear.hash("a password"))


def test_a_core_is_left_for_pages_without_hashing() -> None:
    assert default_slots() >= 1
