"""``Vestibule(app, db)``: wires the house to a Flask application."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, current_app, request, url_for
from flask import session as flask_session
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from vestibule.admin.adapter import Administration
from vestibule.audit import flows as audit
from vestibule.audit.values import Details, EventKind
from vestibule.configuration import read_settings
from vestibule.foundation.budgets import Budget, Refused, Try, spend
from vestibule.foundation.clock import Clock, SystemClock
from vestibule.foundation.database import after_commit
from vestibule.foundation.hashing import Hasher, Slot
from vestibule.host import contacts, mails
from vestibule.host.links import enrolment_link, one_time_link, use_link
from vestibule.host.neighbours import refuse_quart
from vestibule.host.policies import checked_context, checked_decide, decide_by
from vestibule.host.users import AddressesOf, KeyOf, Users
from vestibule.one_time_tokens.values import Link, Purpose
from vestibule.sessions.flows import hold
from vestibule.sessions.values import LiveSession, SigninContext
from vestibule.signin.errors import SessionOver, TooManyTries
from vestibule.signin.forgetting import forget
from vestibule.signin.hashing_slots import refuse_if_full
from vestibule.signin.leaving import end_everything, end_everything_on
from vestibule.signin.password_try import PasswordTry, password_try
from vestibule.signin.policy import Decide
from vestibule.subjects.flows import ensure_on, locked
from vestibule.web.client import address_key
from vestibule.web.held_links import held_link, open_link
from vestibule.web.language import moment, say
from vestibule.web.pages import RETURNING, recovery_under_way, render, variables
from vestibule.web.request_state import origin_now, runtime, state
from vestibule.wiring import Installed, wire


@dataclass(frozen=True)
class ThisSession:
    """What a page may show of the session it is opened with."""

    signed_in_at: datetime
    level: str
    """``aal2`` where the second step was passed, ``aal1`` where there was none to pass, or where a
    trusted browser stood for it."""
    second_step_due: datetime | None = None
    """When the account needs a second step, where it has none and that is still to come."""
    phishing_resistant: bool = False
    """Whether the second step was a passkey. Codes of an app, backup codes and mails never are."""


@dataclass(frozen=True)
class RecoveryUnderWay:
    """Somebody wants to replace the second step of whoever is signed in."""

    asked_at: datetime
    opens_at: datetime
    """From then on they can, if nobody stops it."""
    address: str
    """The network address that it was asked from."""
    stop_url: str
    """A POST there with a field ``csrf_token`` stops it."""


@dataclass(frozen=True)
class Returning:
    """Why somebody was led back to sign in, and the name they had typed."""

    why: str
    name: str


DecideT = TypeVar("DecideT", bound=Decide)
AddressesT = TypeVar("AddressesT", bound=AddressesOf)
WriteT = TypeVar("WriteT", bound=Callable[..., object])
DisableT = TypeVar("DisableT", bound=Callable[[Any], object])


class Vestibule:
    """The second step for a Flask application.

    ``Vestibule(app, db)`` or, in a factory, ``vestibule.init_app(app, db)``, after Flask-Login's
    ``LoginManager``. From then on ``login_user()`` is the first step of a sign-in, and
    ``@login_required`` means that every step was passed.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        *,
        user_key: KeyOf | None = None,
        user_stamp: KeyOf | None = None,
        clock: Clock | None = None,
        hasher: Hasher | None = None,
    ) -> None:
        """``user_key(user)`` is the user's lasting key where it is not the primary key of a mapped
        class or ``user.id``; ``user_stamp(user)`` is what tells apart two users who have one key
        after the other, such as the time of creation.
        """
        self._user_key, self._user_stamp = user_key, user_stamp
        self._clock = clock or SystemClock()
        self._hasher = hasher
        self._decide: Decide | None = None
        self._addresses_of: AddressesOf | None = None
        self._disable_password: Callable[[Any], object] | None = None
        self._confirmed_address_of: AddressesOf | None = None
        self._administration: Administration | None = None
        self._users: list[Users] = []
        self._apps: list[Flask] = []
        self._written_later: dict[str, Callable[..., object]] = {}
        if app is not None:
            self.init_app(app, db)

    def init_app(self, app: Flask, db: Any = None) -> None:
        """Wire one application. ``db`` is its Flask-SQLAlchemy object and tells the database;
        without it ``VESTIBULE_DATABASE`` names one.

        What is wrong with the configuration is told at the first request, all at once.
        """
        refuse_quart(app)
        settings, findings = read_settings(app.config)
        users = Users(
            lambda user, context: (self._decide or decide_by(settings))(user, context),
            self._user_key,
            self._user_stamp,
        )
        users.addresses_of = self._addresses_of or users.addresses_of
        users.disable_password = self._disable_password
        users.confirmed_address_of = self._confirmed_address_of
        users.administration = self._administration
        users.written_later = self._written_later
        self._users.append(users)
        app.extensions["vestibule"] = installed = Installed(users, findings)
        wire(app, db, settings, installed, self._clock, self._hasher)
        self._apps.append(app)
        if self._administration:
            _mount_administration(app, settings.url_prefix)

    def policy(self, decide: DecideT) -> DecideT:
        """Decorator: ``decide(user, context)`` says "off", "optional", "required",
        "phishing_resistant" or ``Required(...)`` for one account and the way it came in
        (``SigninContext``).

        Asked at each sign-in, and at each request of a session without a passkey. Raises
        TypeError for a function that does not take these two.
        """
        self._decide = checked_decide(decide)
        return decide

    def addresses(self, function: AddressesT) -> AddressesT:
        """Decorator: ``function(user)`` says where mails about a user go: an address, several, or
        None. Without it that is ``user.email``. Asked at each sign-in and where the host speaks of
        a user; what it said last is kept, so that a changed address still tells the old one.
        """
        self._addresses_of = function
        for users in self._users:
            users.addresses_of = function
        return function

    def password_disabled(self, function: DisableT) -> DisableT:
        """Decorator: ``function(user)`` makes the user's password open nothing, until a reset sets
        a new one. Called when somebody says "This wasn't me"; it must bear being called twice. What
        it raises leaves everything as it was.
        """
        self._disable_password = function
        for users in self._users:
            users.disable_password = function
        return function

    def confirmed_address(self, function: AddressesT) -> AddressesT:
        """Decorator: ``function(user)`` says which one of the user's addresses was confirmed: that
        the user reads its mails. None where none was. Only with it, and for addresses that notices
        go to, there is recovery with a waiting time.
        """
        self._confirmed_address_of = function
        for users in self._users:
            users.confirmed_address_of = function
        return function

    def administration(self, given: Administration) -> None:
        """Mount the pages for administrators at ``/admin``, behind ``VESTIBULE_URL_PREFIX``.
        ``given`` says who is one, and finds the users. Administrators must have a second step,
        whatever the policy says. To be called once, before the first request.
        """
        self._administration = given
        for app, users in zip(self._apps, self._users, strict=True):
            users.administration = given
            _mount_administration(app, app.blueprints["vestibule"].url_prefix or "")

    def addresses_changed(self, user: Any) -> None:
        """Say that mails about a user go elsewhere now: the old addresses are told, and the new
        ones. Without it that happens at the next sign-in.
        """
        contacts.keep(_users().key(user), contacts.contact_now(user))

    def mail(
        self,
        user: Any,
        to: str,
        subject: str,
        paragraphs: Sequence[str],
        *,
        lifetime: timedelta,
        connection: Connection | None = None,
    ) -> None:
        """Send a mail of the host's own to a user, by the way that notices go: with
        ``connection`` (as for :meth:`record`) it stands or falls with that transaction. What it
        says is encrypted until it is sent, since it may hold a link; a paragraph that is a link of
        this site can be clicked. After ``lifetime`` it is not sent any more.

        Raises ValueError where ``VESTIBULE_MAIL`` is empty or ``to`` is no address, and
        ``Unavailable``.
        """
        mails.post(_users().key(user), to, subject, paragraphs, lifetime, connection)

    def readiness(self) -> dict[str, bool]:
        """For each part whether it is in order: ``database``, ``tables``, ``keys``, ``clock``. For
        the address that a load balancer asks: where one is False, nobody can sign in here now.
        Four short statements; raises nothing.
        """
        from vestibule.host.readiness import readiness  # which needs Alembic

        return readiness(runtime().services)

    def request_id(self) -> str:
        """What events and error pages call this request; for the host's own log."""
        return state().origin.request_id

    def written_later(self, name: str) -> Callable[[WriteT], WriteT]:
        """Decorator: ``function(**said)`` is called by whoever sends mails, for what
        :meth:`write_later` left under this name. It may look up, make a link, and :meth:`mail`;
        events that it records come from where the request came. It must bear being called twice.
        """

        def decorated(function: WriteT) -> WriteT:
            self._written_later[name] = function
            return function

        return decorated

    def write_later(
        self,
        name: str,
        said: Mapping[str, str],
        *,
        lifetime: timedelta,
        connection: Connection | None = None,
    ) -> None:
        """Leave a mail to be written when mails are sent, by the function of this name: a request
        that must not tell whose an address is does the same work for all (ENUM-2). What is
        ``said`` is encrypted until then. After ``lifetime`` it is not written any more.

        ``connection`` and what is raised as for :meth:`mail`.
        """
        if name not in self._written_later:
            raise ValueError(f"Nothing writes {name!r}: @vestibule.written_later({name!r})")
        mails.leave(name, said, lifetime, connection)

    def came_by(self, method: str, amr: Sequence[str] = ()) -> None:
        """Say how the user came, in the request that calls ``login_user()``, before or after it:
        ``came_by("oidc", amr=["mfa"])``. The policy hears it, then and as long as the session
        lasts. An account that has a second step passes it in any case.

        Raises ValueError for what cannot be kept: a method of more than 40 characters, values with
        blanks in them, or more than 255 characters of them.
        """
        current = state()
        current.context = checked_context(method, amr)
        first = current.first_step
        if first:
            now = runtime().services.clock.now()
            asked = _users().demand(current_user, current.context, now)
            current.first_step = first._replace(context=current.context, demand=asked)

    def enrolment_link(self, user: Any) -> str:
        """A new link with which a user sets up the first authenticator: for a policy that says
        ``Required(by_link=True)``. Links made before are void; it works once, for
        ``VESTIBULE_ENROLMENT_LINK_LIFETIME``, and not after a changed password.

        Raises ValueError without ``VESTIBULE_BASE_URL``, and for an account that has a second step.
        """
        return enrolment_link(user)[0]

    def one_time_link(
        self,
        user: Any,
        purpose: Purpose,
        endpoint: str,
        *,
        lifetime: timedelta,
        about: str = "",
        connection: Connection | None = None,
    ) -> str:
        """A new link to a view of the host's own, for a mail to a user. Links made before for this
        purpose are void; it works once, for ``lifetime``, and not after anything that ends the
        user's sessions, such as a changed password. ``about`` comes back as ``link.about``: the
        address that the link goes to, at most 254 characters. With ``connection`` (as for
        :meth:`record`) it stands or falls with that transaction.

        Raises ValueError without ``VESTIBULE_BASE_URL``.
        """
        return one_time_link(user, purpose, endpoint, lifetime, about, connection)

    def open_link(self, purpose: Purpose) -> Response | None:
        """First thing in that view: where the address brings a token, an answer that puts it into a
        cookie and leads to the clean address; else None. Nothing is used up: programs that look
        at mails open every link.
        """
        return open_link(purpose)

    def held_link(self, purpose: Purpose) -> Link:
        """The link that this browser opened; ``link.user_id`` is its user's key as text.

        Raises ``LinkRefused`` where it does not work, or not any more.
        """
        return held_link(purpose)

    def use_link(self, link: Link, user: Any, purpose: Purpose, *, connection: Connection) -> None:
        """Use a link up in the host's transaction, with the change that it is for; of any number
        of tries at once one gets through. Raises ``LinkRefused``, which must undo the change.

        ``connection`` is that transaction's, as for :meth:`record`.
        """
        use_link(connection, link, user, purpose)

    @contextmanager
    def password_try(self, name: str, user: Any | None) -> Iterator[PasswordTry]:
        """One try of a password for the name as typed, and for the user it belongs to, if any.

        Takes a hashing slot, then a try from the budgets of the name, the account and the address,
        or from the browser's own where somebody signed in to this account with it before.
        Within the block, ``attempt.check(stored_hash, password)`` compares (or the host compares
        itself and calls ``attempt.passed()``), then ``login_user(user)``. Raises ``TooManyTries``
        (answered with 429), ``Busy`` and ``Unavailable`` (503).
        """
        current = state()
        current.context = SigninContext()
        with password_try(
            runtime().services,
            name=name,
            user_id=_users().key(user) if user is not None else None,
            address_key=_address(),
            origin=current.origin,
            known_cookie=current.known_cookie,
        ) as attempt:
            # The login gate reads it: what was revoked since this moment wins over the password.
            current.attempt = attempt
            yield attempt

    def refuse_if_busy(self) -> None:
        """Raise ``Busy`` (503) at once where a password cannot be hashed now: for the beginning of
        a request that asks for that.

        ``password_try`` and ``spending`` do so too, but only after form and account were read, and
        in a flood of sign-ins that is most of the work. A browser that some account knows passes.
        Raises ``Unavailable`` too.
        """
        refuse_if_full(runtime().services, state().known_cookie)

    @contextmanager
    def spending(self, *tries: tuple[Budget, str | None]) -> Iterator[Slot]:
        """A hashing slot, then a try from each budget: for work that strangers can ask for.

        A budget's subject is printable ASCII of at most 128 characters; None is the client's
        address (IPv6 by /64). Raises as :meth:`password_try`.
        """
        with runtime().services.hasher.slot() as slot:
            self.spend(*tries)
            yield slot

    def spend(self, *tries: tuple[Budget, str | None]) -> None:
        """Take a try from each budget, or none and raise ``TooManyTries`` (answered with 429)."""
        services = runtime().services
        taken = spend(
            services.database,
            services.clock.now(),
            [Try(budget, subject or _address()) for budget, subject in tries],
        )
        if isinstance(taken, Refused):
            raise TooManyTries(taken.kind, taken.retry_at)

    def keyed_hash(self, purpose: str, text: str) -> str:
        """HMAC of ``text`` under a key of this purpose: a budget's subject for what was typed."""
        return runtime().services.keyring.mac(purpose, text)

    def record(
        self,
        kind: EventKind,
        user: Any | None,
        *,
        connection: Connection,
        details: Details | None = None,
    ) -> None:
        """Write an event about a user, or about nobody (None), into the host's own transaction: it
        stands or falls with it.

        ``connection`` is that transaction's, on the database that Vestibule uses too. Raises
        ValueError for ``details`` that the catalogue of events does not have for this kind.
        """
        services = runtime().services
        now = services.clock.now()
        subject_id = None
        if user is not None:
            subject_id = ensure_on(connection, now, _users().key(user)).id
            contacts.keep_on(connection, now, subject_id, contacts.contact_now(user))
        audit.record(
            connection, now, kind, origin=origin_now(), subject_id=subject_id, details=details
        )

    def password_changed(self, user: Any, *, connection: Connection | None = None) -> None:
        """Say that the host changed a user's password: every other session and every sign-in
        between the steps ends, on every node, at the next request (P7). The session of this
        request goes on if it is that user's.

        With ``connection``, as for :meth:`record`, it is one transaction with the change; raises
        ``SessionOver``, which must undo the change, where this request's session ended meanwhile.
        """
        if connection is None:
            _end_everything(user, EventKind.PASSWORD_CHANGED)
            return
        keep = _session_of(user)
        services, origin, kind = runtime().services, state().origin, EventKind.PASSWORD_CHANGED
        key, known, now = _users().key(user), state().known_cookie, services.clock.now()
        subject_id = ensure_on(connection, now, key).id
        contacts.keep_on(connection, now, subject_id, contacts.contact_now(user))
        names = _users().names(user)
        token = end_everything_on(connection, services, key, kind, origin, keep, known, names)
        if token:
            renew = state().renew_session_with_host
            after_commit(connection, lambda: renew(token))

    def email_changed(self, user: Any, *, connection: Connection | None = None) -> None:
        """Say that the host changed the address by which a user signs in or gets a new password:
        the old address is told, and the new one; links made before are void, and every other
        session ends. ``user`` has the new address already.

        ``connection`` and ``SessionOver`` as for :meth:`password_changed`.
        """
        keep = _session_of(user)
        if connection is not None:
            self._email_changed(connection, user, keep)
            return
        with runtime().services.database.write() as own:
            self._email_changed(own, user, keep)

    def _email_changed(self, connection: Connection, user: Any, keep: LiveSession | None) -> None:
        services, current, key = runtime().services, state(), _users().key(user)
        subject, kind = locked(connection, services.clock.now(), key), EventKind.EMAIL_CHANGED
        token = contacts.replace_telling(
            connection,
            subject.id,
            contacts.contact_now(user),
            lambda: end_everything_on(
                connection, services, key, kind, current.origin, keep, current.known_cookie
            ),
        )
        if token:
            after_commit(connection, lambda: current.renew_session(token))

    def hold_session(self, user: Any, *, connection: Connection) -> None:
        """Keep this request's session from being ended until the host's transaction is over, for a
        change that only somebody who is still signed in may make. To be called after the first
        write of the transaction.

        Raises ``SessionOver``, which must undo the change, where it ended meanwhile or is not this
        user's.
        """
        session = _session_of(user)
        if session is None or not hold(connection, session):
            raise SessionOver

    def sign_out_everywhere(self, user: Any) -> None:
        """End every session of a user but the one of this request."""
        _end_everything(user, EventKind.SIGNED_OUT_EVERYWHERE)

    def reopen_codes(self, user: Any) -> None:
        """Let browsers that never signed in to this account try codes again, after they used up
        what they had together: the owner says that it was them, or somebody who may decide it.
        """
        from vestibule.signin.code_try import reopen

        reopen(runtime().services, _users().key(user), state().origin)

    def forget(self, user: Any, *, connection: Connection | None = None) -> None:
        """Say that a user is gone where no ORM event told it: nothing of the account stays usable.
        With ``connection`` (as for :meth:`record`) it is one transaction with the deletion.

        Deleting a user through Flask-SQLAlchemy's session needs no call.
        """
        services, key = runtime().services, _users().key(user)
        if connection is not None:
            forget(connection, services.clock.now(), key, state().origin)
            return
        with services.database.write() as own:
            forget(own, services.clock.now(), key, state().origin)

    def this_session(self) -> ThisSession | None:
        """The session of this request; None for somebody who is not signed in."""
        session, demand = runtime().session(), state().session_demand
        if session is None:
            return None
        factors = session.factors
        is_one_step = factors.second_step_at is None and factors.trusted_by is None
        due = demand.due if demand and is_one_step else None
        by_passkey = factors.by_passkey
        return ThisSession(session.created_at, session.level.value, due, by_passkey)

    def recovery_under_way(self) -> RecoveryUnderWay | None:
        """What a page of the host shows to whoever is signed in while somebody wants to replace
        their second step, so that they can stop it; None where nobody does.
        """
        found = recovery_under_way()
        if found is None:
            return None
        stop_url = url_for("vestibule.stop_recovery")
        return RecoveryUnderWay(found.asked_at, found.opens_at, found.address, stop_url)

    def returning(self) -> Returning | None:
        """Why somebody was led back to the sign-in page; told once."""
        told = flask_session.pop(RETURNING, None)
        return Returning(told["why"], told["name"]) if told else None

    def say(self, text: str) -> str:
        """A text of Vestibule's own in the language of this request."""
        return say(text)

    def moment(self, at: datetime) -> str:
        """A date and a time in words, in the language of this request, the zone in the text."""
        return moment(at)

    def template_variables(self) -> dict[str, Any]:
        """What ``vestibule/base.html`` needs; for ``app.context_processor``."""
        return variables()

    def render_template(self, name: str, /, **context: Any) -> str:
        """As Flask's ``render_template``, for a page with many texts of ``vestibule_text``: those
        without values are put in when the template is compiled, once for each language.
        """
        return render(name, **context)


def _end_everything(user: Any, kind: EventKind) -> None:
    services, current, keep = runtime().services, state(), _session_of(user)
    key, known = _users().key(user), current.known_cookie
    contacts.keep(key, contacts.contact_now(user))
    names = _users().names(user)
    token = end_everything(services, key, kind, current.origin, keep, known, names)
    if token:
        current.renew_session(token)


def _session_of(user: Any) -> LiveSession | None:
    """The session of this request, if it is this user's, and good for them under today's policy."""
    # Without one nobody is looked up: that could sign somebody in, in the midst of a transaction.
    session = runtime().session() if state().session else None
    if session is None or session.user_id != _users().key(user):
        return None
    # Where get_id() changes with the password, what the session holds opens nothing any more.
    login_id: str = current_app.login_manager.login_id(user)  # type: ignore[attr-defined]
    return session._replace(login_id=login_id)


def _users() -> Users:
    installed: Installed = current_app.extensions["vestibule"]
    return installed.users


def _address() -> str:
    return address_key(request.remote_addr or "")


def _mount_administration(app: Flask, url_prefix: str) -> None:
    # Only an application that has these pages loads them.
    from vestibule.admin_pages import views

    views.mount(app, url_prefix)
