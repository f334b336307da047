"""Lookups: records that a reference may point to, found while somebody types, with what comes along when one is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builder.errors import BuilderError, NotFoundError
from builder.expressions import Expression, ExpressionError
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.record import Record, Value
from builder.rules.binding import bind
from builder.rules.conditions import bound
from builder.rules.defaults import fitting
from builder.runtime.context import Context
from builder.runtime.handlers.records import blank_record
from builder.runtime.listing import Wanted, list_records
from builder.runtime.lookup import scanned
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.fields import Fields
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.given import ABOVE, Given, given_document, given_values, read_value
from builder.runtime.pages.paths import own_field
from builder.runtime.pages.titles import USERS, Titles
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter

MOST = 12
MANY = 200
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Lookups:
    """Answers for one field of ``entity``; ``given`` are values of the record at hand, by path, as the address brings them. ``suggested`` are
    the fields that the form lets be filled with what they suggest once somebody has chosen."""

    ctx: Context
    words: Words
    entity: Entity
    field: Field
    given: Given
    suggested: frozenset[str] = frozenset()

    def find(self, text: str, *, limit: int = MOST) -> list[Item]:
        """The best hits, nearest first; nothing typed gives the first ones."""
        if self.field.type in USERS:
            return self._people(text)
        if self.field.type == "org_unit":
            return self._units(text)
        target = self.target()
        records = self._records(target, text, limit)
        by_hand = frozenset() if _is_scanned(target, records, text) else self.suggested
        return [replace(self, suggested=by_hand).item(target, record) for record in records]

    def chosen(self, id: int) -> list[Item]:
        """The record that was chosen already, once more: what comes along may have changed with the values around it."""
        return replace(self, suggested=frozenset()).found(id, is_new=False)

    def found(self, id: int, *, is_new: bool = True) -> list[Item]:
        """The record, if it may be chosen."""
        target = self.target()
        found = self._admitted(target, {"field": "id", "op": "=", "value": id})
        return [self.item(target, record, is_new=is_new) for record in found]

    def resolve(self, texts: Sequence[str]) -> list[Item | None]:
        """For each text the one record that it means, or None: by code, by name, or the only hit."""
        wanted = [str(text).strip() for text in texts[:MANY]]
        told = replace(self, suggested=frozenset())
        exact = told._exact([text for text in wanted if text]) if self.field.entity else {}
        return [exact.get(text.casefold()) or told._meant(text) for text in wanted]

    def _exact(self, texts: Sequence[str]) -> dict[str, Item]:
        """Records by code, scan field or name, all texts at once; what two records share names none."""
        target = self.target()
        found: dict[str, Item] = {}
        for key in dict.fromkeys(("code", *target.scan, target.title)):
            of = target.field(key)
            missing = [text for text in texts if text.casefold() not in found]
            if (
                of is None
                or of.is_computed
                or not missing
                or not self.ctx.kernel.is_readable(target.key, key)
            ):
                continue
            named: dict[str, list[Record]] = {}
            for record in self._admitted(target, {"field": key, "op": "in", "value": missing}):
                named.setdefault(str(record.values.get(key)).casefold(), []).append(record)
            found |= {
                text: self.item(target, records[0]) for text, records in named.items() if len(records) == 1
            }
        return found

    def _admitted(self, target: Entity, where: Filter) -> Sequence[Record]:
        own = self.limits()
        both: Filter = {"and": [where, own]} if own else where
        return list_records(self.ctx, target.key, Wanted(both, limit=2 * MANY, count="none")).records

    def _meant(self, text: str) -> Item | None:
        items = self.find(text, limit=8) if text else []
        wanted = text.casefold()
        exact = [
            i for i in items if wanted in {str(i.get("code", "")).casefold(), str(i["label"]).casefold()}
        ]
        if exact:
            return exact[0]
        return items[0] if len(items) == 1 else None

    def target(self) -> Entity:
        """The entity whose records are looked for."""
        target = self.ctx.app.package.entity(self.field.entity or "")
        if target is None:
            raise NotFoundError(field=self.field.key)
        return target

    def _records(self, target: Entity, text: str, limit: int) -> Sequence[Record]:
        where = self.limits()
        # Documents are looked for soon after they were made: the newest come first.
        titled = ((target.title, target.kind == "document"),)
        sort = titled if not text and target.field(target.title) else ()
        wanted = Wanted(where, text, sort, None, limit, None, "none")
        if target.kind == "lines" and not self.ctx.kernel.may("read", target.key):
            raise NotFoundError(entity=target.key)
        exact = {r.id: r for r in scanned(self.ctx, target, text, where)} if text else {}
        found = {r.id: r for r in list_records(self.ctx, target.key, wanted).records}
        return _exact_first(target, list((exact | found).values()), text)[:limit]

    def limits(self) -> Filter | None:
        """The field's filter with the values of the record at hand in it."""
        where = self.field.filter
        return bind(where, {path: self.own_value(path) for path in paths_at_hand(where)}) if where else None

    def own_value(self, path: str) -> Value:
        """A value of the record at hand, for the field's filter."""
        text = self.given.get(path, "")
        if not text:
            return None
        key = path.removeprefix(ABOVE)
        owner = self.ctx.app.package.entity(self.entity.parent or "") if key != path else self.entity
        if key == "id":
            return self.ctx.engine.database.read_id(text)
        of = owner.field(key) if owner else None
        return read_value(self.ctx, of, text) if of else None

    def item(self, target: Entity, record: Record, *, is_new: bool = True) -> Item:
        """The record as pages take it, with what comes along when it is chosen; unless it ``is_new`` there, what was entered stays."""
        code = record.values.get("code")
        item: dict[str, Any] = {
            "id": self.ctx.engine.database.show(record.id),
            "label": title_of(target, record),
            "code": code if isinstance(code, str) else "",
            "detail": self._detail(target, record),
        }
        return item | self._along(record, is_new=is_new)

    def _detail(self, target: Entity, record: Record) -> str:
        key = target.subtitle
        of = target.field(key) if key and key != "code" else None
        if of is None or not self.ctx.kernel.is_readable(target.key, of.key):
            return ""
        return Cells(self.ctx, self.words, Titles(self.ctx)).text(of, record.values.get(of.key))

    def _along(self, record: Record, *, is_new: bool) -> dict[str, Any]:
        """``values``: what choosing the record fills (defaults and copies that read it); ``paths``: what formulas read through it."""
        formulas = Formulas(self.ctx)
        holder = self._holder(record)
        parent = self.document()
        filled_values: dict[str, Any] = {}
        heads = {self.field.key}
        fields = Fields(self.ctx, self.words, Titles(self.ctx), self.entity, "create", formulas)
        kept = frozenset() if is_new else frozenset(holder.values)
        for of, value in self._filled(holder, parent, formulas, kept):
            filled_values[of.key] = fields.value(of, value)
            if of.key in self.suggested:
                # Formulas read through what is suggested as if it had been chosen.
                holder = holder.with_values({of.key: value})
                heads |= {of.key} if of.type == "reference" else set()
        paths = [formulas.path_values(self.entity, holder, parent, head) for head in sorted(heads)]
        return {"values": filled_values, "paths": {k: v for found in paths for k, v in found.items()}}

    def _holder(self, record: Record) -> Record:
        """A record that refers to the one found, with what is known of the real one."""
        at_hand = self.at_hand()
        return at_hand.but(values={**at_hand.values, self.field.key: record.id})

    def at_hand(self) -> Record:
        """The record that is being entered, as far as it is given."""
        known = given_values(self.ctx, self.entity.fields, self.given)
        is_line = self.entity.kind == "lines"
        blank = Record(self.entity.key, 0, {}) if is_line else blank_record(self.ctx, self.entity)
        return blank.but(values=known)

    def document(self) -> Record | None:
        """The document of the lines at hand, as far as it is given; None where the record at hand is no line."""
        above = self.ctx.app.package.entity(self.entity.parent or "")
        return given_document(self.ctx, above, self.given) if above is not None else None

    def _filled(
        self, holder: Record, parent: Record | None, formulas: Formulas, kept: frozenset[str]
    ) -> Iterable[tuple[Field, Value]]:
        """What the choice fills, field by field. A default may read one before it: the tax reads the amount, which fills itself too.
        Of ``kept`` fields the defaults after them read what was entered."""
        prefix = f"{self.field.key}."
        live: set[str] = set()
        for of, value in self._fitting(holder, parent):
            # What fits is there before the defaults that read it.
            holder = holder.with_values({of.key: value})
            live.add(of.key)
            yield of, value
        for of in self.entity.fields:
            if of.archived or not self._is_readable(of):
                continue
            by = formulas.counted_of(of) or formulas.chosen_by(self.entity, of)
            if (of.lookup and of.lookup.startswith(prefix)) or by == self.field.key:
                live.add(of.key)
                path = of.lookup or of.key
                yield of, self.ctx.facts.values([path], holder, parent=parent).get(path)
                continue
            expression = self._expression(of, formulas)
            if expression is None or not any(p.startswith(prefix) or p in live for p in expression.paths):
                continue
            try:
                value = self.ctx.facts.evaluate(expression, holder, parent=parent)
            except ExpressionError:
                continue
            live.add(of.key)
            if of.key not in kept:
                holder = holder.with_values({of.key: value})
            yield of, value

    def _expression(self, of: Field, formulas: Formulas) -> Expression | None:
        """What the field is filled with: what it suggests where the form lets it, else its default."""
        if of.suggest and of.key in self.suggested:
            return formulas.expression(of.uid, "suggest")
        return formulas.expression(of.uid, "default") if of.default else None

    def _fitting(self, holder: Record, parent: Record | None) -> Iterable[tuple[Field, Value]]:
        """The references whose default asks for the record that was chosen, each with the one that fits."""
        for of in self.entity.fields:
            where = of.default_filter or {}
            if self.field.key in paths_at_hand(where) and not of.archived and self._is_readable(of):
                asked = bound(self.ctx.facts, where, holder, parent)
                yield from ((of, v) for v in fitting(self.ctx.facts, of, asked).values() if self._sees(of, v))

    def _sees(self, of: Field, value: Value) -> bool:
        try:
            return isinstance(value, int) and bool(self.ctx.load(of.entity or "", value))
        except BuilderError:
            return False

    def _is_readable(self, of: Field) -> bool:
        return self.ctx.kernel.is_readable(self.entity.key, of.key)

    def _people(self, text: str) -> list[Item]:
        wanted = text.casefold()
        found = [p for p in self.ctx.directory.people() if wanted in f"{p.name} {p.login}".casefold()]
        return [
            {"id": self.ctx.engine.database.show(p.user_id), "label": p.name, "detail": p.login}
            for p in found[:MOST]
        ]

    def _units(self, text: str) -> list[Item]:
        wanted = text.casefold()
        found = [u for u in self.ctx.directory.units() if wanted in f"{u.name} {u.key}".casefold()]
        return [{"id": self.ctx.engine.database.show(u.org_unit_id), "label": u.name} for u in found[:MOST]]


def _exact_first(target: Entity, records: list[Record], text: str) -> list[Record]:
    """Enter takes the first hit, so what was typed in full must be it."""
    keys, wanted = ("code", *target.scan, target.title), text.casefold()
    return sorted(
        records, key=lambda r: not any(str(r.values.get(k) or "").casefold() == wanted for k in keys)
    )


def _is_scanned(target: Entity, records: Sequence[Record], text: str) -> bool:
    """Whether a scanner rather than a person wrote the text: it is a barcode, and one piece was held before it."""
    codes = [of.key for of in target.fields if of.type == "barcode" and of.key in target.scan]
    wanted = text.casefold()
    return any(str(r.values.get(key) or "").casefold() == wanted for r in records for key in codes if text)


def field_of(ctx: Context, entity_key: str, key: str) -> tuple[Entity, Field]:
    """The field, if the actor may enter or see it. 404 otherwise."""
    entity = ctx.app.package.entity(entity_key)
    field = own_field(entity, key) if entity else None
    if entity is None or field is None or not ctx.kernel.is_readable(entity_key, key):
        raise NotFoundError(field=key)
    owner = entity.parent or entity.key if entity.kind == "lines" else entity.key
    if not (ctx.kernel.may("read", entity.key) or ctx.kernel.may("read", owner)):
        raise NotFoundError(entity=entity_key)
    return entity, field
