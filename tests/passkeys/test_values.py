"""What the configuration says of the site's name, and counters: pure rules."""

from __future__ import annotations

import pytest

from vestibule.passkeys.values import counter_went_back, relying_party, why_not
from vestibule.settings import Settings


@pytest.mark.requirement("WA-2")
@pytest.mark.parametrize(
    ("base_url", "rp_id", "origin"),
    [
        ("https://example.org", "example.org", "https://example.org"),
        ("https://Example.org:443/app/", "example.org", "https://example.org"),
        ("https://example.org:8443", "example.org", "https://example.org:8443"),
        ("https://bücher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://localhost", "localhost", "http://localhost"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_name_and_origin_come_from_the_address_of_the_site(
    base_url: str, rp_id: str, origin: str
) -> None:
    site = relying_party(Settings(base_url=base_url))
    assert site is not None
    assert (site.id, site.origin) == (rp_id, origin)
    assert relying_party(Settings(base_url=base_url, passkeys=False)) is None


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("", "VESTIBULE_BASE_URL"),
        ("ftp://example.org", "VESTIBULE_BASE_URL"),
        ("http://example.org", "https"),
        ("http://192.0.2.1", "https"),
        ("https://192.0.2.1", "digits"),
        ("https://[2001:db8::1]", "digits"),
        ("https://..", "no host"),
        ("https://straße.example", "xn--"),
    ],
)
def test_where_they_cannot_work_none_are_offered(base_url: str, why: str) -> None:
    assert relying_party(Settings(base_url=base_url)) is None
    assert why in why_not(base_url)


@pytest.mark.requirement("WA-7")
@pytest.mark.parametrize(
    ("stored", "shown", "back"),
    [(0, 0, False), (0, 1, False), (5, 6, False), (5, 5, True), (5, 4, True), (5, 0, True)],
)
def test_a_counter_goes_up_or_is_not_kept(stored: int, shown: int, back: bool) -> None:
    assert counter_went_back(stored, shown) is back
