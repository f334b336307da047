"""Standard cost: units are worth what was decreed; what was paid beyond that is variance, told apart at once. Pure."""

from __future__ import annotations

from builder.ledger.costing.shape import Method, Move, Outcome, Pool, at_unit, close_to_zero, divide, share


def move(pool: Pool, it: Move) -> Outcome:
    """A receipt enters at the standard; an issue takes its share of the pool, and beyond what is there the standard."""
    worth = _worth(pool, it)
    paid = worth if it.value is None else it.value
    after = Pool(pool.qty + it.qty, pool.value + worth, pool.layers)
    return close_to_zero(Outcome(after, worth, variance=paid - worth))


def adjust(pool: Pool, it: Move) -> Outcome:
    """A late cost changes no standard: all of it is variance."""
    return Outcome(pool, 0, variance=it.value or 0)


def undo(pool: Pool, it: Move) -> Outcome:
    """Exactly opposite; where the standard has changed since, what is left keeps its unit value, the difference leaves."""
    value = it.value or 0
    qty = pool.qty + it.qty
    kept = share(pool.value, qty, pool.qty) if pool.qty > 0 and qty > 0 else pool.value + value
    return close_to_zero(Outcome(Pool(qty, kept, pool.layers), value, residue=kept - pool.value - value))


def revalue(pool: Pool, it: Move) -> Outcome:
    """The pool is worth more by the value."""
    value = it.value or 0
    return Outcome(Pool(pool.qty, pool.value + value, pool.layers), value)


def _worth(pool: Pool, it: Move) -> int:
    """The value that moves, signed like the quantity."""
    if it.qty > 0:
        return at_unit(it.standard, it.qty)
    wanted = -it.qty
    here = min(wanted, max(pool.qty, 0))
    taken = share(pool.value, here, pool.qty) if here else 0
    missing = wanted - here
    if it.standard is None:
        return -taken
    return -taken - divide(it.standard.numerator * missing, it.standard.denominator)


METHOD = Method(move=move, adjust=adjust, undo=undo, revalue=revalue, uses_layers=False, needs_standard=True)
