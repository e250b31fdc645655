"""The pages of administrators, and what they complain of."""

from __future__ import annotations

from collections.abc import Iterator

from tests.admin.administrators import with_administrators
from tests.stories import HostMaker, settled
from tests.support.guessing import guesses
from tests.support.host_tables import folder_of_this_run
from tests.support.visitor import Visitor
from vestibule.admin_pages.actions import ACTIONS


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
    host.clock.moves(minutes=11)
    page = ben.opens(f"/admin/account/sign-out?user={ann.user_id}")
    yield ben.sends(page, page.form(with_field="reason"), reason="r").html
    roles.names.clear()
    yield ben.opens("/admin").html
