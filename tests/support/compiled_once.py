"""What thousands of applications in one process would each work out anew, once for all of them.

A site makes its application once; here every test makes some, and a tenth of what such a test takes
would go into compiling the same rules of addresses.
"""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule


def compile_once() -> None:
    """From now on, in this process: two rules of the same parts share the function that builds an
    address of them.
    """
    compiled, made = Rule._compile_builder, dict[tuple[object, ...], Any]()

    def once(self: Rule, append_unknown: bool = True) -> Any:
        converters = sorted((name, type(one)) for name, one in self._converters.items())
        parts = (tuple(self._trace), repr(self.defaults), self.websocket, repr(converters))
        if (key := (*parts, append_unknown)) not in made:
            made[key] = compiled(self, append_unknown)
        return made[key]

    Rule._compile_builder = once  # type: ignore[method-assign]
