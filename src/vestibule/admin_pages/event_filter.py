"""Which events an address asks for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import wtforms
from flask import request
from wtforms import StringField

from vestibule.admin.subjects import is_subject
from vestibule.admin_pages.access import adapter, users
from vestibule.audit.of_account import Place, place_of
from vestibule.audit.values import EventKind, Factor, Result
from vestibule.audit.wanted import Wanted
from vestibule.notices.values import one_line
from vestibule.subjects.flows import find
from vestibule.texts import Text
from vestibule.web.request_state import runtime

LONGEST = 254
_SOME = 3
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ID = re.compile("[0-9a-f]{32}")

NOT_LISTED = Text("Choose one of the list.")


class EventFilter(wtforms.Form):
    """It changes nothing, so that its address can be kept and sent to a colleague."""

    account = StringField()
    kind = StringField()
    result = StringField()
    factor = StringField()
    address = StringField()
    since = StringField(name="from")
    until = StringField()
    before = StringField()


@dataclass(frozen=True)
class Asked:
    wanted: Wanted
    after: Place | None


def filter_of_request() -> tuple[EventFilter, Asked | None]:
    """The filter with what is wrong in it; None where something is."""
    form = EventFilter(request.args)
    for field in form:
        # One line: a database need not bear every text there is.
        field.data = one_line((field.data or "")[:LONGEST])
    asked = Asked(
        Wanted(
            since=_moment(form.since),
            until=_moment(form.until, ends_day=True),
            kinds=[kind] if (kind := _one_of(form.kind, EventKind)) else [],
            accounts=[account] if (account := _account(form.account)) else [],
            address=_address(form.address),
            result=_one_of(form.result, Result),
            factor=_one_of(form.factor, Factor),
        ),
        _place(form.before),
    )
    return form, None if form.errors else asked


def given(form: EventFilter) -> dict[str, str]:
    """What the filter says, as it stands in an address."""
    return {field.name: field.data for field in form if field.data and field.name != "before"}


def _wrong(field: Any, why: Text) -> None:
    field.errors = [why]


def _one_of(field: Any, known: type[Any]) -> Any:
    if not field.data:
        return None
    try:
        return known(field.data)
    except ValueError:
        _wrong(field, NOT_LISTED)
        return None


def _account(field: Any) -> str | None:
    """The random id that was given, or that of the user with exactly this name."""
    typed = field.data
    if not typed:
        return None
    with runtime().services.database.read() as connection:
        if _ID.fullmatch(typed) and is_subject(connection, typed):
            return str(typed)
    # In the order of names the name itself comes before all that only begin with it.
    some = [user for user in adapter().users(typed, "", _SOME) if _is_called(user, typed)]
    some = [user for user in some if users().name(user) == typed] or some
    if len(some) > 1:
        # Whose name comes first may be a stranger, who gave the address of somebody else.
        _wrong(field, Text("Several accounts have this address. Type the user name."))
        return None
    for user in some:
        with runtime().services.database.read() as connection:
            found = find(connection, users().key(user))
        if found:
            return found.id
    _wrong(field, Text("Nobody with this name has been here. Type the whole user name."))
    return None


def _is_called(user: Any, typed: str) -> bool:
    return typed.casefold() in {one.casefold() for one in users().names(user)}


def _address(field: Any) -> str | None:
    if not field.data:
        return None
    try:
        return str(ip_address(field.data))
    except ValueError:
        _wrong(field, Text("Type an IP address, such as 192.0.2.7 or 2001:db8::7."))
        return None


def _moment(field: Any, *, ends_day: bool = False) -> datetime | None:
    """UTC; a day alone is its beginning, or its end."""
    text = field.data.replace("T", " ")
    if not text:
        return None
    shapes = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
    is_day = _DAY.fullmatch(text) is not None
    for shape in shapes if text.isascii() and _DAY.match(text) else ():
        try:
            found = datetime.strptime(text, shape).replace(tzinfo=UTC)
            return found + timedelta(days=1) if is_day and ends_day else found
        except (ValueError, OverflowError):
            continue
    _wrong(field, Text("Type a day as 2027-01-31, or a moment as 2027-01-31 23:59, UTC."))
    return None


def _place(field: Any) -> Place | None:
    found = place_of(field.data) if field.data else None
    if field.data and found is None:
        _wrong(field, Text("This address is not one of these pages. Search anew."))
    return found
