"""Every code that the engine answers with has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from builder import designer
from builder.metadata.text import LOCALES
from builder.web.locale import Messages

ROOT = Path(__file__).resolve().parent.parent / "builder"
CODE = re.compile(r'(?:Problem|Error|problem|refused)\(\s*"([A-Z][A-Z0-9_]{2,})"')

# What makes the engine decide again; people meet it as BUSY, if at all.
WITHIN = {"COMMIT", "CONNECTION", "FENCED", "FIRED", "LANE_MOVED", "NO_WRITER_SLOT", "RECORD_MOVED"}


def used() -> set[str]:
    """Codes in the source, without those of expressions, whose words are reasons."""
    found = {code for path in ROOT.rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}
    return {code for code in found - WITHIN if not code.startswith("EXPRESSION_")}


def test_every_code_has_words_in_both_languages() -> None:
    words = Messages.load(designer.MESSAGES).texts
    assert sorted(used() - set(words)) == []
    assert [code for code, by in words.items() if set(by) != set(LOCALES) or not all(by.values())] == []
