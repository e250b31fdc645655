"""Whoever loses the role, or is signed out, while a request of theirs is under way."""

from __future__ import annotations

import io
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from tests.admin.administrators import Roles, with_administrators
from tests.admin.conftest import mailbox as mailbox
from tests.notices.conftest import Mailbox
from tests.support.visitor import Visitor
from vestibule.audit.models import Event
from vestibule.subjects.models import Subject


class HeldBack(io.BytesIO):
    """A body that its sender keeps back until something happened, however long that takes."""

    def __init__(self, content: bytes, happens: Callable[[], object]) -> None:
        super().__init__(content)
        self._happens = happens

    def read(self, *size: int) -> bytes:
        happens, self._happens = self._happens, lambda: None
        happens()
        return super().read(*size)

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


@pytest.mark.requirement("SES-15")
@pytest.mark.parametrize("loses", ["nothing", "the role", "the session"])
def test_a_body_that_was_kept_back_does_nothing_any_more(mailbox: Mailbox, loses: str) -> None:
    """Who may do it is asked when all of the request is there."""
    roles: Roles = with_administrators(mailbox.host, "root")
    root, ann = Visitor.new(mailbox.host, "root"), Visitor.new(mailbox.host, "ann")
    for one in (root, ann):
        one.signs_in()
    fields = {"reason": "r", "csrf_token": root.token("/dashboard")}
    body = urlencode(fields).encode()

    def happens() -> None:
        if loses == "the role":
            roles.names.discard("root")
        elif loses == "the session":
            with root.host.services.database.write() as connection:
                connection.execute(update(Subject).values(version=Subject.version + 1))

    root.client.post(
        f"/admin/account/sign-out?user={ann.user_id}",
        input_stream=HeldBack(body, happens),
        content_length=len(body),
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    done = [row for row in root.host.rows(Event) if row.details.get("reason") == "r"]
    assert len(done) == (loses == "nothing")
