"""List totals: sums over everything that a list holds, each only of what is in one unit: 120 kg · 40 pcs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from builder.metadata.entity import Entity, Field
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.pages.cells import Cells
from builder.runtime.rights import Filter
from builder.storage.query import Grouping, grouped

MOST_UNITS = 3
"""Units that a total tells apart; of more there is none."""
MOST_GROUPS = 200
"""Units that are looked at, those without an amount among them."""


@dataclass(frozen=True)
class ListTotals:
    """Sums of one entity's fields over the records that pass ``where``. One statement asks for all fields of the same unit field."""

    ctx: Context
    cells: Cells
    entity: Entity
    where: Filter | None

    def of(self, fields: Sequence[Field]) -> Mapping[str, str]:
        """What each field adds up to, in words. None of what the database cannot add up, or where the actor may not see in which unit."""
        found: dict[str, str] = {}
        for unit in dict.fromkeys(field.unit_field for field in fields):
            same = [field for field in fields if field.unit_field == unit]
            if not unit:
                found |= {field.key: self.cells.number(field, amount) for field, amount in self._plain(same)}
            elif self.ctx.kernel.is_readable(self.entity.key, unit):
                found |= self._by_unit(same, unit)
        return found

    def _plain(self, fields: Sequence[Field]) -> Iterator[tuple[Field, Decimal]]:
        for group in self._groups(fields, ()):
            yield from ((f, amount or Decimal(0)) for f, amount in zip(fields, group[1], strict=True))

    def _by_unit(self, fields: Sequence[Field], unit: str) -> Iterator[tuple[str, str]]:
        groups = self._groups(fields, (unit,))
        of = self.entity.field(unit)
        if of is None or len(groups) > MOST_GROUPS:
            return
        for at, field in enumerate(fields):
            amounts = [(key, figures[at] or Decimal(0)) for key, figures in groups]
            # A unit of which there is nothing does not part the others.
            said = [(key, amount) for key, amount in amounts if amount] or amounts[:1]
            if 0 < len(said) <= MOST_UNITS:
                texts = [self._amount(field, of, key, amount) for key, amount in sorted(said, key=_greatest)]
                yield field.key, " · ".join(texts)

    def _amount(self, field: Field, unit: Field, key: Value, amount: Decimal) -> str:
        named = self.cells.cell(self.entity, unit, key).text if key is not None else ""
        return f"{self.cells.number(field, amount)} {named}".strip()

    def _groups(
        self, fields: Sequence[Field], keys: Sequence[str]
    ) -> Sequence[tuple[Value, tuple[Decimal | None, ...]]]:
        """The sums of each unit; nothing where the database cannot add up one of the fields."""
        of = self.ctx.app
        found = grouped(
            self.ctx.conn,
            of.maps,
            of.package,
            self.ctx.ws,
            self.entity.key,
            Grouping(tuple((key, None) for key in keys), tuple(("sum", f.key) for f in fields)),
            self.where,
            self.ctx.reader.filters,
            limit=MOST_GROUPS + 1,
        )
        return [(g.keys[0] if g.keys else None, g.figures) for g in found or ()]


def _greatest(one: tuple[Value, Decimal]) -> Decimal:
    return -abs(one[1])
