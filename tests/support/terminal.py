"""A terminal as a camera sees it: the blocks of a QR code as a picture."""

from __future__ import annotations

import re

import zxingcpp
from PIL import Image

LIGHT = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
"""Of each character the upper and the lower half, white where the terminal's text is."""
_ESCAPE = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


def decoded(said: str) -> str:
    """What the one QR code says that stands in the output of a command."""
    lines = [_ESCAPE.sub("", line) for line in said.splitlines()]
    rows = [line for line in lines if len(line) > 20 and set(line) <= set(LIGHT)]
    halves = [[LIGHT[one][half] for one in row] for row in rows for half in (0, 1)]
    picture = Image.new("L", (len(halves[0]), len(halves)))
    picture.putdata([shade for row in halves for shade in row])
    scaled = picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST)
    (found,) = zxingcpp.read_barcodes(scaled)
    return str(found.text)
