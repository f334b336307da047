"""Cells: a value as people read it in a table or a list of facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from builder.errors import BuilderError
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.field_types.files import FILE_TYPES
from builder.record import Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.titles import USERS, FileItem, Titles
from builder.runtime.pages.words import Words, colour_of
from builder.web.formats import format_date, format_number, trimmed

REFERENCES = frozenset({"reference", "multi_reference"})
NUMBERS = frozenset({"integer", "decimal", "money", "quantity", "percent", "rating", "duration"})


@dataclass(frozen=True, slots=True)
class Cell:
    """``colour`` makes it a badge, ``url`` a link; ``number`` aligns it right. ``files`` are drawn instead of their names. ``tone`` is how a number
    looks: ``good``, ``warning``, ``danger``; ``heat`` how deep it is shaded (``good depth-3``)."""

    text: str = ""
    number: bool = False
    negative: bool = False
    colour: str = ""
    url: str = ""
    files: tuple[FileItem, ...] = ()
    tone: str = ""
    heat: str = ""


@dataclass(frozen=True)
class Cells:
    """Writes values of one app for one reader."""

    ctx: Context
    words: Words
    titles: Titles

    def cell(self, entity: Entity, field: Field, value: Value) -> Cell:
        """The value with its looks."""
        if isinstance(value, Decimal):
            return Cell(self.number(field, value), True, value < 0)
        if value is None or value == "" or value == ():
            return Cell(number=is_number(field))
        if field.type == "state":
            return self.state(entity, str(value))
        if field.type in FILE_TYPES:
            files = tuple({**one, "weight": file_size(one["size"])} for one in self.titles.files(value))
            return Cell("、".join(one["name"] for one in files), files=files)
        if field.options:
            return self._option(field, value)
        if field.entity and field.type in REFERENCES:
            return self._reference(field, value)
        return Cell(self.text(field, value))

    def text(self, field: Field, value: Value) -> str:
        """The value as plain words."""
        if value is None or value == "":
            return ""
        if isinstance(value, Decimal):
            return self.number(field, value)
        if isinstance(value, bool):
            return self.words.say("el.yes" if value else "el.no")
        if isinstance(value, datetime):
            return self.words.instant(value)
        if isinstance(value, date):
            return format_date(value)
        if field.type in USERS | {"org_unit"} or field.entity:
            return self.titles.text(field, value)
        if field.options:
            return self.words.listed(self.words.of(self._label(field, key)) for key in _keys(value))
        if isinstance(value, tuple):
            return self.words.listed(str(one) for one in value)
        return self._by_type(field, value)

    def _by_type(self, field: Field, value: Value) -> str:
        kind = FIELD_TYPES.find(field.type)
        try:
            return kind.to_text(value, field, self.words.locale) if kind else str(value)
        except (BuilderError, AttributeError, TypeError):
            return str(value)

    def number(self, field: Field, value: Decimal) -> str:
        """Grouped, at the field's scale; quantities without the zeros that say nothing."""
        scale = scale_of(field)
        text = format_number(value, scale)
        if field.type in {"quantity", "decimal", "percent"}:
            return trimmed(text, 2 if field.type == "decimal" else 0)
        return text

    def state(self, entity: Entity, key: str) -> Cell:
        workflow = self.ctx.app.package.workflow_of(entity.key)
        state = workflow.state(key) if workflow else None
        return Cell(self.words.of(state.label), colour=colour_of(state.color)) if state else Cell(key)

    def _label(self, field: Field, key: str) -> Any:
        return next((o.label for o in field.options if o.key == key), key)

    def _option(self, field: Field, value: Value) -> Cell:
        option = next((o for o in field.options if o.key == value), None)
        colour = colour_of(option.color) if option and option.color else ""
        return Cell(self.text(field, value), colour=colour)

    def _reference(self, field: Field, value: Value) -> Cell:
        text = self.titles.text(field, value)
        ids = ids_in(value)
        target = self.ctx.app.package.entity(field.entity or "")
        if not text or len(ids) != 1 or target is None or target.kind == "lines":
            return Cell(text)
        return Cell(
            text,
            url=addresses.record_page(self.ctx.app.key, target.key, self.ctx.engine.database.show(ids[0])),
        )


def file_size(size: int) -> str:
    """A size as people read it."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{(size + 500) // 1000} KB"
    tenths = size // 100_000
    return f"{tenths // 10}.{tenths % 10} MB"


def _keys(value: Value) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else (str(value),)


def is_number(field: Field) -> bool:
    return field.type in NUMBERS


def scale_of(field: Field) -> int | None:
    kind = FIELD_TYPES.find(field.type)
    return kind.scale_of(field) if kind else field.scale


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {key: value for key, value in values.items() if value not in (None, "", ())}
