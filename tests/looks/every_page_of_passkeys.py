"""Every page of passkeys, and what it says of mistakes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.stories import HostMaker, settled
from tests.support.passkey_person import adds, options, sends, shows
from tests.support.soft_passkey import Saying, SoftPasskey
from tests.support.visitor import Visitor
from vestibule.authenticators.models import Authenticator
from vestibule.passkeys.models import Passkey


def passkeys(make: HostMaker) -> Iterator[str]:
    host = make(VESTIBULE_BASE_URL="http://localhost")
    ann, first, counting = Visitor.new(host, "ann"), SoftPasskey(), SoftPasskey(count=5)
    yield ann.enters_password().html
    yield ann.opens("/setup-passkey").html
    yield sends(ann, "register", "none of ours", name="n" * 200).html
    yield sends(ann, "register", "none of ours", name="Ann").html
    challenge = options(ann, "register")
    yield sends(
        ann, "register", first.created(challenge, Saying(challenge=bytes(32))), name="Ann"
    ).html
    yield adds(ann, first, name="Ann").html
    yield adds(ann, first, name="Ann").html
    for _ in range(9):
        yield adds(ann, counting, name="Ann").html
        counting = SoftPasskey(count=5)
    yield adds(ann, counting, name="Ann").html
    yield ann.opens("/setup-passkey").html
    mine = [f"/security/passkeys/{row.id}" for row in host.rows(Passkey)]
    for path in ("/security", "/security/passkeys", mine[0], f"{mine[0]}/remove"):
        yield ann.opens(path).html
    for name in ("n" * 200, "", "Ann"):
        yield ann.fills_in(mine[0], name=name).html
    for one in mine[1:]:
        page = ann.opens(f"{one}/remove")
        yield ann.sends(page, page.form(action="/remove")).html
    yield ann.opens(f"{mine[0]}/remove").html
    host.clock.moves(minutes=11)
    for target in ("/setup-passkey", mine[0], f"{mine[0]}/remove", "/setup-2fa"):
        yield ann.opens(f"/confirm?next={target}").html
    yield sends(ann, "confirm", "none of ours").html
    ann.signs_out()
    yield ann.opens("/passkey").html
    yield ann.enters_password().html
    for saying in (Saying(spoil_signature=True), Saying(challenge=b""), Saying(credential_id=b"1")):
        yield shows(ann, first, saying).html
    for saying in (Saying(flags=1), Saying(challenge=b""), Saying(spoil_signature=True)):
        yield shows(ann, first, saying, "sign-in").html
    asked = ann.posts("/passkey/options", {"csrf_token": ann.token("/passkey")})
    yield asked.get_json(force=True)["title"]
    host.sets(Passkey, stands_alone=False, copied=True, sign_count=7)
    yield shows(ann, first, purpose="sign-in").html
    wary = ann.with_the_same_cookies(host.restarted(VESTIBULE_PASSKEY_COUNTER="refuse"))
    wary.enters_password()
    yield shows(wary, first, Saying(count=3)).html
    yield wary.opens("/recover").html
    ann.enters_password()
    shows(ann, first)
    yield ann.opens("/security/passkeys").html
    ann.sets_up()
    for path in ("/security/authenticators", f"{mine[0]}/remove", "/confirm"):
        yield ann.opens(path).html
    app = f"/security/authenticators/{host.rows(Authenticator)[0].id}"
    yield ann.opens(f"{app}/remove").html
    ann.signs_out()
    yield ann.enters_password().html
    without = ann.with_the_same_cookies(host.restarted(VESTIBULE_PASSKEYS=False))
    yield without.enters_password().html
    page = ann.opens("/verify-2fa")
    shows(ann, first)
    page = ann.opens(f"{app}/remove")
    ann.sends(page, page.form(action="/remove"))
    without = ann.with_the_same_cookies(host.restarted(VESTIBULE_PASSKEYS=False))
    yield without.enters_password().html
    asked = without.posts("/passkey/options", {"csrf_token": without.token("/verify-2fa")})
    yield asked.get_json(force=True)["title"]


def only_passkeys(make: HostMaker) -> Iterator[str]:
    host = make(VESTIBULE_BASE_URL="http://localhost")
    ann, ben, device = settled(host, "ann"), settled(host, "ben"), SoftPasskey()
    ann.signs_in()
    adds(ann, device, name="Ann")
    ben.signs_in()
    host.vestibule.policy(lambda user, context: "phishing_resistant")
    yield ben.opens("/dashboard").html
    ben.enters_password()
    yield ben.enters_code().html
    yield Visitor.new(host, "annabelle").enters_password().html
    for path in ("/security", "/confirm", f"/security/passkeys/{host.rows(Passkey)[0].id}/remove"):
        yield ann.opens(path).html
    ann.signs_out()
    yield ann.enters_password().html
    closed = ben.with_the_same_cookies(host.restarted(VESTIBULE_PASSKEYS=False))
    closed.host.vestibule.policy(lambda user, context: "phishing_resistant")
    yield closed.enters_password().html
