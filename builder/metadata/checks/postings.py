"""Postings: every required dimension has a value, a posting has its moment, and what follows its document has no cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at
from builder.metadata.entity import Posting
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
                yield from _filled(ledger, posting, path)


def _filled(ledger: Ledger, posting: Posting, path: str) -> Iterator[Problem]:
    picked = ledger.issue_order.pick if ledger.issue_order else ""
    for dimension in ledger.dimensions:
        if dimension.required and dimension.key not in posting.dimensions and dimension.key != picked:
            params = {"posting": posting.key, "dimension": dimension.label}
            yield Problem("E185", f"{path}/dimensions", params)
    if not posting.measures and not posting.revalue:
        yield Problem("E186", f"{path}/measures", {"posting": posting.key})
    for key, source in posting.measures.items():
        if RESULT.search(source) and not ALONE.match(source.strip()):
            yield Problem("E201", f"{path}/measures/{key}", {"posting": posting.key, "source": source})
    costing = ledger.costing
    if posting.mode == "follow" and costing and set(posting.measures) & {costing.quantity, costing.value}:
        yield Problem("E187", f"{path}/mode", {"posting": posting.key})


CHECK = Check("postings", ("E184", "E185", "E186", "E187", "E201"), find)
