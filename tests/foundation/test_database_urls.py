"""What is taken for the address of a database, with one host and with several."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, make_url

from vestibule import database_url
from vestibule.foundation.database_urls import checked_url, parsed_url

SEVERAL = [
    "postgresql://ada:secret@one:5432,two:5433/site?target_session_attrs=read-write",
    "postgres://ada:secret@one,two:5433/site?target_session_attrs=read-write",
    "postgresql+psycopg://ada:secret@one:5432,two:5433/site",
    "postgresql+psycopg://ada:secret@/site?host=one:5432&host=two:5433",
    "postgresql://ada:secret@/site?host=one,two&port=5432,5433",
    "postgresql+psycopg2://ada:secret@/site?host=one&host=two:5433",
]


def asked(url: str) -> dict[str, object]:
    """What the driver would be asked to connect to."""
    checked = checked_url(url)
    (_, given) = create_engine(checked).dialect.create_connect_args(checked)
    return {name: value for name, value in given.items() if name != "context"}


@pytest.mark.parametrize("url", SEVERAL)
def test_several_hosts_are_named_in_libpqs_way_and_in_sqlalchemys(url: str) -> None:
    wanted = {
        "host": "one,two",
        "port": "5432,5433",
        "dbname": "site",
        "user": "ada",
        "password": "secret",
        "target_session_attrs": "read-write",
    }
    assert asked(url) == wanted
    # What was understood once is understood again: it is handed on as text.
    assert asked(database_url(url)) == wanted
    assert asked(make_url(database_url(url)).render_as_string(hide_password=False)) == wanted


def test_addresses_of_hosts_may_be_of_version_six() -> None:
    found = asked("postgresql://ada@[::1]:5432,[fe80::2]/site")
    assert (found["host"], found["port"]) == ("::1,fe80::2", "5432,5432")


def test_what_else_stands_in_the_address_stays() -> None:
    found = asked("postgresql://ada:p,w%40@one,two/site?sslmode=verify-full&options=-c%20a%3Db")
    assert (found["password"], found["sslmode"], found["options"]) == (
        "p,w@",
        "verify-full",
        "-c a=b",
    )


def test_a_comma_in_a_password_is_no_second_host() -> None:
    assert asked("postgresql://ada:p,w@one/site")["host"] == "one"


def test_a_socket_is_no_list_of_hosts() -> None:
    found = asked("postgresql://ada@/site?host=/run/postgresql")
    assert found["host"] == "/run/postgresql"
    assert "target_session_attrs" not in found


@pytest.mark.parametrize(
    "url",
    [
        "site.db",
        "postgresql://ada:secret@one:secret,two/site",
        "postgresql://ada:secret@one,,two/site",
        "postgresql://ada:secret@one:1,two:/site",
        "postgresql://ada:secret@/site?host=one,two,three&port=1,2",
        "postgresql://ada:secret@/site?host=one:1&host=two:2&port=1,2",
        "postgresql://ada:secret:5432/site",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"with several hosts postgresql://.+two") as told:
        parsed_url(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("wanted", ["any", "standby", "prefer-standby", "read-only"])
def test_a_standby_is_not_read_from(wanted: str) -> None:
    with pytest.raises(ValueError, match="target_session_attrs=read-write"):
        checked_url(f"postgresql://ada@one,two/site?target_session_attrs={wanted}")


def test_the_primary_may_be_asked_for() -> None:
    found = asked("postgresql://ada@one,two/site?target_session_attrs=primary")
    assert found["target_session_attrs"] == "primary"
