"""Connections to one worker or the other: which of them answers is the kernel's choice."""

from __future__ import annotations

from collections import defaultdict

import httpx
import psutil

from tests.support.person import Person
from tests.support.running_site import RunningSite

FEW, MANY = 3, 200


def copies_at_every_worker(site: RunningSite, person: Person) -> list[Person]:
    """Browsers with a copy of the person's cookies, each on an open connection.

    As many as it takes until every worker holds a few of the connections.
    """
    held: defaultdict[int, list[Person]] = defaultdict(list)
    workers = site.workers()
    for _ in range(MANY):
        copy = person.in_another_browser()
        copy.browser.cookies = httpx.Cookies(person.browser.cookies)
        held[_worker_at_the_other_end(workers, copy)].append(copy)
        if all(len(held[worker.pid]) >= FEW for worker in workers):
            return [copy for worker in workers for copy in held[worker.pid]]
    raise LookupError(f"of {MANY} connections every one went to the same worker")


def _worker_at_the_other_end(workers: list[psutil.Process], browser: Person) -> int:
    answer = browser.browser.get("/vestibule/vestibule.css")
    ours = answer.extensions["network_stream"].get_extra_info("client_addr")
    for worker in workers:
        for connection in worker.net_connections("tcp"):
            if connection.raddr and tuple(connection.raddr) == ours:
                return worker.pid
    raise LookupError(f"no worker holds the connection from {ours}")
