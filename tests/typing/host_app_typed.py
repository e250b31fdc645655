"""A host whose types are checked as strictly as mypy and pyright can, with every public name.

Nothing of it is run: that both accept it is the test. ``assert_type`` says what must not be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, assert_type

from flask import Flask, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, create_engine
from wtforms import PasswordField, StringField

from vestibule import (
    Administration,
    Budget,
    Busy,
    CsrfRefused,
    DatabaseIsNewer,
    EventKind,
    EventRecorded,
    Form,
    LastAdministrator,
    Link,
    LinkRefused,
    Misconfigured,
    PasswordTry,
    Purpose,
    RecoveryUnderWay,
    Required,
    Returning,
    SessionOver,
    SigninContext,
    Text,
    ThisSession,
    TooManyTries,
    Unavailable,
    Vestibule,
    bound_waits,
    check_csrf,
    csrf_token,
    database_url,
    event_recorded,
    fresh_required,
    new_key,
    safe_next,
    second_step_required,
    stored_key_ids,
    upgrade_database,
)
from vestibule.testing import (
    AuthenticatorApp,
    MovableClock,
    authenticator,
    cheap_hashes,
    csrf_token_of,
    movable_clock,
    signed_in,
    temporary_database,
)


class User:
    """A user of the host, with an attribute that only the host knows."""

    id: int = 1
    email: str = "ann@example.org"
    password: str = ""
    is_staff: bool = False
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


def key_of(user: User) -> int:
    return user.id


def stamp_of(user: User) -> datetime:
    return user.created_at


app = Flask(__name__)
vestibule = Vestibule(user_key=key_of, user_stamp=stamp_of)
vestibule.init_app(app)
INVITATIONS = Budget(kind="i", reason="Invitations.", limit=20, window=timedelta(hours=24))


@vestibule.policy
def policy(user: User, context: SigninContext) -> Literal["off", "required"] | Required:
    if "mfa" in context.amr or context.method == "oidc":
        return "off"
    return "required" if user.is_staff else Required(since=date(2027, 1, 31), by_link=True)


assert_type(policy(User(), SigninContext()), Literal["off", "required"] | Required)


@vestibule.policy  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportUntypedFunctionDecorator]
def words_only(_user: User, _context: SigninContext) -> str:
    """A policy may say only the words there are."""
    return "perhaps"


@vestibule.addresses
def addresses(user: User) -> list[str]:
    return [user.email]


@vestibule.password_disabled
def disable_password(user: User) -> None:
    user.password = ""


@vestibule.confirmed_address
def confirmed_address(user: User) -> str | None:
    return user.email


class LoginForm(Form):
    username = StringField()
    password = PasswordField()


@app.post("/login")
def login() -> ResponseReturnValue:
    form = LoginForm(username="ann")
    user = User()
    if assert_type(form.validate_on_submit(), bool):
        with vestibule.password_try(form.username.data or "", user) as attempt:
            assert_type(attempt, PasswordTry)
            right: bool = attempt.check("stored", form.password.data or "")
            if right and attempt.needs_rehash:
                assert_type(attempt.hash("password"), str)
            attempt.passed()
            vestibule.came_by("oidc", amr=["mfa"])
    told = vestibule.returning()
    if told:
        assert_type(told, Returning)
        return f"{told.why} {told.name}"
    return redirect(safe_next(request.args.get("next")) or "/")


@app.get("/report/<int:year>")
@second_step_required
def report(year: int) -> str:
    asked = vestibule.recovery_under_way()
    if asked:
        assert_type(asked, RecoveryUnderWay)
        return f"{asked.opens_at} {asked.stop_url}"
    session = vestibule.this_session()
    if session:
        assert_type(session, ThisSession)
        assert_type(session.signed_in_at, datetime)
        return session.level
    return f"{year}"


@app.post("/transfer")
@fresh_required(minutes=10, reason=Text("You are about to transfer money."), asks_again=["iban"])
def transfer(amount: int, *, to: str) -> ResponseReturnValue:
    check_csrf(request.form.get("csrf_token"))
    return f"{amount} {to} {csrf_token()}"


@fresh_required()
async def later(amount: int) -> str:
    return f"{amount}"


# A decorated view is what it was before.
as_before: Callable[[int], str] = report
assert_type(report(2026), str)
transfer(1, to="ann")
transfer("1", to="ann")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@vestibule.written_later("lost")
def lost(email: str) -> None:
    vestibule.keyed_hash("mail", email)


def what_only_the_host_knows(user: User, connection: Connection) -> None:
    vestibule.password_changed(user)
    vestibule.password_changed(user, connection=connection)
    vestibule.sign_out_everywhere(user)
    vestibule.reopen_codes(user)
    vestibule.addresses_changed(user)
    vestibule.email_changed(user)
    vestibule.email_changed(user, connection=connection)
    vestibule.hold_session(user, connection=connection)
    vestibule.write_later("lost", {"email": "ann@example.org"}, lifetime=timedelta(hours=1))
    words = ["You are invited.", "https://example.org/in"]
    vestibule.mail(user, "ann@example.org", "Come in", words, lifetime=timedelta(days=1))
    vestibule.forget(user)
    assert_type(vestibule.enrolment_link(user), str)
    vestibule.record(EventKind.ACCOUNT_CREATED, user, connection=connection)
    vestibule.spend((INVITATIONS, "ann"), (INVITATIONS, None))
    vestibule.refuse_if_busy()
    with vestibule.spending((INVITATIONS, None)) as slot:
        assert_type(slot.hash("password"), str)
    assert_type(vestibule.readiness(), dict[str, bool])
    assert_type(vestibule.request_id(), str)
    assert_type(vestibule.keyed_hash("purpose", "text"), str)
    app.context_processor(vestibule.template_variables)
    assert_type(vestibule.render_template("page.html", name="x"), str)
    assert_type(vestibule.say("text"), str)
    assert_type(vestibule.moment(datetime.now(UTC)), str)


@event_recorded.connect
def a_link_in_a_mail(user: User) -> str:
    return vestibule.one_time_link(user, Purpose.PASSWORD, "reset", lifetime=timedelta(hours=1))


@app.route("/reset", methods=["GET", "POST"])
def reset() -> ResponseReturnValue:
    opened = vestibule.open_link(Purpose.PASSWORD)
    if opened is not None:
        return opened
    try:
        link = vestibule.held_link(Purpose.PASSWORD)
        assert_type(link, Link)
        assert_type(link.user_id, str)
    except LinkRefused:
        return Text("Ask for a new link."), 410
    return "a form"


def new_password(link: Link, user: User, connection: Connection) -> bool:
    try:
        vestibule.use_link(link, user, Purpose.PASSWORD, connection=connection)
        vestibule.password_changed(user, connection=connection)
    except (LinkRefused, SessionOver):
        return False
    return True


def heard(kind: EventKind, event: EventRecorded) -> None:
    assert_type(event.kind, EventKind)
    assert_type(event.at, datetime)
    assert_type(event.subject_id, str | None)


class Staff(Administration):
    def is_administrator(self, user: User) -> bool:
        return user.is_staff

    def users(self, typed: str, after: str, most: int) -> Sequence[User]:
        return [User()][: most - len(typed + after)]

    def user(self, key: str) -> User | None:
        return User() if key else None

    def disable(self, user: User, by: User, record: Callable[[Connection], None]) -> None:
        raise LastAdministrator


vestibule.administration(Staff())


def trouble(error: Exception) -> str:
    match error:
        case TooManyTries():
            return f"{error.retry_at:%H:%M}"
        case Busy() | Unavailable():
            return f"{error.retry_after} s"
        case Misconfigured():
            return "\n".join(finding.fix for finding in error.findings)
        case CsrfRefused() | DatabaseIsNewer():
            return str(error)
        case _:
            return ""


def operations() -> None:
    address = assert_type(database_url("sqlite:////tmp/site.db"), str)
    bound_waits(create_engine(address))
    upgrade_database(address)
    missing = stored_key_ids("sqlite:////tmp/site.db") - {new_key()}
    assert_type(len(missing), int)


class OwnClient(FlaskClient):
    """A host's own test client stays what it is."""


def a_test(client: OwnClient, user: User) -> None:
    assert_type(signed_in(client, user, level="aal2"), OwnClient)
    phone = authenticator(user, app)
    assert_type(phone, AuthenticatorApp)
    assert_type(phone.code(), str)
    phone.enters_code(client)
    clock = movable_clock(app)
    assert_type(clock, MovableClock)
    clock.moves(minutes=11)
    cheap_hashes(app)
    assert_type(temporary_database(Path()), str)
    assert_type(csrf_token_of(client, "/login"), str)
