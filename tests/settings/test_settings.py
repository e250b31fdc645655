"""Settings: what is wrong is told all at once, each with the line that mends it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_login import LoginManager

from vestibule import Misconfigured, Vestibule, new_key
from vestibule.configuration import read_settings

GOOD = {"SECRET_KEY": "x" * 32, "VESTIBULE_KEYS": [new_key()]}


def found(**config: object) -> dict[str, str]:
    _, findings = read_settings(GOOD | config)
    return {finding.setting: finding.fix for finding in findings}


def test_three_settings_are_enough() -> None:
    settings, findings = read_settings(GOOD | {"VESTIBULE_ISSUER": "Acme"})
    assert findings == []
    assert settings.issuer == "Acme"
    assert settings.session_idle == timedelta(hours=1)


@pytest.mark.requirement("CFG-1")
@pytest.mark.parametrize("secret", [None, "", "changeme", "secret", "short", b"dev", "Password"])
def test_a_secret_key_that_can_be_guessed_stops_the_start(secret: object) -> None:
    assert "secrets.token_hex" in found(SECRET_KEY=secret)["SECRET_KEY"]


@pytest.mark.requirement("URI-2")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEYS", []),
        ("ISSUER", "Acme: the site"),
        ("ISSUER", ""),
        ("ISSUER", "a name of more than twenty"),
        ("POLICY", "sometimes"),
        ("POLICY_SINCE", "soon"),
        ("POLICY_SINCE", 20270131),
        ("ADOPT_UNTIL", "soon"),
        ("ADOPT_UNTIL", "2027-01-31T09:00"),
        ("POLICY_SINCE", "2027-01-31T09:00"),
        ("ENROLMENT_LINK_LIFETIME", 0),
        ("TOTP_WINDOW", 2),
        ("TOTP_WINDOW", -1),
        ("TOTP_WINDOW", "wide"),
        ("HEADERS", "some"),
        ("BASE_URL", "acme.example"),
        ("BASE_URL", "ftp://acme.example"),
        ("BASE_URL", "http://acme.example"),
        ("SESSION_IDLE", 0),
        ("SESSION_ABSOLUTE", timedelta(0)),
        ("PENDING_LIFETIME", -5),
        ("ENROLMENT_LIFETIME", "soon"),
        ("BACKUP_CODES", 0),
        ("BACKUP_CODES", 51),
        ("POOL_SIZE", None),
        ("URL_PREFIX", 3),
    ],
)
def test_what_is_wrong_is_found_and_told_with_its_line(name: str, value: object) -> None:
    setting = f"VESTIBULE_{name}"
    assert setting in found(**{setting: value})[setting]


@pytest.mark.requirement("P10")
@pytest.mark.parametrize(
    ("name", "value"),
    [("MAIL", ["smtp://m:hush@mail.example.org"]), ("DATABASE", {"url": "hush"}), ("KEYS", 7474)],
)
def test_what_may_hold_a_secret_is_not_repeated(name: str, value: object) -> None:
    _, findings = read_settings(GOOD | {f"VESTIBULE_{name}": value})
    assert [one.setting for one in findings][:1] == [f"VESTIBULE_{name}"]
    assert not any("hush" in str(one) or "7474" in str(one) for one in findings)


def test_all_of_it_is_told_at_once() -> None:
    _, findings = read_settings({"VESTIBULE_POLICY": "never", "VESTIBULE_HEADERS": "none"})
    told = str(Misconfigured(findings))
    for name in ("SECRET_KEY", "VESTIBULE_KEYS", "VESTIBULE_POLICY", "VESTIBULE_HEADERS"):
        assert f"  - {name}: " in told


@pytest.mark.parametrize("base", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80"])
def test_plain_http_is_for_this_machine(base: str) -> None:
    assert found(VESTIBULE_BASE_URL=base) == {}


def test_values_may_be_written_as_the_environment_has_them() -> None:
    settings, findings = read_settings(
        GOOD
        | {
            "VESTIBULE_TOTP_WINDOW": "0",
            "VESTIBULE_SESSION_IDLE": "900",
            "VESTIBULE_KEYS": new_key(),
            "VESTIBULE_HASH_FOLDER": "/var/lib/acme",
        }
    )
    assert findings == []
    assert (settings.totp_window, len(settings.keys)) == (0, 1)
    assert settings.session_idle == timedelta(minutes=15)
    assert settings.hash_folder == Path("/var/lib/acme")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        (date(2027, 1, 31), date(2027, 1, 31)),
        ("2027-01-31T09:00:00+00:00", datetime(2027, 1, 31, 9, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_date_may_be_written_in_several_ways(given: object, read: date | None) -> None:
    settings, findings = read_settings(
        GOOD | {"VESTIBULE_POLICY": "required", "VESTIBULE_POLICY_SINCE": given}
    )
    assert findings == []
    assert settings.policy_since == read


@pytest.mark.parametrize("policy", ["off", "optional"])
def test_a_date_for_what_is_never_required_is_a_mistake(policy: str) -> None:
    fixes = found(VESTIBULE_POLICY=policy, VESTIBULE_POLICY_SINCE="2027-01-31")
    assert fixes == {"VESTIBULE_POLICY_SINCE": 'VESTIBULE_POLICY = "required"'}


def application(**config: object) -> Flask:
    app = Flask("app", static_folder=None)
    app.config.update(GOOD | {"VESTIBULE_DATABASE": "sqlite:////tmp/never-made.db"} | config)
    app.add_url_rule("/", "index", lambda: "open")
    app.testing = True  # errors reach the test
    return app


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"VESTIBULE_DATABASE": ""}, "pass db, or set VESTIBULE_DATABASE"),
        ({"VESTIBULE_DATABASE": "sqlite://"}, "Give a file instead"),
        ({"VESTIBULE_DATABASE": "mysql://localhost/acme"}, "SQLite or PostgreSQL"),
        ({"VESTIBULE_KEYS": ["not a key"]}, "An encryption key is"),
        ({"VESTIBULE_HASH_FOLDER": "/dev/null/folder"}, "cannot hold the hashing slots"),
    ],
)
def test_services_that_cannot_be_made_are_told_at_the_first_request(
    config: dict[str, object], words: str
) -> None:
    app = application(**config)
    LoginManager(app)
    Vestibule(app)
    with pytest.raises(Misconfigured, match=words):
        app.test_client().get("/")


def test_an_application_without_a_login_manager_is_told(tmp_path: Path) -> None:
    app = application(VESTIBULE_HASH_FOLDER=str(tmp_path))
    Vestibule(app)
    with pytest.raises(Misconfigured, match=r"LoginManager\(app\)"):
        app.test_client().get("/")
