"""Gathers every text for people into messages.pot, updates the translations and compiles them."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "vestibule"
LOCALES = SOURCE / "locales"
POT = LOCALES / "messages.pot"

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_NOT_KEPT = tuple(
    f'"{name}'
    for name in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Report-Msgid-Bugs-To",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "Text": None,
    "counted": (1, 2),
    "vestibule_text": None,
    "vestibule_texts": (1, 2),
}


def extracted() -> Catalog:
    """What the source says now."""
    catalog = Catalog(project="Vestibule", version="1", fuzzy=False, charset="utf-8")
    found = extract_from_dir(SOURCE, METHODS, keywords=KEYWORDS)
    for path, _, message, _, _ in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, locations=[(path, 0)])
    return catalog


def as_pot(catalog: Catalog) -> str:
    """Without dates and line numbers, so that nothing changes but the texts."""
    return (
        "\n".join(line for line in _po(catalog).splitlines() if not line.startswith(_NOT_KEPT))
        + "\n"
    )


def compiled(po: Path) -> bytes:
    """A translation as programs read it, the same at any time."""
    out = io.BytesIO()
    with po.open("rb") as file:
        catalog = read_po(file, locale=po.parent.parent.name)
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    write_mo(out, catalog)
    return out.getvalue()


def _po(catalog: Catalog) -> str:
    catalog.header_comment = "# What pages, mails and files say to people."
    out = io.BytesIO()
    write_po(out, catalog, width=100, include_lineno=False, ignore_obsolete=True)
    return out.getvalue().decode()


def translated() -> list[Path]:
    """The translations there are."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))


def _forms(said: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def untranslated(po: Path) -> list[str]:
    """What a translation lacks, or only guesses."""
    with po.open("rb") as file:
        catalog = read_po(file, locale=po.parent.parent.name)
    return [
        one.id if isinstance(one.id, str) else one.id[0]
        for one in catalog
        if one.id and (one.fuzzy or not all(_forms(one.string)))
    ]


def main() -> int:
    catalog = extracted()
    POT.write_text(as_pot(catalog), encoding="utf-8")
    missing = 0
    for po in translated():
        with po.open("rb") as file:
            old = read_po(file, locale=po.parent.parent.name)
        old.update(catalog, no_fuzzy_matching=True)
        po.write_text(as_pot(old), encoding="utf-8")
        po.with_suffix(".mo").write_bytes(compiled(po))
        for message in untranslated(po):
            missing += 1
            sys.stdout.write(f"{po.relative_to(ROOT)}: {message!r} is not translated\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
