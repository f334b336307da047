"""Entered: which values somebody enters a figure or a default comes from, through formulas, balances and rollups."""

from __future__ import annotations

from collections.abc import Iterable

from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.metadata.package import Package
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.given import ABOVE


def entered(package: Package, formulas: Formulas, entity: Entity, paths: Iterable[str]) -> set[str]:
    """Keys of the record's own fields, and ``parent.<key>`` of its document's, that the paths lead back to."""
    above = package.entity(entity.parent or "")
    found: set[str] = set()
    waiting, known = list(paths), set[str]()
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        is_above = path.startswith(ABOVE) and above is not None
        holder = above if is_above and above is not None else entity
        key = path.removeprefix(ABOVE if is_above else "").partition(".")[0]
        field = holder.field(key)
        if field is None:
            continue
        if not field.is_computed:
            found.add(f"{ABOVE}{key}" if is_above else key)
        elif not is_above:
            waiting.extend(_sources(formulas, field))
    return found


def offered_by(package: Package, formulas: Formulas, entity: Entity, field: Field) -> set[str]:
    """Keys as ``entered`` has them that say of which balances a choice is: the warehouse of the document, the item of the line, the day."""
    offer = field.offered
    if offer is None:
        return set()
    expressions = [formulas.expression(field.uid, f"offered.dimensions.{key}") for key in offer.dimensions]
    read = {path for one in expressions if one is not None for path in one.paths}
    read |= {offer.unit} if offer.unit else set()
    day = f"{ABOVE}business_date" if entity.kind == "lines" else "business_date"
    at_hand = set(paths_at_hand(offer.filter or {}))
    return (entered(package, formulas, entity, read) | at_hand | {day}) - {field.key}


def _sources(formulas: Formulas, field: Field) -> Iterable[str]:
    """The paths that a computed field reads."""
    if field.lookup:
        yield field.lookup
    if field.rollup is not None and field.rollup.filter:
        yield from paths_at_hand(field.rollup.filter)
    properties = ["formula"] if field.formula else []
    properties += [f"balance.dimensions.{d}" for d in field.balance.dimensions] if field.balance else []
    for property in properties:
        expression = formulas.expression(field.uid, property)
        yield from expression.paths if expression is not None else ()
