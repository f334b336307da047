"""Words: numbers within sentences read as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from builder.web.locale import Messages

WORDS = Messages({"SHORT": {"zh-CN": "缺 {shortage}。", "en": "Short by {shortage}."}})


@pytest.mark.parametrize(
    ("number", "said"),
    [("49997.0000", "49,997"), ("1.5000", "1.5"), ("500.00", "500.00"), ("0.0000", "0"), ("-3", "-3")],
)
def test_a_sentence_says_no_zeros_that_mean_nothing(number: str, said: str) -> None:
    assert WORDS.text("SHORT", "en", {"shortage": Decimal(number)}) == f"Short by {said}."
    assert WORDS.text("SHORT", "zh-CN", {"shortage": Decimal(number)}) == f"缺 {said}。"
