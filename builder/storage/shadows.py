"""Shadows: the places that fields are moving to while people work, beside those where they live. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from builder.storage.allocation import Allocation, SlotRow, named_aside, plain


def as_shadows(made: Allocation, before: Iterable[SlotRow]) -> Allocation:
    """The same places where every field that moves still lives where it did, and its new place is a shadow beside it."""
    known = tuple(before)
    rows = {(row.slot, row.field_uid): row for row in made.rows}
    for move in made.moves:
        del rows[_left(move.old, made.rows)]
        rows[move.old.slot, move.old.field_uid] = move.old
        rows[move.new.slot, move.new.field_uid] = _shadow(move.new, known)
    return replace(made, rows=tuple(rows.values()), moves=())


def beside(made: Allocation, before: Iterable[SlotRow]) -> tuple[SlotRow, ...]:
    """The places that there are, with shadows for the fields that move; nothing else of ``made`` yet."""
    known = tuple(before)
    shadows = tuple(_shadow(move.new, known) for move in made.moves)
    taken = {(row.slot, row.field_uid) for row in shadows}
    kept = (r for r in known if r.state != "retired" or (r.slot, plain(r.field_uid)) not in taken)
    return (*kept, *shadows)


def _left(old: SlotRow, rows: Iterable[SlotRow]) -> tuple[str, str]:
    """The name under which the place that a field leaves was put aside."""
    return next(
        (row.slot, row.field_uid)
        for row in rows
        if row.state == "retired" and row.slot == old.slot and plain(row.field_uid) == old.field_uid
    )


def _shadow(row: SlotRow, known: Iterable[SlotRow]) -> SlotRow:
    """A place that fields move to. One that was nobody's has the epoch 0: what gets there is worth nothing if the move is given up."""
    had = any(r.slot == row.slot and plain(r.field_uid) == row.field_uid for r in known)
    return replace(row, state="shadow", epoch=row.epoch if had else 0)


def given_up(rows: Iterable[SlotRow]) -> tuple[SlotRow, ...]:
    """The places without their shadows: those that were the field's before are kept for a roll-back again, the others are emptied."""
    known = list(rows)
    return tuple(
        row
        if row.state != "shadow"
        else named_aside(row, "retired" if row.epoch else "emptying", [r for r in known if r is not row])
        for row in known
    )
