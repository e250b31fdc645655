"""A host's own templates."""

from __future__ import annotations

from jinja2 import ChoiceLoader, DictLoader

from tests.support.host_app import Host

LAYOUT = """<!doctype html><html lang="en"><title>{% block title %}Shop{% endblock %}</title>
{% block head %}<meta name="of-the-host">{% endblock %}<body><h1>The shop</h1>
{% block content %}{% endblock %}<footer>Made by hand</footer>"""


def with_templates(host: Host, **templates: str) -> Host:
    """The host has these too: ``__`` in a name stands for a folder."""
    own = DictLoader({name.replace("__", "/") + ".html": text for name, text in templates.items()})
    host.app.jinja_loader = ChoiceLoader([own, host.app.jinja_loader])
    return host
