"""A walk over every form, with people in the states that it asks for."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.test import TestResponse

from tests.support.host_app import Host
from tests.support.routes import somebody, unchanged
from tests.support.seen import Seen
from tests.support.visitor import Visitor

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "/login": ("stranger", ("username", "password", "next")),
    "/register": ("stranger", ("username", "password")),
    "/verify-2fa": ("between the steps", ("totp_code",)),
    "/verify-2fa/backup-code": ("between the steps", ("backup_code",)),
    "/setup-2fa": ("must set up", ("totp_code", "name")),
    "/confirm": ("signed in", ("totp_code", "next")),
    "/backup-codes": ("signed in", ("saved", "sheet", "next")),
}
# Tries and refusals are counted and told; what they are about must stay as it is.
COUNTED = ("vestibule_event", "vestibule_budget")


class Walk:
    """One person in each state, and a good token for each form."""

    def __init__(self, host: Host) -> None:
        self.host = host
        states = {state for state, _ in FIELDS.values()}
        self.people = {state: somebody(host, state) for state in states}

    def person(self, path: str) -> Visitor:
        return self.people[FIELDS[path][0]]

    def is_refused(
        self, send: Callable[[Visitor, str, dict[str, str]], TestResponse], *statuses: int
    ) -> None:
        for path, (_, names) in FIELDS.items():
            person = self.person(path)
            token = person.token("/setup-2fa" if path == "/backup-codes" else path)
            fields = dict.fromkeys(names, "") | {"csrf_token": token}
            with unchanged(self.host, *COUNTED):
                answer = send(person, path, fields)
            expected = statuses or range(400, 500)
            if path == "/backup-codes" and not statuses:
                # Without a sheet that we sealed it shows the counters.
                expected = (303, *expected)
            assert answer.status_code in expected, (path, answer.status_code)
            if answer.status_code >= 400:
                page = Seen(answer)
                assert page.heading, path
                assert page.errors or page.texts, path
