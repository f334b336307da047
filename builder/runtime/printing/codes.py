"""Codes: what a scanner reads from paper, as pictures that print templates put where they like: barcodes, GS1 labels, QR codes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import segno
from barcode.codex import Code128, Gs1_128
from barcode.ean import EAN8, EAN13
from barcode.errors import BarcodeError
from jinja2 import ChainableUndefined

from builder.runtime.printing.pictures import Paper

FNC1 = "\xf1"
FIXED: Mapping[str, int] = {
    "00": 18,
    "01": 14,
    "02": 14,
    "11": 6,
    "12": 6,
    "13": 6,
    "15": 6,
    "16": 6,
    "17": 6,
    "20": 2,
}
"""Digits of what needs no separator behind it (GS1 General Specifications, figure 7.8.5-2)."""
DAYS = frozenset({"11", "12", "13", "15", "16", "17"})
LONGEST = 80
MODULE, QUIET_ZONE = 0.2, 3.0
"""Millimetres: the narrowest bar, and what stays white on either side."""
LARGEST_FONT, SMALLEST_FONT = 8, 4
LETTER = 0.22
"""How wide a letter is at most for each point of its size, in millimetres."""
SHAPE = {
    "module_height": 12.0,
    "module_width": MODULE,
    "quiet_zone": QUIET_ZONE,
    "text_distance": 3.5,
}


def barcode(value: Any = None, *_: Any) -> Paper:
    """A code as EAN-13 or EAN-8 where it is one, else as Code 128. Nothing for what no code can hold."""
    text = _text(value)
    for kind in (EAN13, EAN8):
        if (
            text.isascii()
            and text.isdigit()
            and len(text) == kind.digits + 1
            and kind(text[:-1]).get_fullcode() == text
        ):
            return _drawn(kind(text[:-1]))
    return _quietly(lambda: _drawn(Code128(text))) if text else Paper("")


def gs1(*parts: Any) -> Paper:
    """A GS1-128 label of pairs: application identifier, value, and so on. Days are written as YYMMDD, what varies ends with FNC1; a pair
    without a value is left out."""
    pairs = [(str(parts[i]), _element(str(parts[i]), parts[i + 1])) for i in range(0, len(parts) - 1, 2)]
    pairs = sorted(((ai, value) for ai, value in pairs if value), key=lambda pair: pair[0] not in FIXED)
    if not pairs or any(ai in FIXED and len(value) != FIXED[ai] for ai, value in pairs):
        return Paper("")
    joined = "".join(f"{ai}{value}{'' if ai in FIXED else FNC1}" for ai, value in pairs).removesuffix(FNC1)
    words = "".join(f"({ai}){value}" for ai, value in pairs)
    return _quietly(lambda: _drawn(Gs1_128(joined), words)) if len(joined) <= LONGEST else Paper("")


def qr(value: Any = None, *_: Any) -> Paper:
    """A QR code of the text. Nothing for one that is too long."""
    text = _text(value)
    if not text or len(text) > 1000:
        return Paper("")
    return _quietly(lambda: _square(text))


CODES: Mapping[str, Callable[..., Any]] = {"BARCODE": barcode, "GS1": gs1, "QR": qr}
"""By the names that templates call."""


def _text(value: Any) -> str:
    if value is None or isinstance(value, ChainableUndefined):
        return ""
    return str(value).strip()[:1000]


def _element(ai: str, value: Any) -> str:
    if isinstance(value, date):
        return value.strftime("%y%m%d")
    text = _text(value)
    if ai in DAYS and len(text) == 10:
        return text[2:].replace("-", "")
    if ai in {"01", "02"} and text.isdigit():
        return text.rjust(14, "0")
    return text


def _quietly(draw: Callable[[], Paper]) -> Paper:
    try:
        return draw()
    except (BarcodeError, KeyError, ValueError):
        return Paper("")


def _square(text: str) -> Paper:
    url = segno.make(text, error="m").svg_data_uri(encode_minimal=False, scale=3)
    return Paper(f'<img class="code" alt="" src="{url}">')


def _drawn(code: Any, words: str = "") -> Paper:
    svg: bytes = code.render({**SHAPE, "font_size": _font(code, words)}, text=words or None)
    return Paper(f'<img class="code" alt="" src="data:image/svg+xml;base64,{b64encode(svg).decode()}">')


def _font(code: Any, words: str) -> int:
    """The size at which the words under a code are no wider than the code: a picture cuts off what stands out of it."""
    room = len(code.build()[0]) * MODULE + 2 * QUIET_ZONE
    fits = int(room / (LETTER * max(len(words or code.get_fullcode()), 1)))
    return max(SMALLEST_FONT, min(LARGEST_FONT, fits))
