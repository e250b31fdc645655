"""What is made from the code is as the code is."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

import vestibule
from docs import conformance, generate
from tests.docs.reading import PAGES, name, page
from vestibule.ready_site import budgets as of_the_site
from vestibule.settings import Settings
from vestibule.signin import schedule

AGAIN = "stale: run `.venv/bin/python -m docs.generate`"


@pytest.mark.parametrize("of", PAGES, ids=name)
def test_generated_parts_are_fresh(of: Path) -> None:
    text = of.read_text()
    assert generate.filled(text) == text, AGAIN


def test_every_part_stands_on_some_page() -> None:
    texts = [one.read_text() for one in PAGES]
    for part in generate.PARTS:
        assert sum(f"<!-- generated: {part} -->" in text for text in texts) == 1


def test_marks_name_requirements_that_exist() -> None:
    known = {row.id for rows in conformance.sections().values() for row in rows}
    assert set(conformance.marks()) <= known
    assert len(known) > 150


@pytest.mark.requirement("RL-1")
def test_every_budget_is_explained() -> None:
    """By its row in the table; the next test compares the numbers in the text around it."""
    text = page("docs/limits.md").read_text()
    for one in (*schedule.ALL, *of_the_site.ALL):
        assert f"| `{one.kind}` | {one.limit} |" in text
        assert one.reason in text


@pytest.mark.requirement("RL-1")
def test_no_budget_is_left_out_of_the_schedule() -> None:
    for module in (schedule, of_the_site):
        budgets = [one for one in vars(module).values() if isinstance(one, vestibule.Budget)]
        assert sorted(one.kind for one in budgets) == sorted(one.kind for one in module.ALL)


@pytest.mark.requirement("TOTP-5")
def test_the_window_is_stated_in_seconds() -> None:
    text = page("docs/limits.md").read_text()
    seconds = 30 * (2 * Settings().totp_window + 1)
    assert f"**{seconds} seconds**" in text
    assert "`VESTIBULE_TOTP_WINDOW = 0`" in text


@pytest.mark.requirement("SES-5")
def test_the_limits_of_a_session_are_stated_and_justified() -> None:
    text = page("docs/limits.md").read_text()
    settings = Settings()
    for what, length in (
        ("unused", settings.session_idle),
        ("altogether", settings.session_absolute),
    ):
        hours = int(length.total_seconds()) // 3600
        assert re.search(rf"\| {what} \| {hours} hours? \|", text)
    assert "NIST SP 800-63B-4 section 2.2.3" in text


def test_every_setting_says_what_it_is_for() -> None:
    for one in fields(Settings):
        assert len(one.metadata["reason"]) > 10, one.name


def test_every_public_name_has_a_docstring_and_is_in_the_docs() -> None:
    text = "\n".join(one.read_text() for one in PAGES)
    for public in vestibule.__all__:
        assert inspect.getdoc(getattr(vestibule, public)), public
        assert re.search(rf"\b{public}\b", text), f"no page names vestibule.{public}"


def test_every_public_method_has_a_docstring_and_is_in_the_docs() -> None:
    text = page("docs/reference.md").read_text()
    for method in (one for one in vars(vestibule.Vestibule) if not one.startswith("_")):
        assert inspect.getdoc(getattr(vestibule.Vestibule, method)), method
        assert f"### `Vestibule.{method}`" in text, method
