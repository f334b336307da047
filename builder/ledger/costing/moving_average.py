"""Moving average: one pool per cost key; every issue takes its share of the pool's value. Pure."""

from __future__ import annotations

from fractions import Fraction

from builder.ledger.costing.shape import (
    Method,
    Move,
    Outcome,
    Pool,
    at_average,
    at_unit,
    close_to_zero,
    last_short_unit,
    share,
)
from builder.ledger.costing.shortage import forget, settle, short


def move(pool: Pool, it: Move) -> Outcome:
    """A receipt adds its value (none given: at the average); an issue takes ``round(value * q / qty)``, the last unit the rest."""
    return close_to_zero(_receive(pool, it) if it.qty > 0 else _issue(pool, it))


def adjust(pool: Pool, it: Move) -> Outcome:
    """A late cost stays with as many units of its receipt as can still be here (``min(pool, receipt) / receipt``);
    without a receipt it goes to what is here. What is left over is ``rest``."""
    value = it.value or 0
    here = max(pool.qty, 0)
    whole = abs(it.origin_qty) or here
    kept = share(value, min(here, whole), whole) if whole else 0
    return Outcome(Pool(pool.qty, pool.value + kept, pool.layers), kept, rest=value - kept)


def undo(pool: Pool, it: Move) -> Outcome:
    """Exactly opposite, at the value that was booked; a shortage that the undone issue left open is gone with it."""
    value = it.value or 0
    layers = forget(pool.layers, it.origin) if it.qty else pool.layers
    return close_to_zero(Outcome(Pool(pool.qty + it.qty, pool.value + value, layers), value))


def _receive(pool: Pool, it: Move) -> Outcome:
    value = it.value if it.value is not None else at_average(pool, it.qty, it.provisional)
    layers, true_ups, edges, _, _ = settle(pool.layers, it, value)
    corrected = sum(t.value for t in true_ups)
    return Outcome(Pool(pool.qty + it.qty, pool.value + value + corrected, layers), value, edges, true_ups)


def _issue(pool: Pool, it: Move) -> Outcome:
    wanted = -it.qty
    covered = min(wanted, max(pool.qty, 0))
    missing = wanted - covered
    if it.value is None:
        cost = share(pool.value, covered, pool.qty) if covered else 0
        lacking = at_unit(_short_unit(pool, it), missing)
    else:
        lacking = share(-it.value, missing, wanted)
        cost = -it.value - lacking
    layers = (*pool.layers, short(it, missing, lacking)) if missing else pool.layers
    value = cost + lacking
    return Outcome(Pool(pool.qty - wanted, pool.value - value, layers), -value)


def _short_unit(pool: Pool, it: Move) -> Fraction | None:
    if it.provisional is not None:
        return it.provisional
    if pool.qty > 0:
        return Fraction(pool.value, pool.qty)
    return last_short_unit(pool)


def revalue(pool: Pool, it: Move) -> Outcome:
    """The pool is worth more by the value; what is not there cannot be."""
    value = it.value or 0
    return Outcome(Pool(pool.qty, pool.value + value, pool.layers), value)


METHOD = Method(move=move, adjust=adjust, undo=undo, revalue=revalue, uses_layers=False)
