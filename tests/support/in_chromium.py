"""What a person does at a page of a real browser: reads, types, clicks, scans."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pyotp
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.authenticator import Authenticator
from tests.support.person import Person

MORE_THAN_ANY_PAGE_HAS = 40  # places that the Tab key stops at


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def presses(page: Page, name: str) -> None:
    """Presses the button and waits for the page that answers."""
    with page.expect_navigation():
        button(page, name).click()


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def code_field(page: Page) -> Locator:
    return page.get_by_label("6-digit code")


def path(page: Page) -> str:
    """Where the page is, with its query."""
    url = urlsplit(page.url)
    return f"{url.path}?{url.query}" if url.query else url.path


def sees(page: Page, heading: str) -> None:
    """Waits until this is the page's heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def sees_problem(page: Page, words: str) -> None:
    """The words stand in the summary, which has the focus, and at a field; the title tells too."""
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_text(words)
    expect(summary).to_be_focused()
    expect(page.locator(".error")).to_have_text(words)
    assert page.title().startswith("Error: ")


def registers(page: Page, person: Person) -> None:
    page.goto("/register")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    presses(page, "Create account")
    sees(page, "Set up an authenticator")


def enters_password(page: Page, person: Person, at: str = "/login") -> None:
    page.goto(at)
    page.get_by_label("User name or email").fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    presses(page, "Sign in")
    sees(page, "Enter your code")


def enters_code(page: Page, code: str) -> None:
    code_field(page).fill(code)
    presses(page, "Sign in")


def takes_over(page: Page, person: Person) -> None:
    """The page's browser goes on with what the person's other one holds."""
    held = [
        {"name": cookie.name, "value": cookie.value or "", "url": person.url}
        for cookie in person.browser.cookies.jar
    ]
    page.context.add_cookies(held)  # type: ignore[arg-type]


def scans(page: Page) -> str:
    """What a phone reads from the picture of the whole page, which has exactly one QR code."""
    return decoded(page.screenshot(full_page=True))


def scans_into_app(page: Page, person: Person) -> pyotp.TOTP:
    """The person's authenticator app adds what it scans, and shows its codes from now on."""
    entry = pyotp.parse_uri(scans(page))
    assert isinstance(entry, pyotp.TOTP)
    person.authenticator = Authenticator(entry.secret)
    return entry


def decoded(screenshot: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(screenshot)))
    return str(found.text)


def tabs_to(page: Page, goal: Locator) -> None:
    """Presses Tab until the goal has the focus; every stop on the way must be visible."""
    for _ in range(MORE_THAN_ANY_PAGE_HAS):
        page.keyboard.press("Tab")
        stop = page.locator(":focus")
        outline = stop.evaluate("one => getComputedStyle(one).outlineStyle")
        assert outline != "none", f"nobody sees the focus at {stop}"
        if goal.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {goal}")
