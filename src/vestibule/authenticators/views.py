"""Setting up an authenticator: the QR code, the key, the first code."""

from typing import cast

from flask import request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from vestibule.authenticators import enrolment
from vestibule.authenticators.changing import NoSuchAuthenticator
from vestibule.authenticators.clock_diagnosis import diagnose
from vestibule.authenticators.enrolment import EnrolmentOver, Offer, TooManyAuthenticators
from vestibule.authenticators.enrolment_uri import QR_TITLE, grouped, provisioning_uri, qr_svg
from vestibule.authenticators.flows import MOST_AUTHENTICATORS, WrongCode, of_subject
from vestibule.authenticators.forms import SetupForm
from vestibule.authenticators.values import (
    DEFAULT_NAME,
    MalformedCode,
    clean_name,
    name_problem,
    read_code,
)
from vestibule.host.contacts import confirmed_address
from vestibule.one_time_tokens.values import Link, LinkRefused, Purpose
from vestibule.one_time_tokens.views import link_words
from vestibule.passkeys.values import relying_party
from vestibule.recovery import finishing
from vestibule.recovery.values import RecoveryRefused
from vestibule.sessions.values import LiveSession
from vestibule.signin import enrolling
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.factors import shown_by_another
from vestibule.signin.flows import Opened
from vestibule.signin.stages import Pending, Stage
from vestibule.texts import Text
from vestibule.web.language import say
from vestibule.web.leading_on import stage_url
from vestibule.web.pages import (
    lead_back,
    page,
    see_other,
)
from vestibule.web.request_state import runtime, state
from vestibule.web.setting_up import (
    RECOVERY_OVER,
    NotOffered,
    Person,
    link_of,
    time_left,
    who_sets_up,
)


def setup() -> Response:
    """One page: install an app, scan, enter the code. Reloads keep the key (TOTP-13)."""
    person = who_sets_up()
    if not isinstance(person, Person):
        return person
    if isinstance(person.holder, Pending) and person.holder.stage is Stage.PASSKEY_ENROLMENT:
        return see_other(stage_url(person.holder.stage))
    services, origin = runtime().services, state().origin
    replaces = None if person.is_first else request.values.get("replaces") or None
    form = SetupForm(data={"next": person.next_url, "replaces": replaces})
    here = url_for("vestibule.setup", next=person.next_url, replaces=replaces)
    try:
        link = link_of(person)
        if isinstance(person.holder, LiveSession):
            enrolling.require_fresh(services, person.holder)
        offer = enrolment.offer(services, person.holder.id, person.holder.subject_id, origin)
        if form.validate_on_submit():
            passed = _try(person, form, offer, link, replaces)
            if passed:
                if isinstance(passed, Opened):
                    state().open_session(passed, cast(Pending, person.holder))
                else:
                    state().renew_session(passed)
                state().drop_link(Purpose.ENROLMENT)
                return see_other(url_for("vestibule.backup_codes", next=person.next_url))
    except (NotOffered, LinkRefused) as closed:
        return _show_closed(person, closed)
    except NotFresh:
        return see_other(url_for("vestibule.confirm", next=here))
    except NoSuchAuthenticator:
        return see_other(url_for("vestibule.authenticators"))
    except EnrolmentOver:
        # Confirmed in another tab meanwhile: by now the secret protects something (TOTP-16).
        return see_other(here)
    except SigninOver:
        return lead_back(Text("This sign-in is over. Sign in again."), person.over)
    except RecoveryRefused:
        return lead_back(RECOVERY_OVER, person.over)
    return _show(person, form, offer)


def _show_closed(person: Person, closed: NotOffered | LinkRefused) -> Response:
    """No secret, but how to come by one."""
    issuer = runtime().services.settings.issuer
    if isinstance(closed, LinkRefused):
        title, message = Text("This link does not work"), link_words(closed.fault)
    elif person.demand.by_link:
        title, message = Text("Your second step waits for a link"), link_words(None)
    else:
        title = Text("No second step for this account")
        message = Text("%(issuer)s does not offer a second step for your account.", issuer=issuer)
    return page(
        "setup_closed.html",
        403,
        title=title,
        message=message,
        must=person.must,
        skip_url=None if person.must else person.next_url,
        **time_left(person),
    )


def _try(
    person: Person, form: SetupForm, offer: Offer, link: Link | None, replaces: str | None
) -> Opened | str | None:
    """The session or its new token if the first code is right; else None, and words in the form."""
    services, origin = runtime().services, state().origin
    problem = name_problem(form.name.data or "")
    if problem:
        form.name.errors = [problem]
        return None
    name = clean_name((form.name.data or "").strip() or say(DEFAULT_NAME))
    try:
        code = read_code(form.totp_code.data or "")
        if offer.is_new:
            # The key that the code was made with is gone.
            form.form_errors.append(Text("That key was shown too long ago. Scan this new one."))
            return None
        cookie = state().known_cookie
        if isinstance(person.holder, Pending) and person.recovers:
            mailbox = confirmed_address(person.holder)
            return finishing.finish(services, person.holder, mailbox, code, name, origin, cookie)
        if isinstance(person.holder, Pending):
            return enrolling.from_signin(services, person.holder, code, name, origin, link, cookie)
        return enrolling.from_session(
            services, person.holder, code, name, origin, link, cookie, replaces
        )
    except MalformedCode as error:
        form.totp_code.errors = [error.sentence]
    except WrongCode:
        # Here the answer may be exact: nothing is protected by this secret yet.
        form.totp_code.errors = [_why_wrong(person, offer, code)]
    except TooManyAuthenticators:
        form.form_errors.append(
            Text(
                "An account has at most %(most)s authenticators, and yours has them.",
                most=MOST_AUTHENTICATORS,
            )
        )
    return None


def _why_wrong(person: Person, offer: Offer, code: str) -> Text:
    services = runtime().services
    fault = diagnose(offer.secret, code, services.clock.now())
    if fault:
        return fault.sentence()
    if isinstance(person.holder, LiveSession) and not person.is_first:
        other = shown_by_another(services, person.holder, code)
        if other:
            return Text(
                "That code is from your other entry for %(issuer)s, “%(name)s”. "
                "Look for the entry you just added, and enter its code.",
                issuer=services.settings.issuer,
                name=other,
            )
    return Text(
        "That code is not right. Check that the app shows the entry you just added, and "
        "enter the code it shows now."
    )


def _show(person: Person, form: SetupForm, offer: Offer) -> Response:
    settings = runtime().services.settings
    uri = provisioning_uri(offer.secret, person.account_name, settings.issuer)
    stored = []
    if not person.must:
        with runtime().services.database.read() as connection:
            stored = of_subject(connection, person.holder.subject_id)
    replaced = next((one for one in stored if one.id == form.replaces.data), None)
    if form.name.data is None:
        form.name.data = replaced.name if replaced else say(DEFAULT_NAME)
    return page(
        "setup.html",
        422 if form.errors else 200,
        form=form,
        qr=Markup(qr_svg(uri, say(QR_TITLE))),  # noqa: S704 - made here by segno, from nothing that could be markup
        key=offer.secret,
        key_groups=grouped(offer.secret),
        uri=uri,
        account_name=person.account_name,
        must=person.must,
        recovers=person.recovers,
        authenticators=stored,
        replaced=replaced,
        skip_url=None if person.must else person.next_url,
        passkey_url=_passkey_url(person, replaced is not None),
        **time_left(person),
        minutes=int(settings.enrolment_lifetime.total_seconds() // 60),
    )


def _passkey_url(person: Person, replaces: bool) -> str | None:
    """Where a passkey is added instead."""
    if person.recovers or replaces or relying_party(runtime().services.settings) is None:
        return None
    return url_for("vestibule.setup_passkey", next=None if person.must else person.next_url)
