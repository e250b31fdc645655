"""``make lint`` has mypy and pyright read a typed host; it uses everything that is public."""

from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path

import pytest

import vestibule
import vestibule.testing

HOST = Path(__file__).with_name("host_app_typed.py")


@pytest.mark.parametrize("module", [vestibule, vestibule.testing], ids=lambda it: it.__name__)
def test_the_typed_host_uses_every_public_name(module: object) -> None:
    tree = ast.parse(HOST.read_text())
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert set(module.__all__) <= used  # type: ignore[attr-defined]


def test_the_typed_host_calls_every_method() -> None:
    tree = ast.parse(HOST.read_text())
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    methods = {name for name in vars(vestibule.Vestibule) if not name.startswith("_")}
    assert methods <= called


def test_the_package_says_that_it_is_typed() -> None:
    assert files("vestibule").joinpath("py.typed").is_file()
