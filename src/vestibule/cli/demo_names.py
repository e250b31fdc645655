"""Who comes to a demo site, and with what."""

import itertools
import random
from collections.abc import Iterator

_FIRST = (
    *("amara", "bruno", "chloe", "dmitri", "elif", "farid", "grace", "hana", "ines", "jakub"),
    *("kiri", "leon", "mina", "noor", "oscar", "priya", "quentin", "rosa", "samir", "thuy"),
    *("ursula", "viktor", "wanda", "xenia", "yusuf", "zoe"),
)
_LAST = (
    *("adler", "boateng", "costa", "dang", "ekholm", "fischer", "garcia", "haddad", "ito"),
    *("jensen", "kaya", "lopez"),
)
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605",
)


def names() -> Iterator[str]:
    """User names without end, the same ones each time."""
    pairs = [f"{first}.{last}" for last in _LAST for first in _FIRST]
    random.Random(1).shuffle(pairs)  # noqa: S311 - no secret
    yield from pairs
    for number in itertools.count(2):
        yield from (f"{pair}{number}" for pair in pairs)
