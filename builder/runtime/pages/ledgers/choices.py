"""Choices: the words of a dimension that holds what somebody chose: a posting writes the option's key, a reader sees its label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.metadata.entity import Entity, Field, Posting
from builder.metadata.ledger import Dimension, Ledger
from builder.metadata.package import Package
from builder.metadata.text import Text
from builder.runtime.ledger_reading import Named
from builder.runtime.pages.ledgers.asked import Asked

ABOVE = "parent."


def named_text(asked: Asked, key: str, named: Named | None, missing: str = "") -> str:
    """What a line shows of one dimension."""
    if named is None:
        return missing
    dimension = asked.ledger.dimension(key)
    if named.entity is not None or dimension is None or dimension.type != "text":
        return named.title
    words = options_of(asked.ctx.app.package, asked.ledger, dimension)
    return asked.words.of(words[named.title]) if named.title in words else named.title


def options_of(package: Package, ledger: Ledger, dimension: Dimension) -> Mapping[str, Text]:
    """Key and label of every option that a posting may write into the dimension."""
    found: dict[str, Text] = {}
    for entity in package.entities:
        for posting in entity.postings:
            if posting.ledger == ledger.key:
                field = _field_of(package, entity, posting, posting.dimensions.get(dimension.key, ""))
                found |= {o.key: o.label for o in field.options} if field is not None else {}
    return found


def _field_of(package: Package, entity: Entity, posting: Posting, path: str) -> Field | None:
    return next((f for f in _candidates(package, entity, posting, path) if f is not None), None)


def _candidates(package: Package, entity: Entity, posting: Posting, path: str) -> Iterator[Field | None]:
    """The field that the expression names, where it names one and nothing else."""
    of = entity.field(posting.each) if posting.each else None
    line = package.entity(of.entity or "") if of is not None else None
    if line is None:
        yield entity.field(path)
    elif path.startswith(ABOVE):
        yield entity.field(path.removeprefix(ABOVE))
    else:
        yield line.field(path)
