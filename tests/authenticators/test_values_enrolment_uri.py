"""The otpauth address, and the picture that carries it: read back by other programs' readers."""

import io
import re
import xml.etree.ElementTree as ET
from urllib.parse import parse_qsl, unquote, urlsplit

import pyotp
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vestibule.authenticators.enrolment_uri import grouped, provisioning_uri, qr_svg
from vestibule.authenticators.values import new_secret

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
AWKWARD = [
    *("ACME Co", "a+b@example.org", "Müller", "50 %", "%3A%2F", "you & me", "a/b", "who?", "#1"),
    *("a=b", FAMILY, '"<script>', "日本語", "~._-", " "),
]
names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
issuers = names.filter(lambda name: ":" not in name)


def check_round_trip(account: str, issuer: str) -> None:
    uri = provisioning_uri(SECRET, account, issuer)
    shown = account.replace(":", "-")

    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    prefix, colon, name = parts.path.removeprefix("/").partition(":")
    assert (unquote(prefix), colon, unquote(name)) == (issuer, ":", shown)
    parameters = parse_qsl(parts.query, strict_parsing=True, keep_blank_values=True)
    assert parameters == [("secret", SECRET), ("issuer", issuer)]
    # Nothing but what RFC 3986 lets stand there, and no plus that some apps read as a space.
    assert re.fullmatch(
        r"otpauth://totp/[\w.~%-]+:[\w.~%-]*\?secret=[A-Z2-7]+&issuer=[\w.~%-]+", uri, re.A
    )

    read = pyotp.parse_uri(uri)
    assert (read.secret, read.issuer, read.name) == (SECRET, issuer, shown or "Secret")


@pytest.mark.requirement("URI-1")
@pytest.mark.requirement("URI-2")
@pytest.mark.parametrize("issuer", AWKWARD)
@pytest.mark.parametrize("account", [*AWKWARD, "urn:user:7"])
def test_awkward_names_come_back_as_they_were(account: str, issuer: str) -> None:
    check_round_trip(account, issuer)


@pytest.mark.requirement("URI-2")
@settings(deadline=None)
@given(names, issuers)
def test_every_name_comes_back_as_it_was(account: str, issuer: str) -> None:
    check_round_trip(account, issuer)


@pytest.mark.requirement("URI-1")
@pytest.mark.requirement("URI-4")
def test_the_address_says_no_more_than_it_must() -> None:
    assert provisioning_uri(SECRET, "anna", "ACME Co") == (
        f"otpauth://totp/ACME%20Co:anna?secret={SECRET}&issuer=ACME%20Co"
    )


@pytest.mark.requirement("URI-2")
@pytest.mark.parametrize("issuer", ["", "Acme: the site", ":", "Acme:"])
def test_an_issuer_that_apps_would_cut_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        provisioning_uri(SECRET, "anna", issuer)


def test_half_a_surrogate_pair_in_a_name_is_no_reason_to_fail() -> None:
    assert provisioning_uri(SECRET, "a\ud800b", "Acme").startswith("otpauth://totp/Acme:a%3Fb?")


@pytest.mark.requirement("URI-3")
def test_the_key_in_groups_of_four_is_the_same_key() -> None:
    secret = new_secret()
    assert re.fullmatch("(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", grouped(secret))
    assert pyotp.TOTP(grouped(secret).replace(" ", "")).at(0) == pyotp.TOTP(secret).at(0)


# The picture


def modules(svg: str) -> list[list[bool]]:
    """The dark modules of the picture, from its own geometry: a white tile and rows of strokes."""
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    left, top, width, height = map(int, root.attrib["viewBox"].split())
    assert (left, top, width) == (0, 0, height)
    _, tile, strokes = root
    assert tile.attrib == {"fill": "#fff", "d": f"M0 0h{width}v{width}h-{width}z"}
    assert set(strokes.attrib) == {"stroke", "d"}
    assert strokes.attrib["stroke"] == "#000"
    rows = [[False] * width for _ in range(width)]
    x, y = 0.0, 0.0
    for command, first, second in re.findall(
        r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", strokes.attrib["d"]
    ):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second)
        else:
            for column in range(int(x), int(x) + int(first)):
                rows[int(y)][column] = True
            x += float(first)
    return rows


def decoded(picture: Image.Image) -> list[str]:
    # As a camera for QR codes does: in the dots of some it finds the bars of another code as well.
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [one.text for one in found]


def photographed(svg: str, scale: int = 4) -> Image.Image:
    rows = modules(svg)
    picture = Image.new("L", (len(rows), len(rows)))
    picture.putdata([0 if dark else 255 for row in rows for dark in row])
    return picture.resize((len(rows) * scale, len(rows) * scale), Image.Resampling.NEAREST)


URIS = [
    provisioning_uri(SECRET, "anna", "Acme"),
    provisioning_uri(SECRET, "anna+work@example.org", "ACME & Söhne"),
    provisioning_uri(SECRET, "\U0001f511" * 40, "\U0001f510" * 20),
]


@pytest.mark.requirement("URI-6")
@pytest.mark.parametrize("uri", URIS, ids=["plain", "awkward", "long"])
def test_a_decoder_reads_the_exact_address_from_the_picture(uri: str) -> None:
    assert decoded(photographed(qr_svg(uri))) == [uri]


@pytest.mark.parametrize("uri", URIS, ids=["plain", "awkward", "long"])
def test_a_decoder_reads_the_same_from_the_renderers_own_picture(uri: str) -> None:
    png = io.BytesIO()
    segno.make_qr(uri, error="l").save(png, kind="png", scale=4, border=4)
    assert decoded(Image.open(png)) == [uri]


@settings(deadline=None, max_examples=25)
@given(names, issuers)
def test_a_decoder_reads_every_name(account: str, issuer: str) -> None:
    uri = provisioning_uri(SECRET, account, issuer)
    assert decoded(photographed(qr_svg(uri))) == [uri]


def test_the_quiet_zone_of_four_white_modules_is_inside_the_picture() -> None:
    rows = modules(qr_svg(URIS[0]))
    size = len(rows)
    dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    assert min(min(x, y) for x, y in dark) == 4
    assert max(max(x, y) for x, y in dark) == size - 5


def test_the_picture_passes_a_strict_content_security_policy() -> None:
    root = ET.fromstring(qr_svg(URIS[0]))  # noqa: S314 - our own picture
    everything = list(root.iter())
    assert {element.tag for element in everything} == {"svg", "title", "path"}
    attributes = {name for element in everything for name in element.attrib}
    assert attributes == {"role", "shape-rendering", "viewBox", "fill", "stroke", "d"}


@pytest.mark.requirement("URI-7")
def test_the_picture_has_a_name_that_does_not_hold_the_secret() -> None:
    svg = qr_svg(URIS[0])
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    assert root.attrib["role"] == "img"
    assert root.findtext("title") == "QR code to scan with your authenticator app"
    assert SECRET not in svg
