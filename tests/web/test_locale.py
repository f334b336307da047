"""Words: numbers within sentences read as people write them."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

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


FILES = sorted(Path(__file__).resolve().parents[2].glob("builder/**/i18n/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: "-".join(path.parts[-3:]))
def test_no_words_are_said_twice_under_one_key(path: Path) -> None:
    """The later one would win, wherever the first was meant."""
    pairs: list[tuple[str, str]] = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
    assert [key for key, count in Counter(key for key, _ in pairs).items() if count > 1] == []
