"""Revisions of a host's own, in a package that exists for one test."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import vestibule.migrations


def package_with_revisions(
    folder: Path, bodies: Sequence[str], says: Mapping[int, str] | None = None
) -> str:
    """A package with an ``env.py`` as ours and a revision for each body: ``0``, ``1``, ...

    ``says`` has what else stands in the module of a revision. The folder must be importable.
    """
    name = f"host_{secrets.token_hex(4)}"
    migrations = folder / name / "migrations"
    (migrations / "versions").mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    ours = Path(vestibule.migrations.__file__).with_name("env.py")
    (migrations / "env.py").write_text(ours.read_text())
    before = None
    for number, body in enumerate(bodies):
        (migrations / "versions" / f"r{number}.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            "from vestibule.migrations.indexes import IndexBeside, make\n"
            f"revision = '{number}'\ndown_revision = {before!r}\n"
            f"{(says or {}).get(number, '')}\n\ndef upgrade():\n    {body}\n"
        )
        before = str(number)
    return f"{name}:migrations"
