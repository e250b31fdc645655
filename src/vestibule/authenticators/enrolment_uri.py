"""How a secret travels into an app: otpauth address, QR picture, or typed by hand."""

import io
from urllib.parse import quote

from vestibule.texts import Text

QUIET_ZONE = 4
"""Modules of white around the picture (ISO/IEC 18004): without them many cameras find nothing."""


def provisioning_uri(secret: str, account: str, issuer: str) -> str:
    """The ``otpauth:`` address of the Key URI format.

    The issuer stands before the account and as a parameter, equal (URI-1); SHA-1, 6 digits and
    30 s go without saying, as apps may stumble over parameters (URI-4). The format forbids colons:
    one in the account becomes a dash, in the issuer, or an empty one, it is a ``ValueError``.
    """
    if not issuer or ":" in issuer:
        raise ValueError(f"The issuer {issuer!r} is empty or has a colon; apps would cut it there.")
    shown_issuer, shown_account = _escaped(issuer), _escaped(account.replace(":", "-"))
    return f"otpauth://totp/{shown_issuer}:{shown_account}?secret={secret}&issuer={shown_issuer}"


def _escaped(text: str) -> str:
    # Everything but RFC 3986's unreserved characters, the slash too: a space is %20, never +, and
    # half a surrogate pair (a host's odd account name) is no reason to fail.
    return quote(text, safe="", errors="replace")


def grouped(secret: str) -> str:
    """The secret in groups of four, for people who type it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


QR_TITLE = Text("QR code to scan with your authenticator app")


def qr_svg(uri: str, title: str = QR_TITLE) -> str:
    """The address as a QR picture: an ``<svg>`` to stand in a page.

    Black on white with the quiet zone inside, whatever the page's colours; attributes only, so that
    a strict content security policy lets it pass; as wide as its container. The name of the
    picture does not hold the secret (URI-6).
    """
    import segno  # whose tables are large: only who draws a picture loads it

    # The lowest level makes the fewest and so the largest modules; segno raises it where the level
    # costs no more of them. A screen is not torn or stained.
    code = segno.make_qr(uri, error="l")
    svg = code.svg_inline(
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
        title=title,
    )
    # crispEdges: no grey hairlines between rows where a module is not a whole number of pixels.
    return svg.replace("<svg ", '<svg role="img" shape-rendering="crispEdges" ', 1)


def qr_terminal(uri: str) -> str:
    """The address as a QR picture of half blocks, two rows of modules in each line.

    White on black whatever the terminal's own colours are: on a light one it would else be the
    negative, which some cameras do not read. Without colours it is right where the background is
    dark.
    """
    import segno

    drawn = io.StringIO()
    segno.make_qr(uri, error="l").terminal(drawn, border=QUIET_ZONE, compact=True)
    lines = (f"\x1b[97;40m{line}\x1b[0m\n" for line in drawn.getvalue().splitlines())
    return "".join(lines)
