"""The pages of administrators, and what they complain of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.admin.administrators import with_administrators
from tests.stories import HostMaker, settled
from tests.support.guessing import guesses
from tests.support.host_tables import folder_of_this_run
from tests.support.recovering import has_asked
from tests.support.visitor import Visitor
from vestibule.admin_pages.actions import ACTIONS
from vestibule.audit.models import Event
from vestibule.audit.sealing import seal


def administering(make: HostMaker) -> Iterator[str]:
    host = make(
        VESTIBULE_MAIL=(folder_of_this_run() / "outbox").as_uri(),
        VESTIBULE_BASE_URL="http://localhost",
    )
    host.vestibule.confirmed_address(lambda user: user.email)
    roles = with_administrators(host, "ben")
    ben, ann = settled(host, "ben"), settled(host, "ann")
    annabelle = Visitor.new(host, "annabelle")
    ben.signs_in()
    ann.enters_password()
    guesses(ann, 5)
    yield ben.opens("/admin/accounts").html
    yield ben.opens("/admin/accounts?q=nobody").html
    yield ben.opens(f"/admin/account?user={ben.user_id}").html
    for person in (ann, annabelle):
        yield ben.opens(f"/admin/account?user={person.user_id}").html
        for action in ACTIONS:
            page = ben.opens(f"/admin/account/{action}?user={person.user_id}")
            yield page.html
            if page.path == "/admin/account":
                continue
            form = page.form(with_field="reason")
            yield ben.sends(page, form, name="x").html
            yield ben.sends(page, form, reason="a reason", name=person.username).html
        yield ben.opens("/admin/accounts?only=disabled").html
    yield from of_what_happened(ben, ann, annabelle)
    host.clock.moves(minutes=11)
    page = ben.opens(f"/admin/account/sign-out?user={ann.user_id}")
    yield ben.sends(page, page.form(with_field="reason"), reason="r").html
    roles.names.clear()
    yield ben.opens("/admin").html


def of_what_happened(ben: Visitor, ann: Visitor, annabelle: Visitor) -> Iterator[str]:
    host = ben.host
    for path in ("/admin", "/admin/recoveries"):
        yield ben.opens(path).html
    has_asked(host, ann)
    has_asked(host, annabelle, opens_in=timedelta(hours=1))
    yield ben.opens(f"/admin/account/stop-recovery?user={ann.user_id}").html
    yield ben.opens(f"/admin/recoveries?after=1-{'0' * 32}").html
    seal(host.services)
    for path in ("/admin", "/admin/audit", "/admin/audit?account=ann", "/admin/recoveries"):
        yield ben.opens(path).html
    yield ben.opens("/admin/audit?kind=account.closed&from=x&until=x&address=x&account=x").html
    yield ben.opens("/admin/audit?before=x&result=x&factor=x").html
    yield ben.opens("/admin/audit?kind=audit.purged").html
    kinds = {row.kind: row.id for row in host.rows(Event)}
    for identity in kinds.values():
        yield ben.opens(f"/admin/audit/{identity}").html
    host.sets(Event, request_id="")
    yield ben.opens(f"/admin/audit/{identity}").html
