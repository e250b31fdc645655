"""What thousands of applications in one process would each work out anew, once for all of them.

A site makes its application once; here every test makes some, and a third of what such a test takes
would go into compiling the same statements, and a tenth into the same rules of addresses.
"""

from __future__ import annotations

import functools
from typing import Any

from flask import Flask
from flask.templating import Environment as FlaskEnvironment
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Dialect
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from vestibule.web import language, said_templates


def compile_once() -> None:
    """From now on, in this process: two rules of the same parts share the function that builds an
    address of them, two engines on the same kind of database the text of a statement, and two
    applications the code of a template.
    """
    _compile_rules_once()
    _compile_statements_once()
    _compile_templates_once()


def _compile_rules_once() -> None:
    compiled, made = Rule._compile_builder, dict[tuple[object, ...], Any]()
    parsed, parts_of = Rule.compile, dict[tuple[object, ...], tuple[Any, ...]]()

    def builder_once(self: Rule, append_unknown: bool = True) -> Any:
        converters = sorted((name, type(one)) for name, one in self._converters.items())
        parts = (tuple(self._trace), repr(self.defaults), self.websocket, repr(converters))
        if (key := (*parts, append_unknown)) not in made:
            made[key] = compiled(self, append_unknown)
        return made[key]

    def once(self: Rule) -> None:
        """Only what has no variables: they have converters, which know their map."""
        where = self.host if self.map and self.map.host_matching else self.subdomain
        key = (where, self.rule, self.merge_slashes, self.websocket, self.map.host_matching)
        if "<" in f"{where}{self.rule}" or self.defaults:
            parsed(self)
        elif key in parts_of:
            self._parts, self._trace, build, build_unknown = parts_of[key]
            self._converters = {}
            self._build = build.__get__(self, None)
            self._build_unknown = build_unknown.__get__(self, None)
        else:
            parsed(self)
            builders = self._build.__func__, self._build_unknown.__func__
            parts_of[key] = (self._parts, self._trace, *builders)

    Rule._compile_builder = builder_once  # type: ignore[method-assign]
    Rule.compile = once  # type: ignore[method-assign]


class _Statements(LRUCache[Any, Any]):
    """As the cache that an engine has of its own, but for the first part of the key, which is the
    engine's dialect.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


def _compile_statements_once() -> None:
    compiled = ClauseElement._compile_w_cache

    @functools.cache
    def statements(*kind: object) -> _Statements:
        return _Statements(1000)

    def once(self: ClauseElement, dialect: Dialect, *, compiled_cache: Any, **others: Any) -> Any:
        if compiled_cache is not None:
            compiled_cache = statements(*_what_a_text_depends_on(dialect))
        return compiled(self, dialect, compiled_cache=compiled_cache, **others)

    ClauseElement._compile_w_cache = once  # type: ignore[method-assign]


def _what_a_text_depends_on(dialect: Any) -> tuple[object, ...]:
    """Engines stay apart, with their isolation levels; and those that write JSON in their own way,
    or talk to another server, compile for themselves.
    """
    version = getattr(dialect, "server_version_info", None)
    json = getattr(dialect, "_json_serializer", None), getattr(dialect, "_json_deserializer", None)
    return type(dialect), version, dialect.paramstyle, *json


class _Templates(BytecodeCache):
    """By what a template is called, what it says, and how its environment reads it."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._made.get(_what_a_code_depends_on(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._made[_what_a_code_depends_on(bucket)] = bucket.code


def _what_a_code_depends_on(bucket: Bucket) -> tuple[object, ...]:
    how = bucket.environment
    blocks = how.trim_blocks, how.lstrip_blocks, how.keep_trailing_newline, how.is_async
    said = how.code_generator_class, language.translations
    return (
        bucket.key,
        bucket.checksum,
        *said,
        *blocks,
        *sorted(how.extensions),
        *sorted(how.filters),
    )


def _compile_templates_once() -> None:
    made, templates = Flask.create_jinja_environment, _Templates()

    def once(self: Flask) -> Environment:
        environment = made(self)
        environment.bytecode_cache = environment.bytecode_cache or templates
        return environment

    Flask.create_jinja_environment = once  # type: ignore[method-assign,assignment]
    made_in = said_templates.in_language

    def once_in(environment: FlaskEnvironment, chosen: str) -> FlaskEnvironment:
        environment = made_in(environment, chosen)
        environment.bytecode_cache = templates
        return environment

    said_templates.in_language = once_in
