"""Passkeys in a real Chromium, with an authenticator that the browser itself plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_every_page import is_for_everybody
from tests.support.in_chromium import button, enters_code, link, path, presses, registers, sees
from tests.support.journeys import listen
from tests.support.person import Person
from tests.support.running_site import RunningSite

CANCELLED = "Nothing was used: it was cancelled, or took too long."


class Device:
    """A page, and the authenticators of the machine that it is opened on."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        self.key = self.gets_key("internal")

    def gets_key(self, transport: str, *, verifies: bool = True) -> str:
        told = self._cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": transport,
                    "hasResidentKey": verifies,
                    "hasUserVerification": verifies,
                    "isUserVerified": verifies,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        return str(told["authenticatorId"])

    def loses(self, key: str) -> None:
        self._cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})

    def asks_for_finger(self, well: bool) -> None:
        given = {"authenticatorId": self.key, "isUserVerified": well}
        self._cdp.send("WebAuthn.setUserVerified", given)

    def credentials(self, key: str) -> list[Any]:
        told = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": key})
        return list(told["credentials"])


@pytest.fixture
def device(browser: Browser, site: RunningSite) -> Iterator[Callable[[], Device]]:
    """A new machine at ``localhost``: browsers want a name for passkeys, and no digits."""
    contexts, complaints = [], []

    def starts() -> Device:
        origin = f"http://localhost:{site.port}"
        context = browser.new_context(base_url=origin)
        contexts.append(context)
        listen(context, origin, complaints)
        return Device(context.new_page())

    yield starts
    for context in contexts:
        context.close()
    assert complaints == []


def enters_password(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("User name or email").fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    presses(page, "Sign in")


def signs_out(page: Page) -> None:
    page.goto("/dashboard")
    presses(page, "Sign out")


@pytest.mark.requirement("WA-3", "AAL-3")
def test_a_passkey_from_the_first_day_on(site: RunningSite, device: Callable[[], Device]) -> None:
    """Registered with it, then signed in with nothing else: by the button, and by the browser's
    own list in the field for the name.
    """
    laptop, kim = device(), site.person()
    page = laptop.page
    laptop.asks_for_finger(well=True)
    registers(page, kim)
    link(page, "Add a passkey").click()
    sees(page, "Add a passkey")
    expect(page.get_by_label("Name of this passkey")).to_have_value("Passkey (Linux)")
    presses(page, "Add a passkey")
    page.get_by_label("I have saved these codes").check()
    presses(page, "Continue")
    assert path(page) == "/dashboard"
    page.goto("/security")
    expect(page.get_by_text("Passkey (Linux)")).to_be_visible()

    # Whose device asks for no finger is told so; the password stays.
    laptop.asks_for_finger(well=False)
    signs_out(page)
    page.goto("/passkey")
    button(page, "Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text(CANCELLED)
    expect(link(page, "Sign in with your password")).to_be_visible()
    laptop.asks_for_finger(well=True)
    presses(page, "Sign in with a passkey")
    assert path(page) == "/dashboard"

    signs_out(page)
    with page.expect_navigation(url="**/dashboard"):
        page.goto("/login")  # the browser's list: its only entry is chosen at once
    page.goto("/confirm?next=/security")
    sees(page, "Confirm it’s you")
    presses(page, "Use a passkey")
    assert path(page) == "/security"


@pytest.mark.requirement("WA-11", "TOTP-17")
def test_two_keys_and_a_lost_one(site: RunningSite, device: Callable[[], Device]) -> None:
    laptop, ann = device(), site.member()
    page, internal = laptop.page, laptop.key
    enters_password(page, ann)
    enters_code(page, ann.fresh_code())
    page.goto("/setup-passkey?next=/security/passkeys")
    is_for_everybody(page, "Add a passkey")
    page.get_by_label("Name of this passkey").fill("Laptop")
    presses(page, "Add a passkey")
    page.goto("/setup-passkey")
    button(page, "Add a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("This device has a passkey")
    usb = laptop.gets_key("usb", verifies=False)
    page.get_by_label("Name of this passkey").fill("Key on the ring")
    presses(page, "Add a passkey")
    assert [len(laptop.credentials(one)) for one in (internal, usb)] == [1, 1]

    # That simple key is one step: nothing without the password, all after it.
    laptop.loses(internal)
    signs_out(page)
    page.goto("/passkey")
    button(page, "Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text(CANCELLED)
    enters_password(page, ann)
    is_for_everybody(page, "Your second step")
    presses(page, "Use a passkey")
    page.goto("/security/passkeys")
    is_for_everybody(page, "Passkeys")
    link(page, "Change Laptop").click()
    link(page, "Remove Laptop").click()
    presses(page, "Remove Laptop")
    expect(page.get_by_role("status")).to_contain_text("The passkey is removed.")
    laptop.loses(usb)
    signs_out(page)
    enters_password(page, ann)
    enters_code(page, ann.fresh_code())  # the app is there as ever
    assert path(page) == "/dashboard"


def test_at_another_address_the_page_says_where_they_work(
    site: RunningSite, visitor: Callable[[], Page]
) -> None:
    page = visitor()
    page.goto("/passkey")
    button(page, "Sign in with a passkey").click()
    there = f"http://localhost:{site.port}"
    expect(page.get_by_role("alert")).to_have_text(
        f"Passkeys work at {there} only. Open that address."
    )
    assert site.url != there


def test_without_scripts_the_other_ways_are_there(visitor: Callable[..., Page]) -> None:
    page = visitor(scripts=False)
    page.goto("/login")
    expect(button(page, "Sign in with a passkey")).to_be_hidden()
    expect(page.get_by_text("Passkeys need JavaScript.")).to_be_visible()
    expect(button(page, "Sign in")).to_be_visible()
