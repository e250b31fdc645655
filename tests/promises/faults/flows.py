"""Every form of the site that changes something, filled in and ready to be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.promises.model.mailbox import last_link, not_me_tokens
from tests.promises.model.people import Phone
from tests.promises.model.start import OWNER
from tests.support.pages import PageForm
from tests.support.passkey_person import PAGES, adds, options
from tests.support.quick_site import QuickSite
from tests.support.seen import Seen
from tests.support.soft_passkey import SoftPasskey
from tests.support.visitor import Visitor

NEW = "another long enough password"


@dataclass(frozen=True)
class Ready:
    """A form in a browser; sending it twice is what an impatient person does."""

    browser: Visitor
    path: str
    fields: dict[str, str]

    @classmethod
    def of(cls, browser: Visitor, page: Seen, form: PageForm, **fields: str) -> Ready:
        return cls(browser, form.action or page.path, form.fields | fields)


def registering(olga: Visitor) -> Ready:
    nina = olga.host.visitor("nina", address="192.0.2.50")
    page = nina.opens("/register")
    form = page.form(with_field="password")
    fields = {"username": "nina", "email": "nina@example.org", "password": NEW}
    return Ready.of(nina, page, form, **fields)


def setting_up_at_the_first_sign_in(olga: Visitor) -> Ready:
    ready = registering(olga)
    ready.browser.posts(ready.path, ready.fields)
    page = ready.browser.opens("/setup-2fa")
    form = page.form(with_field="totp_code")
    return Ready.of(ready.browser, page, form, totp_code=_code(olga, page.secret))


def the_password(olga: Visitor) -> Ready:
    page = olga.opens("/login")
    form = page.form(with_field="password")
    return Ready.of(olga, page, form, username=OWNER, password=olga.papers.password)


def the_password_in_a_trusted_browser(olga: Visitor) -> Ready:
    ready = a_code_and_trust(olga)
    olga.posts(ready.path, ready.fields)
    olga.signs_out()
    return the_password(olga)


def a_code(olga: Visitor) -> Ready:
    page = olga.enters_password()
    return Ready.of(olga, page, page.form(with_field="totp_code"), totp_code=olga.fresh_code())


def a_code_and_trust(olga: Visitor) -> Ready:
    ready = a_code(olga)
    return Ready(olga, ready.path, ready.fields | {"trust_browser": "y"})


def a_backup_code(olga: Visitor) -> Ready:
    olga.enters_password()
    page = olga.opens("/verify-2fa/backup-code")
    form = page.form(with_field="backup_code")
    return Ready.of(olga, page, form, backup_code=olga.papers.backup_codes[0])


def a_passkey(olga: Visitor) -> Ready:
    return _passkey(olga, "second-step")


def a_passkey_alone(olga: Visitor) -> Ready:
    return _passkey(olga, "sign-in")


def one_more_passkey(olga: Visitor) -> Ready:
    credential = SoftPasskey().created(options(_inside(olga), "register"))
    page = olga.opens("/setup-passkey")
    form = page.form(with_field="credential")
    return Ready.of(olga, page, form, credential=credential, name="Key")


def giving_up(olga: Visitor) -> Ready:
    page = olga.enters_password()
    return Ready.of(olga, page, page.form(action="/verify-2fa/cancel"))


def one_more_authenticator(olga: Visitor) -> Ready:
    return _set_up(_inside(olga), "/setup-2fa")


def another_in_its_place(olga: Visitor) -> Ready:
    return _set_up(_inside(olga), f"/setup-2fa?replaces={_authenticator(olga)}")


def renaming(olga: Visitor) -> Ready:
    page = _inside(olga).opens(f"/security/authenticators/{_authenticator(olga)}")
    return Ready.of(olga, page, page.form(with_field="name"), name="Old phone")


def removing_one_of_two(olga: Visitor) -> Ready:
    _inside(olga).sets_up("Tablet")
    return removing_the_last(olga)


def removing_the_last(olga: Visitor) -> Ready:
    page = _inside(olga).opens(f"/security/authenticators/{_authenticator(olga)}/remove")
    return Ready.of(olga, page, page.form(action="/remove"))


def new_backup_codes(olga: Visitor) -> Ready:
    page = _inside(olga).opens("/backup-codes")
    return Ready.of(olga, page, page.form(action="/backup-codes/new"))


def backup_codes_are_saved(olga: Visitor) -> Ready:
    ready = new_backup_codes(olga)
    page = Seen(olga.posts(ready.path, ready.fields, follow_redirects=True))
    return Ready.of(olga, page, page.form(with_field="saved"), saved="y")


def confirming(olga: Visitor) -> Ready:
    page = _inside(olga).opens("/confirm")
    return Ready.of(olga, page, page.form(with_field="totp_code"), totp_code=olga.fresh_code())


def changing_the_password(olga: Visitor) -> Ready:
    page = _inside(olga).opens("/security/password")
    form = page.form(with_field="current_password")
    fields = {"current_password": olga.papers.password, "password": NEW}
    return Ready.of(olga, page, form, **fields)


def forgetting_the_password(olga: Visitor) -> Ready:
    page = olga.opens("/forgot-password")
    return Ready.of(olga, page, page.form(with_field="email"), email=olga.papers.email)


def a_password_with_a_link(olga: Visitor) -> Ready:
    olga.host.clock.moves(seconds=1)
    ready = forgetting_the_password(olga)
    olga.posts(ready.path, ready.fields)
    page = olga.opens(f"/reset-password?token={last_link(olga.host, olga.papers.email)}")
    return Ready.of(olga, page, page.form(with_field="password"), password=NEW)


def asking_for_a_link_to_the_address(olga: Visitor) -> Ready:
    ready = registering(olga)
    page = Seen(ready.browser.posts(ready.path, ready.fields, follow_redirects=True))
    return Ready.of(ready.browser, page, page.form(action="/confirm-email/send"))


def confirming_the_address(olga: Visitor) -> Ready:
    ready = asking_for_a_link_to_the_address(olga)
    nina = ready.browser
    nina.posts(ready.path, ready.fields)
    page = nina.opens(f"/confirm-email?token={last_link(olga.host, 'nina@example.org')}")
    return Ready.of(nina, page, page.form(action="/confirm-email"))


def this_was_not_me(olga: Visitor) -> Ready:
    token = list(not_me_tokens(olga.host, olga.papers.email))[-1]
    page = olga.opens(f"/not-me/link?token={token}")
    return Ready.of(olga, page, page.form(action="/not-me"))


def signing_out(olga: Visitor) -> Ready:
    page = _inside(olga).opens("/dashboard")
    return Ready.of(olga, page, page.form(action="/logout"))


def signing_out_everywhere(olga: Visitor) -> Ready:
    return Ready(_inside(olga), "/everywhere", {})


Prepare = Callable[[Visitor], Ready]

WHERE_ONE_MAY: list[Prepare] = [
    *(registering, the_password, the_password_in_a_trusted_browser, a_code, a_code_and_trust),
    *(a_backup_code, giving_up, one_more_authenticator, another_in_its_place, renaming),
    *(removing_one_of_two, removing_the_last, new_backup_codes, backup_codes_are_saved),
    *(confirming, changing_the_password, forgetting_the_password, a_password_with_a_link),
    *(asking_for_a_link_to_the_address, confirming_the_address, this_was_not_me),
    *(signing_out, signing_out_everywhere, one_more_passkey, a_passkey, a_passkey_alone),
]
WHERE_ONE_MUST: list[Prepare] = [registering, setting_up_at_the_first_sign_in]


def _inside(olga: Visitor) -> Visitor:
    if not olga.is_signed_in():
        olga.enters_password()
        olga.enters_code()
    return olga


def _passkey(olga: Visitor, purpose: str) -> Ready:
    device = SoftPasskey(count=1)
    adds(_inside(olga), device)
    olga.signs_out()
    if purpose == "second-step":
        olga.enters_password()
    credential = device.shown(options(olga, purpose))
    page = olga.opens(PAGES[purpose])
    return Ready.of(olga, page, page.form(with_field="credential"), credential=credential)


def _set_up(olga: Visitor, path: str) -> Ready:
    page = olga.opens(path)
    form = page.form(with_field="totp_code")
    return Ready.of(olga, page, form, totp_code=_code(olga, page.secret), name="Tablet")


def _code(olga: Visitor, secret: str) -> str:
    return Phone(secret, "", 0).code(olga.host.clock.step)


def _authenticator(olga: Visitor) -> str:
    site: QuickSite = olga.host  # type: ignore[assignment]
    rows = site.rows("SELECT id FROM vestibule_authenticator WHERE name LIKE 'olga%'")
    return str(rows[0]["id"])
