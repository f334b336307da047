"""Postings: every required dimension has a value, a posting has its moment, and what follows its document has no cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at
from builder.metadata.entity import Entity, Posting
from builder.metadata.ledger import Ledger

RESULT = re.compile(r"\bresult\.")
ALONE = re.compile(r"-?\s*result\.(rest\.)?\w+$")
"""A result becomes known within the ledger, which adds or takes it away but works nothing out."""


def find(facts: Facts) -> Iterable[Problem]:
    for entity in facts.package.entities:
        for index, posting in enumerate(entity.postings):
            path = at("entity", entity.key, "postings", index)
            ledger = facts.package.ledger(posting.ledger)
            if posting.on == "transition" and not posting.transitions:
                yield Problem("E184", f"{path}/transitions", {"posting": posting.key})
            if ledger is not None:
                yield from _filled(facts, entity, ledger, posting, path)


def _filled(facts: Facts, entity: Entity, ledger: Ledger, posting: Posting, path: str) -> Iterator[Problem]:
    picked = ledger.issue_order.pick if ledger.issue_order else ""
    for dimension in ledger.dimensions:
        if dimension.required and dimension.key not in posting.dimensions and dimension.key != picked:
            params = {"posting": posting.key, "dimension": dimension.label}
            yield Problem("E185", f"{path}/dimensions", params)
    for key, source in posting.dimensions.items():
        if RESULT.search(source):
            yield from _picked(facts, entity, ledger, posting, key, f"{path}/dimensions/{key}")
    if not posting.measures and not posting.revalue:
        yield Problem("E186", f"{path}/measures", {"posting": posting.key})
    for key, source in posting.measures.items():
        if RESULT.search(source) and not ALONE.match(source.strip()):
            yield Problem("E201", f"{path}/measures/{key}", {"posting": posting.key, "source": source})
    costing = ledger.costing
    if posting.mode == "follow" and costing and set(posting.measures) & {costing.quantity, costing.value}:
        yield Problem("E187", f"{path}/mode", {"posting": posting.key})


def _picked(
    facts: Facts, entity: Entity, ledger: Ledger, posting: Posting, key: str, path: str
) -> Iterator[Problem]:
    """What another posting picked is known only when its ledger is locked: nobody may wait for a balance by it."""
    source = posting.dimensions[key].strip()
    earlier = next((p for p in entity.postings if p.key == posting.depends_on), None)
    origin = facts.package.ledger(earlier.ledger) if earlier is not None else None
    own, other = ledger.dimension(key), origin.dimension(source.removeprefix("result.")) if origin else None
    is_same = own is not None and other is not None and own.entity is not None and own.entity == other.entity
    if not is_same or ledger.kind != "turnover" or posting.mode == "follow":
        yield Problem("E259", path, {"posting": posting.key, "source": source})


CHECK = Check("postings", ("E184", "E185", "E186", "E187", "E201", "E259"), find)
