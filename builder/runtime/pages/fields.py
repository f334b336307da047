"""Fields: how a field is entered on a page, resolved for one actor, one language and one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import east_asian_width

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.filter import paths_at_hand
from builder.record import Record, Value
from builder.runtime.closed_days import closed_for
from builder.runtime.context import Context
from builder.runtime.input import GENERATED_TYPES
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import NUMBERS, scale_of
from builder.runtime.pages.entered import entered, offered_by
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.given import ABOVE
from builder.runtime.pages.titles import USERS, Titles
from builder.runtime.pages.words import Words
from builder.runtime.representation import REFERENCE_TYPES, Representation
from builder.runtime.uploads import address, limits_of

PICKED = frozenset({"reference", "multi_reference", "user", "org_unit"})
HEADER = frozenset({"business_date", "owner", "org_unit"})
# What a page draws for types that are entered alike.
DRAWN: Mapping[str, str] = {
    "color": "colour",
    "formula": "text",
    "lookup": "text",
    "rollup": "decimal",
    "balance": "quantity",
}
WIDTHS: Mapping[str, int] = {
    "reference": 16, "quantity": 9, "decimal": 9, "money": 12, "percent": 7, "boolean": 6, "date": 11, "integer": 7, "choice": 10,
    "file": 6, "image": 6, "signature": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Fields:
    """Resolves the fields of one entity. ``deed`` is what the page is for (create, update); ``formulas`` says which expressions the browser
    can work out by itself."""

    ctx: Context
    words: Words
    titles: Titles
    entity: Entity
    deed: str
    formulas: Formulas

    @property
    def app(self) -> str:
        return self.ctx.app.key

    def resolve(self, field: Field, *, span: int = 1, read_only: bool = False) -> dict[str, Any]:
        """The field as ``_fields.html``, ``zg-form`` and ``zg-lines`` take it."""
        made: dict[str, Any] = {
            "key": field.key,
            "type": self._drawn(field),
            "label": self.words.of(field.label),
            "help": self._help(field),
            "required": field.required and not self._is_closed(field),
            "readOnly": read_only or self._is_closed(field),
            "scale": scale_of(field),
            "options": [
                {"key": o.key, "label": self.words.of(o.label)} for o in field.options if not o.archived
            ],
            "lookupUrl": self.lookup_url(field),
            "unit": "",
            "placeholder": "",
            "maxLength": field.max_length or 0,
            "span": span,
            "multiple": field.type == "multi_reference",
        }
        return made | self._upload(field) | self._expressions(field)

    def _help(self, field: Field) -> str:
        """What is said beside the field; beside the day of what is posted, which days are closed."""
        said = self.words.of(field.help)
        is_day = field.key == "business_date" and self.entity.field(field.key) is None
        closed = closed_for(self.ctx, self.entity) if is_day else None
        return self.words.say("page.closed_days", day=closed.isoformat()) if closed is not None else said

    def _upload(self, field: Field) -> dict[str, Any]:
        """What ``zg-upload`` and ``zg-signature`` must know of a field of files."""
        if field.type not in FILE_TYPES:
            return {}
        kind = limits_of(field)
        limits = kind.limits(field)
        return {
            "uploadUrl": address(self.app),
            "entity": self.entity.key,
            "accept": kind.endings(field),
            "maxSize": min(limits.size, self.ctx.engine.settings.max_body),
            "maxCount": limits.count,
            "person": self.ctx.actor.name,
        }

    def _drawn(self, field: Field) -> str:
        if field.type in USERS:
            return "user"
        if field.type in {"created_at", "updated_at"}:
            return "datetime"
        return DRAWN.get(field.type, field.type)

    def _is_closed(self, field: Field) -> bool:
        """Whether nobody, or not this actor, enters it here."""
        if field.key in HEADER and self.entity.field(field.key) is None:
            return False
        if (
            field.is_computed
            or field.read_only
            or field.type in GENERATED_TYPES
            or field.type in {"state", "auto_number"}
        ):
            return True
        return not self.ctx.kernel.is_writable(self.entity.key, field.key, deed=self.deed)

    def _expressions(self, field: Field) -> dict[str, Any]:
        """What the browser works out while somebody types."""
        made: dict[str, Any] = {}
        names = {"visible_if": "visibleIf", "required_if": "requiredIf", "editable_if": "editableIf"}
        for name, sent in names.items():
            tree = self.formulas.tree(self.entity, field.uid, name) if getattr(field, name) else None
            if tree is not None:
                made[sent] = tree
        if field.formula:
            tree = self.formulas.tree(self.entity, field.uid, "formula")
            if tree is not None:
                made["formula"] = tree
                if waits := self._waits_for(field):
                    made["waitsFor"] = waits
        elif self.deed == "create" and self._reads_entered(field):
            tree = self.formulas.tree(self.entity, field.uid, "default")
            if tree is not None:
                made["suggest"] = tree
                if self._reads_lines(field):
                    made["ofLines"] = True
        return made

    def _waits_for(self, field: Field) -> list[str]:
        """What a yes or no is about: required fields of the record, without which the form says neither."""
        expression = self.formulas.expression(field.uid, "formula") if field.type == "boolean" else None
        read = {path.partition(".")[0] for path in expression.paths} if expression is not None else set()
        return [of.key for of in self.entity.fields if of.key in read and of.required and not of.is_computed]

    def _reads_entered(self, field: Field) -> bool:
        """Whether its default comes from what nobody has entered yet when the form opens: the lines, or in the header a plain value (the day
        something was made and the shelf life make the day it expires)."""
        expression = self.formulas.expression(field.uid, "default") if field.default else None
        if expression is None:
            return False
        heads = {path.partition(".")[0] for path in expression.paths}
        return self._reads_lines(field) or (
            self.entity.kind != "lines"
            and any(of.key in heads and self._is_plain(of) for of in self.entity.record_fields)
        )

    def _reads_lines(self, field: Field) -> bool:
        expression = self.formulas.expression(field.uid, "default")
        heads = {path.partition(".")[0] for path in expression.paths} if expression is not None else set()
        return any(of.key in heads for of in self.entity.line_fields)

    def _is_plain(self, field: Field) -> bool:
        """A value that is typed or ticked here, not chosen among records: what those bring along is filled when they are chosen."""
        return field.type not in PICKED and field.type not in USERS and not self._is_closed(field)

    def column(self, field: Field, *, read_only: bool = False, hidden: bool = False) -> dict[str, Any]:
        """The field as a column of lines."""
        made = self.resolve(field, read_only=read_only)
        for name in ("placeholder", "maxLength", "span", "unit", "multiple"):
            made.pop(name)
        least, mark = WIDTHS.get(field.type, 12), 3 if made["required"] else 1
        made["width"] = max(least, _width(made["label"]) + mark)
        made["least"] = max(least, _in_two_lines(made["label"]) + mark)
        return made | ({"hidden": True} if hidden else {}) | ({} if read_only else self.follows(field))

    def lookup_url(self, field: Field) -> str:
        """Where to look for records; values of this record that limit the choice, or that what it fills also reads, go along."""
        if field.type not in PICKED and field.type not in USERS:
            return ""
        slots = _record_values(field.filter) | self._read_along(field)
        slots |= offered_by(self.ctx.app.package, self.formulas, self.entity, field)
        return addresses.lookup(self.app, self.entity.key, field.key, tuple(sorted(slots)))

    def _read_along(self, field: Field) -> set[str]:
        """Values of the record and its document that what this choice fills comes from: the price that a customer pays for so many, that of a day."""
        found: set[str] = set()
        for of in self.entity.fields:
            if of.rollup is not None and self.formulas.chosen_by(self.entity, of) == field.key:
                found |= set(paths_at_hand(of.rollup.filter or {}))
        read = [*self.filled_by(field).values(), *self.filled_by(field, "suggest").values()]
        for paths in read:
            found |= entered(self.ctx.app.package, self.formulas, self.entity, paths)
        return found - {field.key}

    def filled_by(self, field: Field, property: str = "default") -> dict[str, frozenset[str]]:
        """The fields whose defaults, or suggestions, read through the reference, each with all that they read."""
        found: dict[str, frozenset[str]] = {}
        for of in self.entity.fields:
            expression = self.formulas.expression(of.uid, property) if getattr(of, property) else None
            if expression is not None and any(p.startswith(f"{field.key}.") for p in expression.paths):
                found[of.key] = frozenset(expression.paths)
        return found

    def follows(self, field: Field) -> dict[str, Any]:
        """The references that fill the field, the first that is there comes first, and the entered numbers that change what they fill. With
        several, taking one away leaves the field to the others: without its unit a line has the price of the item."""
        sources: list[str] = []
        read: set[str] = set()
        for of in self.entity.fields:
            if of.type != "reference" or of.read_only:
                continue
            if (paths := self.filled_by(of).get(field.key)) is not None:
                sources.append(of.key)
                read |= entered(self.ctx.app.package, self.formulas, self.entity, paths)
        on = [f.key for f in self.entity.fields if f.key in read and is_numeric(f)]
        return {"follows": {"fields": sources, "on": on}} if on or len(sources) > 1 else {}

    def scan_url(self, field: Field) -> str:
        """Where it is asked what a scan puts into a line. All values of the document that any field's choice depends on go along."""
        slots = {s for f in self.entity.fields for s in _record_values(f.filter) if s.startswith("parent.")}
        slots |= {slot for slot in self._read_along(field) if slot.startswith(ABOVE)}
        return addresses.scan(self.app, self.entity.key, field.key, tuple(sorted(slots)))

    def value(self, field: Field, value: Value) -> Any:
        """The value as the elements hold it: the API's form, references with their names."""
        if value is None:
            return (
                []
                if field.type in {"multi_choice", "multi_reference", *FILE_TYPES}
                else ""
                if field.type != "boolean"
                else False
            )
        if field.type in FILE_TYPES:
            return [{**one, "label": one["name"]} for one in self.titles.files(value)]
        if field.type in REFERENCE_TYPES or field.type in USERS:
            return self.titles.item(field, value) or ""
        if field.type == "state":
            workflow = self.ctx.app.package.workflow_of(self.entity.key)
            state = workflow.state(str(value)) if workflow else None
            return self.words.of(state.label) if state else ""
        if field.type in {"datetime", "created_at", "updated_at"}:
            return self.words.instant(value)  # type: ignore[arg-type]
        if FIELD_TYPES.find(field.type) is None or isinstance(value, str):
            return value if isinstance(value, str | bool) else str(value)
        return Representation(self.ctx.kernel, self.ctx.engine.database.show).value(field, value)

    def own(self, record: Record, field: Field) -> Value:
        """The record's value, of what the system keeps too."""
        if self.entity.field(field.key) is not None:
            return record.values.get(field.key)
        return {
            "state": record.state,
            "owner": record.owner_id or None,
            "org_unit": record.org_unit_id or None,
            "business_date": record.business_date,
            "created_by": record.created_by or None,
            "created_via": record.created_via,
            "created_at": record.created_at,
            "updated_by": record.updated_by or None,
            "updated_at": record.updated_at,
        }.get(field.key)

    def of(self, entity: Entity) -> Fields:
        return replace(self, entity=entity)


def _in_two_lines(label: str) -> int:
    """How wide words are that are broken once, where it makes them narrowest."""
    words = label.split(" ")
    broken = (max(_width(" ".join(words[:at])), _width(" ".join(words[at:]))) for at in range(1, len(words)))
    return min(broken, default=_width(label))


def _width(label: str) -> int:
    """How many columns of a typewriter the words take."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in label)


def _record_values(where: Any) -> set[str]:
    """Paths of the record's own values that a reference's filter asks for."""
    if isinstance(where, Mapping):
        own = where.get("record")
        if isinstance(own, str) and len(where) == 1:
            return {own}
        return set().union(*(_record_values(part) for part in where.values())) if where else set()
    if isinstance(where, list | tuple):
        return set().union(*(_record_values(part) for part in where)) if where else set()
    return set()


def is_numeric(field: Field) -> bool:
    return field.type in NUMBERS
