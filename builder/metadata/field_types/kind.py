"""What a field type is: how values of a field are read, written, stored, searched and shown. Pure.

Every type is one file in this folder with one ``FieldType`` subclass; ``builder.metadata.field_types`` registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.record import Value

Storage = Literal["text", "number", "date", "reference", "ext", "multi", "none"]
Sort = Literal["number", "text", "bool", "date", "datetime", "time", "list", "ref", "any"]

COMMON: tuple[str, ...] = (
    "key",
    "label",
    "help",
    "required",
    "read_only",
    "visible_if",
    "required_if",
    "editable_if",
    "personal",
)


class FieldType:
    """One field type.

    ``storage`` is the family of slots that hold it (``none``: nothing is stored here, ``multi``: the table of multi-values,
    ``ext``: the JSON column). ``sort`` says what expressions see, ``scale`` the decimal places where the field names none.
    ``properties`` are the properties of a field that apply, in the order in which a designer shows them.
    ``generated`` values are given by the engine, never by a person.
    """

    name: ClassVar[str]
    label: ClassVar[Mapping[str, str]]
    storage: ClassVar[Storage] = "text"
    sort: ClassVar[Sort] = "text"
    scale: ClassVar[int | None] = None
    properties: ClassVar[tuple[str, ...]] = COMMON
    generated: ClassVar[bool] = False
    icon: ClassVar[str] = "text"

    def scale_of(self, field: Field) -> int | None:
        """Decimal places of the field; None where its values are not numbers."""
        return None if self.scale is None else self.scale if field.scale is None else field.scale

    def parse(self, value: Any, field: Field) -> Value | Problem:
        """The exact value of its JSON form, or the problem (with an empty path) that says why there is none."""
        if value is None or value == "":
            return None
        return self.read(value, field)

    def read(self, value: Any, field: Field) -> Value | Problem:
        """``parse`` for a value that is there."""
        return problem("VALUE_TYPE", field, expected=self.name) if value is not None else None

    def check(self, value: Value, field: Field) -> Problem | None:
        """What a value breaks of the field's own limits (range, length, pattern, options), wherever it came from."""
        return None

    def to_json(self, value: Value, field: Field) -> Any:
        """The JSON form: decimals as strings at the field's scale, dates in ISO 8601."""
        return value

    def json_writer(self, field: Field) -> Callable[[Value], Any] | None:
        """``to_json`` for the many values of one field that are there; None where they are their own JSON form."""
        if type(self).to_json is FieldType.to_json:
            return None
        return lambda value: self.to_json(value, field)

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        """Words for exports and prints; empty for no value."""
        return "" if value is None else str(value)

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        """A value as people write it in a cell."""
        text = text.strip()
        return self.parse(text, field) if text else None

    def search_text(self, value: Value, field: Field) -> str:
        """What a search finds the record by; empty where there is nothing to find."""
        return ""

    def encode(self, value: Value, field: Field) -> Any:
        """The form in which a slot of ``storage`` keeps it: scaled int, str, date, id, or JSON."""
        return value

    def encoder(self, field: Field) -> Callable[[Value], Any]:
        """``encode`` for the many values of one field that are there."""
        return partial(self.encode, field=field)

    def decode(self, stored: Any, field: Field) -> Value:
        """The value that ``encode`` made ``stored`` of."""
        return stored  # type: ignore[no-any-return]

    def decoder(self, field: Field) -> Callable[[Any], Value] | None:
        """``decode`` for the many values of one field that are there; None where they are kept as they are."""
        if type(self).decode is FieldType.decode:
            return None
        return lambda stored: self.decode(stored, field)

    def json_schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema (2020-12) of the JSON form, for the API's description."""
        return {"type": ["string", "null"]}


def problem(code: str, field: Field, **params: Any) -> Problem:
    """A problem of one value: its words are filled with the field's label."""
    return Problem(code, "", {"field": field.label, **params})


def words(zh: str, en: str) -> Mapping[str, str]:
    """A name in both languages."""
    return MappingProxyType({"zh-CN": zh, "en": en})
