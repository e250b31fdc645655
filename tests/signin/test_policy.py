"""What a policy may say, and what that asks of an account at one instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.stories import HostMaker
from tests.support.host_app import Host
from tests.support.visitor import Visitor
from vestibule import Required
from vestibule.sessions.models import Session
from vestibule.signin.models import PendingSignin
from vestibule.signin.policy import Demand, demand

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("said", "is_offered", "is_required"),
    [("off", False, False), ("optional", True, False), ("required", True, True)],
)
def test_a_word_means_the_same_at_any_time(said: str, is_offered: bool, is_required: bool) -> None:
    assert demand(said, NOW) == Demand(is_offered=is_offered, is_required=is_required)


@pytest.mark.parametrize(
    "since",
    [
        date(2026, 6, 8),
        datetime(2026, 6, 8, tzinfo=UTC),
        datetime(2026, 6, 8, 7, tzinfo=timezone(timedelta(hours=7))),
    ],
)
def test_a_date_binds_from_its_first_instant_in_utc(since: date) -> None:
    due = datetime(2026, 6, 8, tzinfo=UTC)
    before, then = demand(Required(since), due - SECOND), demand(Required(since), due)
    assert (before.is_required, before.due) == (False, due)
    assert (then.is_required, then.due) == (True, None)


@given(now=some.datetimes(timezones=some.just(UTC)), since=some.dates())
def test_it_is_either_required_or_will_be_and_always_offered(now: datetime, since: date) -> None:
    asked = demand(Required(since), now)
    assert asked.is_offered
    assert asked.is_required is (asked.due is None)


@pytest.mark.parametrize(
    "said", ["Required", "", True, None, 1, ["required"], ("off",), Required, b"required"]
)
def test_anything_else_is_no_policy(said: object) -> None:
    with pytest.raises(ValueError, match="it must say 'off', 'optional', 'required'"):
        demand(said, NOW)


@pytest.mark.parametrize("since", [datetime(2026, 6, 8), "2026-06-08", 7])  # noqa: DTZ001
def test_a_date_that_cannot_be_read_is_told_where_it_is_written(since: Any) -> None:
    with pytest.raises(ValueError, match=r"time zone|neither a date nor a time"):
        Required(since)


async def of_tomorrow(user: object, context: object) -> str:
    return "required"


@pytest.mark.parametrize(
    "decide",
    [
        lambda user: "required",
        lambda user, context, more: "required",
        lambda *all_of_it: "required",
        lambda user, *, context: "required",
        of_tomorrow,
        "required",
    ],
)
def test_a_policy_with_other_parameters_is_refused_where_it_is_written(
    host: Host, decide: Any
) -> None:
    with pytest.raises(TypeError, match="policy"):
        host.vestibule.policy(decide)


def test_a_method_may_be_a_policy(host: Host) -> None:
    class Rules:
        def of(self, user: object, context: object) -> str:
            return "optional"

    host.vestibule.policy(Rules().of)  # type: ignore[arg-type]
    nina = Visitor.new(host, "nina")
    assert nina.enters_password().path == "/dashboard"


@pytest.mark.requirement("FLOW-6")
def test_a_policy_that_raises_lets_nobody_in(make: HostMaker) -> None:
    host = make(VESTIBULE_POLICY="optional")
    nina = Visitor.new(host, "nina")
    nina.enters_password()
    assert nina.is_signed_in()

    def broken(user: object, context: object) -> str:
        raise LookupError("no such group")

    host.vestibule.policy(broken)  # type: ignore[arg-type]
    there = nina.in_another_browser()
    assert there.enters_password().status == 500
    assert not there.is_signed_in()
    assert len(host.rows(Session)) == 1
    assert host.rows(PendingSignin) == []
    assert nina.asks("/dashboard").status_code == 500
    assert nina.asks("/setup-2fa").status_code == 500
