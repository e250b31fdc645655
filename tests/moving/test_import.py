"""Second steps of before are those of now."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import delete, select

from tests.moving.conftest import SECRETS, MakeOldHost, OldHost
from tests.stories import HostMaker
from vestibule import EventKind
from vestibule.authenticators import importing
from vestibule.authenticators.importing import Outcome, Wanted, outlook, take_over
from vestibule.authenticators.models import Authenticator
from vestibule.foundation.keyring import Keyring
from vestibule.subjects.models import Subject

TABLE = ("table", "--table", "old", "--user", "id", "--secret", "totp_secret")


def uri(name: str, **given: str) -> str:
    return pyotp.TOTP(SECRETS[name]).provisioning_uri(name=name, issuer_name="Acme") + "".join(
        f"&{key}={value}" for key, value in given.items()
    )


def csv_of(*rows: tuple[str, str]) -> str:
    return "".join(f"{user},{address}\n" for user, address in rows)


@pytest.mark.requirement("TOTP-15")
def test_the_code_of_before_is_asked_for_and_passes(old_everywhere: OldHost) -> None:
    old = old_everywhere
    ann = old.person("ann")
    old.has_old_table({"id": ann.user_id, "secret": SECRETS["ann"].lower()})
    said = old.imports(*TABLE, "--write")
    assert "1 authenticators taken over, 0 were there already, 0 refused." in said
    old.waits()
    assert ann.enters_password().path == "/verify-2fa"
    assert ann.enters_code().path == "/dashboard"
    (row,) = old.host.rows(Authenticator)
    assert SECRETS["ann"].encode() not in row.ciphertext
    (event,) = old.host.events(EventKind.AUTHENTICATOR_IMPORTED)
    assert event.subject_id == ann.subject_id
    assert SECRETS["ann"] not in str(event)
    assert "You have no backup codes yet." in ann.opens("/backup-codes").html
    ann.makes_new_backup_codes()
    assert len(ann.papers.backup_codes) == 10


def test_without_write_nothing_changes(old: OldHost) -> None:
    ann = old.person("ann")
    old.has_old_table({"id": ann.user_id, "secret": SECRETS["ann"]}, {"id": "77", "secret": "x"})
    before = old.host.snapshot()
    said = old.imports(*TABLE)
    assert "1 authenticators would be taken over" in said
    assert "row 2, 77: The secret is not base32." in said
    assert "--write" in said
    assert old.host.snapshot() == before


def test_a_second_run_adds_nothing(old: OldHost) -> None:
    ann, bob = old.person("ann"), old.person("bob")
    old.has_old_table({"id": ann.user_id, "secret": SECRETS["ann"]})
    old.imports(*TABLE, "--write")
    before = old.host.snapshot()
    assert "0 authenticators taken over, 1 were there" in old.imports(*TABLE, "--write")
    assert old.host.snapshot() == before
    old.sql(
        "INSERT INTO old VALUES (:id, :secret, true)", {"id": bob.user_id, "secret": SECRETS["bob"]}
    )
    assert "1 authenticators taken over, 1 were there" in old.imports(*TABLE, "--write")


@pytest.mark.requirement("TOTP-7")
def test_a_code_of_the_moment_of_the_import_is_spent(old: OldHost) -> None:
    """The other program may have taken it a second ago, from a phone that is a step ahead too."""
    ann = old.person("ann")
    old.imports("file", "-", "--write", input=csv_of((ann.user_id, uri("ann"))))
    ann.enters_password()
    for offset in (-1, 0, 1):
        page = ann.enters_code(ann.code(offset))
        assert page.path == "/verify-2fa", offset
        assert page.status == 422
    assert not ann.is_signed_in()


@pytest.mark.requirement("SES-10")
def test_sessions_and_sign_ins_from_before_the_import_end(old: OldHost) -> None:
    ann, bob = old.person("ann"), old.person("bob")
    ann.enters_password()
    bob.enters_password()
    old.imports("file", "-", "--write", input=csv_of((ann.user_id, uri("ann"))))
    assert not ann.is_signed_in(), "a session of the password alone outlived the second step"
    assert bob.is_signed_in()


def test_every_refusal_says_whose_and_why(old: OldHost) -> None:
    ann, bob, carl = (old.person(name) for name in ("ann", "bob", "carl"))
    carl.enters_password()
    carl.sets_up()
    rows = csv_of(
        ("99", uri("ann")),
        (ann.user_id, uri("ann", digits="8")),
        (bob.user_id, "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"),
        (carl.user_id, uri("bob")),
        ("", uri("bob")),
        (uri("bob"), ann.user_id),
        (SECRETS["bob"], uri("bob")),
    )
    said = old.imports("file", "-", "--write", input=rows)
    assert "row 1, 99: There is no such user." in said
    assert f"row 2, {ann.user_id}: Only SHA-1, 6 digits and 30 seconds" in said
    assert f"row 3, {bob.user_id}: The secret has 80 bits, fewer than 128" in said
    assert f"row 4, {carl.user_id}: The person set up an authenticator here already." in said
    assert "row 5, : No user is named." in said
    assert said.count("a user that looks like a secret") == 2
    assert "0 authenticators taken over, 0 were there already, 7 refused." in said
    assert len(old.host.rows(Authenticator)) == 1


def test_short_secrets_are_taken_and_counted(old: OldHost) -> None:
    ann = old.person("ann")
    old.has_old_table({"id": ann.user_id, "secret": SECRETS["ann"][:26]})
    assert "1 of the secrets are shorter than the 160 bits" in old.imports(*TABLE, "--write")


def test_who_never_finished_the_set_up_is_passed_over(old: OldHost) -> None:
    """The tutorial's table has a secret for everybody, and a column that says who uses it."""
    ann, bob = old.person("ann"), old.person("bob")
    old.has_old_table(
        {"id": ann.user_id, "secret": SECRETS["ann"], "on": True},
        {"id": bob.user_id, "secret": SECRETS["bob"], "on": False},
        {"id": "3", "secret": None},
        {"id": "4", "secret": ""},
    )
    said = old.imports(*TABLE, "--switched-on", "is_on", "--write")
    assert "1 authenticators taken over, 0 were there already, 0 refused." in said
    assert bob.enters_password().path == "/dashboard"


def test_what_the_person_removed_is_not_given_again(old: OldHost) -> None:
    ann = old.person("ann")
    rows = csv_of((ann.user_id, uri("ann")))
    old.imports("file", "-", "--write", input=rows)
    with old.host.engine.begin() as connection:
        connection.execute(delete(Authenticator))
    for _ in range(2):
        said = old.imports("file", "-", "--write", input=rows)
        assert "The person removed this authenticator after an earlier import." in said
    assert old.host.rows(Authenticator) == []


def test_several_phones_of_one_person_and_not_more_than_may_be(old: OldHost) -> None:
    ann = old.person("ann")
    secrets = [pyotp.random_base32() for _ in range(6)]
    rows = csv_of(
        *((ann.user_id, f"otpauth://totp/a?secret={one}") for one in [*secrets, secrets[0]])
    )
    said = old.imports("file", "-", "--write", input=rows)
    assert "5 authenticators taken over, 1 were there already, 1 refused." in said
    assert "as many authenticators as it may have" in said


def test_another_key_of_encryption_finds_what_the_older_one_wrote(
    old: OldHost, make: HostMaker
) -> None:
    ann = old.person("ann")
    rows = csv_of((ann.user_id, uri("ann")))
    old.imports("file", "-", "--write", input=rows)
    keys = [Keyring.new_text(), *old.host.app.config["VESTIBULE_KEYS"]]
    later = OldHost(old.host.restarted(VESTIBULE_KEYS=keys))
    assert "1 were there already" in later.imports("file", "-", "--write", input=rows)


def test_a_kill_in_the_middle_loses_nothing_and_a_rerun_finishes(
    old: OldHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vestibule.cli.importing.BATCH", 2)
    people = [old.person(f"person{number}") for number in range(5)]
    rows = csv_of(*((one.user_id, f"otpauth://totp/a?secret={SECRETS['ann']}") for one in people))
    real, calls = importing.record, []

    def killed(*given: object, **named: object) -> None:
        calls.append(None)
        if len(calls) == 4:  # in the second batch, between a row and its event
            raise KeyboardInterrupt
        real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "record", killed)
    assert old.says("import", "file", "-", "--write", input=rows).exit_code == 1
    monkeypatch.setattr(importing, "record", real)
    found = len(old.host.rows(Authenticator))
    assert found == len(old.host.events(EventKind.AUTHENTICATOR_IMPORTED)) == 2
    said = old.imports("file", "-", "--write", input=rows)
    assert "3 authenticators taken over, 2 were there already" in said


def test_a_file_is_read_as_it_comes(old: OldHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not more than a batch is in memory, however long the file is."""
    seen: list[int] = []

    def judged(_: object, batch: list[Wanted]) -> list[Outcome]:
        seen.append(len(batch))
        return [Outcome.NEW] * len(batch)

    monkeypatch.setattr("vestibule.cli.importing.outlook", judged)
    ann = old.person("ann")
    rows = "".join(f'{{"user": "{ann.user_id}", "otpauth": "{address(n)}"}}\n' for n in range(250))
    assert "250 authenticators would" in old.imports("file", "-", input=rows)
    assert seen == [100, 100, 50]


def address(number: int) -> str:
    return f"otpauth://totp/a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK{number + 1000:04d}".translate(
        str.maketrans("0189", "ABCD")
    )


def test_the_dry_run_says_what_the_run_does(old: OldHost) -> None:
    ann = old.person("ann")
    services = old.host.services
    batch = [Wanted(ann.user_id, SECRETS["ann"]), Wanted("unheard of", SECRETS["bob"])]
    for _ in range(2):
        assert outlook(services, batch) == take_over(services, batch)
    assert SECRETS["ann"] not in repr(batch)


@pytest.mark.requirement("TOTP-8")
def test_of_two_imports_at_once_one_adds_each_secret(old_everywhere: OldHost) -> None:
    services = old_everywhere.host.services
    batch = [Wanted(str(number), SECRETS["ann"]) for number in range(20)]
    start = Barrier(4)

    def imports(turned: bool) -> list[Outcome]:
        start.wait()
        return take_over(services, batch[::-1] if turned else batch)

    with ThreadPoolExecutor(4) as pool:
        outcomes = [one for found in pool.map(imports, [False, True] * 2) for one in found]
    assert sorted(outcomes) == [Outcome.NEW] * 20 + [Outcome.THERE] * 60
    assert len(old_everywhere.host.rows(Authenticator)) == 20


def test_a_person_who_sets_up_meanwhile_keeps_their_own(old: OldHost) -> None:
    ann = old.person("ann")
    ann.enters_password()
    page = ann.opens("/setup-2fa")
    old.imports("file", "-", "--write", input=csv_of((ann.user_id, uri("ann"))))
    code = ann.fresh_code(page.secret)
    page = ann.sends(page, page.form(with_field="totp_code"), totp_code=code)
    assert page.path == "/login", "a sign-in from before the import set up another second step"
    assert len(old.host.rows(Authenticator)) == 1


def test_a_stamp_keeps_two_users_of_one_key_apart(make_old_host: MakeOldHost) -> None:
    old = make_old_host()
    ann = old.person("ann")
    installed = old.host.app.extensions["vestibule"]
    installed.users._user_stamp, installed.users.has_stamps = (lambda user: user.username), True
    old.imports("file", "-", "--write", input=csv_of((ann.user_id, uri("ann"))))
    said = old.imports(
        "file",
        "-",
        "--write",
        input=csv_of((f"{ann.user_id}#ann", uri("ann")), ("1#eve", uri("ann"))),
    )
    assert "1 were there already, 1 refused" in said
    assert "row 2, 1#eve: There is no such user." in said
    with old.host.engine.connect() as connection:
        assert connection.scalars(select(Subject.user_id)).all() == [f"{ann.user_id}#ann"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("table", "--table", "nowhere", "--user", "id", "--secret", "s"), "nowhere"),
        (("table", "--table", "user", "--user", "id", "--secret", "no_such"), "no_such"),
        (("table", "--table", "user", "--user", "id", "--secret", "s", "--from", "::"), "--from"),
        (
            ("table", "--table", "u", "--user", "i", "--secret", "s", "--from", "a://b"),
            "driver|addr",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    old: OldHost, words: tuple[str, ...], why: str
) -> None:
    result = old.says("import", *words)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert any(one in result.output for one in why.split("|"))
    assert "Traceback" not in result.output


@pytest.mark.requirement("LOG-4")
def test_a_row_that_cannot_be_read_is_not_quoted(old: OldHost) -> None:
    old.has_old_table({"id": "1", "secret": SECRETS["ann"]})
    old.sql("UPDATE old SET totp_secret = CAST(totp_secret || x'ff' AS TEXT)")
    result = old.says("import", *TABLE)
    assert result.exit_code == 1
    assert "Error: The table old cannot be read: " in result.output
    assert SECRETS["ann"] not in result.output


def test_before_the_upgrade_it_says_what_to_run(old: OldHost) -> None:
    old.sql("DELETE FROM vestibule_version")
    result = old.says("import", "file", "-", input="")
    assert result.exit_code == 1
    assert "flask vestibule db upgrade" in result.output


def test_another_database_is_read_where_one_is_named(
    old: OldHost, make_old_host: MakeOldHost
) -> None:
    other = make_old_host()
    ann = old.person("ann")
    other.has_old_table({"id": ann.user_id, "secret": SECRETS["ann"]})
    assert "1 authenticators taken" in old.imports(*TABLE, "--from", other.host.url, "--write")


PASSLIB_SECRETS = {"1": "TjQ9Qa31VOrfEzuPy4VHQWPCTmRzCnFzMKLxXYiZu9B"}


def wrapped(secret: str, **others: object) -> str:
    """What Flask-Security-Too stores: the JSON of passlib, encrypted."""
    totp = pytest.importorskip("passlib.totp", exc_type=ImportError).TOTP
    made = totp.using(secrets=PASSLIB_SECRETS)(key=secret, format="base32", **others)
    return str(made.to_json(encrypt=True))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_second_steps_of_flask_security(
    old: OldHost, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ann, bob = old.person("ann"), old.person("bob")
    rows = [
        (ann.user_id, "authenticator", wrapped(SECRETS["ann"])),
        (
            bob.user_id,
            "google_authenticator",
            json.dumps({"v": 1, "type": "totp", "key": SECRETS["bob"]}),
        ),
        ("3", "sms", wrapped(SECRETS["ann"])),
        ("4", None, None),
        ("5", "authenticator", wrapped(SECRETS["ann"], digits=8)),
        ("6", "authenticator", "{not json"),
        ("7", "authenticator", wrapped(SECRETS["ann"]).replace('"1"', '"2"')),
        ("8", "authenticator", None),
    ]
    old.sql("CREATE TABLE fs (id TEXT, tf_primary_method TEXT, tf_totp_secret TEXT)")
    for user, method, secret in rows:
        old.sql("INSERT INTO fs VALUES (:u, :m, :s)", {"u": user, "m": method, "s": secret})
    command = ("flask-security", "--table", "fs", "--write")
    said = old.imports(*command)
    assert f"row 1, {ann.user_id}: The secret is encrypted: give SECURITY_TOTP_SECRETS." in said
    assert "1 authenticators taken over" in said  # bob's, which is readable
    file = tmp_path_factory.mktemp("secrets") / "secrets.json"
    file.write_text(json.dumps(PASSLIB_SECRETS))
    said = old.imports(*command, "--secrets", str(file))
    assert "1 authenticators taken over, 1 were there already, 5 refused." in said
    assert "row 3, 3: The second step was no app" in said
    assert "row 5, 5: Only SHA-1, 6 digits" in said
    assert "row 6, 6: The secret cannot be read." in said
    assert "row 7, 7: The secret cannot be decrypted with these secrets." in said
    assert "row 8, 8: There is no secret." in said
    old.waits()
    ann.enters_password()
    assert ann.enters_code().path == "/dashboard"
