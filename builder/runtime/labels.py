"""Labels: what a scanned code says: a plain code, or a GS1 element string with a number for what it names, a batch, days and quantities.

Read by ``biip`` after the GS1 General Specifications: fixed lengths, FNC1 between what varies, years by the century rule of section 7.12, day 00 as the
month's last, check digits of GTINs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import biip
from biip import ParseError
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin

SEPARATOR = "\x1d"
MARKS = ("]C1", "]d2", "]Q3", "]e0", "]J1")
"""Symbology identifiers by which a scanner says that a code is GS1."""
HEADS = ("01", "02", "00")
LONGEST = 200


@dataclass(frozen=True)
class Label:
    """``codes`` are texts by which the thing itself may be known, the likeliest first. ``values`` are what else the label says, by
    application identifier: days in ISO form, quantities as plain numbers (``310`` for 3100 to 3105)."""

    codes: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


def read_label(text: str) -> Label:
    """What the text says. A text that claims to be GS1 and is not (a separator was lost, a check digit is wrong) names nothing:
    guessing would take a batch for another."""
    text = text.strip()
    if len(text) > LONGEST:
        return Label(())
    if not _claims(text):
        return Label(tuple(dict.fromkeys(filter(None, (text, *_forms(text))))))
    message = _message(text)
    if message is None:
        return Label(())
    values: dict[str, str] = {}
    codes: list[str] = []
    for element in message.element_strings:
        if element.ai.ai in {"01", "02"}:
            known = _forms(element.value)
            if not known:
                return Label(())
            codes.extend((element.value, *known))
        elif element.ai.ai == "00":
            codes.append(element.value)
        values.setdefault(_key(element), _value(element))
    return Label(tuple(dict.fromkeys(codes)), values)


def _claims(text: str) -> bool:
    if text.startswith((*MARKS, "(")) or SEPARATOR in text:
        return True
    return text.startswith(HEADS) and len(text) > 16 and text[:16].isdigit()


def _message(text: str) -> GS1Message | None:
    try:
        if text.startswith("("):
            return GS1Message.parse_hri(text)
        return biip.parse(text).gs1_message
    except (ParseError, ValueError):
        return None


def _key(element: GS1ElementString) -> str:
    return element.ai.ai[:3] if element.decimal is not None and len(element.ai.ai) == 4 else element.ai.ai


def _value(element: GS1ElementString) -> str:
    if element.date is not None:
        return element.date.isoformat()
    if element.decimal is not None:
        return format(element.decimal.normalize(), "f")
    is_count = element.ai.ai in {"30", "37"}
    return str(int(element.value)) if is_count and element.value.isdigit() else element.value


def _forms(digits: str) -> tuple[str, ...]:
    """The ways in which a GTIN may be written where a thing was entered: with leading zeros and without. Nothing where it is none."""
    try:
        gtin = Gtin.parse(digits)
    except (ParseError, ValueError):
        return ()
    bare = digits.lstrip("0")
    return (bare.rjust(13, "0"), bare, gtin.as_gtin_14())
