"""However many sign in at once, a machine hashes only so much; the other pages go on."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.promises.running.conftest import Figure
from tests.support.connections import copies_at_every_worker
from tests.support.person import Person
from tests.support.races import Send, filled_in, judged, statuses, wait_for
from tests.support.running_site import RunningSite
from vestibule.foundation.hashing import default_slots

FLOOD = 24
MAY_WAIT = 4  # two of each worker's four threads: the others stay for pages that hash nothing


@contextmanager
def all_slots_taken(site: RunningSite) -> Iterator[int]:
    """As if other processes of the machine hashed for as long as the block lasts; how many."""
    files = sorted(site.instance.glob("hashing-slot-[0-9]*"))
    with ExitStack() as held:
        for file in files:
            fcntl.flock(held.enter_context(file.open()), fcntl.LOCK_EX)
        yield len(files)


def strangers_passwords(site: RunningSite) -> list[Send]:
    strangers = [site.person() for _ in range(FLOOD)]
    return [
        filled_in(one, "/login", username=one.username, password=one.password) for one in strangers
    ]


@pytest.mark.requirement("HASH-7")
@pytest.mark.requirement("RL-11")
def test_over_the_bound_it_is_503_while_pages_without_hashing_answer(
    site: RunningSite, figure: Figure
) -> None:
    member = site.member()
    sends = strangers_passwords(site)
    at_both_workers = copies_at_every_worker(site, member)

    with ThreadPoolExecutor(FLOOD) as pool:
        with all_slots_taken(site) as slots:
            before = passwords_judged(site)
            flood = [pool.submit(send) for send in sends]
            wait_for(lambda: sum(one.done() for one in flood) >= FLOOD - MAY_WAIT)
            meanwhile = [page(person) for person in at_both_workers for page in (home, login)]
            judged_without_a_slot = passwords_judged(site) - before
        answers = [one.result() for one in flood]

    assert slots == default_slots()
    assert judged_without_a_slot == 0
    assert set(meanwhile) == {200}
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) >= FLOOD - MAY_WAIT
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert set(statuses(answers)) <= {422, 503}
    assert judged(sends[0])().status_code == 422
    figure("answers to a flood while nobody can hash", statuses(answers))
    figure("pages that answered meanwhile", len(meanwhile))


def home(person: Person) -> int:
    return person.opens("/dashboard").status_code


def login(person: Person) -> int:
    return person.in_another_browser().opens("/login").status_code


def passwords_judged(site: RunningSite) -> int:
    """A try is recorded before it is judged, and a password that is not right after that."""
    return len(site.events("password.failed")) + len(
        [event for event in site.events("try.taken") if event["factor"] == "password"]
    )
