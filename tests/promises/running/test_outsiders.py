"""P4: while outsiders try as fast as they can, the owner signs in from a browser that is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest

from tests.promises.running.conftest import Figure
from tests.promises.running.test_hashing_bound import all_slots_taken
from tests.support.behind import subject_of
from tests.support.person import Person
from tests.support.races import Send, between_the_steps, filled_in, leads_to, statuses, wait_for
from tests.support.running_site import RunningSite
from vestibule.signin.schedule import CODE_STRANGERS

OWNERS_SIGN_INS = 5


def outsiders(site: RunningSite, owner: Person) -> list[Send]:
    """Some guess the owner's password, some anybody's, and some know it and guess codes."""
    thieves = between_the_steps(owner.in_another_browser() for _ in range(2))
    strangers = [site.person() for _ in range(4)]
    names = [owner.username, owner.email, strangers[2].username, strangers[3].username]
    return [
        *(filled_in(one, "/verify-2fa", totp_code=owner.wrong_code()) for one in thieves),
        *(
            filled_in(one, "/login", username=name, password="a guess")
            for one, name in zip(strangers, names, strict=True)
        ),
    ]


@pytest.mark.requirement("P4")
@pytest.mark.parametrize("tries", [500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_outsiders_tries_keep_no_owner_out(site: RunningSite, figure: Figure, tries: int) -> None:
    owner = site.member()
    sends = outsiders(site, owner)

    with ThreadPoolExecutor(len(sends)) as pool:
        flood = [pool.submit(send) for _, send in zip(range(tries), cycle(sends), strict=False)]
        for at in range(OWNERS_SIGN_INS):
            so_far = tries * at // OWNERS_SIGN_INS
            wait_for(lambda so_far=so_far: sum(one.done() for one in flood) >= so_far)
            owner.signs_out()
            signed_in = filled_in(
                owner, "/login", username=owner.username, password=owner.password
            )()
            assert leads_to(signed_in) == "/verify-2fa", signed_in.text
            owner.enters_backup_code()
            assert owner.is_signed_in()
        answers = [one.result() for one in flood]

    assert set(statuses(answers)) <= {422, 429, 503}
    figure(f"answers to {tries} tries of outsiders", statuses(answers))
    figure("sign-ins of the owner meanwhile", OWNERS_SIGN_INS)


@pytest.mark.requirement("P4")
def test_strangers_have_used_up_codes_and_slots_and_the_owner_signs_in(site: RunningSite) -> None:
    owner = site.member()
    owner.signs_out()
    site.rows(
        "INSERT INTO vestibule_budget (kind, subject, count) VALUES (:kind, :subject, :count)",
        kind=CODE_STRANGERS.kind,
        subject=subject_of(site, owner),
        count=CODE_STRANGERS.limit,
    )
    stranger, *_ = between_the_steps([owner.in_another_browser()])
    assert "Codes are closed in this browser" in stranger.opens("/verify-2fa").text

    with all_slots_taken(site):
        owner.enters_password()
    owner.enters_code()
    assert owner.is_signed_in()
