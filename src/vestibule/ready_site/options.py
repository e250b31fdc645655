"""How one site runs: options, in the order option > environment > config file > default."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url

from vestibule import database_url
from vestibule.ready_site.password_rules import MINIMUM_ALONE, MINIMUM_WITH_SECOND_STEP

CONFIG_FILE = "config.toml"
LOGS = ("lines", "json", "errors")
MAY_WRITE = "See to it that this user may write there, and that there is room."
LEAST_TOKEN = 22
"""Characters: 128 bits of base64."""
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class StartRefused(Exception):
    """The site cannot start; the message is one sentence that says why. Nothing was changed."""


@dataclass(frozen=True)
class Options:
    """Each is also ``VESTIBULE_<NAME>`` in the environment and a key of the config file."""

    instance: Path = Path("instance")
    """Folder of the data, the keys, the outbox and the config file."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8000
    """Port to listen on; 0: a free one."""
    workers: int = 0
    """Processes that answer; 0: one per core, on SQLite at most 4."""
    threads: int = 8
    """Requests that one process answers at once."""
    database: str = ""
    """URL of the database; empty: SQLite in the instance folder."""
    base_url: str = ""
    """Where people reach the site; https makes cookies Secure."""
    issuer: str = "Vestibule"
    """Name of the site, as authenticator apps show it."""
    policy: str = "required"
    """Whether every account must have a second step: required, optional or off; or a passkey:
    phishing_resistant."""
    password_minimum: int = 0
    """Least characters; 0: 8 where a second step is required (without a date), else 15."""
    breached_passwords: str = ""
    """List of breached passwords, as https://api.pwnedpasswords.com/range; empty: none is asked."""
    log: str = "lines"
    """The log on standard error: lines, json, or errors (no line per request)."""
    metrics_token: str = field(default="", repr=False)
    """Who sends it as a bearer token may read /metrics; empty: nobody."""
    change_names: bool = False
    """Whether people may take another user name; the old one is given to nobody else."""
    proxies: int = 0
    """Proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the extension, handed on as they are."""

    @property
    def workers_or_default(self) -> int:
        if self.workers:
            return self.workers
        # More than a few processes only queue for SQLite's one writer.
        return min(_usable_cores(), 4) if self.is_sqlite else _usable_cores()

    def knowing_itself(self, port: int) -> "Options":
        """Where nobody said how the site is reached, a site of this machine knows it itself."""
        if self.base_url or not port or not is_loopback(self.host):
            return self
        return replace(self, base_url=url_of(self.host, port))

    @property
    def is_sqlite(self) -> bool:
        return make_url(self.database).get_backend_name() == "sqlite"

    @property
    def password_minimum_or_default(self) -> int:
        return self.password_minimum or _least_password(self)

    @property
    def shown_database(self) -> str:
        """The database in words, without its password."""
        url = make_url(self.database)
        if self.is_sqlite and url.database:
            return url.database
        return url.render_as_string()  # hides the password


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def read_options(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Options:
    """Read all options; ``given`` holds those of the command line.

    Raises :class:`StartRefused` with one sentence for the first that is wrong.
    """
    named = {name: value for name, value in given.items() if value is not None}
    surroundings = {
        name.removeprefix("VESTIBULE_").lower(): value
        for name, value in environment.items()
        if name.startswith("VESTIBULE_") and value
    }
    folder = Path(named.get("instance") or surroundings.get("instance") or Options.instance)
    found = _read_file(folder / CONFIG_FILE) | surroundings | named
    known = {one.name: one.default for one in fields(Options) if one.name != "others"}
    options = Options(
        **{name: _converted(name, found[name], known[name]) for name in known if name in found},
        others={name: value for name, value in found.items() if name not in known},
    )
    return _checked(replace(options, instance=folder.resolve()))


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StartRefused(f"The file {path} cannot be read: {error}. Correct it there.") from error


def _converted(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, Path):
        return Path(value)
    if isinstance(default, str) and isinstance(value, str):
        return value
    if isinstance(default, bool):
        return _truth(name, value)
    try:
        if isinstance(default, int) and not isinstance(value, (bool, float)):
            return int(value)
    except (TypeError, ValueError):
        pass
    if isinstance(default, str):
        # Not what it is: it may be a token, or an address with a password.
        raise StartRefused(f"VESTIBULE_{name.upper()} is no text: put it in quotes.")
    raise StartRefused(
        f"VESTIBULE_{name.upper()} is {value!r}, which is not a whole number. {_fix(name, default)}"
    )


def _fix(name: str, value: object) -> str:
    """Where an option may stand, with a value that is right."""
    shown = json.dumps(value)
    return f"Fix: in {CONFIG_FILE}: {name} = {shown} (or VESTIBULE_{name.upper()}={shown})"


def _truth(name: str, value: Any) -> bool:
    found = _TRUTHS.get(str(value).lower())
    if found is None:
        raise StartRefused(
            f"VESTIBULE_{name.upper()} is {value!r}, which is neither yes nor no. "
            f"{_fix(name, value=False)}"
        )
    return found


def _checked(options: Options) -> Options:
    least = _least_password(options)
    for name, lowest, highest in (
        ("port", 0, 65535),
        ("workers", 0, 1000),
        ("threads", 1, 1000),
        ("proxies", 0, 100),
    ):
        value = getattr(options, name)
        if not lowest <= value <= highest:
            raise StartRefused(
                f"VESTIBULE_{name.upper()} is {value}: {lowest} to {highest} are possible. "
                f"{_fix(name, getattr(Options, name))}"
            )
    if options.password_minimum and options.password_minimum < least:
        raise StartRefused(
            f"VESTIBULE_PASSWORD_MINIMUM is {options.password_minimum}: with the policy "
            f"{options.policy!r} passwords need {least} characters or more."
        )
    if options.log not in LOGS:
        raise StartRefused(
            f"VESTIBULE_LOG is {options.log!r}: it is one of {', '.join(LOGS)}. "
            f"{_fix('log', Options.log)}"
        )
    if options.metrics_token and len(options.metrics_token) < LEAST_TOKEN:
        raise StartRefused(
            f"VESTIBULE_METRICS_TOKEN has fewer than {LEAST_TOKEN} characters, so it can be "
            "guessed. Make one: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    _refuse_readable(options.breached_passwords)
    return replace(options, database=_database_url(options))


def _refuse_readable(url: str) -> None:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if url and not (parts.hostname and (parts.scheme == "https" or local)):
        raise StartRefused(
            "VESTIBULE_BREACHED_PASSWORDS is no address of such a list: it looks like "
            "https://api.pwnedpasswords.com/range."
        )


def _least_password(options: Options) -> int:
    # Until the date the password stands alone (PW-1), and nobody changes it on that day.
    needs_one = options.policy in ("required", "phishing_resistant")
    always = needs_one and not options.others.get("policy_since")
    return MINIMUM_WITH_SECOND_STEP if always else MINIMUM_ALONE


def _database_url(options: Options) -> str:
    if not options.database:
        return f"sqlite:///{options.instance / 'vestibule.db'}"
    try:
        return database_url(options.database)
    except ValueError as error:
        raise StartRefused(f"VESTIBULE_DATABASE: {error}") from error


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
