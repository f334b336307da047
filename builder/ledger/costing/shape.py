"""The shape of a costing method, and the arithmetic that all of them share. Pure.

Quantities and values are whole numbers at their measures' scales, so nothing here can lose a digit. A pool holds
(quantity, value), never a unit cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from builder.ledger.definition import Key
from builder.ledger.state import Edge, Layer


@dataclass(frozen=True, slots=True)
class Pool:
    """What one cost key holds, with its open layers and shortages in order."""

    qty: int
    value: int
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One entry about to be costed. ``value`` None: the method finds it. ``origin`` is the entry that a return, a late cost
    or a reversal speaks of, ``origin_qty`` its whole quantity. ``undoes`` are the edges that a reversal gives back.
    ``provisional`` is the value of one scaled unit where goods are issued that are not there, ``standard`` what a scaled unit is
    worth by decree. ``told_by`` is the place in keys of what tells units apart (None: nothing does). ``place`` is where in the
    queue units go that have been in it before. ``heirs`` are further entries whose layers hold units of the origin, each with the part
    of a unit there that is its."""

    entry_id: int
    day: date
    seq: int
    key: Key
    qty: int
    value: int | None = None
    origin: int = 0
    origin_qty: int = 0
    undoes: tuple[Edge, ...] = ()
    provisional: Fraction | None = None
    standard: Fraction | None = None
    told_by: int | None = None
    place: tuple[date, int] | None = None
    heirs: tuple[tuple[int, Fraction], ...] = ()


@dataclass(frozen=True, slots=True)
class TrueUp:
    """``value`` moves into the pool (and out of what ``concerns`` cost) at ``key``, not before ``day``, when that left."""

    concerns: int
    key: Key
    value: int
    day: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """``value`` is the entry's own. ``residue`` is what must leave so that zero means zero, ``rest`` what a late cost could not
    put on units that are still there, ``variance`` what was paid beyond the value that the method gives."""

    pool: Pool
    value: int
    edges: tuple[Edge, ...] = ()
    true_ups: tuple[TrueUp, ...] = ()
    residue: int = 0
    rest: int = 0
    variance: int = 0


@dataclass(frozen=True, slots=True)
class Method:
    """A costing method: ``move`` for quantities, ``adjust`` for value alone, ``undo`` for exact reversals, ``revalue`` to make what is
    there worth more or less. ``uses_layers`` says that issues need the pool's receipt layers, ``needs_standard`` that it costs by
    decree, ``tells_apart`` that units of a pool have costs of their own."""

    move: Callable[[Pool, Move], Outcome]
    adjust: Callable[[Pool, Move], Outcome]
    undo: Callable[[Pool, Move], Outcome]
    revalue: Callable[[Pool, Move], Outcome]
    uses_layers: bool
    needs_standard: bool = False
    tells_apart: bool = False


def divide(numerator: int, denominator: int) -> int:
    """The quotient rounded HALF_UP (a half goes away from zero)."""
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    if 2 * remainder >= abs(denominator):
        quotient += 1
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def share(value: int, part: int, whole: int) -> int:
    """The part's share of ``value``: ``round(value * part / whole)``; the last unit takes the rest."""
    return value if part == whole else divide(value * part, whole)


def at_unit(unit: Fraction | None, qty: int) -> int:
    """``qty`` at a unit value, rounded; nothing where no unit value is known."""
    return divide(unit.numerator * qty, unit.denominator) if unit is not None else 0


def last_short_unit(pool: Pool) -> Fraction | None:
    """The unit value of the newest open shortage."""
    shorts = [x for x in pool.layers if x.kind == "short" and x.qty]
    return Fraction(shorts[-1].value, shorts[-1].qty) if shorts else None


def short_unit(pool: Pool, it: Move) -> Fraction | None:
    """The unit value of what is issued beyond what is there, where layers say what came last."""
    if it.provisional is not None:
        return it.provisional
    receipts = [x for x in pool.layers if x.kind == "receipt" and x.qty]
    return Fraction(receipts[-1].value, receipts[-1].qty) if receipts else last_short_unit(pool)


def at_average(pool: Pool, qty: int, provisional: Fraction | None) -> int:
    """What a receipt without a value is worth: the pool's average; where it is empty, the provisional or last known unit."""
    if pool.qty > 0:
        return share(pool.value, qty, pool.qty)
    return at_unit(provisional if provisional is not None else last_short_unit(pool), qty)


def close_to_zero(outcome: Outcome) -> Outcome:
    """Zero means zero: a pool without quantity keeps no value."""
    pool = outcome.pool
    if pool.qty or not pool.value:
        return outcome
    return replace(outcome, pool=Pool(0, 0, pool.layers), residue=outcome.residue - pool.value)
