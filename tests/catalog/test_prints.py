"""Prints of the catalog call nothing that paper does not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.runtime.printing.sandbox import PrintEnvironment

PRINTS = sorted((Path(__file__).resolve().parents[2] / "templates_catalog").glob("*/prints/*.html"))
CALL = re.compile(r"\b([A-Z][A-Z0-9]+)\(")


@pytest.mark.parametrize("paper", PRINTS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_every_function_that_it_calls_is_there(paper: Path) -> None:
    called = set(CALL.findall(paper.read_text("utf-8")))
    assert called <= set(PrintEnvironment(str).globals)


@pytest.mark.parametrize("paper", PRINTS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_labels_have_the_colon_of_their_language(paper: Path) -> None:
    """``Number:CGDD…`` reads as one word; ``w(':', ': ')`` has the space that English needs."""
    assert not re.search(r"\) \}\}:", paper.read_text("utf-8"))


@pytest.mark.parametrize("paper", PRINTS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_chinese_capitals_stay_on_chinese_paper(paper: Path) -> None:
    """Amounts in capitals guard a Chinese document; nobody who reads English can read them."""
    written = paper.read_text("utf-8")
    chinese = re.sub(r"\{% if locale != 'en' %\}.*?\{% endif %\}", "", written, flags=re.DOTALL)
    chinese = re.sub(r"w\('[^']*' ~ RMB_CAPITALS\([\w.]+\), '[^']*'\)", "", chinese)
    assert "RMB_CAPITALS" not in chinese
