"""Reasons: whatever an expression fails for can be said to people."""

from __future__ import annotations

import ast
from pathlib import Path

from builder import expressions
from builder.expressions import ExpressionError
from builder.expressions.reasons import REASONS


def said_in_code() -> set[str]:
    """The reasons that the modules of the language give."""
    found: set[str] = set()
    for path in Path(str(expressions.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            reasons = (
                [k.value for k in node.keywords if k.arg == "reason"]
                if name == "ExpressionError"
                else node.args[:1]
            )
            if name in ("ExpressionError", "failed"):
                found |= {
                    r.value for r in reasons if isinstance(r, ast.Constant) and isinstance(r.value, str)
                }
    return found


def test_every_reason_has_words_in_both_languages() -> None:
    assert said_in_code() == REASONS.keys()
    assert all(set(words) == {"zh-CN", "en"} and all(words.values()) for words in REASONS.values())


def test_an_error_says_why() -> None:
    assert ExpressionError("EXPRESSION_FAILED", reason="division").why["en"] == "division by zero"
    assert ExpressionError("EXPRESSION_SYNTAX", position=0, found="=").why["zh-CN"] == "公式有误"
