"""The key file: made or changed whole or not at all, and read again when it changed."""

import contextlib
import json
import os
import secrets
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vestibule import new_key
from vestibule.ready_site.options import MAY_WRITE, StartRefused

if sys.platform != "win32":
    import fcntl

KEY_FILE = "keys.toml"

_TEXT = """\
# Whoever has this file and the database can read every authenticator's secret. Back it up apart
# from the database, and never lose it: without it nobody who has an authenticator can sign in.
secret_key = {secret_key}
secret_key_fallbacks = {secret_key_fallbacks}
# The first encrypts; the others still decrypt. `vestibule keys rotate` puts a new one in front.
keys = {keys}
# Added, and used by nobody before the next `vestibule keys rotate`.
waiting = {waiting}
"""


@dataclass(frozen=True)
class Keys:
    """What the site signs and encrypts with; of each kind the current one first."""

    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    keys: tuple[str, ...]
    source: Callable[[], Sequence[str]] | None = field(default=None, compare=False)
    """Gives ``keys`` as they are later; None where they cannot change while the site runs."""
    waiting: str = ""
    """The id of a key that was added, and is to be the first one with the next rotation."""


class KeysOfFile:
    """Gives the encryption keys as they are in the file now; reads it only where it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<the keys in {self._path}>"

    def __call__(self) -> Sequence[str]:
        found = self._path.stat()
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._keys, self._seen = read_key_file(self._path).keys, seen
        return self._keys


def read_key_file(path: Path) -> Keys:
    """Raises :class:`StartRefused`."""
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
        return Keys(
            str(found["secret_key"]),
            split(found.get("secret_key_fallbacks", ())),
            split(found["keys"]),
            waiting=str(found.get("waiting", "")),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        # From None: such errors carry what they did not understand, here the keys (P10).
        raise StartRefused(f"The key file {path} cannot be read: {_why(error)}.") from None


def _why(error: Exception) -> str:
    match error:
        case OSError():
            return error.strerror or "it cannot be opened"
        case KeyError():
            return f"it has no {error}"
        case UnicodeError():
            return "it is not UTF-8"
        case tomllib.TOMLDecodeError():
            return str(error)
    return "its lists are no lists"


def make_key_file(path: Path) -> None:
    """Of several makers the first one's file stays. Raises :class:`StartRefused`."""
    keys = Keys(secrets.token_hex(32), (), (new_key(),))
    # Unlike a rename, a link never takes the place of a file that is there already.
    with _draft(path, keys) as draft, contextlib.suppress(FileExistsError):
        os.link(draft, path)


def replace_key_file(path: Path, keys: Keys) -> None:
    """The file is the old one or the new one at every instant, after a power cut too. Comments of
    the operator's own do not stay. Raises :class:`StartRefused`.
    """
    with _draft(path, keys) as draft:
        _give_to_owner(draft, path)
        os.replace(draft, path)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile. Raises :class:`StartRefused` where somebody does.

    The kernel ends the lock with the process, however that ends. Not on Windows.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        _give_to_owner(lock, path)
    except OSError as error:
        raise StartRefused(f"The key file {path} cannot be changed: {error.strerror}.") from error
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StartRefused(
                    f"Another command changes {path} right now. Try again when it has ended."
                ) from error
        yield
    finally:
        os.close(descriptor)


def _give_to_owner(made: Path, path: Path) -> None:
    """Root may change the keys of a site that runs as somebody else, who has to read them."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = path.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


@contextmanager
def _draft(path: Path, keys: Keys) -> Iterator[Path]:
    text = _TEXT.format(
        secret_key=json.dumps(keys.secret_key),
        secret_key_fallbacks=json.dumps(list(keys.secret_key_fallbacks)),
        keys=json.dumps(list(keys.keys)),
        waiting=json.dumps(keys.waiting),
    )
    draft = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            # A key that encrypted something must outlive a power cut.
            os.fsync(file.fileno())
        yield draft
    except OSError as error:
        raise StartRefused(
            f"The key file {path} cannot be written: {error.strerror}. {MAY_WRITE}"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def split(value: object) -> tuple[str, ...]:
    """A list of the config file, or text with blanks or commas between the parts."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, (list, tuple)):
        return tuple(str(one) for one in value)
    raise TypeError("no list")
