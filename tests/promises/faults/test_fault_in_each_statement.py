"""Whatever a form needs of the database is refused once, at every statement and every commit of
its way: the answer says so, nothing is half done, and afterwards it works (P6, P9).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import pytest
from werkzeug.test import TestResponse

from tests.promises.faults import flows
from tests.promises.faults.breaking import Breaking, changes, is_whole
from tests.promises.faults.flows import Prepare, Ready
from tests.promises.model.start import OWNER, Start, start, start_on
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.requirement("P6"), pytest.mark.requirement("P9")]

_ASKED_ANEW = "The challenge is used up before anything is judged; the page asks for a new one."
# Steps of their own on the way to what was asked for; what stands then is whole, and bears being
# asked for once more.
IN_BETWEEN = {
    flows.registering: "The account is there, and whoever made it is not signed in yet.",
    flows.one_more_passkey: _ASKED_ANEW,
    flows.a_passkey: _ASKED_ANEW,
    flows.a_passkey_alone: _ASKED_ANEW,
    flows.this_was_not_me: "The password is unusable, and the link still works.",
}

CASES = [pytest.param(one, False, id=one.__name__) for one in flows.WHERE_ONE_MAY]
CASES += [pytest.param(one, True, id=f"{one.__name__}, required") for one in flows.WHERE_ONE_MUST]


class Trying:
    """One form, sent again and again from the same moment."""

    def __init__(self, begun: Start, prepare: Prepare) -> None:
        self.site, self.prepare = begun.site, prepare
        self._ready: Ready = prepare(_owner(begun))
        self._kept = begun.site.keeps()
        self._cookies = deepcopy(self._ready.browser.client._cookies)
        self.breaking = Breaking(begun.site)
        self.breaking.shapes = [self.breaking.shape()]
        with self.breaking.goes():
            self.good = self.sends()
        self.sent, self.shapes = self.breaking.sent, self.breaking.shapes
        self.breaking.shapes = None

    def sends(self) -> TestResponse:
        return self._ready.browser.posts(self._ready.path, self._ready.fields)

    def goes_back(self) -> None:
        self.breaking.closes()
        self.site.restores(self._kept)
        self._ready.browser.client._cookies = deepcopy(self._cookies)

    def is_the_good(self, answer: TestResponse) -> bool:
        return (answer.status_code, answer.location) == (self.good.status_code, self.good.location)

    def breaks(self, number: int, how: str) -> None:
        """At that statement: "once", for good ("stays"), or so that only the answer is "lost"."""
        self.goes_back()
        with self.breaking.goes(number, stays=how == "stays", is_lost=how == "lost"):
            answer = self.sends()
        shape, where = self.breaking.shape(), f"{how} at {number}, {self.sent[number - 1]}"
        assert shape == self.shapes[number if how == "lost" else number - 1], where
        first, last = changes(self.shapes[0]), changes(self.shapes[-1])
        assert changes(shape) in (first, last) or self.prepare in IN_BETWEEN, where
        if self.is_the_good(answer):
            assert changes(shape) == last, where
            assert how != "lost", where
        else:
            assert answer.status_code == 503, where
            assert "Not possible right now" in answer.text, where
        again = self.sends()
        if changes(shape) == first:
            assert self.is_the_good(again), f"{where}; afterwards {again.status}"
            assert changes(self.breaking.shape()) == last, where
        assert again.status_code < 500, where


@contextmanager
def trying(begun: Start, prepare: Prepare) -> Iterator[Trying]:
    one = Trying(begun, prepare)
    try:
        yield one
    finally:
        one.breaking.closes()


@pytest.mark.parametrize(("prepare", "must_have"), CASES)
def test_refused_at_any_statement_it_is_whole_and_works_afterwards(
    prepare: Prepare, must_have: bool
) -> None:
    with trying(start(must_have=must_have), prepare) as form:
        for shape in form.shapes:
            is_whole(shape)
        for number, statement in enumerate(form.sent, 1):
            form.breaks(number, "once")
            if not statement.startswith("SELECT"):
                form.breaks(number, "stays")
            if statement == "COMMIT":
                form.breaks(number, "lost")
        assert changes(form.shapes[0]) != changes(form.shapes[-1])


def test_refused_at_any_write_on_postgresql_it_is_whole_and_works_afterwards(
    postgresql_url: str,
) -> None:
    begun = start_on(postgresql_url, must_have=False)
    for prepare in (flows.a_code, flows.changing_the_password, flows.a_password_with_a_link):
        with trying(begun, prepare) as form:
            for number, statement in enumerate(form.sent, 1):
                if not statement.startswith("SELECT"):
                    form.breaks(number, "lost" if statement == "COMMIT" else "once")
    begun.site.closes()


def _owner(begun: Start) -> Visitor:
    """Signed out, in a browser of her own, on the database as it began."""
    site, ledger = begun.again()
    account = ledger.accounts[OWNER]
    olga = site.visitor(OWNER, address="192.0.2.1")
    olga.papers.secrets = [account.phones[0].secret]
    olga.papers.last_step = account.phones[0].last_step
    olga.papers.backup_codes = account.codes_that_are("fresh")
    return olga
