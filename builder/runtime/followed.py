"""Followed: what following postings say of each document now, against what their entries come to: per document, posting, line and key.

Documents are read in pages, so that however many there are only one page of them is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from builder.expressions import ExpressionError
from builder.ledger import followed, scalars
from builder.ledger.definition import DimensionModel, LedgerModel, field_context
from builder.ledger.fields import dimension_fields
from builder.ledger.findings import Finding
from builder.ledger.followed import At
from builder.ledger.pieces import scaled
from builder.ledger.state import scalar_text
from builder.metadata.entity import Entity, Posting
from builder.metadata.text import in_locale
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.own_words import OwnWords
from builder.runtime.postings import RESULT, PostingWriter
from builder.runtime.representation import title_of

AT_ONCE = 200
"""Documents of one page."""
DIFFERS = "FOLLOW_DIFFERS"
UNTOLD = "FOLLOW_UNTOLD"
"""What a document says cannot be worked out (a record that it names is gone)."""
Sums = Mapping[At, tuple[int, ...]]
Open = Callable[[], Context]


@dataclass(frozen=True)
class Judged:
    """One difference. ``why`` is empty where nothing but the document's own saves can have changed what it says; else it says what else
    may have."""

    finding: Finding
    why: str = ""


def followed_differences(open_page: Open) -> Iterator[Judged]:
    """Every difference in the app that ``open_page`` opens; it is opened again for each page, so that what was read for one is let go."""
    ctx = open_page()
    words = OwnWords(ctx.conn, ctx.ws, ctx.app)
    for entity in ctx.app.package.entities:
        postings = [p for p in entity.postings if p.mode == "follow"]
        if not postings or entity.key not in ctx.app.maps.entities:
            continue
        after: int | None = 0
        while after is not None:
            page = _Page(open_page(), entity, postings, words)
            yield from page.differences(after)
            after = page.last


class _Page:
    """Some documents of one entity. ``last`` is the last of them, None where no others come."""

    def __init__(self, ctx: Context, entity: Entity, postings: Sequence[Posting], words: OwnWords) -> None:
        self._ctx, self._entity, self._words = ctx, entity, words
        self._postings = {p.uid: p for p in postings}
        self._writer = PostingWriter(ctx.app, ctx.pending.today, self._evaluate, ctx.reader.reversals)
        self._ids: dict[tuple[str, str, str], int] = {}
        self.last: int | None = None

    def _evaluate(self, uid: str, name: str, line: Record, parent: Record | None) -> Value:
        expression = self._ctx.expression(uid, name)
        return None if expression is None else self._ctx.evaluate(expression, line, parent)

    def differences(self, after: int) -> Iterator[Judged]:
        ctx, key = self._ctx, self._entity.key
        ids = followed.documents(ctx.conn, ctx.app.maps, ctx.ws, key, after, AT_ONCE)
        self.last = ids[-1] if len(ids) == AT_ONCE else None
        ledgers = {uid: p.ledger for uid, p in self._postings.items()}
        span = (after, self.last)
        posted = followed.sums(ctx.conn, ctx.app.ledgers, ctx.app.maps, ctx.ws, key, ledgers, span)
        records = ctx.reader.get(key, ids)
        found = [
            (id, at, expected, sums)
            for id in sorted({*ids, *posted})
            for at, expected, sums in self._of(records.get(id), posted.get(id, {}))
        ]
        made = (
            followed.made_under(ctx.conn, ctx.app.maps, ctx.ws, key, {id for id, *_ in found})
            if found
            else {}
        )
        for id, at, expected, sums in found:
            yield self._judged(id, records.get(id), at, expected, sums, made.get(id, 0))

    def _of(
        self, record: Record | None, posted: Sums
    ) -> Iterator[tuple[At, tuple[int, ...] | None, tuple[int, ...]]]:
        """Where the two differ: what is said (None: that cannot be worked out) and what was posted."""
        for uid, posting in self._postings.items():
            model = self._ctx.app.ledgers[posting.ledger]
            places = _places(model, posting)
            sums: Sums = {at: _taken(m, places) for at, m in posted.items() if at[0] == uid}
            nothing = (0,) * len(places)
            try:
                said = self._said(posting, model, record)
            except ExpressionError:
                yield (uid, record.id if record else 0, ()), None, nothing
                continue
            sums = _without_picks(model, posting, sums)
            for at in dict.fromkeys([*said, *sums]):
                expected, found = said.get(at, nothing), sums.get(at, nothing)
                if expected != found:
                    yield at, expected, found

    def _said(self, posting: Posting, model: LedgerModel, record: Record | None) -> dict[At, tuple[int, ...]]:
        places = _places(model, posting)
        said: dict[At, tuple[int, ...]] = {}
        for line, intent in self._writer.said(self._entity, posting, record).items():
            key = tuple(self._id(model, d, intent.dimensions.get(d.key)) for d in model.dimensions)
            amounts = [(p, intent.measures.get(model.measures[p].key, Decimal(0))) for p in places]
            said[posting.uid, line, key] = tuple(scaled(v, model.measures[p].scale) for p, v in amounts)
        return self._entered(model, said)

    def _entered(self, model: LedgerModel, said: dict[At, tuple[int, ...]]) -> dict[At, tuple[int, ...]]:
        """Without what the ledger takes nothing of."""
        if model.takes is None or not said:
            return said
        ctx, keys = self._ctx, {key for _, _, key in said}
        ids = {d.key: {k[i] for k in keys if k[i]} for i, d in enumerate(model.dimensions)}
        read = {key: ids[key] for key in model.fields if key in ids}
        fields = dimension_fields(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, model, read)
        names = {
            key: {**ctx.reader.settings, **field_context(model, key, range(len(key)), fields)} for key in keys
        }
        return {at: amounts for at, amounts in said.items() if model.enters(names[at[2]])}

    def _id(self, model: LedgerModel, dimension: DimensionModel, value: Value) -> int:
        """How the ledger keeps the value in its keys; a text that it does not know finds nothing."""
        if value is None:
            return 0
        if dimension.type == "reference":
            return int(str(value))
        at = (model.key, dimension.key, scalar_text(value))
        if at not in self._ids:
            known = scalars.ids_of(self._ctx.conn, model, self._ctx.ws, dimension.key, [at[2]])
            self._ids[at] = known[0] if known else -1
        return self._ids[at]

    def _judged(
        self,
        id: int,
        record: Record | None,
        at: At,
        expected: tuple[int, ...] | None,
        found: tuple[int, ...],
        made: int,
    ) -> Judged:
        uid, line, key = at
        posting = self._postings[uid]
        model = self._ctx.app.ledgers[posting.ledger]
        name = {
            "document": self._title(id, record),
            **self._line(posting, record, line),
            "posting": posting.key,
        }
        dimensions = {d.key: v for d, v in zip(model.dimensions, key, strict=False) if v}
        finding = Finding(
            DIFFERS if expected is not None else UNTOLD,
            model.key,
            "entry",
            {**dimensions, **name} if set(name) & set(dimensions) else {**name, **dimensions},
            self._amounts(posting, model, expected, found),
            self._amounts(posting, model, found, expected),
        )
        return Judged(finding, self._why(posting, expected, made))

    def _why(self, posting: Posting, expected: tuple[int, ...] | None, made: int) -> str:
        if expected is None:
            return "what it says cannot be worked out any more"
        if not self._words.is_own(self._entity, posting):
            return "it reads more than the document itself keeps, which may be another now"
        since = self._words.since(posting)
        if not made or made < since:
            return f"the document was made before what it says was defined as it is now (version {since})"
        return ""

    def _title(self, id: int, record: Record | None) -> str:
        label, shown = in_locale(self._entity.label, "en"), self._ctx.engine.database.show(id)
        if record is None:
            return f"{label} {shown} that is gone"
        return f"{label} {title_of(self._entity, record, fallback=shown)}"

    def _line(self, posting: Posting, record: Record | None, id: int) -> Mapping[str, str]:
        if not posting.each:
            return {}
        lines = record.lines.get(posting.each, ()) if record is not None else ()
        number = next((str(line.line_no) for line in lines if line.id == id), "")
        return {"line": number or f"{self._ctx.engine.database.show(id)} that is gone"}

    @staticmethod
    def _amounts(
        posting: Posting, model: LedgerModel, of: tuple[int, ...] | None, other: tuple[int, ...] | None
    ) -> str:
        """The measures in which the two differ, in plain digits."""
        if of is None:
            return "nothing that can be told"
        parts = zip(_places(model, posting), of, other or (None,) * len(of), strict=True)
        told = [(model.measures[p], amount) for p, amount, its in parts if amount != its]
        return ", ".join(f"{measure.key} {measure.exact(amount):f}" for measure, amount in told)


def _places(model: LedgerModel, posting: Posting) -> tuple[int, ...]:
    """Where the measures stand that the posting says itself, line by line: not what another posting came to, nor a share of a whole."""
    own = (k for k, source in posting.measures.items() if RESULT not in source and k not in posting.shares)
    return tuple(sorted(model.place(key) for key in own))


def _taken(measures: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
    return tuple(measures[p] for p in places)


def _without_picks(model: LedgerModel, posting: Posting, sums: Sums) -> Sums:
    """What the ledger picked for a posting that leaves it open is not the posting's word."""
    if model.issue is None or model.dimensions[model.issue.pick].key in posting.dimensions:
        return sums
    pick, together = model.issue.pick, dict[At, tuple[int, ...]]()
    for (uid, line, key), amounts in sums.items():
        at = (uid, line, (*key[:pick], 0, *key[pick + 1 :]))
        together[at] = tuple(
            a + b for a, b in zip(amounts, together.get(at, (0,) * len(amounts)), strict=True)
        )
    return together
