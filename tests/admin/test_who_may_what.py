"""Every rule under /admin, and everybody who may ask for it: a table without holes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.admin.administrators import with_administrators
from tests.recovery.conftest import host_with_recovery
from tests.stories import HostMaker, settled
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule.audit.models import Event

ROLES = (
    "stranger",
    "between the steps",
    "must set up",
    "person with one step",
    "person with two steps",
    "administrator with one step",
    "administrator of long ago",
    "administrator",
)
SIGN_IN, CODE, SET_UP, CONFIRM, REFUSED = "/login", "/verify-2fa", "/setup-2fa", "/confirm", 403

# What each role is answered, in the order of ROLES: a status, or the page that it is led to.
_LOOKED_AT = (SIGN_IN, CODE, SET_UP, REFUSED, REFUSED, CONFIRM)
READING = (*_LOOKED_AT, 200, 200)
TABLE: dict[tuple[str, str], tuple[int | str, ...]] = {
    ("GET", "/admin"): READING,
    ("GET", "/admin/accounts"): READING,
    ("GET", "/admin/account"): READING,
    ("GET", "/admin/account/<action>"): READING,
    # 403 with the page that asks for a code; of whoever is fresh the form is judged.
    ("POST", "/admin/account/<action>"): (*_LOOKED_AT, 403, 422),
    ("GET", "/admin/audit"): READING,
    ("GET", "/admin/audit/<event>"): READING,
    ("POST", "/admin/audit/export"): (*_LOOKED_AT, 403, 200),
    ("GET", "/admin/recoveries"): READING,
}


def somebody(host: Host, role: str) -> Visitor:
    name = role.replace(" ", "_")
    is_administrator = role.startswith("administrator")
    if role == "person with one step":
        person = Visitor.new(host, name)
        person.enters_password()
        return person
    if role in ("stranger", "must set up"):
        # "must_set_up" has the role and no second step.
        person = Visitor.new(host, name)
        if role == "must set up":
            person.enters_password()
        return person
    person = settled(host, name)
    if role == "between the steps":
        person.enters_password()
    elif role == "administrator with one step":
        person.enters_password()
        page = person.opens("/verify-2fa")
        form = page.form(with_field="totp_code")
        person.sends(page, form, totp_code=person.fresh_code(), trust_browser="y")
        person.client.delete_cookie("vestibule")
        person.enters_password()
    else:
        person.signs_in()
    assert person.is_signed_in() is (role not in ("between the steps",)), role
    if is_administrator and role.endswith("long ago"):
        host.clock.moves(minutes=11)
    return person


@pytest.fixture
def host(make: HostMaker, tmp_path: Path) -> Host:
    # The loosest that an operator can say: what is refused here is refused everywhere.
    host = host_with_recovery(
        make,
        tmp_path,
        VESTIBULE_POLICY="optional",
        VESTIBULE_TRUST_BROWSERS_FOR=86400,
        VESTIBULE_TRUST_WHERE_REQUIRED=True,
    ).host
    names = (role.replace(" ", "_") for role in ROLES)
    with_administrators(
        host, *(name for name in names if name.startswith(("administrator", "must")))
    )
    return host


def answer(person: Visitor, method: str, path: str) -> int | str:
    if method == "GET":
        found = person.asks(path)
    else:
        token = person.token("/login" if not person.is_signed_in() else "/setup-2fa")
        found = person.posts(path, {"csrf_token": token, "reason": ""})
    if found.status_code in (302, 303):
        return str(found.location).split("?")[0]
    return found.status_code


@pytest.mark.requirement("ADM-1", "ADM-2")
@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_what(host: Host, role: str) -> None:
    other = Visitor.new(host, "other")
    other.enters_password()
    person = somebody(host, role)
    for (method, rule), expected in TABLE.items():
        path = rule.replace("<action>", "disable").replace("<event>", host.rows(Event)[0].id)
        path += f"?user={other.user_id}"
        assert answer(person, method, path) == expected[ROLES.index(role)], (method, rule)


@pytest.mark.requirement("ADM-1")
def test_the_table_knows_every_rule(host: Host) -> None:
    there = {
        (method, rule.rule)
        for rule in host.app.url_map.iter_rules()
        if rule.rule.startswith("/admin") or rule.endpoint.startswith("vestibule.admin")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(TABLE)


@pytest.mark.requirement("ADM-1")
def test_a_refusal_tells_nothing_of_who_is_there(host: Host) -> None:
    ann = settled(host, "ann")
    ann.signs_in()
    pages = {
        ann.opens(f"/admin/account?user={user}").text for user in (ann.user_id, "999", "nobody")
    }
    assert len(pages) == 1
