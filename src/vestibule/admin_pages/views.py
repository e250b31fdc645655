"""``/admin``: the accounts, one of them, and what an administrator does to it."""

from datetime import timedelta
from typing import Any, cast

from flask import Flask, request, url_for
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from vestibule.admin import flows
from vestibule.admin.adapter import LastAdministrator
from vestibule.admin.flows import (
    LONGEST_REASON,
    Account,
    AccountClosed,
    By,
    NothingToReset,
    NothingToStop,
)
from vestibule.admin_pages import audit, overview, recoveries
from vestibule.admin_pages.access import adapter, only_administrators, users
from vestibule.admin_pages.actions import ACTIONS
from vestibule.admin_pages.forms import ActionForm
from vestibule.admin_pages.listing import FILTERS, Line, listed
from vestibule.admin_pages.one_account import addresses_of, asked_for, is_own, offered, url_of
from vestibule.audit.values import EventKind
from vestibule.authenticators.flows import of_subject
from vestibule.host import contacts, mails
from vestibule.host.links import enrolment_link
from vestibule.notices.values import one_line
from vestibule.sessions.values import LiveSession
from vestibule.signin.enrolment_links import HasSecondStep
from vestibule.subjects.flows import find
from vestibule.texts import Text
from vestibule.web.language import say
from vestibule.web.pages import after_sign_in, page, see_other
from vestibule.web.request_state import runtime, state

LONGEST_SEARCH = 254
_NO_ADDRESS = Text("There is no address that such a mail can go to.")


def mount(app: Flask, prefix: str) -> None:
    """Add the rules to an application whose host gives what they need."""
    both = ["GET", "POST"]
    for rule, name, view, methods in (
        ("/admin", "admin", overview.front, ["GET"]),
        ("/admin/accounts", "admin_accounts", accounts, ["GET"]),
        ("/admin/account", "admin_account", account, ["GET"]),
        ("/admin/account/<action>", "admin_action", act, both),
        ("/admin/audit", "admin_audit", audit.events, ["GET"]),
        ("/admin/audit/<event>", "admin_event", audit.event, ["GET"]),
        ("/admin/audit/export", "admin_audit_export", audit.export, ["POST"]),
        ("/admin/recoveries", "admin_recoveries", recoveries.listed, ["GET"]),
    ):
        guarded = only_administrators(view)
        app.add_url_rule(f"{prefix}{rule}", f"vestibule.{name}", guarded, methods=methods)


def accounts() -> Response:
    """Search, filter, and 50 a page; the address says all of it."""
    # One line: a database need not bear every text there is.
    typed = one_line(request.args.get("q", "")[:LONGEST_SEARCH])
    only = request.args.get("only", "")
    found = listed(typed, only, request.args.get("after", "").replace("\0", ""))
    next_url = None
    if found.goes_on_after is not None:
        next_url = url_for(
            "vestibule.admin_accounts",
            q=typed or None,
            only=only or None,
            after=found.goes_on_after,
        )
    return page(
        "admin_accounts.html",
        lines=found.lines,
        typed=typed,
        only=only,
        filters=FILTERS,
        next_url=next_url,
        first_url=url_for("vestibule.admin_accounts"),
        begins_later="after" in request.args,
        back_url=after_sign_in(),
    )


def account() -> Response:
    """The facts about one account; then what can be done."""
    line = asked_for()
    services = runtime().services
    with services.database.read() as connection:
        subject = find(connection, line.key)
        stored = of_subject(connection, subject.id) if subject else []
    done = ACTIONS.get(request.args.get("done", ""))
    return page(
        "admin_account.html",
        line=line,
        facts=line.facts,
        authenticators=stored,
        addresses=addresses_of(line),
        confirmed=users().confirmed_address(line.user),
        done=done.done if done else None,
        actions=[] if is_own(line) else offered(line),
        is_own=is_own(line),
        events_url=url_for("vestibule.admin_audit", account=subject.id) if subject else None,
        list_url=url_for("vestibule.admin_accounts"),
    )


def act(action: str) -> Response:
    """What an action does, in words, with a form that asks why; sending it does it."""
    line = asked_for()
    wanted = dict(offered(line)).get(action)
    if wanted is None or is_own(line):
        # Nobody acts on the own account here: so the last administrator cannot lock the door from
        # inside (ADM-5). What was done in another tab meanwhile is not offered any more either.
        return see_other(url_of(line))
    form = ActionForm()
    if form.validate_on_submit():
        reason = one_line(form.reason.data or "")
        if not 1 <= len(reason) <= LONGEST_REASON:
            form.reason.errors = [
                Text("Give a reason of 1 to %(most)s characters.", most=LONGEST_REASON)
            ]
        if wanted.is_grave and one_line(form.name.data or "") != one_line(line.name):
            form.name.errors = [Text("Type the name as it stands above.")]
        if not form.errors:
            problem = _do(action, line, reason)
            if problem is None:
                return see_other(url_of(line, done=action))
            form.reason.errors = [problem]
    return page(
        "admin_action.html",
        422 if form.errors else 200,
        form=form,
        line=line,
        name=action,
        action=wanted,
        account_url=url_of(line),
    )


def _do(action: str, line: Line, reason: str) -> Text | None:
    """Why it was not done; None where it was."""
    services = runtime().services
    # The session that the access to this page was granted by.
    by = By(cast(LiveSession, runtime().session()).subject_id, reason, state().origin)
    seen = line.facts.seen if line.facts else None
    account = Account(line.key, seen.id if seen else None)
    contacts.keep(line.key, contacts.contact_now(line.user), seen)

    def record(kind: EventKind) -> Any:
        def write(connection: Connection) -> None:
            flows.end_all_on(connection, services, account, kind, by)

        return write

    def sent(connection: Connection) -> None:
        flows.link_sent_on(connection, services, account, "password", by)

    try:
        flows.refuse_closed(services, account)
        match action:
            case "sign-out":
                flows.sign_out_everywhere(services, account, by)
            case "unlock":
                flows.unlock(services, account, [line.name, *addresses_of(line)], by)
            case "reset-second-step":
                flows.reset_second_step(
                    services, line.key, reason=reason, actor=by.actor, origin=by.origin
                )
            case "stop-recovery":
                flows.stop_recovery(services, account, by)
            case "disable":
                adapter().disable(line.user, current_user, record(EventKind.ACCOUNT_DISABLED))
            case "enable":
                adapter().enable(line.user, current_user, record(EventKind.ACCOUNT_ENABLED))
            case "password-link":
                try:
                    adapter().send_password_link(line.user, sent)
                except ValueError:
                    return _NO_ADDRESS
            case _:
                return _send_enrolment_link(line, account, by)
    except NothingToStop:
        return Text("No recovery of this account is under way any more.")
    except NothingToReset:
        return Text("This account has no second step.")
    except AccountClosed:
        return Text("Nothing was changed: this account was closed meanwhile.")
    except LastAdministrator:
        return Text("Nothing was changed: you are no administrator any more, or the last one.")
    return None


def _send_enrolment_link(line: Line, account: Account, by: By) -> Text | None:
    addresses = addresses_of(line)
    if not addresses:
        return _NO_ADDRESS
    services = runtime().services
    try:
        link, issued = enrolment_link(line.user)
    except HasSecondStep:
        return Text("This account has a second step already.")
    site = services.settings.issuer
    paragraphs = [
        Text(
            "An administrator sends you this link to set up an authenticator at %(site)s. It "
            "works once:",
            site=site,
        ),
        link,
        Text("If you did not ask for it, tell the people who run the site at once."),
    ]
    lifetime: timedelta = issued.ends_at - services.clock.now()
    with services.database.write() as connection:
        flows.link_sent_on(connection, services, account, "enrolment", by)
        # To one address: the link opens something once, and a second mailbox is a second risk.
        mails.post(
            line.key,
            addresses[0],
            say(Text("Set up an authenticator at %(site)s", site=site)),
            [say(one) for one in paragraphs],
            lifetime,
            connection,
        )
    return None
