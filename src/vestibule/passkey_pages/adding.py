"""Adding a passkey: as the first second step, as one more, or because nothing else is enough."""

from typing import cast

from flask import request, url_for
from werkzeug.wrappers import Response

from vestibule.authenticators.values import clean_name, name_problem
from vestibule.browser_names import browser_in_words
from vestibule.one_time_tokens.values import Link, LinkRefused, Purpose
from vestibule.one_time_tokens.views import link_words
from vestibule.passkey_pages.forms import SetupForm
from vestibule.passkeys.flows import of_subject
from vestibule.passkeys.values import (
    MOST_PASSKEYS,
    PasskeyRefused,
    RelyingParty,
    TooManyPasskeys,
    Why,
    relying_party,
)
from vestibule.sessions.values import LiveSession
from vestibule.signin import enrolling, passkey_enrolling
from vestibule.signin.enrolling import NotFresh
from vestibule.signin.errors import SigninOver
from vestibule.signin.flows import Opened
from vestibule.signin.passkey_enrolling import Wanted
from vestibule.signin.stages import Pending, Stage
from vestibule.texts import Text
from vestibule.web.language import say
from vestibule.web.leading_on import stage_url
from vestibule.web.pages import lead_back, page, see_other
from vestibule.web.request_state import runtime, state
from vestibule.web.setting_up import NotOffered, Person, link_of, time_left, who_sets_up


def setup_passkey() -> Response:
    """One page: a name and a button; the script asks the browser for the passkey."""
    person = who_sets_up()
    if not isinstance(person, Person):
        return person
    services = runtime().services
    if isinstance(person.holder, Pending) and person.holder.stage is Stage.RECOVERY:
        return see_other(stage_url(person.holder.stage))
    form = SetupForm(data={"next": person.next_url})
    site = relying_party(services.settings)
    try:
        link = link_of(person)
        if isinstance(person.holder, LiveSession):
            enrolling.require_fresh(services, person.holder)
        if site is None:
            raise NotOffered
        if form.validate_on_submit():
            passed = _try(person, form, site, link)
            if passed:
                if isinstance(passed, Opened):
                    state().open_session(passed, cast(Pending, person.holder))
                else:
                    state().renew_session(passed)
                state().drop_link(Purpose.ENROLMENT)
                return see_other(_onward(person))
    except (NotOffered, LinkRefused) as closed:
        return _show_closed(person, closed, offered=site is not None)
    except NotFresh:
        here = url_for("vestibule.setup_passkey", next=person.next_url)
        return see_other(url_for("vestibule.confirm", next=here))
    except SigninOver:
        return lead_back(Text("This sign-in is over. Sign in again."), person.over)
    return _show(person, form)


def _onward(person: Person) -> str:
    holder = person.holder
    if isinstance(holder, Pending) and holder.stage is Stage.PASSKEY_ENROLMENT:
        return person.next_url  # no backup codes came with it
    return url_for("vestibule.backup_codes", next=person.next_url)


def _try(
    person: Person, form: SetupForm, site: RelyingParty, link: Link | None
) -> Opened | str | None:
    """The session or its new token if it was accepted; else None, and words in the form."""
    services, origin, holder = runtime().services, state().origin, person.holder
    name = (form.name.data or "").strip() or say(proposed_name())
    problem = name_problem(name)
    if problem:
        form.name.errors = [problem]
        return None
    wanted = Wanted(form.credential.data or "", clean_name(name), site, link, state().known_cookie)
    try:
        if isinstance(holder, Pending):
            return passkey_enrolling.from_signin(services, holder, wanted, origin)
        return passkey_enrolling.from_session(services, holder, wanted, origin)
    except PasskeyRefused as refused:
        form.form_errors.append(_words(refused))
    except TooManyPasskeys:
        form.form_errors.append(
            Text(
                "An account has at most %(most)s passkeys, and yours has them.", most=MOST_PASSKEYS
            )
        )
    return None


def _words(refused: PasskeyRefused) -> Text:
    match refused.why:
        case Why.CHALLENGE:
            return Text("That took too long, or was sent twice. Add the passkey once more.")
        case Why.TAKEN:
            return Text("That passkey is in use already. Choose another device or another one.")
    return Text("That passkey was not accepted. Add it once more, or choose another device.")


def proposed_name() -> Text:
    """ "Passkey on Firefox on Linux"; short enough whatever the browser calls itself."""
    return Text("Passkey (%(browser)s)", browser=browser_in_words(state().origin.browser))


def _show_closed(person: Person, closed: NotOffered | LinkRefused, *, offered: bool) -> Response:
    issuer = runtime().services.settings.issuer
    if isinstance(closed, LinkRefused):
        title, message = Text("This link does not work"), link_words(closed.fault)
    elif offered and person.demand.by_link:
        title, message = Text("Your second step waits for a link"), link_words(None)
    else:
        title = Text("No passkeys here")
        message = Text("%(issuer)s does not offer passkeys for your account.", issuer=issuer)
    return page(
        "setup_closed.html",
        403,
        title=title,
        message=message,
        must=person.must,
        skip_url=None if person.must else person.next_url,
        **time_left(person),
    )


def _show(person: Person, form: SetupForm) -> Response:
    with runtime().services.database.read() as connection:
        stored = of_subject(connection, person.holder.subject_id)
    if form.name.data is None:
        form.name.data = say(proposed_name())
    form.credential.data = ""  # an answer counts once
    return page(
        "setup_passkey.html",
        422 if form.errors else 200,
        form=form,
        passkeys=stored,
        account_name=person.account_name,
        must=person.must,
        only_passkeys=person.demand.phishing_resistant,
        authenticator_url=_authenticator_url(person),
        skip_url=None if person.must else person.next_url,
        **time_left(person),
    )


def _authenticator_url(person: Person) -> str | None:
    """Where an authenticator is set up instead."""
    if person.demand.phishing_resistant or not person.is_first:
        return None
    return url_for("vestibule.setup", next=request.args.get("next"))
