"""Addresses of pages, made once: a page has a dozen, and Flask's ``url_for`` is dear."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for

Kept = Callable[[str, str], str]


def kept_addresses() -> Kept:
    """What an application keeps: the address of an endpoint below a root."""
    # A proxy may say what the root is.
    return lru_cache(maxsize=1024)(lambda _root, endpoint: _made(endpoint))


def address(endpoint: str, **values: Any) -> str:
    """As ``url_for``. Of an endpoint of ``static`` without values: where its files begin."""
    return addresses()(endpoint, **values)


def addresses() -> Callable[..., str]:
    """:func:`address` for this request, which asks for many."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if _may_have_the_request_in_them(app):
        return _made
    kept: Kept = app.extensions["vestibule"].addresses
    root = request.root_path

    def of_this_request(endpoint: str, **values: Any) -> str:
        # One that begins with a dot is of the blueprint that this request came to.
        if values or endpoint.startswith("."):
            return _made(endpoint, **values)
        return kept(root, endpoint)

    return of_this_request


def _may_have_the_request_in_them(app: Flask) -> bool:
    """Whether the host puts something of each request into its addresses, a language say."""
    is_flasks_own = getattr(app.url_for, "__func__", None) is Flask.url_for
    depends = app.url_default_functions or app.url_map.host_matching or app.subdomain_matching
    return not is_flasks_own or bool(depends)


def _made(endpoint: str, **values: Any) -> str:
    if not values and endpoint.rpartition(".")[2] == "static":
        values = {"filename": ""}
    return url_for(endpoint, **values)
