"""Expand, release, contract: each revision is held to it by what it would tell the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from tests.migrations.packages import package_with_revisions
from tests.migrations.rule import broken_by
from vestibule.migrations.standing import OURS, scripts_of

SITE = "vestibule:ready_site/migrations"
BEFORE_THE_RULE = {OURS: "0012", SITE: "0006"}
PETS = (
    "op.create_table('pets', sa.Column('id', sa.Integer, primary_key=True),"
    " sa.Column('name', sa.String(20)))"
)


@pytest.mark.requirement("CFG-4")
@pytest.mark.parametrize("location", [OURS, SITE])
def test_no_shipped_revision_disturbs_the_code_of_the_one_before(location: str) -> None:
    _, scripts = scripts_of(location)
    for script in scripts.iterate_revisions("head", BEFORE_THE_RULE[location]):
        assert broken_by(scripts, script.module) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("op.drop_table('pets')", "drops"),
        ("op.drop_column('pets', 'name')", "drops"),
        ("op.drop_constraint('pk', 'pets')", "drops"),
        ("op.drop_index('ix', 'pets')", "drops"),
        ("op.rename_table('pets', 'animals')", "renames"),
        ("op.alter_column('pets', 'name', new_column_name='title')", "renames"),
        ("op.alter_column('pets', 'name', type_=sa.String(10))", "type"),
        ("op.alter_column('pets', 'name', nullable=False)", "NULL"),
        ("op.add_column('pets', sa.Column('age', sa.Integer, nullable=False))", "does not fill"),
        ("op.create_unique_constraint('uq', 'pets', ['name'])", "forbids"),
        ("op.create_check_constraint('ck', 'pets', 'id > 0')", "forbids"),
        ("op.create_index('uq', 'pets', ['name'], unique=True)", "forbids"),
        ("op.create_index('ix', 'pets', ['name'])", "waiting"),
        ("op.execute('UPDATE pets SET id = id + 1')", "goes through rows"),
        ("op.execute('DELETE FROM pets')", "goes through rows"),
    ],
)
def test_what_the_code_before_would_mind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, why: str
) -> None:
    found = broken(tmp_path, monkeypatch, body)
    assert any(why in one for one in found), found


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("op.add_column('pets', sa.Column('age', sa.Integer))", ""),
        (
            "op.add_column('pets', sa.Column('age', sa.Integer, nullable=False,"
            " server_default='0'))",
            "",
        ),
        ("op.alter_column('pets', 'name', nullable=True)", ""),
        ("op.create_table('toys', sa.Column('id', sa.Integer, primary_key=True))", ""),
        ("make(beside[0])", "beside = (IndexBeside('ix', 'pets', ('name',)),)"),
        ("op.drop_column('pets', 'name')", "oldest_code = '0'"),
    ],
)
def test_what_only_adds_is_not_and_neither_is_a_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, says: str
) -> None:
    assert broken(tmp_path, monkeypatch, body, says) == []


@pytest.mark.parametrize("oldest", ["1", "7"])
def test_a_contract_names_older_code_and_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, oldest: str
) -> None:
    assert broken(tmp_path, monkeypatch, "pass", f"oldest_code = '{oldest}'")
    index = "op.create_index('ix', 'pets', ['name'])"
    assert broken(tmp_path, monkeypatch, index, "oldest_code = '0'")


def broken(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str, says: str = "") -> list[str]:
    monkeypatch.syspath_prepend(folder)
    location = package_with_revisions(folder, [PETS, body], {1: says})
    scripts: ScriptDirectory = scripts_of(location)[1]
    return broken_by(scripts, scripts.get_revision("1").module)
