"""Which statements of a revision the code of the revision before would mind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

_TAKES = {
    r"\bDROP (TABLE|INDEX|CONSTRAINT)\b": "drops something",
    r"\bDROP (COLUMN )?\w+;": "drops a column",
    r"\bRENAME\b": "renames something",
    r"\bALTER COLUMN \w+ (SET DATA )?TYPE\b": "changes the type of a column",
    r"\bSET NOT NULL\b": "forbids NULL where the code before may write it",
    r"\bADD (CONSTRAINT|UNIQUE|CHECK|FOREIGN KEY|PRIMARY KEY)\b": "forbids what may be there",
    r"^(UPDATE|DELETE)\b": "goes through rows in one transaction",
}
_ADDED = re.compile(r"\bADD COLUMN .*\bNOT NULL\b")
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+) ON (\w+)")
_TABLE = re.compile(r"CREATE TABLE (\w+)")


def broken_by(scripts: ScriptDirectory, script: ModuleType) -> list[str]:
    """What a revision does that only a contract may do, or that keeps everybody waiting.

    A contract may, where it says in ``oldest_code`` which older revision's code bears it.
    """
    found = list(_minds(script))
    if not hasattr(script, "oldest_code"):
        return found
    older = {one.revision for one in scripts.iterate_revisions(script.down_revision, "base")}
    if script.oldest_code not in older:
        return [f"{script.revision} is for the code of no revision before it"]
    return [one for one in found if "waiting" in one]


def _minds(script: ModuleType) -> Iterator[str]:
    beside = {index.name for index in getattr(script, "beside", ())}
    new: set[str] = set()
    for statement in _statements(script):
        for pattern, does in _TAKES.items():
            if re.search(pattern, statement):
                yield f"{does}: {statement}"
        if _ADDED.search(statement) and "DEFAULT" not in statement:
            yield f"adds a column that the code before does not fill: {statement}"
        new.update(_TABLE.findall(statement))
        for unique, name, table in _INDEX.findall(statement):
            if table in new:
                continue
            if name not in beside:
                yield f"keeps who writes waiting for an index (see IndexBeside): {statement}"
            if unique:
                yield f"forbids what may be there: {statement}"


def _statements(script: ModuleType) -> list[str]:
    """What PostgreSQL would be told, each on one line."""
    written = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        script.upgrade()
    return [" ".join(one.split()) + ";" for one in written.getvalue().split(";") if one.strip()]
