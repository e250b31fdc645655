"""Setting up an authenticator: the QR code, the key, the first code."""

from dataclasses import dataclass

from flask import Blueprint, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from vestibule.authenticators import enrolment
from vestibule.authenticators.clock_diagnosis import diagnose
from vestibule.authenticators.enrolment import EnrolmentOver, Offer, TooManyAuthenticators
from vestibule.authenticators.enrolment_uri import grouped, provisioning_uri, qr_svg
from vestibule.authenticators.flows import MOST_AUTHENTICATORS, WrongCode, of_subject
from vestibule.authenticators.forms import SetupForm
from vestibule.authenticators.values import (
    DEFAULT_NAME,
    MalformedCode,
    clean_name,
    name_problem,
    read_code,
)
from vestibule.sessions.values import LiveSession
from vestibule.signin import enrolling
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.stages import Pending, PendingOver, Stage
from vestibule.signin.values import safe_next
from vestibule.signin.views import why_over
from vestibule.web.pages import after_sign_in, lead_back, page, see_other
from vestibule.web.request_state import runtime, state


def register(pages: Blueprint) -> None:
    """Add the rules of this folder."""
    pages.add_url_rule("/setup-2fa", "setup", setup, methods=["GET", "POST"])


@dataclass(frozen=True)
class _Person:
    """Who sets up: somebody who must at the end of a sign-in, or somebody signed in."""

    holder: Pending | LiveSession
    account_name: str

    @property
    def must(self) -> bool:
        return isinstance(self.holder, Pending)

    @property
    def next_url(self) -> str:
        wanted = self.holder.next_url if isinstance(self.holder, Pending) else None
        return safe_next(wanted) or after_sign_in()

    @property
    def over(self) -> PendingOver | None:
        """What is kept of a sign-in that ended meanwhile."""
        if isinstance(self.holder, Pending):
            return PendingOver(self.holder.account_name, self.holder.next_url)
        return None


def setup() -> Response:
    """One page: install an app, scan, enter the code. Reloads keep the key (TOTP-13)."""
    person = _person()
    if not isinstance(person, _Person):
        return person
    services, origin = runtime().services, state().origin
    form = SetupForm()
    try:
        if isinstance(person.holder, LiveSession):
            enrolling.require_fresh(services, person.holder)
        offer = enrolment.offer(services, person.holder.id, person.holder.subject_id, origin)
        if form.validate_on_submit():
            token = _try(person, form, offer)
            if token:
                if isinstance(person.holder, Pending):
                    state().open_session(token, person.holder)
                else:
                    state().renew_session(token)
                return see_other(url_for("vestibule.backup_codes", next=person.next_url))
    except NotFresh:
        return see_other(url_for("vestibule.confirm", next=url_for("vestibule.setup")))
    except EnrolmentOver:
        # Confirmed in another tab meanwhile: by now the secret protects something (TOTP-16).
        return see_other(url_for("vestibule.setup"))
    except SigninOver:
        return lead_back("This sign-in is over. Sign in again.", person.over)
    return _show(person, form, offer)


def _person() -> _Person | Response:
    pending, session = state().pending, runtime().session()
    # A live pending sign-in is what this browser is doing now, whatever session it still holds.
    if isinstance(pending, Pending):
        if pending.stage is Stage.ENROLMENT:
            return _Person(pending, pending.account_name)
        # L04: between the steps of an account that has a factor, no secret is ever shown.
        return see_other(url_for("vestibule.verify"))
    if session:
        return _Person(session, runtime().account_name())
    if isinstance(pending, PendingOver):
        return lead_back(why_over(pending), pending)
    return lead_back("Sign in first.", PendingOver("", url_for("vestibule.setup")))


def _try(person: _Person, form: SetupForm, offer: Offer) -> str | None:
    """The session's token if the first code is right; else None, with the words in the form."""
    services, origin = runtime().services, state().origin
    problem = name_problem(form.name.data or "")
    if problem:
        form.name.errors = [problem]
        return None
    name = clean_name(form.name.data or "")
    try:
        code = read_code(form.totp_code.data or "")
        if offer.is_new:
            # The key that the code was made with is gone.
            form.form_errors.append("That key was shown too long ago. Scan this new one.")
            return None
        if isinstance(person.holder, Pending):
            return enrolling.from_signin(services, person.holder, code, name, origin)
        return enrolling.from_session(services, person.holder, code, name, origin)
    except MalformedCode as error:
        form.totp_code.errors = [error.sentence]
    except WrongCode:
        # Here the answer may be exact: nothing is protected by this secret yet.
        fault = diagnose(offer.secret, code, services.clock.now())
        form.totp_code.errors = [
            fault.sentence()
            if fault
            else "That code is not right. Check that the app shows the entry you just added, and "
            "enter the code it shows now."
        ]
    except TooManyAuthenticators:
        form.form_errors.append(
            f"An account has at most {MOST_AUTHENTICATORS} authenticators, and yours has them."
        )
    return None


def _show(person: _Person, form: SetupForm, offer: Offer) -> Response:
    settings = runtime().services.settings
    uri = provisioning_uri(offer.secret, person.account_name, settings.issuer)
    if form.name.data is None:
        form.name.data = DEFAULT_NAME
    stored = []
    if not person.must:
        with runtime().services.database.read() as connection:
            stored = of_subject(connection, person.holder.subject_id)
    return page(
        "setup.html",
        422 if form.errors else 200,
        form=form,
        qr=Markup(qr_svg(uri)),  # noqa: S704 - made here by segno, from nothing that could be markup
        key=offer.secret,
        key_groups=grouped(offer.secret),
        uri=uri,
        account_name=person.account_name,
        must=person.must,
        authenticators=stored,
        skip_url=None if person.must else after_sign_in(),
        minutes=int(settings.enrolment_lifetime.total_seconds() // 60),
    )
