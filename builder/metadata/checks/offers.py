"""Offers: what a chooser offers by a ledger is of the ledger's dimension, is held there, tells no cost, and can be put in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.expressions.types import Type
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.ledger import Ledger
from builder.metadata.offer import Offer
from builder.metadata.scopes import dimension_type

OPEN = frozenset({"any", "none"})


def find(facts: Facts) -> Iterable[Problem]:
    for entity, index, field in facts.fields():
        offer = field.offered
        ledger = facts.package.ledger(offer.ledger) if offer is not None else None
        if offer is None or ledger is None:
            continue
        path = at("entity", entity.key, "fields", index, "offered")
        params = {"field": called(field), "ledger": called(ledger)}
        yield from _ledger(field, offer, ledger, path, params)
        yield from _cost(facts, field, ledger, path, params)
        yield from _dimensions(facts, field, offer, ledger, path, params)
        yield from _order(facts, field, offer, path, params)


def _ledger(
    field: Field, offer: Offer, ledger: Ledger, path: str, params: Mapping[str, object]
) -> Iterator[Problem]:
    """The field refers to what the dimension holds, and something is held there at all."""
    dimension = ledger.dimension(offer.dimension)
    if ledger.kind == "turnover":
        yield Problem("E217", f"{path}/ledger", params)
    elif dimension is not None and (field.type != "reference" or dimension.entity != field.entity):
        yield Problem("E216", f"{path}/dimension", {**params, "dimension": called(dimension)})


def _cost(
    facts: Facts, field: Field, ledger: Ledger, path: str, params: Mapping[str, object]
) -> Iterator[Problem]:
    """Whoever chooses is told the figure: what it cost is none of that."""
    expression = facts.expression(field.uid, "offered.measure")
    costing = ledger.costing
    hidden = {costing.value, costing.residue, costing.variance} if costing else set()
    if expression is not None and expression.paths & hidden:
        yield Problem("E218", f"{path}/measure", params)


def _dimensions(
    facts: Facts, field: Field, offer: Offer, ledger: Ledger, path: str, params: Mapping[str, object]
) -> Iterator[Problem]:
    """What limits a dimension is of its type. The one that is offered is limited by being chosen."""
    for key in offer.dimensions:
        dimension = ledger.dimension(key)
        expression = facts.expression(field.uid, f"offered.dimensions.{key}")
        if dimension is None or expression is None:
            continue
        if key == offer.dimension or not _fits(expression.type, dimension_type(dimension)):
            yield Problem("E219", f"{path}/dimensions/{key}", {**params, "dimension": called(dimension)})


def _fits(found: Type, wanted: Type) -> bool:
    if found.kind in OPEN or wanted.kind in OPEN:
        return True
    return found.kind == wanted.kind and (not found.entity or found.entity == wanted.entity)


def _order(
    facts: Facts, field: Field, offer: Offer, path: str, params: Mapping[str, object]
) -> Iterator[Problem]:
    """What comes first is asked of the database; what expires does so on a day."""
    target = facts.package.entity(field.entity or "")
    for name, key in (("by", offer.by), ("expires", offer.expires)):
        of = target.field(key) if target is not None else None
        if of is None:
            continue
        kind = FIELD_TYPES.find(of.type)
        is_stored = not of.is_computed or bool(of.formula and of.stored)
        is_day = kind is not None and kind.sort == "date"
        if not is_stored or (name == "expires" and not is_day):
            yield Problem("E220", f"{path}/{name}", {**params, "of": called(of)})


CHECK = Check("offers", ("E216", "E217", "E218", "E219", "E220"), find)
