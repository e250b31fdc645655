"""What thousands of applications in one process would each work out anew, once for all of them.

A site makes its application and its engine once; here every test makes some. A third of what such a
test takes would go into compiling the same statements and the same rules of addresses.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from werkzeug.routing import Rule

STATEMENTS = 5_000
"""Room for those of all hosts together; SQLAlchemy gives each engine 500."""


def compile_once() -> None:
    """From now on, in this process."""
    _share_statements()
    _share_rules()


def _share_statements() -> None:
    """Engines of one driver share its dialect, by which SQLAlchemy keeps compiled statements."""
    begun, firsts = Engine.__init__, dict[tuple[str, str], Engine]()

    # Its arguments are named one by one: create_engine() looks at what it takes.
    def begin(
        self: Engine,
        pool: Any,
        dialect: Any,
        url: Any,
        logging_name: Any = None,
        echo: Any = None,
        query_cache_size: int = STATEMENTS,
        execution_options: Any = None,
        hide_parameters: bool = False,
    ) -> None:
        options = (logging_name, echo, query_cache_size, execution_options, hide_parameters)
        begun(self, pool, dialect, url, *options)
        first = firsts.setdefault((dialect.name, dialect.driver), self)
        self.dialect, self._compiled_cache = first.dialect, first._compiled_cache

    Engine.__init__ = begin  # type: ignore[method-assign]


def _share_rules() -> None:
    """Two rules of the same parts are built to an address by the same function."""
    compiled, made = Rule._compile_builder, dict[tuple[object, ...], Any]()

    def once(self: Rule, append_unknown: bool = True) -> Any:
        converters = sorted((name, type(one)) for name, one in self._converters.items())
        parts = (tuple(self._trace), repr(self.defaults), self.websocket, repr(converters))
        if (key := (*parts, append_unknown)) not in made:
            made[key] = compiled(self, append_unknown)
        return made[key]

    Rule._compile_builder = once  # type: ignore[method-assign]
