"""Peace with what else a host has: Flask-WTF, Flask-Migrate, Flask-Security, rules of its own."""

from collections import defaultdict
from typing import Any

from flask import Flask
from flask.sansio.blueprints import Blueprint
from flask.signals import appcontext_pushed

from vestibule.settings import Finding

OUR_TABLES = "vestibule_"


def refuse_quart(app: object) -> None:
    """Raises TypeError for an application that is no Flask application."""
    if not isinstance(app, Flask):
        kind = type(app)
        raise TypeError(
            f"Vestibule works with Flask, and this is a {kind.__module__}.{kind.__name__}. Quart's "
            "sessions and Flask-Login's are different things; put Vestibule into a Flask "
            "application."
        )


def exempt_from_csrf_protect(app: Flask, pages: Blueprint) -> None:
    """Our forms bring their own check; Flask-WTF's would refuse them for lack of its token."""
    protect = app.extensions.get("csrf")
    if protect is not None and hasattr(protect, "exempt"):
        protect.exempt(pages)


def join_migrate(app: Flask) -> None:
    """Keep our tables out of ``flask db migrate``, whichever of the two extensions came first."""

    def join(sender: Flask, **_: object) -> None:
        config = sender.extensions.get("migrate")
        arguments = getattr(config, "configure_args", None)
        if arguments is not None and not getattr(arguments.get("include_object"), "ours", False):
            arguments["include_object"] = _not_ours(arguments.get("include_object"))

    appcontext_pushed.connect(join, app, weak=False)


def _not_ours(asked_before: Any) -> Any:
    def include(thing: Any, name: str, kind: str, reflected: bool, compare_to: Any) -> bool:
        if kind == "table" and name.startswith(OUR_TABLES):
            return False
        if asked_before is None:
            return True
        return bool(asked_before(thing, name, kind, reflected, compare_to))

    include.ours = True  # type: ignore[attr-defined]
    return include


def findings_about(app: Flask) -> list[Finding]:
    """What of the host and us cannot be together."""
    found = []
    if "security" in app.extensions and type(app.extensions["security"]).__module__.startswith(
        "flask_security"
    ):
        found.append(
            Finding(
                "Flask-Security",
                "It brings a sign-in and a second step of its own.",
                "use one of the two: remove Security(app, ...), or Vestibule(app, db)",
            )
        )
    return [*found, *_collisions(app)]


def _collisions(app: Flask) -> list[Finding]:
    endpoints = defaultdict(set)
    for rule in app.url_map.iter_rules():
        endpoints[rule.rule].add(rule.endpoint)
    return [
        Finding(
            "VESTIBULE_URL_PREFIX",
            f"The address {path} belongs to {ours} and to the host's {', '.join(sorted(others))}.",
            'VESTIBULE_URL_PREFIX = "/another-prefix"',
        )
        for path, names in endpoints.items()
        for ours in names
        if ours.startswith("vestibule.") and (others := names - {ours})
    ]
