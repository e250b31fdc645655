"""The instance folder: keys, outbox, and the SQLite file unless there is another database."""

import os
from collections.abc import Collection
from dataclasses import replace

from vestibule import stored_key_ids
from vestibule.ready_site.key_file import (
    KEY_FILE,
    Keys,
    KeysOfFile,
    make_key_file,
    read_key_file,
    split,
)
from vestibule.ready_site.options import MAY_WRITE, Options, StartRefused

OUTBOX = "outbox"


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
            f"The instance folder {options.instance} cannot be written: {error.strerror}. "
            f"{MAY_WRITE}"
        ) from error
    return _keys_of_environment(options) or _keys_of_file(options)


def look_at_instance(options: Options) -> Keys:
    """The keys, and nothing is made. Raises :class:`StartRefused` where there are none."""
    keys = _keys_of_environment(options)
    if keys is None and not (options.instance / KEY_FILE).exists():
        raise StartRefused(
            f"There is no key file {options.instance / KEY_FILE}. Fix: put it back from your "
            "backup; vestibule init makes a new one where nothing is encrypted yet."
        )
    return keys or _keys_of_file(options)


def _keys_of_environment(options: Options) -> Keys | None:
    """Keys that a vault or an orchestrator hands over in the environment (CFG-1)."""
    given = options.others
    if not (given.get("secret_key") and given.get("keys")):
        return None
    keys = split(given["keys"])
    _refuse_without(keys, options, "VESTIBULE_KEYS")
    return Keys(str(given["secret_key"]), split(given.get("secret_key_fallbacks", ())), keys)


def _keys_of_file(options: Options) -> Keys:
    path = options.instance / KEY_FILE
    if not path.exists():
        needed = stored_key_ids(options.database)
        if needed and not path.exists():
            raise StartRefused(
                f"The key file {path} is missing, but the database holds secrets encrypted with "
                f"key {_listed(needed)}: put the file back from your backup."
            )
        make_key_file(path)
    keys = read_key_file(path)
    _refuse_without(keys.keys, options, f"The key file {path}")
    return replace(keys, source=KeysOfFile(path))


def _refuse_without(keys: Collection[str], options: Options, where: str) -> None:
    missing = stored_key_ids(options.database) - {text.partition(":")[0] for text in keys}
    if missing:
        raise StartRefused(
            f"{where} lacks key {_listed(missing)}, with which secrets in the database are "
            "encrypted: add it back to `keys`."
        )


def _listed(ids: Collection[str]) -> str:
    return " and ".join(sorted(ids))
