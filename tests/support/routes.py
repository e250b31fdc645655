"""Every rule of an application, and people in every state to walk them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.routing import Rule

from tests.stories import settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor

NOBODYS = "nobodys"
"""In place of an authenticator's id: no account has one of that."""

STATES = ("stranger", "between the steps", "must set up", "signed in")


def rules(app: Flask, method: str) -> list[Rule]:
    """The rules that take this method."""
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def paths(app: Flask, method: str) -> list[str]:
    """An address of every rule."""
    values = {"filename": "vestibule.css", "status": "404", "identity": NOBODYS, "kind": "known"}
    values |= {"action": "sign-out", "event": NOBODYS}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return sorted(
            adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            for rule in rules(app, method)
        )


def somebody(host: Host, state: str) -> Visitor:
    """A person in that state, whose one-time sights (codes, a waiting key) are over."""
    name = state.replace(" ", "-")
    if state == "stranger":
        return Visitor.new(host, name)
    if state == "must set up":
        newcomer = Visitor.new(host, name)
        newcomer.enters_password()
        return newcomer
    person = settled(host, name)
    person.enters_password()
    if state == "signed in":
        person.enters_code()
        person.opens("/setup-2fa")
    return person


@contextmanager
def unchanged(host: Host, *but: str) -> Iterator[None]:
    """No row of any table changes meanwhile, except in the tables named."""
    before = host.snapshot(*but)
    yield
    after = host.snapshot(*but)
    for table, rows in before.items():
        assert after[table] == rows, f"{table} changed"
