"""Options: where they come from, and what is said of those that are wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vestibule.ready_site.options import Options, StartRefused, read_options


def test_an_option_wins_then_the_environment_then_the_file_then_the_default(tmp_path: Path) -> None:
    def port(given: int | None, environment: str | None) -> int:
        surroundings = {"VESTIBULE_PORT": environment} if environment else {}
        return read_options({"instance": tmp_path, "port": given}, surroundings).port

    assert port(None, None) == 8000
    (tmp_path / "config.toml").write_text("port = 1001\n")
    assert port(None, None) == 1001
    assert port(None, "1002") == 1002
    assert port(1003, "1002") == 1003


def test_the_environment_may_name_the_folder_of_the_config_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('issuer = "Acme"\nproxies = 2\nsession_idle = 600\n')
    options = read_options({}, {"VESTIBULE_INSTANCE": str(tmp_path)})
    assert options.instance == tmp_path
    assert (options.issuer, options.proxies) == ("Acme", 2)
    assert options.others == {"session_idle": 600}


def test_the_database_is_a_file_of_the_instance_unless_one_is_named(tmp_path: Path) -> None:
    options = read_options({"instance": tmp_path}, {})
    assert options.database == f"sqlite:///{tmp_path}/vestibule.db"
    assert options.shown_database == f"{tmp_path}/vestibule.db"
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        options = read_options({"database": f"{scheme}://me:hush@db/site"}, {})
        assert options.database == "postgresql+psycopg://me:hush@db/site"
        assert "hush" not in options.shown_database


def test_sqlite_gets_at_most_four_processes() -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert read_options({}, {}).workers_or_default == min(cores or 1, 4)
    postgresql = read_options({"database": "postgresql://db/site"}, {})
    assert postgresql.workers_or_default == cores
    assert read_options({"workers": 7}, {}).workers_or_default == 7


@pytest.mark.requirement("PW-1")
def test_the_least_password_can_only_be_raised() -> None:
    assert read_options({"policy": "optional"}, {}).password_minimum_or_default == 15
    assert read_options({"policy": "required"}, {}).password_minimum_or_default == 8
    from_a_day_on = {"VESTIBULE_POLICY_SINCE": "2100-01-01"}
    assert read_options({"policy": "required"}, from_a_day_on).password_minimum_or_default == 15
    raised = read_options({"policy": "required", "password_minimum": 20}, {})
    assert raised.password_minimum_or_default == 20
    with pytest.raises(StartRefused, match="passwords need 15 characters or more"):
        read_options({"policy": "optional", "password_minimum": 14}, {})


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"VESTIBULE_PORT": "http"}, "VESTIBULE_PORT is 'http', which is not a whole number."),
        ({"VESTIBULE_PORT": "70000"}, "VESTIBULE_PORT is 70000: 0 to 65535 are possible."),
        ({"VESTIBULE_THREADS": "0"}, "VESTIBULE_THREADS is 0: 1 to 1000 are possible."),
        ({"VESTIBULE_DATABASE": "site.db"}, "VESTIBULE_DATABASE: This is no address"),
        ({"VESTIBULE_BREACHED_PASSWORDS": "http://u:hush@here/range"}, "VESTIBULE_BREACHED_PASS"),
        (
            {"VESTIBULE_DATABASE": "postgresql://site:hush/x"},
            "VESTIBULE_DATABASE: This is no address",
        ),
    ],
)
def test_a_wrong_option_is_named(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(StartRefused) as refusal:
        read_options({}, environment)
    assert str(refusal.value).startswith(sentence)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("port = 1.5", "VESTIBULE_PORT is 1.5, which is not a whole number."),
        ("host = 7", "VESTIBULE_HOST is no text"),
        ("metrics_token = 9876543210987654321098", "VESTIBULE_METRICS_TOKEN is no text"),
        ("database = ['postgresql://site:9876543210@db/site']", "VESTIBULE_DATABASE is no text"),
        ("port = ", "cannot be read"),
    ],
)
def test_a_wrong_config_file_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(StartRefused, match=sentence) as refusal:
        read_options({"instance": tmp_path}, {})
    assert "9876543210" not in str(refusal.value), "P10"


def test_an_empty_variable_is_no_variable() -> None:
    assert read_options({}, {"VESTIBULE_PORT": ""}).port == Options.port
