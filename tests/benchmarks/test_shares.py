"""What `make bench-shares` counts, and what it says of it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import create_engine, text

from benchmarks.shares import DRIVER, TEMPLATES, Meter, Spent, _lines


def test_what_an_answer_costs_is_counted_by_its_parts() -> None:
    app, meter, engine = Flask("shares"), Meter(), create_engine("sqlite://")

    def view() -> str:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        with meter.part(TEMPLATES):
            return "x" * sum(range(1000)) and "done"

    app.add_url_rule("/", "view", view)
    with meter.listens():
        answer, spent = meter.answers(app, lambda: app.test_client().get("/"))
    assert answer.text == "done"
    assert spent.statements == 1
    assert 0 < spent.parts[DRIVER] < spent.whole
    assert 0 < spent.parts[TEMPLATES] < spent.whole
    _, later = meter.answers(app, lambda: app.test_client().get("/"))
    assert later.statements == 0


def test_the_medians_of_the_requests_are_added_up() -> None:
    def sign_in(*wholes: float) -> list[Spent]:
        return [Spent(one, {DRIVER: one / 4, TEMPLATES: one / 2}, 2) for one in wholes]

    found = [sign_in(1, 2, 3, 4, 5), sign_in(1, 2, 3, 4, 90), sign_in(1, 2, 3, 4, 5)]
    *_, together, ratios, hello = _lines("SQLite", found, hash_ms=30_000, hello_ms=1)
    assert together.split() == ["together", "15000.00", "3750.00", "7500.00", "3750.00", "10"]
    assert "whole 0.50" in ratios
    assert "alone 0.12" in ratios
    assert "5.00 ms" in hello
