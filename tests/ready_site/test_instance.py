"""The instance folder and its keys."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.ready_site.conftest import MakeSite
from vestibule import new_key
from vestibule.ready_site.instance import open_instance
from vestibule.ready_site.key_file import KEY_FILE
from vestibule.ready_site.options import Options, StartRefused, read_options


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return read_options({"instance": tmp_path / "instance"}, {})


def test_folder_and_keys_are_the_owners_alone(options: Options) -> None:
    open_instance(options)
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (options.instance, options.instance / "outbox", options.instance / KEY_FILE)
    }
    assert modes == {"instance": 0o700, "outbox": 0o700, KEY_FILE: 0o600}


@pytest.mark.requirement("CFG-1")
def test_many_starters_make_one_key_file_and_keep_it(options: Options) -> None:
    together = Barrier(8)

    def start(_: int) -> object:
        together.wait()
        return open_instance(options)

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(start, range(8)))
    assert len(set(keys)) == 1
    assert open_instance(options) == keys[0]
    assert not [path for path in options.instance.iterdir() if path.name.startswith(".")]


def test_a_lost_key_file_is_never_replaced_while_secrets_need_it(make_site: MakeSite) -> None:
    site = make_site()
    site.registered().sets_up_authenticator()
    path = site.instance / KEY_FILE
    options = read_options({"instance": site.instance}, {})
    kept = path.read_text()
    path.unlink()
    with pytest.raises(StartRefused, match=f"{KEY_FILE} is missing, but the database holds"):
        open_instance(options)
    assert not path.exists()
    path.write_text(kept)
    assert open_instance(options)


def test_where_nothing_is_encrypted_yet_a_new_key_file_is_made(make_site: MakeSite) -> None:
    site = make_site()
    options = read_options({"instance": site.instance}, {})
    (site.instance / KEY_FILE).unlink()
    assert open_instance(options)


@pytest.mark.requirement("CFG-2")
def test_a_new_key_goes_in_front_and_the_old_one_has_to_stay(make_site: MakeSite) -> None:
    site = make_site()
    site.registered().sets_up_authenticator()
    path = site.instance / KEY_FILE
    options = read_options({"instance": site.instance}, {})
    (old,) = open_instance(options).keys
    new = new_key()
    path.write_text(path.read_text().replace(old, f'{new}", "{old}'))
    assert open_instance(options).keys == (new, old)
    path.write_text(path.read_text().replace(f', "{old}"', ""))
    with pytest.raises(StartRefused, match=f"lacks key {old.partition(':')[0]}"):
        open_instance(options)


@pytest.mark.requirement("CFG-1")
def test_keys_may_come_from_the_environment_and_no_file_is_made(tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    environment = {
        "VESTIBULE_INSTANCE": str(tmp_path),
        "VESTIBULE_SECRET_KEY": "s" * 64,
        "VESTIBULE_SECRET_KEY_FALLBACKS": "t" * 64,
        "VESTIBULE_KEYS": f"{first}, {second}",
    }
    keys = open_instance(read_options({}, environment))
    assert keys.secret_key == "s" * 64
    assert keys.secret_key_fallbacks == ("t" * 64,)
    assert keys.keys == (first, second)
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("text", ["", "secret_key = 'x'", "keys = 7\nsecret_key = 'x'", "no toml"])
def test_a_broken_key_file_is_named_and_left_as_it_is(options: Options, text: str) -> None:
    options.instance.mkdir()
    path = options.instance / KEY_FILE
    path.write_text(text)
    with pytest.raises(StartRefused, match=f"{KEY_FILE} cannot be read"):
        open_instance(options)
    assert path.read_text() == text


@pytest.mark.requirement("P10")
@pytest.mark.parametrize(
    "damage", [b"\xff", b'\n[more]\nkeys = "', b'\n[[keys]]\nsecret = "x"\n', b"\0"]
)
def test_what_is_said_of_a_damaged_key_file_holds_no_key(options: Options, damage: bytes) -> None:
    """Half-written, or saved by an editor in another encoding."""
    keys = open_instance(options)
    path = options.instance / KEY_FILE
    path.write_bytes(path.read_bytes() + damage)
    with pytest.raises(StartRefused) as refusal:
        open_instance(options)
    told = "".join(traceback.format_exception(refusal.value))
    assert "cannot be read" in told
    for secret in (keys.secret_key, *(one.partition(":")[2] for one in keys.keys)):
        assert secret not in told


@pytest.mark.requirement("P10")
def test_a_key_outside_a_list_is_not_repeated(options: Options) -> None:
    options.instance.mkdir()
    (options.instance / KEY_FILE).write_text("secret_key = 'x'\nkeys = {first = 'hush'}")
    with pytest.raises(StartRefused, match="no lists") as refusal:
        open_instance(options)
    assert "hush" not in "".join(traceback.format_exception(refusal.value))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartRefused, match="The instance folder"):
        open_instance(read_options({"instance": tmp_path / "file" / "instance"}, {}))
