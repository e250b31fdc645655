"""``/admin``: how the site does, as charts with their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.wrappers import Response

from vestibule.admin.overview import MOST, Overview, overview
from vestibule.audit.values import EventKind
from vestibule.texts import Text
from vestibule.web.pages import after_sign_in, page
from vestibule.web.request_state import runtime

WIDTH, HEIGHT = 280, 72
_GAP = 4

SHOWN: Mapping[EventKind, Text] = {
    EventKind.SIGNED_IN: Text("Sign-ins"),
    EventKind.PASSWORD_FAILED: Text("Wrong passwords"),
    EventKind.SECOND_STEP_FAILED: Text("Wrong codes"),
    EventKind.CODE_REPLAYED: Text("Codes used twice"),
    EventKind.PASSKEY_FAILED: Text("Refused passkeys"),
    EventKind.TRY_REFUSED: Text("Too many tries"),
}


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    title: Text
    total: str
    most: str
    bars: Sequence[Bar]


def front() -> Response:
    found = overview(runtime().services, list(SHOWN))
    shares = found.shares
    return page(
        "admin_overview.html",
        charts=[_chart(found, kind) for kind in SHOWN],
        heads=list(SHOWN.values()),
        days=[
            (one.day, [in_digits(one.counts[kind]) for kind in SHOWN])
            for one in reversed(found.days)
        ],
        counted_until=found.counted_until,
        shares=shares,
        looked_at=in_digits(shares.looked_at),
        with_second_step=in_digits(shares.with_second_step),
        without_codes=in_digits(shares.without_codes),
        share=_bar_of(shares.with_second_step, shares.looked_at),
        share_without_codes=_bar_of(shares.without_codes, shares.with_second_step),
        password_waits=_no_more_than(found.password_waits),
        code_waits=_no_more_than(found.code_waits),
        recoveries=_no_more_than(found.recoveries),
        size=(WIDTH, HEIGHT),
        back_url=after_sign_in(),
    )


def _chart(found: Overview, kind: EventKind) -> Chart:
    """Each in its own measure: a thousand sign-ins must not hide ten guessed codes."""
    counts = [one.counts[kind] for one in found.days]
    most, step = max(counts), WIDTH / len(counts)
    bars = []
    for place, count in enumerate(counts):
        if count:
            # What happened at all is seen.
            height = max(2.0, round(HEIGHT * count / most, 1))
            bars.append(Bar(place * step + _GAP / 2, HEIGHT - height, step - _GAP, height))
    return Chart(SHOWN[kind], in_digits(sum(counts)), in_digits(most), bars)


def _bar_of(part: int, whole: int) -> tuple[str, float]:
    """In hundredths, and as a length."""
    share = part / whole if whole else 0.0
    return f"{share:.0%}", round(WIDTH * share, 1)


def _no_more_than(count: int) -> str | Text:
    if count > MOST:
        return Text("more than %(count)s", count=in_digits(MOST))
    return in_digits(count)


def in_digits(count: int) -> str:
    """Thousands apart, as every language reads them."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
