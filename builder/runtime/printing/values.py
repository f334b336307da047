"""Values: a record as a print template sees it: figures that print at their scale, choices and references that print as words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES, field_type
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.text import in_locale
from builder.record import Record, Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.printing.figures import Figure
from builder.runtime.printing.pictures import Pictures
from builder.runtime.printing.posted import posted
from builder.runtime.representation import title_of
from builder.web.formats import format_date, format_instant, format_number

PEOPLE = frozenset({"user", "created_by", "updated_by"})
FLUID = frozenset({"quantity", "decimal"})
"""Numbers whose last zeros say nothing: 12.0000 prints as 12."""


class Word(str):
    """A key that prints as its word: ``{{ record.state }}`` is *Approved*, ``record.state == 'approved'`` holds."""

    word: str

    def __new__(cls, key: str, word: str) -> Word:
        made = super().__new__(cls, key)
        made.word = word
        return made

    def __str__(self) -> str:
        return self.word


class View:
    """Named values. No methods of its own: a field may be called ``items`` or ``get``."""

    __slots__ = ("_title", "_values")

    def __init__(self, values: Mapping[str, Any], title: str = "") -> None:
        self._values, self._title = values, title

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __str__(self) -> str:
        return self._title

    def __bool__(self) -> bool:
        return True


class Viewer:
    """Makes views for one actor in one language. ``posted``: lines know what they moved in the ledgers (``line.posted.<ledger>``)."""

    def __init__(self, ctx: Context, locale: str, *, posted: bool = False) -> None:
        self._ctx, self._locale, self._posted = ctx, locale, posted
        self._pictures = Pictures(ctx)
        self._zone = ZoneInfo(ctx.engine.settings.timezone)

    def record(self, record: Record) -> View:
        """The record, its lines, and one step along each reference, as far as the actor may read."""
        entity = self._entity(record.entity)
        values = {**self._system(record, entity), **self._fields(entity, [record])[0]}
        moved = posted(self._ctx, record, self._named) if self._posted else {}
        for field in entity.line_fields:
            model = self._ctx.app.package.entity(field.entity or "")
            lines = record.lines.get(field.key, ())
            if model is not None and self._ctx.kernel.is_readable(entity.key, field.key):
                rows = self._fields(model, lines)
                values[field.key] = [
                    View({"line_no": line.line_no, "posted": self._moved(moved.get(line.id, {})), **row})
                    for line, row in zip(lines, rows, strict=True)
                ]
        return View(values, title_of(entity, record))

    def settings(self) -> View:
        return View({key: "" if v is None else v for key, v in self._ctx.reader.settings.items()})

    def _named(self, key: str, ids: set[int]) -> Mapping[int, View]:
        """Records that an entry names, as far as the actor may read them."""
        if not key or not self._ctx.kernel.may("read", key):
            return {}
        entity = self._entity(key)
        return {id: self._shallow(entity, record) for id, record in seen(self._ctx, key, ids).items()}

    @staticmethod
    def _moved(by_ledger: Mapping[str, Sequence[Mapping[str, Any]]]) -> View:
        return View({ledger: [View(row) for row in rows] for ledger, rows in by_ledger.items()})

    def _entity(self, key: str) -> Entity:
        found = self._ctx.app.package.entity(key)
        if found is None:
            raise KeyError(key)
        return found

    def _system(self, record: Record, entity: Entity) -> dict[str, Any]:
        workflow = self._ctx.app.package.workflow_of(entity.key)
        state = workflow.state(record.state) if workflow else None
        name = self._ctx.directory.name_of
        return {
            "state": Word(
                record.state or "", in_locale(state.label, self._locale) if state else record.state or ""
            ),
            "business_date": self._text(record.business_date),
            "owner": name(record.owner_id) if record.owner_id else "",
            "created_by": name(record.created_by) if record.created_by else "",
            "created_at": self._text(record.created_at),
            "updated_by": name(record.updated_by) if record.updated_by else "",
            "updated_at": self._text(record.updated_at),
        }

    def _fields(self, entity: Entity, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The readable fields of records of one entity, with what their references lead to."""
        fields = [f for f in self._ctx.kernel.readable_fields(entity) if f.type != "lines"]
        targets = self._targets(fields, records)
        return [{f.key: self._value(f, r.values.get(f.key), targets) for f in fields} for r in records]

    def _targets(
        self, fields: Sequence[Field], records: Sequence[Record]
    ) -> Mapping[str, Mapping[int, View]]:
        wanted: dict[str, set[int]] = {}
        for field in fields:
            if field.type in {"reference", "multi_reference"} and field.entity:
                ids = wanted.setdefault(field.entity, set())
                ids.update(id for record in records for id in ids_in(record.values.get(field.key)))
        found: dict[str, Mapping[int, View]] = {}
        for key, ids in wanted.items():
            entity = self._entity(key)
            if self._ctx.kernel.may("read", key):
                found[key] = {id: self._shallow(entity, r) for id, r in seen(self._ctx, key, ids).items()}
        return found

    def _shallow(self, entity: Entity, record: Record) -> View:
        fields = [f for f in self._ctx.kernel.readable_fields(entity) if f.type != "lines"]
        return View(
            {f.key: self._value(f, record.values.get(f.key), {}) for f in fields}, title_of(entity, record)
        )

    def _value(self, field: Field, value: Value, targets: Mapping[str, Mapping[int, View]]) -> Any:
        if value is None or value == "" or value == ():
            return ""
        if field.type in FILE_TYPES:
            return self._pictures.of(value)
        if field.type in PEOPLE:
            return "、".join(self._ctx.directory.name_of(id) for id in ids_in(value))
        if field.type in {"reference", "multi_reference"}:
            found = [targets.get(field.entity or "", {}).get(id, "") for id in ids_in(value)]
            return found[0] if field.type == "reference" and found else "、".join(str(v) for v in found)
        if isinstance(value, Decimal):
            kind = FIELD_TYPES.find(field.type)
            scale = kind.scale_of(field) if kind else field.scale
            return Figure(value, scale, fluid=field.type in FLUID, least=2 if field.type == "decimal" else 0)
        if isinstance(value, bool):
            return value
        if isinstance(value, date):
            return self._text(value)
        text = field_type(field.type).to_text(value, field, self._locale)
        return Word(value, text) if field.options and isinstance(value, str) else text

    def _text(self, value: date | datetime | None) -> str:
        if isinstance(value, datetime):
            return format_instant(value, self._zone)
        return format_date(value)

    def finalize(self, value: Any) -> Any:
        """What is printed for a value: words for yes and no, nothing for nothing."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return ("是" if value else "否") if self._locale.startswith("zh") else ("yes" if value else "no")
        if isinstance(value, Word | View):
            return str(value)
        if type(value) is Decimal:
            # What a template works out is written as the figures that it came from.
            return format_number(value)
        return value
