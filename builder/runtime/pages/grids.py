"""Grids: the lines of a document as ``zg-lines`` takes them: columns, rows, totals, the scan field, what stands beside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import g

from builder.expressions import Expression, that_reads
from builder.expressions.to_json import to_json
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.metadata.form import FormNode, Proposal
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.entered import entered
from builder.runtime.pages.fields import Fields
from builder.runtime.pages.given import ABOVE
from builder.runtime.pages.suggesting import let_suggest
from builder.runtime.pages.words import Words


@dataclass(frozen=True)
class Grid:
    """The line grid of one lines field."""

    ctx: Context
    words: Words
    fields: Fields
    entity: Entity
    of: Field
    model: Entity

    def data(self, node: FormNode, record: Record, *, closed: bool) -> dict[str, Any]:
        """The JSON child of ``zg-lines``."""
        resolver = self.fields.of(self.model)
        wanted = [f for key in node.columns_shown if (f := self.model.field(key)) and self._is_readable(f)]
        seen = {f.key for f in wanted if self._is_seen(f, record)}
        coming = {} if closed else {f.key: tree for f in wanted if (tree := self._by_header(f)) is not None}
        shown = [f for f in wanted if f.key in seen | coming.keys()]
        units = [f for f in self._units(node) if f not in shown]
        keys = {f.key for f in (*shown, *units)}
        needed = self.fields.formulas.needed(self.entity, self.of, keys)
        hidden = [*units, *(f for f in needed if f not in shown and f not in units)]
        columns = [
            resolver.column(f, read_only=closed)
            | ({"byHeader": coming[f.key], "away": f.key not in seen} if f.key in coming else {})
            for f in shown
        ]
        columns += [resolver.column(f, hidden=True) | {"readOnly": True} for f in hidden]
        for column, default in self._defaults(record, shown):
            next(c for c in columns if c["key"] == column)["default"] = default
        let_suggest(resolver, columns)
        made: dict[str, Any] = {
            "key": self.of.key,
            "columns": columns,
            "rows": [
                self._row(resolver, record, line, [*shown, *hidden])
                for line in record.lines.get(self.of.key, ())
            ],
            "totals": self._totals(node),
            "today": self.ctx.pending.today.isoformat(),
            "zone": str(self.words.zone),
            "readOnly": closed,
        }
        if node.scan and not closed:
            made |= self._scan(node, shown)
        if node.beside:
            made["besideUrl"] = self._beside(node)
        if node.proposal is not None and not closed:
            made["proposal"] = self._proposal(node.proposal, record)
        return made

    def _units(self, node: FormNode) -> list[Field]:
        """What tells whether the numbers of a total may be added up."""
        added = [f for key in node.totals if (f := self.model.field(key)) and f.unit_field]
        units = {f.unit_field: self.model.field(f.unit_field or "") for f in added}
        return [f for f in units.values() if f is not None and self._is_readable(f)]

    def _is_seen(self, of: Field, record: Record) -> bool:
        """Whether the document as it is shows the column: a blind count has none for what the books say."""
        seen = self._above(of)
        if seen is None:
            return True
        return bool(self.ctx.evaluate(seen, Record(self.model.key, 0, {}, parent_id=record.id), record))

    def _above(self, of: Field) -> Expression | None:
        """What the header alone decides of whether there is such a column."""
        seen = self.ctx.expression(of.uid, "visible_if") if of.visible_if else None
        return that_reads(seen, lambda path: path.startswith(ABOVE)) if seen is not None else None

    def _by_header(self, of: Field) -> Any:
        """The condition by which the column comes and goes with what somebody enters above the lines: an invoice names orders of one kind or
        of the other. None where nothing that is entered there decides it."""
        above = self._above(of)
        entered_above = {f.key for f in self.entity.fields if not f.is_computed and not f.read_only}
        if above is None or not {path.removeprefix(ABOVE) for path in above.paths} <= entered_above:
            return None
        return to_json(above)

    def _is_readable(self, of: Field) -> bool:
        return self.ctx.kernel.is_readable(self.model.key, of.key)

    def _defaults(self, record: Record, shown: list[Field]) -> Iterable[tuple[str, Any]]:
        """Defaults of a new line before anything is chosen."""
        resolver = self.fields.of(self.model)
        blank = Record(self.model.key, 0, {}, parent_id=record.id)
        for of in shown:
            expression = self.fields.formulas.expression(of.uid, "default") if of.default else None
            if expression is None or any("." in path for path in expression.paths):
                continue
            yield of.key, resolver.value(of, self.ctx.facts.evaluate(expression, blank, parent=record))

    def _row(self, resolver: Fields, record: Record, line: Record, shown: list[Field]) -> dict[str, Any]:
        row: dict[str, Any] = {of.key: resolver.value(of, line.values.get(of.key)) for of in shown}
        if line.version or record.version:
            row["id"] = self.ctx.engine.database.show(line.id)
        row["$paths"] = self.fields.formulas.path_values(self.model, line, record)
        return row

    def _totals(self, node: FormNode) -> list[dict[str, Any]]:
        fields = [f for key in node.totals if (f := self.model.field(key)) and self._is_readable(f)]
        last = fields[-1].key if fields else ""
        return [
            {
                "key": f.key,
                "label": self.words.of(f.label),
                "scale": None if f.type == "quantity" else 2,
                "grand": f.key == last,
                "unitField": f.unit_field or "",
            }
            for f in fields
        ]

    def _scan(self, node: FormNode, shown: list[Field]) -> dict[str, Any]:
        """The first reference that can be scanned, and the quantity that a second scan adds to: one that somebody enters, if there is one
        that must be entered."""
        entered = [f for f in shown if f.type == "quantity" and not (f.is_computed or f.read_only)]
        first = next((f.key for f in sorted(entered, key=lambda f: not f.required)), None)
        for of in shown:
            target = self.ctx.app.package.entity(of.entity or "")
            if of.type == "reference" and target is not None and target.scan:
                quantity = node.scan_into or first
                src = self.fields.of(self.model).scan_url(of)
                g.scanning = True
                said = {
                    "quantity": quantity,
                    "listed": bool(node.scan_into) or None,
                    "upTo": node.scan_up_to or None,
                }
                return {
                    "scan": {"src": src, "column": of.key}
                    | {key: value for key, value in said.items() if value}
                }
        return {}

    def _beside(self, node: FormNode) -> str:
        """Line values that live figures depend on are sent along; slots are filled in the browser."""
        entered = [f for f in self.model.fields if not f.is_computed]
        own = [f.key for f in entered if f.type in {"reference", "quantity"}]
        above = [f"{ABOVE}{f.key}" for f in self.entity.fields if f.type == "reference"]
        return addresses.beside(self.ctx.app.key, self.entity.key, self.of.key, [*own, *above])

    def _read_by(self, key: str) -> set[str]:
        """What somebody enters that the amount of a proposed line comes from, through defaults and formulas."""
        formulas, found, waiting = self.fields.formulas, set[str](), [key]
        while waiting:
            of = self.model.field(waiting.pop())
            for property in ("formula", "default") if of is not None else ():
                expression = formulas.expression(of.uid, property) if of is not None else None
                new = set(expression.paths) - found if expression is not None else set()
                found |= new
                waiting.extend(new)
        return entered(self.ctx.app.package, formulas, self.model, found)

    def _proposal(self, plan: Proposal, record: Record) -> dict[str, Any]:
        """Where lines to begin with are asked for; a new document asks by itself while nobody entered any."""
        of = self.model.field(plan.field)
        asked = paths_at_hand(of.filter) if of is not None and of.filter else ()
        slots = {path for path in asked if path.startswith(ABOVE)}
        slots |= {f"{ABOVE}{plan.within}"} if plan.within else set()
        slots |= {path for path in self._read_by(plan.amount) if path.startswith(ABOVE)}
        return {
            "url": addresses.proposal(self.ctx.app.key, self.entity.key, self.of.key, sorted(slots)),
            "label": self.words.of(plan.label),
            "column": plan.field,
            "auto": bool(plan.amount) and not record.version,
        }
