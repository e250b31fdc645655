"""The instance folder: keys, outbox, and the SQLite file unless there is another database."""

import contextlib
import json
import os
import secrets
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from vestibule import new_key, stored_key_ids
from vestibule.ready_site.options import Options, StartRefused

KEY_FILE = "keys.toml"
OUTBOX = "outbox"

_KEY_FILE_TEXT = """\
# Whoever has this file and the database can read every authenticator's secret. Back it up apart
# from the database, and never lose it: without it nobody who has an authenticator can sign in.
secret_key = {secret_key}
secret_key_fallbacks = []
# The first encrypts; the others still decrypt. `vestibule keys new` prints another one.
keys = [{key}]
"""


@dataclass(frozen=True)
class Keys:
    """What the site signs and encrypts with; of each kind the current one first."""

    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    keys: tuple[str, ...]


def open_instance(options: Options) -> Keys:
    """Make the folder (0700) and what belongs in it (0600) where it is missing; return the keys.

    Any number of processes may do it at once. Raises :class:`StartRefused` where the folder cannot
    be written, and where keys are missing with which secrets in the database are encrypted.
    """
    try:
        options.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        (options.instance / OUTBOX).mkdir(mode=0o700, exist_ok=True)
        if not os.access(options.instance, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise StartRefused(
            f"The instance folder {options.instance} cannot be written: {error.strerror}."
        ) from error
    return _keys_of_environment(options) or _keys_of_file(options)


def _keys_of_environment(options: Options) -> Keys | None:
    """Keys that a vault or an orchestrator hands over in the environment (CFG-1)."""
    given = options.others
    if not (given.get("secret_key") and given.get("keys")):
        return None
    keys = _split(given["keys"])
    _refuse_without(keys, options, "VESTIBULE_KEYS")
    return Keys(str(given["secret_key"]), _split(given.get("secret_key_fallbacks", ())), keys)


def _keys_of_file(options: Options) -> Keys:
    path = options.instance / KEY_FILE
    if not path.exists():
        needed = stored_key_ids(options.database)
        if needed and not path.exists():
            raise StartRefused(
                f"The key file {path} is missing, but the database holds secrets encrypted with "
                f"key {_listed(needed)}: put the file back from your backup."
            )
        _make_key_file(path)
    keys = _read_key_file(path)
    _refuse_without(keys.keys, options, f"The key file {path}")
    return keys


def _make_key_file(path: Path) -> None:
    """Make the file whole or not at all; of several makers the first one's stays."""
    text = _KEY_FILE_TEXT.format(
        secret_key=json.dumps(secrets.token_hex(32)), key=json.dumps(new_key())
    )
    draft = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            # A key that encrypted something must outlive a power cut.
            os.fsync(file.fileno())
        # Unlike a rename, a link never takes the place of a file that is there already.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise StartRefused(f"The key file {path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _read_key_file(path: Path) -> Keys:
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
        return Keys(
            str(found["secret_key"]),
            _split(found.get("secret_key_fallbacks", ())),
            _split(found["keys"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise StartRefused(f"The key file {path} cannot be read: {error!r}.") from error


def _refuse_without(keys: Collection[str], options: Options, where: str) -> None:
    missing = stored_key_ids(options.database) - {text.partition(":")[0] for text in keys}
    if missing:
        raise StartRefused(
            f"{where} lacks key {_listed(missing)}, with which secrets in the database are "
            "encrypted: add it back to `keys`."
        )


def _split(value: object) -> tuple[str, ...]:
    """A list of the config file, or text with blanks or commas between the parts."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, (list, tuple)):
        return tuple(str(one) for one in value)
    raise TypeError(f"{value!r} is no list")


def _listed(ids: Collection[str]) -> str:
    return " and ".join(sorted(ids))
