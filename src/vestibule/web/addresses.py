"""Addresses of pages, made once: a page has a dozen, and Flask's ``url_for`` is dear."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for

Kept = Callable[[str, str], str]


def kept_addresses() -> Kept:
    """What an application keeps: the address of an endpoint below a root."""
    # A proxy may say what the root is.
    return lru_cache(maxsize=1024)(lambda _root, endpoint: _made(endpoint, {}))


def address(endpoint: str, **values: Any) -> str:
    """As ``url_for``. Of an endpoint of ``static`` without values: where its files begin."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if values or _has_the_request_in_it(app):
        return _made(endpoint, values)
    kept: Kept = app.extensions["vestibule"].addresses
    return kept(request.root_path, endpoint)


def _made(endpoint: str, values: dict[str, Any]) -> str:
    if not values and endpoint.rpartition(".")[2] == "static":
        values = {"filename": ""}
    return url_for(endpoint, **values)


def _has_the_request_in_it(app: Flask) -> bool:
    """Whether the host puts something of each request into its addresses, a language say."""
    return bool(app.url_default_functions or app.url_map.host_matching or app.subdomain_matching)
