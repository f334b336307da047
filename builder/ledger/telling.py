"""Telling: how entries came to their values, by the definitions of the postings that made them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from builder.ledger.definition import LedgerModel
from builder.ledger.histories import Told
from builder.ledger.pieces import scaled
from builder.ledger.state import Entry, Follow
from builder.metadata.entity import Posting
from builder.metadata.package import Package

RESULT = "result."
OWN = ("normal", "count")
"""Kinds of entries that a posting itself made."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry with the posting and the document that made it."""

    entry: Entry
    posting: str
    rev: int
    entity_id: int
    record_id: int

    @property
    def document(self) -> tuple[int, int]:
        return self.entity_id, self.record_id


class Teller:
    """Knows some entries with the documents they belong to."""

    def __init__(
        self,
        models: Mapping[str, LedgerModel],
        package: Package,
        stated: Callable[[int, int, str, int], Decimal | None],
    ) -> None:
        self._models, self._stated = models, stated
        self._postings: dict[str, tuple[Posting, tuple[Posting, ...]]] = {
            p.uid: (p, entity.postings) for entity in package.entities for p in entity.postings
        }
        self.posted: dict[int, Posted] = {}
        self._by_document: dict[tuple[int, int], list[Posted]] = {}

    def add(self, posted: Iterable[Posted]) -> None:
        for one in posted:
            if one.entry.id not in self.posted:
                self.posted[one.entry.id] = one
                self._by_document.setdefault(one.document, []).append(one)

    def documents_that_depend(self) -> list[tuple[int, int]]:
        """Documents among whose postings one takes its measures from another."""
        found = {
            p.document
            for p in self.posted.values()
            if any(other.depends_on for other in self._postings.get(p.posting, (None, ()))[1])
        }
        return sorted(found)

    def told(self, id: int) -> Told:
        """How the entry came to its value. One whose posting is no longer defined is taken as costing found it."""
        posted = self.posted.get(id)
        known = self._postings.get(posted.posting) if posted is not None else None
        if posted is None or known is None or posted.entry.kind not in OWN:
            return Told()
        posting, model = known[0], self._models[posted.entry.ledger]
        value = model.measures[model.cost.value].key if model.cost is not None else ""
        is_given = value in posting.measures and RESULT not in posting.measures[value]
        return Told(
            is_given, self._amount(posted, posting, is_given=is_given), self._follows(posted, posting)
        )

    def _amount(self, posted: Posted, posting: Posting, *, is_given: bool) -> int | None:
        """The whole of a late cost, of which the entry holds only what found units."""
        model = self._models[posted.entry.ledger]
        cost = model.cost
        if cost is None or not is_given or posted.entry.measures[cost.quantity] or not posting.cost_of:
            return None
        said = self._stated(posted.entity_id, posted.record_id, posted.posting, posted.entry.line_id)
        return scaled(said, model.measures[cost.value].scale) if said is not None else None

    def _follows(self, posted: Posted, posting: Posting) -> tuple[Follow, ...]:
        source = self._source(posting)
        if source is None:
            return ()
        model = self._models[posted.entry.ledger]
        sources = self._made_by(posted, source.uid)
        found: list[Follow] = []
        for name, text in posting.measures.items():
            said = text.strip().replace(RESULT, "")
            if RESULT not in text or not sources:
                continue
            of = said.removeprefix("-").removeprefix("rest.")
            origin = self._models[sources[0].entry.ledger]
            if origin.cost is None or origin.measures[origin.cost.value].key != of:
                continue
            own = self._made_by(posted, posted.posting)
            shared = tuple((p.entry.id, p.entry.measures[model.counted] or 1) for p in own)
            sign = -1 if said.startswith("-") else 1
            ids = tuple(p.entry.id for p in sources)
            found.append(Follow(model.place(name), ids, sign, "rest." in said, shared))
        return tuple(found)

    def _source(self, posting: Posting) -> Posting | None:
        siblings = self._postings[posting.uid][1]
        return next((p for p in siblings if posting.depends_on in (p.key, p.uid)), None)

    def _made_by(self, posted: Posted, posting: str) -> list[Posted]:
        """Entries of the same document by that posting: the same line's, else all."""
        found = [
            p
            for p in self._by_document[posted.document]
            if p.posting == posting and p.rev == posted.rev and p.entry.kind in OWN
        ]
        found.sort(key=lambda p: (p.entry.line_id, p.entry.part))
        return [p for p in found if p.entry.line_id == posted.entry.line_id] or found

    def following(self, ids: set[int]) -> set[int]:
        """Entries that take measures from those."""
        documents = {self.posted[i].document for i in ids if i in self.posted}
        found: set[int] = set()
        for document in documents:
            for posted in self._by_document[document]:
                known = self._postings.get(posted.posting)
                if known is None or not known[0].depends_on or posted.entry.kind not in OWN:
                    continue
                if any(ids & set(f.sources) for f in self._follows(posted, known[0])):
                    found.add(posted.entry.id)
        return found
