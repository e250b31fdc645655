"""Templates whose texts are said when they are compiled: once for each language, not for each page.

A page has dozens of texts, and most of them have no values in them. Where such a text stands, what
is compiled for a language has the sentence itself, which melts into the markup around it.
"""

from collections import ChainMap
from functools import cache
from typing import Any

from flask import current_app
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from vestibule.web.language import language, text_in

_KEPT = "vestibule_said_templates"


def said_templates() -> Environment:
    """The application's templates in the language of this request."""
    chosen, app = language(), current_app
    # With the application's own environment, since a host may make another one in its place.
    kept = app.jinja_env.__dict__.setdefault(_KEPT, {})
    found: Environment | None = kept.get(chosen)
    if found is None:
        found = kept[chosen] = in_language(app.jinja_env, chosen)
    return found


def in_language(environment: Environment, chosen: str) -> Environment:
    """The same templates in one language. Loader, filters and globals are shared; what is compiled
    is not.
    """
    made = environment.overlay()
    host_generator: Any = environment.code_generator_class
    made.code_generator_class = _generator(chosen, host_generator)
    # It would give what was compiled for another language.
    made.bytecode_cache = None
    # Jinja makes a chain of mappings for each template, in case it has globals of its own; every
    # page would look through it.
    made.make_globals = lambda own: ChainMap(own, made.globals) if own else made.globals  # type: ignore[method-assign, assignment]
    return made


@cache
def _generator(chosen: str, of: Any) -> type[CodeGenerator]:
    class SayingGenerator(of):  # type: ignore[misc]  # the host may have one of its own
        def visit_Template(  # noqa: N802 - Jinja's name
            self, node: nodes.Template, frame: Any = None
        ) -> None:
            super().visit_Template(_Saying(chosen).visit(node), frame)

    return SayingGenerator


class _Saying(NodeTransformer):
    """Puts sentences where their texts are asked for."""

    def __init__(self, chosen: str) -> None:
        self._language = chosen

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - as above
        self.generic_visit(node)
        said = self._said(node)
        return node if said is None else nodes.Const(said, lineno=node.lineno)

    def _said(self, node: nodes.Call) -> Markup | str | None:
        if not isinstance(node.node, nodes.Name) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return None
        if node.node.name == "vestibule_language" and not node.args:
            return self._language
        if node.node.name == "vestibule_text" and len(node.args) == 1:
            text = node.args[0]
            if isinstance(text, nodes.Const) and isinstance(text.value, str):
                return text_in(self._language, text.value)
        return None
