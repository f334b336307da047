"""Reading the source as tokens, before any parser sees it: the first half of the gate.

The alphabet is small on purpose. What is not in it is refused with its place, so that the parser behind never meets a format
string, an escape, a power or a name that starts with an underscore.
"""

from __future__ import annotations

import re

from builder.expressions.errors import ExpressionError

MAX_SOURCE = 2000
MAX_BRACKETS = 20
MAX_PREFIXES = 24
MAX_TEXT = 10_000
MAX_NUMBER = 28

# A backslash would say something else to the parser than here; control characters and halves of pairs say nothing to anybody.
_NOT_IN_TEXT = r"\\\x00-\x1f\x7f\ud800-\udfff"
_TOKEN = re.compile(
    r"(?P<blank>[ ]+)"
    rf"|(?P<text>'[^'{_NOT_IN_TEXT}]*'|\"[^\"{_NOT_IN_TEXT}]*\")"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<op>==|!=|<=|>=|\*\*|//|<<|>>|:=|->|[-+*/<>()\[\],.])"
)
_PREFIXES = frozenset({"-", "not"})
_REFUSED_OPS = frozenset({"**", "//", "<<", ">>", ":=", "->"})
_REFUSED_WORDS = frozenset(
    [
        "lambda",
        "for",
        "while",
        "if_",
        "is",
        "await",
        "async",
        "yield",
        "def",
        "class",
        "import",
        "from",
        "as",
        "with",
        "assert",
        "del",
        "global",
        "nonlocal",
        "pass",
        "raise",
        "return",
        "try",
        "except",
        "finally",
        "break",
        "continue",
    ]
)
_HINTS = {
    "=": "==",
    "&": "and",
    "|": "or",
    "!": "not",
    "（": "(",
    "）": ")",
    "，": ",",
    "“": "'",
    "”": "'",
    "‘": "'",
    "’": "'",
}


def scan(source: str) -> str:
    """The source with every kind of blank as a space, once all of it is in the alphabet and within the budgets."""
    if len(source) > MAX_SOURCE:
        raise ExpressionError("EXPRESSION_BUDGET", position=MAX_SOURCE, budget="source", limit=MAX_SOURCE)
    text = re.sub(r"[\t\r\n\u3000\u00a0]", " ", source)
    if not text.strip():
        raise ExpressionError("EXPRESSION_SYNTAX", position=0, found="", expected="")
    at, depth, prefixes, before = 0, 0, 0, ""
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _strange(text, at)
        kind, token = match.lastgroup or "", match.group()
        if kind != "blank":
            _allow(kind, token, at, before)
            depth = _nest(token, depth, at)
            prefixes = prefixes + 1 if token in _PREFIXES else 0
            if prefixes > MAX_PREFIXES:
                raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="depth", limit=MAX_PREFIXES)
        before = "" if kind == "blank" else kind
        at = match.end()
    return text


def _strange(text: str, at: int) -> ExpressionError:
    """What is not in the alphabet, within quotes too."""
    if text[at] in {"'", '"'} and (inside := re.compile(f"[{_NOT_IN_TEXT}]").search(text, at)):
        at = inside.start()
    found = text[at] if text[at].isprintable() else ""
    return ExpressionError("EXPRESSION_SYNTAX", position=at, found=found, expected=_HINTS.get(found, ""))


def _allow(kind: str, token: str, at: int, before: str) -> None:
    if token in _REFUSED_OPS or token in _REFUSED_WORDS:
        raise ExpressionError("EXPRESSION_FORBIDDEN", position=at, found=token)
    if kind == "name" and token.startswith("_"):
        raise ExpressionError("EXPRESSION_FORBIDDEN", position=at, found=token)
    if kind in ("name", "text", "number") and before in ("name", "text", "number"):
        raise ExpressionError("EXPRESSION_SYNTAX", position=at, found=token, expected="")
    if kind == "number" and len(token.replace(".", "")) > MAX_NUMBER:
        raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="digits", limit=MAX_NUMBER)


def _nest(token: str, depth: int, at: int) -> int:
    if token in {"(", "["}:
        depth += 1
        if depth > MAX_BRACKETS:
            raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="depth", limit=MAX_BRACKETS)
    elif token in {")", "]"}:
        depth -= 1
    return depth
