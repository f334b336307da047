"""Codes in prints: what a scanner would read from them."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import date

import pytest

from builder.runtime.printing.codes import barcode, gs1, qr

SVG = "data:image/svg+xml;base64,"


def words(markup: str) -> str:
    """The picture's own text, as it stands below the bars."""
    assert SVG in markup
    return b64decode(markup.split(SVG)[1].split('"', maxsplit=1)[0]).decode()


def test_a_number_with_its_check_digit_is_an_ean_and_anything_else_code_128() -> None:
    assert ">6901234567892</text>" in words(barcode("6901234567892"))
    assert ">A-1</text>" in words(barcode("A-1"))
    assert ">6901234567890</text>" in words(barcode("6901234567890")), "a wrong check digit is no EAN"


def test_a_label_is_said_beside_its_bars_and_what_is_missing_is_left_out() -> None:
    made = words(gs1("10", "B1", "01", "6901234567892", "17", date(2026, 6, 30), "21", None))
    assert ">(01)06901234567892(17)260630(10)B1</text>" in made


@pytest.mark.parametrize("nothing", [None, "", "中文"])
def test_what_no_bars_can_say_prints_nothing(nothing: str | None) -> None:
    assert barcode(nothing) == ""
    assert gs1("10", nothing) == ""


def test_an_item_number_that_is_too_long_for_a_label_prints_nothing() -> None:
    assert gs1("01", "1234567890123456", "10", "B1") == ""


def test_a_qr_code_takes_any_text() -> None:
    assert qr("https://例え.example/a?b=1").startswith('<img class="code"')
    assert qr(None) == ""


def test_what_no_code_can_hold_leaves_its_place_empty() -> None:
    assert [qr(text * 1000) for text in ("汉", "😀")] == ["", ""]
    assert [barcode(digit * 13) for digit in ("²", "٣")] == ["", ""]


def test_words_below_bars_are_written_so_small_that_they_fit() -> None:
    size = re.compile(r"font-size:(\d+)pt")
    assert size.findall(words(barcode("A-1"))) == ["8"]
    made = words(gs1("01", "6901234510317", "17", date(2027, 8, 1), "10", "QK2512"))
    [points], [(width, _)] = (
        size.findall(made),
        re.findall(r'width="([\d.]+)mm" height="([\d.]+)mm">\s*<!', made),
    )
    assert len("(01)06901234510317(17)270801(10)QK2512") * 0.22 * int(points) <= float(width)
    assert int(points) < 8
