"""Positive: which rows hold more than nothing of a sum or difference of measures, as a condition over the whole numbers that are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, or_

from builder.expressions import Expression
from builder.expressions.tree import Arithmetic, Negate, Node, Path
from builder.ledger.definition import LedgerModel

Terms = Mapping[str, int]
"""Measures by how often they count: ``{"on_hand": 1, "held": -1}``."""


def terms_of(expression: Expression) -> Terms | None:
    """The measures that the expression adds up and takes away; None where it does anything else."""
    found: dict[str, int] = {}
    return found if _collect(expression.tree.root, 1, found) else None


def _collect(node: Node, sign: int, found: dict[str, int]) -> bool:
    if isinstance(node, Path):
        found[node.path] = found.get(node.path, 0) + sign
        return True
    if isinstance(node, Negate):
        return _collect(node.operand, -sign, found)
    if isinstance(node, Arithmetic) and node.op in {"+", "-"}:
        other = sign if node.op == "+" else -sign
        return _collect(node.left, sign, found) and _collect(node.right, other, found)
    return False


def holds_any(
    model: LedgerModel, terms: Terms, column: Callable[[int], ColumnElement[int]]
) -> list[ColumnElement[bool]]:
    """The condition that a row says anything of the terms: most rows of a ledger are of what has long been used up."""
    own = [column(m.number) != 0 for m in model.measures if m.key in terms]
    return [or_(*own)] if own else []


def is_positive(
    model: LedgerModel, terms: Terms, column: Callable[[int], ColumnElement[int]]
) -> list[ColumnElement[bool]]:
    """The condition that the terms come to more than nothing; ``column`` gives the column of a measure's number. Measures of different
    scales are brought to the finest."""
    of = {m.key: m for m in model.measures}
    if not terms or any(key not in of for key in terms):
        return []
    finest = max(of[key].scale for key in terms)
    parts = [
        column(of[key].number) * (times * 10 ** (finest - of[key].scale)) for key, times in terms.items()
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return [total > 0]
