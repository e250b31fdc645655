"""What somebody with a passkey does on the pages; the script's part is played here."""

from __future__ import annotations

import json
from typing import Any

from tests.support.host_app import Host
from tests.support.seen import Seen
from tests.support.soft_passkey import TRUTH, Saying, SoftPasskey
from tests.support.visitor import Visitor
from vestibule.passkeys.models import Passkey

PAGES = {
    "sign-in": "/passkey",
    "second-step": "/verify-2fa",
    "confirm": "/confirm",
    "register": "/setup-passkey",
}


def options(person: Visitor, purpose: str) -> dict[str, Any]:
    """What the script is told before it asks the browser."""
    fields = {"csrf_token": person.token(PAGES[purpose]), "purpose": purpose}
    answer = person.posts("/passkey/options", fields)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = json.loads(answer.text)
    return told


def sends(person: Visitor, purpose: str, credential: str, **fields: str) -> Seen:
    """The form of that page, with what the browser answered."""
    page = person.opens(PAGES[purpose])
    form = page.form(with_field="credential")
    return person.sends(page, form, credential=credential, **fields)


def adds(
    person: Visitor, device: SoftPasskey, saying: Saying = TRUTH, *, name: str = "Key"
) -> Seen:
    page = sends(person, "register", device.created(options(person, "register"), saying), name=name)
    if page.backup_codes:
        person.papers.backup_codes = page.backup_codes
        page = person.sends(page, page.form(with_field="saved"), saved="y")
    return page


def shows(
    person: Visitor, device: SoftPasskey, saying: Saying = TRUTH, purpose: str = "second-step"
) -> Seen:
    return sends(person, purpose, device.shown(options(person, purpose), saying))


def with_passkey(host: Host, name: str, device: SoftPasskey | None = None) -> Visitor:
    """Somebody whose second step is a passkey, and who is signed out."""
    person = Visitor.new(host, name)
    page = person.enters_password()
    if page.path != "/setup-2fa":
        assert person.is_signed_in()
    adds(person, device or SoftPasskey())
    assert person.is_signed_in()
    person.signs_out()
    return person


def passkeys_of(person: Visitor) -> list[Any]:
    mine = person.subject_id
    return [row for row in person.host.rows(Passkey) if row.subject_id == mine]
