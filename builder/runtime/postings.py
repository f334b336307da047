"""Postings: what the changed documents want of the ledgers, as intents. Costs, picks and guards come later, under the lanes.

A *fixed* posting is made when one of its transitions fires and undone by a reversing one. A *follow* posting posts the
difference between what the document said and what it says now, so that two drafts compete for the same rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from builder.changes import Intent, RecordChange
from builder.ledger.pieces import scaled
from builder.metadata.entity import Entity, Posting
from builder.record import Record, Ref, Value
from builder.runtime.apps import LoadedApp

Evaluate = Callable[[str, str, Record, "Record | None"], Value]
"""(posting uid, property, line or document, its parent) → value of that expression."""

RESULT = "result."


@dataclass(frozen=True)
class PostingWriter:
    """Turns record changes into intents. ``evaluate`` computes one expression of a posting; ``posted`` gives the live fixed
    entries of a document as reversing intents."""

    app: LoadedApp
    today: date
    evaluate: Evaluate
    posted: Callable[[Ref, int], tuple[Intent, ...]]

    def intents(
        self, change: RecordChange, fired: tuple[str, ...], *, is_reversed: bool
    ) -> tuple[Intent, ...]:
        """All intents of one changed aggregate."""
        entity = self.app.package.entity(change.record.entity)
        if entity is None:
            return ()
        made: list[Intent] = []
        if is_reversed and change.before is not None:
            ref = Ref(change.before.entity, change.before.id)
            made.extend(self.posted(ref, change.before.posting_rev))
        for posting in entity.postings:
            if posting.mode == "follow":
                made.extend(self._difference(entity, posting, change))
            elif change.after is not None and any(t in posting.transitions for t in fired):
                made.extend(self._entries(entity, posting, change.after))
        if fired and not is_reversed and self._goes_on(entity, change, fired):
            made = [self._on_its_day(intent) for intent in made]
        return tuple(made)

    def _goes_on(self, entity: Entity, change: RecordChange, fired: tuple[str, ...]) -> bool:
        """Whether an earlier move of the document has posted already: what was shipped is received now."""
        moves = {t for p in entity.postings if p.mode == "fixed" for t in p.transitions}
        if change.before is None or not moves.intersection(fired) or not moves.difference(fired):
            return False
        return bool(self.posted(Ref(change.before.entity, change.before.id), change.before.posting_rev))

    def _on_its_day(self, intent: Intent) -> Intent:
        """A later move is of the day on which it is made, which the document's own day may lie before, closed by now."""
        return (
            intent if intent.follow else replace(intent, business_date=max(intent.business_date, self.today))
        )

    def _difference(self, entity: Entity, posting: Posting, change: RecordChange) -> Iterator[Intent]:
        before = self.said(entity, posting, change.before)
        after = self.said(entity, posting, change.after)
        version = (change.after or change.record).version + (0 if change.after else 1)
        goes_on = any(any(intent.measures.values()) for intent in before.values())
        more: dict[str, Any] = {"posting_rev": version, "goes_on": goes_on}
        for line_id in dict.fromkeys([*before, *after]):
            old, new = before.get(line_id), after.get(line_id)
            if old is not None and new is not None and _same_key(old, new):
                measures = {k: new.measures[k] - old.measures.get(k, Decimal(0)) for k in new.measures}
                if any(measures.values()):
                    yield replace(new, measures=measures, **more)
                continue
            if old is not None and any(old.measures.values()):
                undone = {k: -v for k, v in old.measures.items()}
                yield replace(old, measures=undone, business_date=self._date(change.record), **more)
            if new is not None and any(new.measures.values()):
                yield replace(new, **more)

    def said(self, entity: Entity, posting: Posting, record: Record | None) -> dict[int, Intent]:
        """What a following posting says of the record as it is, by the id of its line (or its own): what its entries must come to."""
        if record is None or not self._follows(entity, posting, record):
            return {}
        return {intent.line_id: intent for intent in self._entries(entity, posting, record)}

    def _follows(self, entity: Entity, posting: Posting, record: Record) -> bool:
        if record.archived_at is not None:
            return False
        if posting.while_states:
            return record.state in posting.while_states
        workflow = self.app.package.workflow_of(entity.key)
        state = workflow.state(record.state) if workflow else None
        return not (state is not None and state.void)

    def _entries(self, entity: Entity, posting: Posting, record: Record) -> Iterator[Intent]:
        if not posting.each:
            intent = self._entry(posting, record, record, None, "")
            if intent is not None:
                yield intent
            return
        for index, line in enumerate(record.lines.get(posting.each, ())):
            intent = self._entry(posting, record, line, record, f"/{posting.each}/{index}")
            if intent is not None:
                yield intent

    def _entry(
        self, posting: Posting, record: Record, line: Record, parent: Record | None, path: str
    ) -> Intent | None:
        if posting.when and not self.evaluate(posting.uid, "when", line, parent):
            return None
        dependent = {m: s.strip().replace(RESULT, "") for m, s in posting.measures.items() if RESULT in s}
        measures = {
            key: _number(self.evaluate(posting.uid, f"measures.{key}", line, parent))
            for key in posting.measures
            if key not in dependent
        }
        if posting.mode == "follow":
            measures = self._rounded(posting, measures)
        cost_of = self.evaluate(posting.uid, "cost_of", line, parent) if posting.cost_of else None
        revalue = self.evaluate(posting.uid, "revalue", line, parent) if posting.revalue else None
        shares = {m: _number(self.evaluate(posting.uid, f"shares.{m}", line, parent)) for m in posting.shares}
        reason = self.evaluate(posting.uid, "reason", line, parent) if posting.reason else ""
        return Intent(
            ledger=posting.ledger,
            posting=posting.uid,
            entity=record.entity,
            record_id=record.id,
            line_id=line.id,
            line_no=line.line_no,
            business_date=self._date(record),
            dimensions=self._dimensions(posting, line, parent),
            measures=measures,
            posting_rev=record.posting_rev,
            follow=posting.mode == "follow",
            cost_of=cost_of if isinstance(cost_of, int) else None,
            count=posting.count,
            results=dict(posting.results),
            depends_on=self._uid_of(record, posting.depends_on),
            dependent=dependent,
            picked={k: s.strip().removeprefix(RESULT) for k, s in posting.dimensions.items() if RESULT in s},
            reason=str(reason or ""),
            path=path,
            exempt=posting.exempt,
            revalue=revalue if isinstance(revalue, Decimal) else None,
            shares=shares,
        )

    def _rounded(self, posting: Posting, measures: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """As the ledger keeps them. Differences of figures with more digits, each rounded by itself, would not add up to what is said."""
        model = self.app.ledgers[posting.ledger]
        of = {key: model.measures[model.place(key)] for key in measures}
        return {key: of[key].exact(scaled(value, of[key].scale)) for key, value in measures.items()}

    def _uid_of(self, record: Record, key: str | None) -> str | None:
        entity = self.app.package.entity(record.entity)
        return next((p.uid for p in entity.postings if p.key == key), key) if entity and key else None

    def _dimensions(self, posting: Posting, line: Record, parent: Record | None) -> Mapping[str, Value]:
        return {
            key: self.evaluate(posting.uid, f"dimensions.{key}", line, parent)
            for key, source in posting.dimensions.items()
            if RESULT not in source
        }

    def _date(self, record: Record) -> date:
        return record.business_date or self.today


def _same_key(old: Intent, new: Intent) -> bool:
    return dict(old.dimensions) == dict(new.dimensions)


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)
