"""What `make bench` measured, as a table."""

from pathlib import Path

import pytest

from benchmarks.report import BEGIN, END, Report, Row, lines, write_into

REPORT = Report(
    ["Measured somewhere."],
    ["Vestibule", "tutorial"],
    [
        Row("SQLite", "sign-in ÷ one argon2id verification", {"Vestibule": 1.2, "tutorial": 1.66}),
        Row("start", "import", {"Vestibule": 1.25}, aim=1.3),
    ],
)


def test_a_terminal_shows_every_ratio_under_its_name() -> None:
    about, heads, first, second = lines(REPORT)

    assert about == "Measured somewhere."
    assert heads.split() == ["aim", "Vestibule", "tutorial"]
    assert first.split()[-2:] == ["1.20", "1.66"]
    assert second.split()[-3:] == ["1.30", "1.25", "–"]


def test_the_docs_get_the_table_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Figures\n\n{BEGIN}\n\nold\n\n{END}\n\nLimits.\n")

    write_into(page, REPORT)

    text = page.read_text()
    assert "old" not in text
    assert "| start | import | 1.30 | 1.25 | – |" in text
    assert text.startswith("# Figures\n")
    assert text.endswith("\n\nLimits.\n")


def test_a_page_without_marks_stays_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "other.md"
    page.write_text("# Other\n")

    with pytest.raises(ValueError):
        write_into(page, REPORT)
    assert page.read_text() == "# Other\n"
