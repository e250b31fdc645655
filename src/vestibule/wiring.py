"""How an application is wired: services made, rules added, hooks set. Read top-down."""

import functools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, g, has_app_context, request, url_for
from flask import session as flask_session
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from vestibule import login_gate
from vestibule.audit.sealer import Sealer
from vestibule.audit.signing import sign_events_of, sign_other_events_by
from vestibule.audit.sinks import sink_of
from vestibule.foundation.clock import Clock, DatabaseClock
from vestibule.foundation.database import Database, Unavailable
from vestibule.foundation.hashing import Hasher, default_slots
from vestibule.foundation.keyring import Keyring, Source
from vestibule.foundation.services import Services
from vestibule.foundation.under_test import a_test_runs
from vestibule.host import behind_https, handover, neighbours
from vestibule.host import tables as host_tables
from vestibule.host.by_passkey import user_of
from vestibule.host.fitting_keys import FittingKeys
from vestibule.host.mails import write_as_asked
from vestibule.host.rules import add_rules
from vestibule.host.users import Users
from vestibule.notices.courier import Courier
from vestibule.notices.transports import Transport, findings_about, transport_of
from vestibule.notices.values import NOTICES, Later
from vestibule.recovery import flows as recovery
from vestibule.settings import Finding, Misconfigured, Settings
from vestibule.web import headers
from vestibule.web.addresses import address, kept_addresses
from vestibule.web.csrf import refuse_what_no_page_sends
from vestibule.web.errors import register_errors, register_errors_on
from vestibule.web.host_session import PRE_SESSION
from vestibule.web.kept_pages import Kept
from vestibule.web.language import template_globals
from vestibule.web.request_state import Runtime, state

if TYPE_CHECKING:
    from vestibule.notices.sending import Round

PURGE_EVERY = 600.0
"""Seconds between two looks of one process for rows whose time is over."""


class Installed:
    """What ``app.extensions["vestibule"]`` holds."""

    runtime: Runtime

    def __init__(self, users: Users, findings: list[Finding]) -> None:
        self.users = users
        self.findings = findings
        self.database_url = ""
        self.db: Any = None
        self.is_checked = False
        self.told_of_proxy = False
        self.purged_at = time.monotonic()
        self.send_notices: Callable[[], Round] | None = None
        """One round of sending; None where no mails are sent."""
        self.courier: Courier | None = None
        self.sealer: Sealer | None = None
        self.addresses = kept_addresses()
        self.kept_pages: Kept = {}


def wire(
    app: Flask,
    db: Any,
    settings: Settings,
    installed: Installed,
    clock: Clock,
    hasher: Hasher | None,
) -> None:
    """Add everything to ``app``. What is missing becomes a finding, told at the first request."""
    installed.db = db
    installed.findings += findings_about(settings)
    pages = _pages(settings)
    app.register_blueprint(pages)
    neighbours.exempt_from_csrf_protect(app, pages)
    neighbours.join_migrate(app)
    register_errors(app, every_answer=settings.headers == "all")
    login_gate.install(app)
    # Before the host's own: they may ask who the user is, and must not ask an unguarded manager.
    app.before_request_funcs.setdefault(None, []).insert(0, _before_request)
    _run_last(app)
    handover.guard_dispatch(app)
    try:
        installed.database_url = _database_url(app, db, settings)
        if installed.findings:
            return
        source = app.config.get("VESTIBULE_KEYS")
        services = _services(
            installed.database_url, settings, clock, hasher, source if callable(source) else None
        )
    except ValueError as error:
        installed.findings.append(Finding("VESTIBULE", str(error), "do what the sentence says."))
        return
    if db is not None and not settings.database:
        host_tables.join(db)
        host_tables.watch_users(db)
    installed.runtime = Runtime(
        services=services,
        login_url=_login_url,
        session=login_gate.session_that_counts,
        demand=login_gate.demand_now,
        user_of_key=user_of,
        sign_out_url=lambda: _sign_out_url(settings),
        account_name=lambda: installed.users.name(current_user),
        host_holds_a_write=lambda: host_tables.holds_a_write(db),
    )
    installed.sealer = Sealer(functools.partial(_seal, services))
    transport = transport_of(settings.mail)
    if transport:
        installed.send_notices = functools.partial(_send_notices, app, installed, transport)
        installed.courier = Courier(installed.send_notices)


# What threads and rare moments need is loaded by them; `host.rules.load_all` does it ahead.


def _seal(services: Services) -> None:
    from vestibule.audit.sealing import seal

    seal(services)


def _send_notices(app: Flask, installed: Installed, transport: Transport) -> "Round":
    from vestibule.notices.sending import send_due

    services = installed.runtime.services

    def link(kind: str, token: str) -> str | None:
        """Of the site that the configuration names, or none: a request's Host header is whatever
        its sender wrote there (REC-6). And none where the host cannot do what it promises."""
        base = services.settings.base_url.rstrip("/")
        endpoint = "vestibule.not_me_link"
        if NOTICES[kind].stops_recovery:
            endpoint = "vestibule.stop_recovery_link"
        elif installed.users.disable_password is None:
            return None
        path = app.url_map.bind("").build(endpoint, {"token": token})
        return base + path if base else None

    def write(later: Later) -> None:
        with app.app_context():
            write_as_asked(later)

    return send_due(services, transport, link, write)


def _run_last(app: Flask) -> None:
    """Flask runs what was registered first last: then no cookie of the host's comes after us."""
    functions = app.after_request_funcs.setdefault(None, [])
    if _after_request in functions:
        functions.remove(_after_request)
    functions.insert(0, _after_request)


def _services(
    database_url: str,
    settings: Settings,
    clock: Clock,
    hasher: Hasher | None,
    key_source: Source | None,
) -> Services:
    database = Database(database_url, pool_size=settings.pool_size)
    services = Services(
        settings=settings,
        clock=clock,
        database=database,
        database_clock=DatabaseClock(database),
        keyring=Keyring(
            settings.keys, key_source and FittingKeys(key_source, database, settings.keys)
        ),
        hasher=hasher
        or Hasher(
            slots=settings.hash_slots or default_slots(),
            waiting=settings.hash_waiting,
            folder=_hash_folder(settings),
        ),
        event_sink=sink_of(settings.event_stream),
    )
    sign_events_of(database.engine, services)
    return services


def _database_url(app: Flask, db: Any, settings: Settings) -> str:
    if settings.database:
        return settings.database
    if db is None:
        raise ValueError("Vestibule has no database: pass db, or set VESTIBULE_DATABASE.")
    with app.app_context():
        url: str = db.engine.url.render_as_string(hide_password=False)
    return url


def _hash_folder(settings: Settings) -> Path:
    if settings.hash_folder != Path():
        return settings.hash_folder
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"vestibule-{user}"


def _pages(settings: Settings) -> Blueprint:
    pages = Blueprint(
        "vestibule",
        "vestibule.web",
        url_prefix=settings.url_prefix or None,
        template_folder="templates",
        static_folder="static",
        static_url_path="/vestibule",
    )
    pages.before_request(refuse_what_no_page_sends)
    register_errors_on(pages)
    add_rules(pages)
    return pages


def _login_url(next_url: str | None) -> str | None:
    view = current_app.login_manager.login_view  # type: ignore[attr-defined]
    if not view:
        return None
    if "/" in view:
        return str(view)
    return url_for(view, next=next_url) if next_url else url_for(view)


def _sign_out_url(settings: Settings) -> str | None:
    if not settings.sign_out_endpoint:
        return None
    try:
        signed_in = state().session is not None
    except Unavailable:
        signed_in = False
    return address(settings.sign_out_endpoint) if signed_in else None


def _before_request() -> None:
    installed: Installed = current_app.extensions["vestibule"]
    if not installed.is_checked:
        _check_once(installed)
    behind_https.warn_of_uncounted_proxy()
    # A login manager made after us took the guard's place: without the guard Flask-Login would
    # believe its own cookies.
    login_gate.install(current_app)
    if current_app.after_request_funcs[None][0] is not _after_request:
        _run_last(current_app)


def _check_once(installed: Installed) -> None:
    """What is wrong is told at the first request, when all extensions are there; each time."""
    # A page may be asked for whatever is found: the one that says that something broke.
    current_app.jinja_env.globals.update(template_globals())
    found = findings_now(current_app)
    if found:
        raise Misconfigured(found)
    neighbours.exempt_from_csrf_protect(current_app, current_app.blueprints["vestibule"])
    installed.is_checked = True


def findings_now(app: Flask) -> list[Finding]:
    """Everything that is wrong with an application: its settings, and what it is together with."""
    installed: Installed = app.extensions["vestibule"]
    found = [*installed.findings, *neighbours.findings_about(app)]
    found += host_tables.findings_about(installed.db, installed.users)
    found += behind_https.findings_about(app)
    if hasattr(installed, "runtime"):
        settings = installed.runtime.services.settings
        for name in ("sign_out_endpoint", "password_endpoint"):
            endpoint = getattr(settings, name)
            if endpoint and endpoint not in app.view_functions:
                setting = f"VESTIBULE_{name.upper()}"
                found.append(
                    Finding(setting, f"{endpoint!r} is no view.", f'{setting} = "account.change"')
                )
    if getattr(app, "login_manager", None) is None:
        found.append(Finding("Flask-Login", "There is no LoginManager.", "LoginManager(app)"))
    if app.config.get("LOGIN_DISABLED") and not app.testing:
        found.append(
            Finding("LOGIN_DISABLED", "Every page is open to everybody.", "LOGIN_DISABLED = False")
        )
    return found


def _after_request(response: Response) -> BaseResponse:
    # As Flask-Login's own hook, whose place the guard took: Flask then says "Vary: Cookie", without
    # which a cache may give the page of one person to the next.
    flask_session.get(PRE_SESSION)
    installed: Installed = current_app.extensions["vestibule"]
    if not hasattr(installed, "runtime"):
        return response
    settings = installed.runtime.services.settings
    ours = request.blueprint == "vestibule"
    answer: BaseResponse = response
    if "_vestibule" in g:
        answer = handover.after_view(response)
        state().write_cookies(answer)
        _purge_sometimes(installed, answer)
        _send_soon(installed)
        _seal_soon(installed)
    if settings.headers == "all" or ours or answer is not response:
        # A file that is not there is answered with a page.
        is_file = request.endpoint in ("vestibule.static", "static") and answer.status_code < 400
        headers.secure(answer, https=settings.secure, is_static=is_file)
    return answer


def _send_soon(installed: Installed) -> None:
    """From the first answer of a process on its own thread sends; not where a test runs, whose
    database goes when it ends."""
    courier = installed.courier
    if courier is None or courier.is_started:
        return
    if installed.runtime.services.settings.mail_thread and not a_test_runs():
        courier.start()


def _seal_soon(installed: Installed) -> None:
    """In a minute; not where a test runs, as above."""
    sealer = installed.sealer
    if sealer and not sealer.is_due and not a_test_runs():
        sealer.soon()


def _purge_sometimes(installed: Installed, answer: BaseResponse) -> None:
    """Rows whose time is over go, after an answer was sent, so that nobody waits for it."""
    if time.monotonic() - installed.purged_at < PURGE_EVERY:
        return
    installed.purged_at = time.monotonic()
    services = installed.runtime.services

    def purge_all() -> None:
        from vestibule.host.purging import purge

        try:
            purge(services)
            if services.settings.recovery_after:
                recovery.tell_of_open_ones(services)
        except Unavailable:
            installed.purged_at = 0.0

    answer.call_on_close(purge_all)


def _services_of_this_application() -> Services | None:
    if not has_app_context():
        return None
    installed: Installed | None = current_app.extensions.get("vestibule")
    return installed.runtime.services if installed and hasattr(installed, "runtime") else None


sign_other_events_by(_services_of_this_application)
