"""The order of costs: a posting reads a result (a cost) of another posting of the same moment without waiting for it."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Entity, Posting
from builder.metadata.frames import lines_entity


def find(facts: Facts) -> Iterable[Problem]:
    for entity in facts.package.entities:
        for index, posting in enumerate(entity.postings):
            for other in entity.postings:
                path = at("entity", entity.key, "postings", index)
                if other.key != posting.key and other.results and _same_moment(posting, other):
                    yield from _early(facts, entity, posting, other, path)
            if posting.depends_on and not _earlier(entity, posting):
                path = at("entity", entity.key, "postings", index, "depends_on")
                yield Problem("E152", path, {"posting": posting.key, "other": posting.depends_on})


def _early(facts: Facts, entity: Entity, posting: Posting, other: Posting, path: str) -> Iterable[Problem]:
    if posting.depends_on == other.key:
        return
    try:
        read = {
            p.removeprefix("parent.").partition(".")[0] for p in facts.compiled.posting_paths(posting.uid)
        }
    except ExpressionError:
        return
    for field in sorted(set(other.results) & read):
        line = (
            facts.package.entity(lines_entity(facts.package, entity.key, other.each))
            if other.each
            else entity
        )
        found = line.field(field) if line else None
        params = {"field": called(found) if found else field, "posting": posting.key, "other": other.key}
        yield Problem("E151", path, params)


def _same_moment(one: Posting, other: Posting) -> bool:
    return one.on == other.on and (one.on == "created" or bool(set(one.transitions) & set(other.transitions)))


def _earlier(entity: Entity, posting: Posting) -> bool:
    """Whether the posting that is waited for comes first in the document's order and has another ledger's entries to give."""
    keys = [p.key for p in entity.postings]
    return posting.depends_on not in keys or keys.index(posting.depends_on) < keys.index(posting.key)


CHECK = Check("cost_order", ("E151", "E152"), find)
