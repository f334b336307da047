"""Conditions: an expression as rows that people pick (*subject, comparison, value*), and rows as the same expression again. Pure.

What no row can say stays a *formula* row with its source, so that nothing a person wrote is ever lost or changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from builder.expressions.errors import ExpressionError
from builder.expressions.parse import parse
from builder.expressions.tree import Call, Compare, Constant, ListOf, Logic, Node, Not, Path, Tree

Subject = Literal["path", "sum", "count", "days", "formula"]
ValueKind = Literal["text", "number", "name", "today", "yes", "formula", ""]
BARE = frozenset({"filled", "empty", "is_true", "is_false"})
UNQUOTABLE = re.compile(r"[\\\x00-\x1f\x7f]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One row. ``subject`` says what ``what`` is: a name, the sum or count over lines, the days since a date, or a formula (its source).
    ``values`` are several only for ``in`` and ``not in``."""

    subject: Subject
    what: str
    op: str = "is_true"
    value_kind: ValueKind = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """Rows of which all or any must hold."""

    joined: Literal["all", "any"] = "all"
    rows: tuple[Condition, ...] = ()


def rows_of(source: str | None) -> Conditions:
    """The rows of an expression; composing them gives exactly ``source`` again."""
    if not source or not source.strip():
        return Conditions()
    try:
        tree = parse(source)
    except ExpressionError:
        return Conditions("all", (Condition("formula", source),))
    root = tree.root
    parts = root.parts if isinstance(root, Logic) else (root,)
    joined: Literal["all", "any"] = "any" if isinstance(root, Logic) and root.op == "or" else "all"
    found = Conditions(joined, tuple(_row(tree, part) for part in parts))
    return found if composed(found) == source else Conditions("all", (Condition("formula", source),))


def composed(conditions: Conditions) -> str | None:
    """The expression of the rows; None where there is none."""
    parts = [text for row in conditions.rows if (text := source_of(row))]
    if not parts:
        return None
    if len(parts) > 1 and conditions.joined == "all":
        parts = [f"({p})" if _is_or(p) else p for p in parts]
    return (" and " if conditions.joined == "all" else " or ").join(parts)


def _is_or(source: str) -> bool:
    try:
        root = parse(source).root
    except ExpressionError:
        return False
    return isinstance(root, Logic) and root.op == "or"


def _row(tree: Tree, node: Node) -> Condition:
    text = tree.text(node)
    found = _recognised(node)
    return found if found is not None and source_of(found) == text else Condition("formula", text)


def _recognised(node: Node) -> Condition | None:
    if isinstance(node, Path):
        return Condition("path", node.path, "is_true")
    if isinstance(node, Not) and isinstance(node.operand, Path):
        return Condition("path", node.operand.path, "is_false")
    if not isinstance(node, Compare) or len(node.ops) != 1:
        return None
    subject = _subject(node.first)
    if subject is None:
        return None
    op, right = node.ops[0], node.rest[0]
    if isinstance(right, Constant) and right.value is None and op in {"==", "!="}:
        return Condition(*subject, "empty" if op == "==" else "filled")
    value = _value(right)
    return Condition(*subject, op, *value) if value else None


def _subject(node: Node) -> tuple[Subject, str] | None:
    if isinstance(node, Path):
        return "path", node.path
    if isinstance(node, Call) and node.arguments and isinstance(node.arguments[0], Path):
        path = node.arguments[0].path
        if node.function in {"SUM", "COUNT"} and len(node.arguments) == 1:
            return ("sum" if node.function == "SUM" else "count"), path
        if node.function == "DATEDIFF" and len(node.arguments) == 3 and _is_today(node.arguments[1]):
            return "days", path
    return None


def _is_today(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "TODAY" and not node.arguments


def _value(node: Node) -> tuple[ValueKind, tuple[str, ...]] | None:
    if isinstance(node, Constant):
        return _constant(node.value)
    if isinstance(node, Path):
        return "name", (node.path,)
    if _is_today(node):
        return "today", ("TODAY()",)
    if isinstance(node, ListOf):
        found = [_value(item) for item in node.items]
        kinds = {f[0] for f in found if f}
        if found and all(found) and len(kinds) == 1:
            return kinds.pop(), tuple(f[1][0] for f in found if f)
    return None


def _constant(value: Any) -> tuple[ValueKind, tuple[str, ...]]:
    if isinstance(value, bool):
        return "yes", ("True" if value else "False",)
    if isinstance(value, Decimal):
        return "number", (format(value, "f"),)
    return "text", (str(value),)


SUBJECTS: Mapping[str, str] = {
    "path": "{what}",
    "sum": "SUM({what})",
    "count": "COUNT({what})",
    "days": "DATEDIFF({what}, TODAY(), 'days')",
    "formula": "{what}",
}


def source_of(row: Condition) -> str:
    """The expression of one row; empty where it says nothing yet."""
    what = row.what.strip()
    if not what:
        return ""
    left = SUBJECTS[row.subject].replace("{what}", what)
    if row.subject == "formula" or row.op == "is_true":
        return left
    if row.op == "is_false":
        return f"not {left}"
    if row.op in {"filled", "empty"}:
        return f"{left} {'!=' if row.op == 'filled' else '=='} None"
    values = [_source(row.value_kind, v) for v in row.values if v.strip()]
    if row.op in {"in", "not in"}:
        return f"{left} {row.op} [{', '.join(values)}]" if values else ""
    return f"{left} {row.op} {values[0]}" if values else ""


def _source(kind: str, value: str) -> str:
    return quoted(value) if kind == "text" else value.strip()


def quoted(text: str) -> str:
    """Words as a constant. The language has no escapes: what cannot stand between quotes is left out or drawn alike."""
    text = UNQUOTABLE.sub("", text)
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"' if '"' not in text else f"""'{text.replace("'", "’")}'"""


def to_form(conditions: Conditions, prefix: str) -> dict[str, list[str]]:
    """The rows as form fields: what a page shows and sends back."""
    form: dict[str, list[str]] = {f"{prefix}.joined": [conditions.joined]}
    for index, row in enumerate(conditions.rows):
        at = f"{prefix}.{index}"
        form |= {f"{at}.subject": [row.subject], f"{at}.what": [row.what], f"{at}.op": [row.op]}
        form |= {f"{at}.kind": [row.value_kind], f"{at}.value": list(row.values)}
    return form


def from_form(form: Mapping[str, Sequence[str]], prefix: str) -> Conditions:
    """The rows that a form says."""
    rows: list[Condition] = []
    for index in indexes(form, prefix):
        at = f"{prefix}.{index}"
        if _one(form, f"{at}.gone"):
            continue
        subject, what = _one(form, f"{at}.subject"), _one(form, f"{at}.what")
        if _one(form, f"{at}.about"):
            subject, _, what = _one(form, f"{at}.about").partition(":")
        op = _one(form, f"{at}.op") or "is_true"
        values = tuple(v for v in form.get(f"{at}.value", ()) if v)
        kind = _one(form, f"{at}.kind")
        rows.append(Condition(subject or "path", what, op, kind, values))  # type: ignore[arg-type]
    joined: Any = _one(form, f"{prefix}.joined") or "all"
    return Conditions(joined, tuple(rows))


def indexes(form: Iterable[str], prefix: str) -> list[int]:
    """The numbers of a form's rows, in order."""
    pattern = re.compile(re.escape(prefix) + r"\.([0-9]{1,3})\.")
    return sorted({int(found[1]) for key in form if (found := pattern.match(key))})


def _one(form: Mapping[str, Sequence[str]], key: str) -> str:
    values = form.get(key, ())
    return values[-1] if values else ""
