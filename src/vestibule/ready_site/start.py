"""From options to a site that may serve: instance, keys, tables, application, in that order."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from vestibule import DatabaseIsNewer, Unavailable, upgrade_database
from vestibule.ready_site.instance import OUTBOX, open_instance
from vestibule.ready_site.key_file import Keys
from vestibule.ready_site.options import Options, StartRefused
from vestibule.ready_site.site import create_site

log = logging.getLogger("vestibule")

LONGEST_REQUEST = 64 * 1024
"""Bytes of a request's body; no form here needs more."""


def prepared_site(options: Options) -> Flask:
    """Make what is missing in the instance and the database, and the application.

    Any number of processes may do it at once. Raises :class:`StartRefused`.
    """
    keys = prepare(options)
    try:
        return create_site(site_config(options, keys))
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        raise StartRefused(
            "/metrics needs prometheus_client: pip install 'vestibule[metrics]'."
        ) from error


def prepare(options: Options, told: Callable[[str], None] = log.info) -> Keys:
    """The part of :func:`prepared_site` that touches the disk and the database.

    ``told`` hears what takes its time.
    """
    try:
        keys = open_instance(options)
        upgrade_database(options.database, told=told)
        upgrade_database(
            options.database,
            location="vestibule:ready_site/migrations",
            version_table="ready_site_version",
            told=told,
        )
    except (DatabaseIsNewer, Unavailable, ValueError) as error:
        raise StartRefused(str(error)) from error
    return keys


def site_config(options: Options, keys: Keys) -> dict[str, Any]:
    """The configuration of Flask, of the extension and of the site itself."""
    https = options.base_url.startswith("https://")
    # The settings of the extension that the site does not decide itself.
    config = {"VESTIBULE_MAIL": (options.instance / OUTBOX).as_uri()}
    config |= {f"VESTIBULE_{name.upper()}": value for name, value in options.others.items()}
    return config | {
        "BREACHED_PASSWORDS": options.breached_passwords,
        "CHANGE_NAMES": options.change_names,
        "INSTANCE": str(options.instance),
        "METRICS_TOKEN": options.metrics_token,
        "PASSWORD_MINIMUM": options.password_minimum_or_default,
        "PROXIES": options.proxies,
        "SITE_HOST": urlsplit(options.base_url).hostname or "localhost",
        "SECRET_KEY": keys.secret_key,
        "SECRET_KEY_FALLBACKS": list(keys.secret_key_fallbacks),
        "SESSION_COOKIE_NAME": "__Host-site" if https else "site",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": LONGEST_REQUEST,
        "SQLALCHEMY_DATABASE_URI": options.database,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(options),
        "VESTIBULE_KEYS": keys.source or list(keys.keys),
        "VESTIBULE_ISSUER": options.issuer,
        "VESTIBULE_BASE_URL": options.base_url,
        "VESTIBULE_URL_PREFIX": "",
        "VESTIBULE_POLICY": options.policy,
        "VESTIBULE_HEADERS": "all",
        "VESTIBULE_LANGUAGE": "auto",
        "VESTIBULE_AFTER_SIGN_IN": "/dashboard",
        "VESTIBULE_SIGN_OUT_ENDPOINT": "logout",
        "VESTIBULE_PASSWORD_ENDPOINT": "change_password",
        "VESTIBULE_POOL_SIZE": options.threads,
        # Shared by all workers, so that they bound the hashing of the machine together.
        "VESTIBULE_HASH_FOLDER": str(options.instance),
        # Two threads always remain for pages that hash nothing.
        "VESTIBULE_HASH_WAITING": max(1, options.threads - 2),
    }


def _engine_options(options: Options) -> dict[str, Any]:
    """Of the site's own engine: a database in trouble is told after seconds, not minutes (P9)."""
    return {
        "isolation_level": "AUTOCOMMIT",
        # A request holds one at a time; the thread that sends mails is none of the requests'.
        "pool_size": options.threads,
        "max_overflow": 1,
        "pool_timeout": 5,
        # An error that is logged must not say what was written (P10).
        "hide_parameters": True,
    }
