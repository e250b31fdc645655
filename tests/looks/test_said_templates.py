"""Texts without values are said when a template is compiled, once for each language."""

import pytest
from flask import Flask
from jinja2 import BytecodeCache, ChoiceLoader, DictLoader
from jinja2.bccache import Bucket

from tests.stories import HostMaker
from vestibule import Vestibule
from vestibule.web.said_templates import said_templates

ENGLISH, VIETNAMESE = {"Accept-Language": "en"}, {"Accept-Language": "vi"}


@pytest.fixture
def app(make: HostMaker) -> Flask:
    return make(VESTIBULE_LANGUAGE="auto").app


def said(app: Flask, template: str, headers: dict[str, str], **values: object) -> str:
    app.jinja_loader = ChoiceLoader([DictLoader({"own.html": template}), app.jinja_loader])  # type: ignore[list-item]
    return said_again(app, headers, **values)


def said_again(app: Flask, headers: dict[str, str], **values: object) -> str:
    vestibule = Vestibule()
    with app.test_request_context(headers=headers):
        app.preprocess_request()
        return vestibule.render_template("own.html", **values)


def test_each_language_has_its_own(app: Flask) -> None:
    template = '<p lang="{{ vestibule_language() }}">{{ vestibule_text("Sign in") }}</p>'
    assert said(app, template, ENGLISH) == '<p lang="en">Sign in</p>'
    vietnamese = said_again(app, VIETNAMESE)
    assert vietnamese.startswith('<p lang="vi">')
    assert "Sign in" not in vietnamese
    assert said_again(app, ENGLISH) == '<p lang="en">Sign in</p>'


def test_nothing_is_asked_for_while_a_page_is_made(app: Flask) -> None:
    said(app, "{{ vestibule_text('Sign in') }}", ENGLISH)
    with app.test_request_context(headers=ENGLISH):
        app.preprocess_request()
        environment = said_templates()
        source = "<h1>{{ vestibule_text('Sign in') }}</h1>"
        assert "yield '<h1>Sign in</h1>'" in environment.compile(source, raw=True)


def test_what_a_value_goes_into_is_said_with_it_and_escaped(app: Flask) -> None:
    template = '{{ vestibule_text("Welcome, %(name)s", name=name) }}'
    assert said(app, template, ENGLISH, name="<b>") == "Welcome, &lt;b&gt;"


def test_a_text_that_is_no_constant_is_looked_up(app: Flask) -> None:
    template = "{{ vestibule_text(which) }}"
    assert said(app, template, ENGLISH, which="Sign in") == "Sign in"
    assert said_again(app, VIETNAMESE, which="Sign in") != "Sign in"


def test_a_text_of_the_hosts_own_stays_as_it_is(app: Flask) -> None:
    assert said(app, '{{ vestibule_text("Our own") }}', VIETNAMESE) == "Our own"


def test_a_macro_is_said_in_the_language_of_the_page(app: Flask) -> None:
    template = (
        '{% macro word() %}{{ vestibule_text("Sign in") }}{% endmacro %}'
        '{% if which %}{{ word() }}{% else %}{{ vestibule_text("Sign in") }}{% endif %}'
    )
    words = {said(app, template, VIETNAMESE, which=True), said_again(app, VIETNAMESE, which=False)}
    assert len(words) == 1
    assert words != {"Sign in"}


class _Kept(BytecodeCache):
    """A host's cache of compiled templates: by name, as Jinja's own have it."""

    def __init__(self) -> None:
        self.made: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.made:
            bucket.bytecode_from_string(self.made[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.made[bucket.key] = bucket.bytecode_to_string()


def test_a_hosts_cache_of_compiled_templates_does_not_mix_languages(app: Flask) -> None:
    app.jinja_env.bytecode_cache = _Kept()
    english = said(app, '{{ vestibule_text("Sign in") }}', ENGLISH)
    assert said_again(app, VIETNAMESE) != english
    assert said_again(app, ENGLISH) == english


def test_a_hosts_filter_that_comes_later_is_seen(app: Flask) -> None:
    said(app, "{{ vestibule_text('Sign in') }}", ENGLISH)
    app.jinja_env.filters["loud"] = str.upper
    app.jinja_env.globals["site"] = "Ours"
    app.jinja_loader = DictLoader({"own.html": "{{ site | loud }}"})
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    with app.test_request_context(headers=ENGLISH):
        app.preprocess_request()
        said_templates().cache.clear()  # type: ignore[union-attr]
    assert said_again(app, ENGLISH) == "OURS"
