"""Palette: the types of field a person may add, in groups, with a symbol and words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.designer.words import Words
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.paths import SYSTEM_LABELS

GROUPS: Mapping[str, tuple[str, ...]] = {
    "common": ("text", "quantity", "money", "date", "choice", "boolean", "reference", "lines"),
    "words": ("long_text", "rich_text", "phone", "email", "url", "address", "region", "tags", "barcode"),
    "numbers": ("integer", "decimal", "percent", "duration", "rating"),
    "times": ("datetime", "time"),
    "people": ("user", "role", "org_unit", "signature"),
    "files": ("file", "image", "location", "color"),
    "links": ("multi_choice", "multi_reference"),
    "computed": ("auto_number", "formula", "lookup", "rollup", "balance"),
}
ICONS: Mapping[str, str] = {
    "text": "typography", "long_text": "align-left", "rich_text": "bold", "integer": "number-123", "decimal": "hash",
    "money": "currency-yuan", "quantity": "scale", "percent": "percentage", "boolean": "toggle-left", "date": "calendar",
    "time": "clock", "datetime": "calendar-time", "duration": "hourglass", "choice": "selector", "multi_choice": "checklist",
    "tags": "tags", "reference": "link", "multi_reference": "relation-many-to-many", "lines": "table", "user": "user",
    "role": "users", "org_unit": "sitemap", "file": "paperclip", "image": "photo", "signature": "signature",
    "barcode": "barcode", "phone": "phone", "email": "mail", "url": "world", "address": "map-pin", "region": "map-pin",
    "location": "map-pin", "color": "palette", "rating": "star", "json": "code", "auto_number": "list-numbers",
    "formula": "math-function", "lookup": "input-search", "rollup": "sum", "balance": "abacus", "created_by": "user-check",
    "created_at": "history", "updated_by": "user-cog", "updated_at": "history",
}  # fmt: skip
COMPUTED = frozenset({"formula", "lookup", "rollup", "balance"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of field."""

    name: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a form or palette shows it."""

    key: str
    label: str
    type: str
    icon: str
    required: bool = False
    help: str = ""
    read_only: bool = False
    options: tuple[str, ...] = ()


def grouped(words: Words) -> tuple[tuple[str, tuple[Kind, ...]], ...]:
    """Groups with their types; a type of a plug-in is in the last group."""
    known = {name for names in GROUPS.values() for name in names}
    more = tuple(
        n for n in FIELD_TYPES.names() if n not in known and not FIELD_TYPES.get(n).generated and n != "json"
    )
    found = [
        (words(f"d.group.{group}"), tuple(_kind(n, words) for n in names)) for group, names in GROUPS.items()
    ]
    return (*found, *((((words("d.group.more"), tuple(_kind(n, words) for n in more))),) if more else ()))


def types(words: Words) -> dict[str, Kind]:
    return {name: _kind(name, words) for name in FIELD_TYPES.names()}


def _kind(name: str, words: Words) -> Kind:
    return Kind(name, words.text(FIELD_TYPES.get(name).label, name), ICONS.get(name, "puzzle"))


def shown(words: Words, field: Mapping[str, Any]) -> Shown:
    """A field of a draft."""
    type_ = str(field.get("type", "text"))
    computed = any(field.get(name) for name in COMPUTED)
    options = tuple(words.text(o.get("label"), str(o.get("key"))) for o in field.get("options", ()))
    return Shown(
        str(field["key"]),
        words.text(field.get("label"), str(field["key"])),
        type_,
        ICONS.get(type_, "puzzle"),
        bool(field.get("required")),
        words.text(field.get("help")),
        computed or bool(field.get("read_only")),
        options,
    )


def system(words: Words, key: str) -> Shown:
    """What every document has without a field of its own."""
    type_ = "date" if key == "business_date" else "text"
    return Shown(
        key,
        words.text(SYSTEM_LABELS[key]),
        type_,
        "circle-dot",
        read_only=key != "business_date",
    )
